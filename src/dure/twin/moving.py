"""What travels: lots from firm to firm by lorry, and the finished sets to the buyer."""

from datetime import datetime, timedelta
from typing import Any

from dure.twin.cooperative import Firm
from dure.twin.floor import DRIFTING_STEP, Floor, Job, by_step, last_step
from dure.twin.scene import Scene, Stuck

SENT, BROKEN = 520, 12
DELIVERED = 500
LOADING = timedelta(minutes=15)
METRES_A_MINUTE = 250


def send(floor: Floor, job: Job) -> None:
    """Send a lot to the firms that work on it next; within one house it needs no lorry."""
    now = floor.scene.house.now()
    for later in sorted(floor.jobs.values(), key=by_step):
        if job not in floor.before(later):
            continue
        taker, hop = later.firm, f"{job.step}>{later.step}"
        if taker == job.firm:
            floor.arrived[hop] = now
            floor.cups = job.lot["good"] if job.step == DRIFTING_STEP else floor.cups
            continue
        quantity = SENT if job.step == DRIFTING_STEP else _share(floor, job, later)
        body = {"lot": job.lot["id"], "quantity": min(quantity, job.lot["good"])}
        with floor.scene.summary.timed("move"):
            shipment = floor.at(job.firm).post("/shipments", body)
        at = now + road_time(job.firm, taker)
        floor.road.append((at, shipment["id"], hop))


def _share(floor: Floor, job: Job, later: Job) -> int:
    """Say how many of a job's good pieces a later one gets: all, or its lot's part."""
    lots = floor.lots(later)
    return job.lot["good"] // len(lots) + (lots.index(later) < job.lot["good"] % len(lots))


def arrive(floor: Floor, at: datetime, shipment: str, hop: str) -> None:
    """Count what arrives; the cups are fewer than were sent."""
    floor.road.remove((at, shipment, hop))
    floor.arrived[hop] = at
    step, _, to = hop.partition(">")
    taker, giver = floor.jobs[to].firm, floor.jobs[step].firm
    sent = next(s for s in floor.at(giver).get("/shipments") if s["id"] == shipment)["sent"]
    counted = sent - BROKEN if step == DRIFTING_STEP else sent
    floor.cups = counted if step == DRIFTING_STEP else floor.cups
    with floor.scene.summary.timed("move"):
        got = floor.at(taker).post(f"/shipments/{shipment}/receive", {"counted": counted})
        if counted != sent:
            settle_difference(floor, giver, got)
    shipments = floor.scene.summary.figures.get("move", {}).get("shipments", 0)
    floor.scene.summary.note("move", shipments=shipments + 1)


def settle_difference(floor: Floor, giver: Firm, got: dict[str, Any]) -> None:
    """Let the two firms find out why the counts differ: broken, and the sender bears it."""
    (case,) = [each for each in floor.at(giver).get("/difference-cases") if each["state"] == "open"]
    body = {"cause": "broken", "bearer": "sender", "note": "적재 중 파손"}
    floor.at(giver).post(f"/difference-cases/{case['id']}/resolve", body)
    floor.scene.say(f"{got['sent']} cups sent and {got['counted']} counted: broken on the way")
    floor.scene.summary.note(
        "move", sent=got["sent"], counted=got["counted"], difference_case=case["id"]
    )


def deliver(scene: Scene) -> None:
    """Hand the sets to the buyer, who inspects them; what was made and moved adds up."""
    order = scene.order["id"]
    scene.house.let_pass(minutes=60)
    last = next(
        scene.people.firm(each["firm"])
        for each in scene.cluster["assignments"]
        if each["step"] == last_step(scene)
    )
    owner = scene.people.at_door(last)
    sets = min(DELIVERED, scene.last_lot["good"])
    delivery = owner.post(f"/orders/{order}/deliver", {"quantity": sets})
    scene.house.let_pass(hours=26)
    taken = scene.people.buyer.post(
        f"/orders/{order}/inspection", {"accepted": sets, "rejected": 0}
    )
    scene.house.rest()
    balance = scene.people.office.get(f"/orders/{order}/balance")
    if not balance["adds_up"]:
        raise Stuck(f"the mass balance does not add up: {balance['faults']}")
    promised = scene.people.office.get(f"/orders/{order}")["promised_on"]
    kept = delivery["delivered_at"][:10] <= promised
    scene.note(
        "move",
        f"{taken['accepted']} sets accepted; the promise of {promised}"
        f" {'held' if kept else 'did not hold'}; the mass balance adds up",
        delivered=delivery["quantity"],
        accepted=taken["accepted"],
        rejected=taken["rejected"],
        promise_kept=kept,
        balance=balance["lines"],
    )


def road_time(giver: Firm, taker: Firm) -> timedelta:
    """Say how long a lorry needs from one firm's building to the other's."""
    here, there = giver.site, taker.site
    metres = abs(here.east_m - there.east_m) + abs(here.north_m - there.north_m)
    return LOADING + timedelta(minutes=-(-metres // METRES_A_MINUTE))

"""
The shop floors at work: machines run, foremen count, lots travel; a kiln drifts.

Events happen in the order of business time: a job begins when its plan says so and what
it needs has arrived, ends when its minutes are over, and its lot then travels to the
firm that works on it next. The drift of the kiln is seen at one fixed point of its run,
so the same seed gives the same story whatever the wall clock does.
"""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from dure.twin.cooperative import Firm
from dure.twin.door import Caller, Problem, insist
from dure.twin.floor import DRIFTING_STEP, Floor, Job, last_step, lot_of
from dure.twin.machines import Drift, Run, Shop, quality_metric
from dure.twin.moving import SENT, arrive, send
from dure.twin.scene import Scene, Stuck, instant
from dure.twin.sparkplug import milliseconds

DRIFT = Drift(after=0.35, sigmas=0.3)
SEEN_AFTER = 0.7
FAILED = 20
SPOILT = 3
ALARM_SECONDS = 90.0


def make(scene: Scene) -> None:
    """Let all jobs of the order run to their end, and their lots travel."""
    with ExitStack() as stack:
        floor = Floor(scene=scene, shop=Shop(seed=scene.people.coop.seed), stack=stack)
        floor.refresh()
        if missing := {each.code for each in scene.people.coop.product.steps} - {
            job.of for job in floor.jobs.values()
        }:
            raise Stuck(f"no job for {sorted(missing)}")
        watch_kiln(floor)
        while event := next_event(floor):
            at, _, happen = event
            scene.house.wait_until(at)
            happen()
        for firm in scene.members():
            wait_for_readings(floor, firm)
    jobs = floor.jobs.values()
    made = {job.step: {"good": job.lot["good"], "scrapped": job.lot["scrapped"]} for job in jobs}
    scene.last_lot = floor.jobs[last_step(scene)].lot
    readings = sum(len(job.readings) for job in jobs)
    lots = {job.step: job.lot["id"] for job in jobs}
    happened = f"{len(made)} jobs done, {readings} readings; the kiln's drift was seen and mended"
    scene.note("make", happened, made=made, lots=lots, readings=readings)


Event = tuple[datetime, tuple[int, str], Callable[[], None]]


def next_event(floor: Floor) -> Event | None:
    """Give what happens next in business time: an end or an arrival before a beginning."""
    events: list[Event] = []
    for at, shipment, hop in floor.road:
        events.append((at, (0, hop), partial(arrive, floor, at, shipment, hop)))
    for job in floor.jobs.values():
        begins = ready_at(floor, job) if job.state == "waiting" else None
        if begins:
            events.append((begins, (3, job.step), partial(start, floor, job)))
        if job.state == "running" and job.ends:
            events.append((job.ends, (2, job.step), partial(finish, floor, job)))
            if job.step == DRIFTING_STEP and job.step not in floor.seen:
                events.append(
                    (_part_of(job, SEEN_AFTER), (1, job.step), partial(see_drift, floor, job))
                )
    return min(events, key=lambda event: event[:2], default=None)


def ready_at(floor: Floor, job: Job) -> datetime | None:
    """Say when a job may begin: as planned, once all it needs is there; None before."""
    hops = [f"{before.step}>{job.step}" for before in floor.before(job)]
    if any(hop not in floor.arrived for hop in hops):
        return None
    here = [floor.arrived[hop] for hop in hops]
    return max([instant(job.said["starts"]), *here])


def start(floor: Floor, job: Job) -> None:
    """Begin a job: the foreman's first tap, and the machine runs."""
    now = floor.scene.house.now()
    foreman(floor).post(f"/jobs/{job.said['token']}/start")
    floor.scene.house.rest(logged=False)
    planned = instant(job.said["ends"]) - instant(job.said["starts"])
    job.state, job.began, job.ends = "running", now, now + planned
    minutes = int(planned / timedelta(minutes=1))
    process = next(m.process for m in job.firm.machines if m.code == job.said["device"])
    run = Run(
        device=job.said["device"],
        process=process,
        start=now,
        minutes=minutes,
        pieces=job.planned,
        drift=DRIFT if job.step == DRIFTING_STEP else None,
    )
    floor.gateway(job.firm)  # born before its machines measure: a birth never overtakes a reading
    job.readings = floor.shop.run(run)
    floor.scene.say(f"{job.firm.name} begins '{job.said['name']}' on {job.said['device']}")


def publish(floor: Floor, job: Job, until: datetime) -> None:
    """Send what the machine measured so far and was not sent yet."""
    floor.gateway(job.firm).publish(job.measured(until))


def finish(floor: Floor, job: Job) -> None:
    """End a job: the foreman counts and finishes; the lot is looked at, released and sent on."""
    assert job.ends, "it ran"
    publish(floor, job, job.ends + timedelta(minutes=1))
    good, scrap = counts(floor, job)
    token = job.said["token"]
    if good > 1:
        foreman(floor).post(f"/jobs/{token}/count", {"good": good // 2, "scrap": 0})
    foreman(floor).post(f"/jobs/{token}/finish", {"good": good - good // 2, "scrap": scrap})
    job.state = "done"
    floor.scene.house.rest(logged=False)
    job.lot = lot_of(floor, job)
    if job.step == DRIFTING_STEP:
        wait_for_readings(
            floor, job.firm
        )  # what they say about the lot is said before it is judged
        floor.scene.house.rest(logged=False)
        inspect(floor, job)
    release(floor, job)
    floor.scene.say(f"{job.firm.name} made {job.lot['good']} {job.said['unit']} of '{job.step}'")
    send(floor, job)


def counts(floor: Floor, job: Job) -> tuple[int, int]:
    """Say what a job gave: good pieces and scrap, from the seed."""
    if job.step == last_step(floor.scene):
        return floor.cups - SPOILT, SPOILT
    if job.step == DRIFTING_STEP:
        return SENT + FAILED, max(0, job.planned - SENT - FAILED)
    need = next(each for each in floor.scene.request["steps"] if each["code"] == job.of)
    allowance = max(0, job.planned - -(-int(need["good"]) // len(floor.lots(job))))
    scrap = Random(f"{floor.shop.seed}/scrap/{job.step}").randint(0, allowance)
    return job.planned - scrap, scrap


def watch_kiln(floor: Floor) -> None:
    """Let the kiln's owner have its peak temperature watched by a control chart, once."""
    kiln = floor.jobs[DRIFTING_STEP]
    metric = quality_metric("ceramic-firing")
    body = {
        "device": kiln.said["device"],
        "metric": metric,
        "name": "본소성 최고 온도",
        "name_en": "Peak firing temperature",
        "unit": "°C",
        "baseline": 50,
    }
    try:
        floor.at(kiln.firm).post("/characteristics", body)
    except Problem as refused:
        if refused.code != "make.watched_already":
            raise


def see_drift(floor: Floor, job: Job) -> None:
    """Send the kiln's readings so far; the control chart alarms and the lot is held."""
    floor.seen.add(job.step)
    publish(floor, job, _part_of(job, SEEN_AFTER))
    owner = floor.at(job.firm)
    alarm = insist(lambda: _open_alarm(owner, job), ALARM_SECONDS, "the kiln's alarm")
    floor.scene.house.rest(logged=False)
    job.lot = lot_of(floor, job)
    if job.lot["state"] != "held":
        raise Stuck(f"the lot of the drifting kiln is {job.lot['state']}")
    floor.scene.say(f"Alarm: {alarm['metric']} at {alarm['value']:.1f}; the lot is held")
    floor.scene.summary.note("make", alarm_rule=alarm["rule"], held=job.lot["id"])
    agree(floor)


def inspect(floor: Floor, job: Job) -> None:
    """Let the owner look at every piece of the held lot; some fail."""
    what = f"{job.firm.name}: the lot is held. Look at all {job.lot['good']} and say how many fail"

    def done() -> bool:
        return not lot_of(floor, job)["must_inspect"]

    if not floor.scene.decide(job.firm, what, _page(job), done):
        body = {"inspected": job.lot["good"], "failed": FAILED}
        floor.at(job.firm).post(f"/lots/{job.lot['id']}/inspect", body)
    floor.scene.house.rest(logged=False)
    agree(floor)
    floor.scene.say(f"{lot_of(floor, job)['failed']} of {job.lot['good']} fail the inspection")


def release(floor: Floor, job: Job) -> None:
    """Release a lot; what that changes in the plan is proposed to whom it touches."""
    if job.step == DRIFTING_STEP:
        what = f"{job.firm.name}: the lot was inspected. Release it"
        floor.scene.decide(job.firm, what, _page(job), partial(_is_released, floor, job))
    while (lot := lot_of(floor, job))["state"] != "released":
        if lot["must_inspect"]:  # a late reading held it again: the same pieces, looked at again
            body = {"inspected": lot["good"], "failed": 0}
            floor.at(job.firm).post(f"/lots/{lot['id']}/inspect", body)
        _try_release(floor.at(job.firm), lot["id"])
    floor.scene.house.rest(logged=False)
    job.lot = lot_of(floor, job)
    agree(floor)


def _page(job: Job) -> str:
    return f"/making/lots/{job.lot['id']}/"


def _is_released(floor: Floor, job: Job) -> bool:
    return bool(lot_of(floor, job)["state"] == "released")


def _try_release(owner: Caller, lot: str) -> None:
    try:
        owner.post(f"/lots/{lot}/release")
    except Problem as refused:
        if refused.code != "make.lot_uninspected":
            raise


def agree(floor: Floor) -> None:
    """Let each member agree to the changes proposed to it, until none is open."""
    scene, agreed = floor.scene, 0
    while proposals := [
        (firm, each)
        for firm in scene.members()
        for each in floor.at(firm).get("/proposals")
        if each["state"] == "open"
    ]:
        for firm, each in sorted(proposals, key=lambda pair: pair[1]["number"]):
            floor.at(firm).post(f"/proposals/{each['id']}/agree")
            scene.say(f"{firm.name} agrees to move '{each['name']}'")
            agreed += 1
        scene.house.rest(logged=False)
    if agreed:
        before = scene.summary.figures.get("make", {}).get("agreed", 0)
        scene.summary.note("make", agreed=before + agreed)
        floor.refresh()


def wait_for_readings(floor: Floor, firm: Firm) -> None:
    """Wait until Dure has the last reading of each of a firm's machines."""
    expected: dict[str, int] = {}
    for job in floor.jobs.values():
        if job.firm == firm and job.state == "done":
            last = milliseconds(job.readings[-1].at)
            expected[job.said["device"]] = max(last, expected.get(job.said["device"], 0))

    def attempt() -> bool | None:
        now = {each["device"]: each["last_ms"] or 0 for each in floor.at(firm).get("/machines")}
        return True if all(now[device] >= last for device, last in expected.items()) else None

    insist(attempt, floor.scene.house.patience, f"the readings of {firm.name_en}")


def foreman(floor: Floor) -> Caller:
    """Give the foreman's door: the paper's QR code is all that it asks for."""
    return floor.scene.people.door.as_("")


def _open_alarm(owner: Caller, job: Job) -> dict[str, Any] | None:
    """Give the open alarm that speaks of this job; an earlier job may have left one, too."""
    assert job.began, "it runs"
    alarms: list[dict[str, Any]] = owner.get("/alarms")
    mine = [each for each in alarms if each["is_open"] and each["device"] == job.said["device"]]
    began = job.began
    return next((each for each in mine if instant(each["reading_at"]) >= began), None)


def _part_of(job: Job, part: float) -> datetime:
    assert job.ends, "it runs"
    length = instant(job.said["ends"]) - instant(job.said["starts"])
    return job.ends - length * (1 - part)

"""The end of an order: proven with the network off, settled to the won, the year closed."""

from datetime import date, datetime, timedelta
from typing import Any

from dure.twin import bodies
from dure.twin.cooperative import Firm
from dure.twin.floor import last_step
from dure.twin.scene import SEOUL, Scene, won


def prove(scene: Scene) -> None:
    """Take the last lot's passport and bundle, and check the bundle as a stranger would."""
    scene.house.rest()
    maker = next(
        scene.people.firm(each["firm"])
        for each in scene.cluster["assignments"]
        if each["step"] == last_step(scene)
    )
    owner, lot = scene.people.at_door(maker), scene.last_lot["id"]
    passport = owner.get(f"/lots/{lot}/passport")
    bundle = scene.folder / f"order-{scene.order['number']}.bundle"
    bundle.write_bytes(owner.get(f"/lots/{lot}/bundle"))
    policy = scene.folder / "policy"
    policy.write_bytes(scene.people.door.fetch("/log/policy"))
    verdict = scene.verify(bundle, policy)
    scene.say(f"Passport: {passport['link']}")
    scene.note(
        "prove",
        f"{passport['proven']} facts in a log of {passport['size']} entries;"
        f" the bundle of {bundle.stat().st_size} bytes is proven offline",
        passport=passport["link"],
        lot=lot,
        log_size=passport["size"],
        proven=passport["proven"],
        bundle=str(bundle),
        policy=str(policy),
        verdict=verdict.splitlines()[0],
    )


def settle(scene: Scene) -> None:
    """Release the settlement, let the bank confirm each payment, and close the year."""
    office, order = scene.people.office, scene.order["id"]

    def shown() -> dict[str, Any]:
        found: dict[str, Any] = office.get(f"/settlements/{order}")
        return found

    what = f"Release the settlement of order {scene.order['number']}"
    done = scene.decide(
        scene.people.coop.office, what, "/money/", lambda: shown()["totals"]["state"] != "drafted"
    )
    if not done:
        office.post(f"/settlements/{order}/release")
    scene.house.rest()
    confirmed = pay(scene, shown()["payments"])
    money = shown()
    year = close_year(scene)
    note_money(scene, money, confirmed, year)


def pay(scene: Scene, payments: list[dict[str, Any]]) -> int:
    """Make the bank's file when the last payment is due, and read what the bank booked."""
    office = scene.people.office
    last = max(date.fromisoformat(each["due_on"]) for each in payments)
    morning = datetime.combine(last, datetime.min.time(), SEOUL) + timedelta(hours=9)
    scene.house.wait_until(morning)
    office.post("/payment-files", {"until": last.isoformat()})
    still = [each for each in payments if each["state"] != "confirmed"]
    return len(office.post("/bank-files", {"csv": bodies.booked(still)})["confirmed"])


def close_year(scene: Scene) -> dict[str, Any]:
    """Let the office propose what becomes of the year's result, in the first days of the next."""
    year = scene.house.now().astimezone(SEOUL).year
    began = datetime.fromisoformat(scene.order["accepted_at"]).astimezone(SEOUL).year
    if year == began:
        scene.house.wait_until(datetime(year + 1, 1, 5, 9, tzinfo=SEOUL))
    closed: dict[str, Any] = scene.people.office.post(f"/years/{began}/close", {})
    scene.house.rest()
    return closed


def note_money(scene: Scene, money: dict[str, Any], confirmed: int, year: dict[str, Any]) -> None:
    """Write down what it cost and what each member gets."""
    totals, invoice = money["totals"], money["invoice"]
    names = {each["number"]: each["name"] for each in scene.people.office.get("/firms")}
    shares = [
        {
            "member": names[share["member_number"]],
            **{key: share[key] for key in ("name", "accepted_price", "work", "pays", "due_on")},
        }
        for share in money["shares"]
    ]
    costs = {
        "members' work": totals["work"],
        "materials": totals["materials"],
        "the co-op's fee": totals["fee"],
        "margin": totals["margin"],
        "VAT": invoice["vat"],
        "the buyer pays": invoice["total"],
    }
    scene.note(
        "settle",
        f"{won(invoice['total'])} invoiced; {confirmed} payments confirmed by the bank;"
        f" {year['year']} closed with a surplus of {won(year['surplus'])}",
        costs=costs,
        shares=shares,
        digest=totals["digest"],
        confirmed=confirmed,
        year=year,
    )


def sign_ins(scene: Scene) -> list[dict[str, str]]:
    """Give a person of each role, with the password, for the portal: of every maker its owner."""
    coop = scene.people.coop
    firms = [coop.office, *scene.members(), coop.buyer, _seller(scene)]
    pairs = [(firm, firm.people[0]) for firm in firms]
    for role in ("bookkeeper", "auditor"):
        there = next(f for f in coop.members if any(p.role == role for p in f.people))
        pairs.append((there, there.person(role)))
    return [
        {
            "who": f"{person.role}, {firm.name}",
            "email": person.email,
            "password": scene.people.keys(firm).passwords[person.email],
        }
        for firm, person in pairs
    ]


def _seller(scene: Scene) -> Firm:
    """Give a supplier that has an order to read."""
    suppliers = scene.people.coop.suppliers
    doors = ((firm, scene.people.at_door(firm)) for firm in suppliers)
    return next((firm for firm, door in doors if door.get("/purchase-orders")), suppliers[0])

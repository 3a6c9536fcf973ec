"""From a new cooperative to materials bought: found, sense, match, plan, buy."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from dure.twin import bodies
from dure.twin.cooperative import Firm
from dure.twin.door import Problem, insist
from dure.twin.people import House, Keys
from dure.twin.scene import SEOUL, Scene, Stuck, next_morning, won

QUANTITY = 500
SPARE = 30
DUE_DAYS = 45
NEEDED_DAYS = 21
AWARD_SECONDS = 120.0
DECLINED_STEP = "straw"
PLAYED_STEP = "form"


def found(scene: Scene) -> None:
    """Found the cooperative in a new home; in an old one, begin another morning."""
    people = scene.people
    office = people.coop.office
    if not people.founded:
        said = scene.found(bodies.firm(office))
        me = people.door.as_(said["token"]).get("/firms/me")
        people.keep(office, Keys(firm=me["id"], token=said["token"], passwords=said["passwords"]))
    scene.house = House(office=people.office)
    scene.house.wait_until(next_morning(scene.house.now()))
    joined = list(people.join())
    list_product(scene)
    offer_and_need(scene)
    scene.house.rest()
    members = people.coop.members
    machines = sum(len(member.machines) for member in members)
    happened = f"{len(members)} members with {machines} machines; {len(joined)} firms joined now"
    scene.note("found", happened, members=len(members), machines=machines, joined=len(joined))


def list_product(scene: Scene) -> None:
    """List the product once."""
    office, coop = scene.people.office, scene.people.coop
    if coop.product.code not in {each["code"] for each in office.get("/products")}:
        office.post("/products", bodies.product(coop))


def offer_and_need(scene: Scene) -> None:
    """Let suppliers tell their prices, and members what they need for work of their own."""
    people, coop = scene.people, scene.people.coop
    by = (scene.house.now() + timedelta(days=NEEDED_DAYS)).astimezone(SEOUL).date()
    firms = {firm.business_number: firm for firm in people.everybody}
    for offer in coop.offers:
        people.at_door(firms[offer.firm]).post("/supplier-offers", bodies.offer(coop, offer))
    for need in coop.needs:
        people.at_door(firms[need.firm]).post("/material-needs", bodies.need(coop, need, by))


def sense(scene: Scene) -> None:
    """Let the buyer ask, and Dure find out what it takes."""
    buyer = scene.people.buyer
    due = (scene.house.now() + timedelta(days=DUE_DAYS)).astimezone(SEOUL).date()
    asked = buyer.post(
        "/requests",
        {
            "product": scene.people.coop.product.code,
            "quantity": QUANTITY,
            "spare_quantity": SPARE,
            "due": due.isoformat(),
            "freight_terms": "delivered",
            "inspection_standard": "sample",
            "deposit_percent": 30,
            "destination": "서울 영등포구 문래동 한빛 카페",
        },
    )
    scene.house.rest()
    scene.request = buyer.get(f"/requests/{asked['id']}")
    steps, band = scene.request["steps"], scene.request["band"]
    scene.note(
        "sense",
        f"{len(steps)} steps for {QUANTITY} sets, {_band(band)}",
        request=asked["id"],
        quantity=QUANTITY,
        spare=SPARE,
        due=due.isoformat(),
        completeness=scene.request["completeness"],
        steps=len(steps),
        band=band,
    )


def match(scene: Scene) -> None:
    """Let the buyer choose a cluster, and its members accept; one of them declines."""
    buyer, request = scene.people.buyer, scene.request["id"]
    shown = buyer.get(f"/requests/{request}/alternatives")
    if not shown["alternatives"]:
        raise Stuck(f"no cluster can make it: {shown['blocking']}")
    for each in shown["alternatives"]:
        scene.say(f"{each['label']}: {won(each['price_won'])}, ready on {each['ready_on']}")
    chosen = shown["alternatives"][0]
    cluster = buyer.post(f"/requests/{request}/choose", {"alternative": chosen["id"]})["cluster"]
    scene.house.rest()
    declined = answer_offers(scene, cluster)
    scene.cluster = scene.people.office.get(f"/clusters/{cluster}")
    if scene.cluster["state"] != "formed":
        raise Stuck(f"a step found no member who takes it, and the cluster {cluster} failed")
    makers = {each["step"]: _name(scene, each) for each in scene.cluster["assignments"]}
    scene.note(
        "match",
        f"{len(set(makers.values()))} members take the {len(makers)} steps;"
        f" {len(declined)} declined, and was replaced",
        cluster=cluster,
        label=chosen["label"],
        price=sum(each["price_won"] for each in scene.cluster["assignments"]),
        makers=makers,
        declined=declined,
    )


def answer_offers(scene: Scene, cluster: str) -> list[str]:
    """Let each member answer what it is offered until nobody is asked; gives who declined."""
    declined: list[str] = []
    while offers := list(_open_offers(scene, cluster)):
        for firm, offer in offers:
            if offer["step"] == DECLINED_STEP and not declined:
                _decline(scene, firm, offer, declined)
            elif not _played(scene, firm, offer, cluster):
                _accept(scene, firm, offer, declined)
        scene.house.rest()
    return declined


def _open_offers(scene: Scene, cluster: str) -> Iterator[tuple[Firm, dict[str, Any]]]:
    shown = scene.people.office.get(f"/clusters/{cluster}")
    for offer in shown["assignments"]:
        if offer["state"] == "offered":
            yield scene.people.firm(offer["firm"]), offer


def _decline(scene: Scene, firm: Firm, offer: dict[str, Any], declined: list[str]) -> None:
    """Decline a step, unless whoever plays has answered already."""
    try:
        scene.people.at_door(firm).post(f"/offers/{offer['id']}/decline")
    except Problem as refused:
        if refused.code != "match.answered_already":
            raise
        return
    scene.say(f"{firm.name} declines '{offer['name']}'")
    declined.append(firm.name)


def _accept(scene: Scene, firm: Firm, offer: dict[str, Any], declined: list[str]) -> None:
    """Accept a step, unless whoever plays did; a member whose capacity is gone declines it."""
    try:
        scene.people.at_door(firm).post(f"/offers/{offer['id']}/accept")
    except Problem as refused:
        if refused.code == "match.answered_already":
            return
        if refused.code != "match.capacity_taken":
            raise
        scene.people.at_door(firm).post(f"/offers/{offer['id']}/decline")
        declined.append(firm.name)


def _played(scene: Scene, firm: Firm, offer: dict[str, Any], cluster: str) -> bool:
    if offer["step"] != PLAYED_STEP:
        return False

    def done() -> bool:
        return offer["id"] not in {each["id"] for _, each in _open_offers(scene, cluster)}

    what = f"{firm.name} is offered '{offer['name']}' for {won(offer['price_won'])}: accept it?"
    return scene.decide(firm, what, "/clusters/", done)


def plan(scene: Scene) -> None:
    """Let the buyer accept the quote; job orders go to the members in writing."""
    buyer, request = scene.people.buyer, scene.request["id"]
    quote = buyer.get(f"/requests/{request}/quote")
    if not quote["promised_on"]:
        raise Stuck(f"no date can be promised: {quote['reasons']}")
    scene.order = buyer.post(f"/quotes/{quote['id']}/accept")
    scene.house.rest()
    pay_deposit(scene)
    orders = [
        each
        for each in scene.people.office.get("/job-orders")
        if each["order"] == scene.order["id"]
    ]
    firms = {firm: _firm_name(scene, firm) for firm in {each["firm"] for each in orders}}
    scene.note(
        "plan",
        f"{won(quote['price'])} without VAT, promised for {quote['promised_on']};"
        f" {len(orders)} job orders written",
        order=scene.order["id"],
        order_number=scene.order["number"],
        quote=quote["id"],
        price=quote["price"],
        promised_on=quote["promised_on"],
        job_orders=[
            {
                "step": each["step"],
                "firm": firms[each["firm"]],
                "starts": each["starts"],
                "ends": each["ends"],
                "quantity": each["quantity"],
                "price": each["price"],
            }
            for each in sorted(orders, key=lambda each: each["number"])
        ],
    )


def pay_deposit(scene: Scene) -> None:
    """Let the buyer pay what was asked for beforehand, and the bank say so on the same day."""
    day = scene.house.now().astimezone(SEOUL).date()
    asked = [each for each in scene.people.buyer.get("/payments") if each["state"] == "scheduled"]
    scene.people.office.post("/bank-files", {"csv": bodies.booked(asked, day)})
    for each in asked:
        scene.say(f"The buyer pays {won(each['won'])} beforehand")


def buy(scene: Scene) -> None:
    """Let the office close the round in which the order's materials were pooled."""
    office = scene.people.office
    closed = [each for each in office.get("/purchase-rounds") if each["state"] == "open"]
    for each in closed:
        office.post(f"/purchase-rounds/{each['id']}/close")
    scene.house.rest()
    awarded = [
        insist(partial(_awarded, scene, each["id"]), AWARD_SECONDS, "award") for each in closed
    ]
    scene.house.rest()
    total = sum(each["total"] for each in awarded)
    scene.note(
        "buy",
        f"{sum(len(each['items']) for each in awarded)} materials bought together for {won(total)}",
        awards=[{"number": each["number"], "total": each["total"]} for each in awarded],
        digests=[each["digest"] for each in awarded],
        total=total,
    )


def _awarded(scene: Scene, round_id: str) -> dict[str, Any] | None:
    rounds: list[dict[str, Any]] = scene.people.office.get("/purchase-rounds")
    return next((r for r in rounds if r["id"] == round_id and r["state"] == "awarded"), None)


def _band(band: dict[str, Any]) -> str:
    if band["low"] is None:
        return "too few makers to name a price band without naming their prices"
    return f"between {won(band['low'])} and {won(band['high'])} at the members' own rates"


def _name(scene: Scene, assignment: dict[str, Any]) -> str:
    return _firm_name(scene, assignment["firm"])


def _firm_name(scene: Scene, firm_id: str) -> str:
    return scene.people.firm(firm_id).name

"""
One order, all the way round: 500 G-Valley coffee sets for Hanbit Café.

    Story(people=..., audience=..., summary=..., folder=..., found=..., verify=...).tell()

Everything happens through the HTTP API and MQTT, by whoever would do it: the office, the
buyer, members, suppliers, foremen, machines. Business time passes when the story lets it;
wall time is spent waiting only for GET /status to say that nothing is pending. A POST is
tried again until it is answered, so a killed process costs a second and changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from dure.twin import bodies
from dure.twin.people import House, Keys, People
from dure.twin.telling import Audience, Summary

QUANTITY = 500
SPARE = 20
DUE_DAYS = 31
NEEDED_DAYS = 14


@dataclass(slots=True, kw_only=True)
class Story:
    """The telling of one order. `found` founds a new home; `verify` checks a bundle offline."""

    people: People
    audience: Audience
    summary: Summary
    folder: Path
    found: Callable[[dict[str, Any]], dict[str, Any]]
    verify: Callable[[Path], str]
    house: House = field(init=False)
    request: dict[str, Any] = field(default_factory=dict, init=False)

    def tell(self) -> None:
        """Tell the whole story, stage by stage."""
        for stage in (self._found, self._sense):
            name = stage.__name__.removeprefix("_")
            self.audience.stage(name)
            with self.summary.timed(name):
                stage()

    def _found(self) -> None:
        office = self.people.coop.office
        if not self.people.founded:
            said = self.found(bodies.firm(office))
            me = self.people.door.as_(said["token"]).get("/firms/me")
            self.people.keep(office, Keys(firm=me["id"], **_secrets(said)))
        self.house = House(office=self.people.office)
        joined = list(self.people.join())
        self._list_product()
        self._offer_and_need()
        members = self.people.coop.members
        machines = sum(len(member.machines) for member in members)
        self.summary.note("found", members=len(members), machines=machines, joined=len(joined))
        self._say(f"{len(members)} members with {machines} machines, {len(joined)} joined now")

    def _list_product(self) -> None:
        code = self.people.coop.product.code
        if code not in {each["code"] for each in self.people.office.get("/products")}:
            self.people.office.post("/products", bodies.product(self.people.coop))

    def _offer_and_need(self) -> None:
        """Let suppliers offer once, and members need what they need each time."""
        coop = self.people.coop
        by = (self.house.now() + timedelta(days=NEEDED_DAYS)).date()
        firms = {firm.business_number: firm for firm in self.people.everybody}
        for offer in coop.offers:
            supplier = self.people.at_door(firms[offer.firm])
            supplier.post("/supplier-offers", bodies.offer(coop, offer))
        for need in coop.needs:
            member = self.people.at_door(firms[need.firm])
            member.post("/material-needs", bodies.need(coop, need, by))

    def _sense(self) -> None:
        due = (self.house.now() + timedelta(days=DUE_DAYS)).date()
        self.request = self.people.buyer.post(
            "/requests",
            {
                "product": self.people.coop.product.code,
                "quantity": QUANTITY,
                "spare_quantity": SPARE,
                "due": due.isoformat(),
                "freight_terms": "delivered",
                "inspection_standard": "sample",
                "deposit_percent": 30,
                "destination": "서울 영등포구 문래동 한빛 카페",
            },
        )
        self.house.rest()
        self.request = self.people.buyer.get(f"/requests/{self.request['id']}")
        band = self.request["band"]
        self.summary.note(
            "sense",
            request=self.request["id"],
            quantity=QUANTITY,
            spare=SPARE,
            due=due.isoformat(),
            completeness=self.request["completeness"],
            steps=len(self.request["steps"]),
            band=band,
        )
        self._say(
            f"{len(self.request['steps'])} steps; between {won(band['low'])} and"
            f" {won(band['high'])} at the members' own rates"
        )

    def _say(self, text: str) -> None:
        self.audience.line(text)


def won(amount: int) -> str:
    """Write money as Koreans read it."""
    return f"{amount:,}원"


def _secrets(said: dict[str, Any]) -> dict[str, Any]:
    return {"token": said["token"], "passwords": said["passwords"]}


def instant(text: str) -> datetime:
    """Read an instant of the API."""
    return datetime.fromisoformat(text)

"""What the API takes and gives of firms and what they bring."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated
from uuid import UUID

from ninja import Field, Schema

from dure.kernel.actor import COOPERATIVE, Role
from dure.kernel.errors import Malformed
from dure.kernel.ids import FirmId, PersonId, business_number
from dure.kernel.money import Won
from dure.members.engine.calendar import Shift, WorkCalendar
from dure.members.engine.firm import (
    COARSEST,
    Capability,
    Equipment,
    Firm,
    Joining,
    Kind,
    Licence,
    Person,
    Rate,
    Site,
)
from dure.members.engine.ksic import industry_of
from dure.members.engine.places import Place
from dure.members.engine.process_codes import process_code
from dure.members.engine.spelling import material_code
from dure.stack.ids import new_id

CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$"


class SiteIn(Schema):
    """A site: metres east and north of an origin that the cooperative chose once."""

    code: str = Field(max_length=24)
    name: str = Field(max_length=80)
    building: str = Field(max_length=80)
    east_m: int = Field(ge=-1_000_000, le=1_000_000)
    north_m: int = Field(ge=-1_000_000, le=1_000_000)
    region: str = Field("", max_length=40)


class EquipmentIn(Schema):
    """A machine, named by its code on the wire; without a site it stands at the first."""

    code: str = Field(max_length=24, pattern=r"^[A-Za-z0-9_-]+$")
    site: str = ""
    name: str = Field(max_length=80)
    name_en: str = Field("", max_length=80)


class CapabilityIn(Schema):
    """
    One process at one site on some of its machines; lots in the process's unit.

    What is left open it takes. envelope_mm: the largest piece's three sides; tolerance: the finest
    IT grade that it holds (ISO 286).
    """

    process: str
    site: str = ""
    lot_min: int = Field(ge=1, le=1_000_000_000)
    lot_max: int = Field(ge=1, le=1_000_000_000)
    setup_minutes: int = Field(ge=0, le=100_000)
    minutes_per_100: int = Field(ge=1, le=1_000_000)
    equipment: list[str] = Field(min_length=1)
    materials: list[Annotated[str, Field(max_length=40)]] = []
    envelope_mm: list[Annotated[int, Field(ge=1, le=1_000_000)]] = Field([], max_length=3)
    tolerance: int = Field(0, ge=0, le=COARSEST)


class RateIn(Schema):
    """A line of the rate card, in won without VAT."""

    process: str
    setup_won: int = Field(ge=0, le=10**12)
    unit_won: int = Field(ge=0, le=10**12)


class RevisedIn(CapabilityIn):
    """What the firm can do from now on for one process at one site, and its rate in won."""

    setup_won: int = Field(ge=0, le=10**12)
    unit_won: int = Field(ge=0, le=10**12)

    def revised(
        self, firm: FirmId, sites: Iterable[Site], machines: Iterable[Equipment]
    ) -> Capability:
        """Give the capability at one of a firm's sites, on some of its machines."""
        at = {site.code: site for site in sites}
        return _capability(self, firm, at, {each.code: each for each in machines})

    def rate(self, firm: FirmId) -> Rate:
        """Give the line of the rate card."""
        line = RateIn(process=self.process, setup_won=self.setup_won, unit_won=self.unit_won)
        return _rate(line, firm)


class LicenceIn(Schema):
    """A permit, to its last day."""

    kind: str = Field(max_length=40)
    number: str = Field(max_length=40)
    valid_until: date | None = None


class ShiftIn(Schema):
    """Work on some weekdays (0 is Monday) from one time of day in Seoul to another."""

    weekdays: list[int] = Field(min_length=1)
    start: str = Field(pattern=CLOCK)
    end: str = Field(pattern=CLOCK)


class CalendarIn(Schema):
    """
    Weekly shifts and the firm's own days off; national holidays are known.

    setup_operators: so many people at each site can set machines up at a time; left out, set-ups
    wait for nobody.
    """

    shifts: list[ShiftIn] = []
    holidays: list[date] = []
    setup_operators: int | None = Field(default=None, ge=1, le=1000)


class OfferingIn(Schema):
    """Whether the firm takes part in matches, and the buyers for whom it does not work."""

    is_open: bool = True
    refuses: list[UUID] = Field([], max_length=1000)


class OfferingOut(Schema):
    """What the firm offers as a whole."""

    is_open: bool
    refuses: list[UUID]


class PersonIn(Schema):
    """Somebody who gets an account."""

    email: str = Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")
    name: str = Field(max_length=60)
    roles: list[Role] = Field(min_length=1)


class FirmIn(Schema):
    """A firm that joins, with all that it brings."""

    business_number: str
    name: str = Field(min_length=1, max_length=80)
    name_en: str = Field("", max_length=80)
    kind: Kind
    ksic: str = Field("", max_length=8)
    shares: int = Field(0, ge=0, le=1_000_000)
    sites: list[SiteIn] = []
    equipment: list[EquipmentIn] = []
    capabilities: list[CapabilityIn] = []
    rate_card: list[RateIn] = []
    licences: list[LicenceIn] = []
    calendar: CalendarIn = CalendarIn()
    people: list[PersonIn] = []

    def joining(self) -> Joining:
        """Give what joins as values, with new ids; raises Malformed for what means nothing."""
        firm = self._firm()
        sites = {item.code: _site(item, firm.id) for item in self.sites}
        machines = {item.code: _machine(item, firm.id, sites) for item in self.equipment}
        if len(sites) < len(self.sites) or len(machines) < len(self.equipment):
            raise Malformed("members.twice", what="code", code=firm.name)
        return Joining(
            firm=firm,
            shares=self.shares,
            sites=tuple(sites.values()),
            equipment=tuple(machines.values()),
            capabilities=tuple(
                _capability(item, firm.id, sites, machines) for item in self.capabilities
            ),
            rates=tuple(_rate(item, firm.id) for item in self.rate_card),
            licences=tuple(licence_of(item, firm.id) for item in self.licences),
            calendar=calendar_of(self.calendar),
            people=tuple(_person(item) for item in self.people),
        )

    def _firm(self) -> Firm:
        if self.ksic:
            industry_of(self.ksic)
        return Firm(
            id=COOPERATIVE if self.kind is Kind.COOPERATIVE else FirmId(new_id()),
            number=0,
            business_number=business_number(self.business_number),
            name=self.name,
            name_en=self.name_en,
            kind=self.kind,
            ksic=self.ksic,
        )


class JoinedOut(Schema):
    """Secrets are shown this once."""

    firm: UUID
    number: int
    token: str
    passwords: dict[str, str]


class FirmOut(Schema):
    """A firm as everybody may know it."""

    id: UUID
    number: int
    name: str
    name_en: str
    kind: Kind
    ksic: str


class EquipmentOut(Schema):
    """A machine."""

    id: UUID
    code: str
    name: str
    site: UUID


class CapabilityOut(Schema):
    """A capability."""

    process: str
    site: UUID
    lot_min: int
    lot_max: int
    setup_minutes: int
    minutes_per_100: int
    equipment: list[UUID]
    materials: list[str]
    envelope_mm: list[int]
    tolerance: int


class RateOut(Schema):
    """A line of the rate card."""

    process: str
    setup_won: int
    unit_won: int


class LicenceOut(Schema):
    """A permit."""

    kind: str
    number: str
    valid_until: date | None


class ProcessCodeOut(Schema):
    """A process code; group is of DIN 8580, root the name under the root-industry law."""

    code: str
    group: str
    parent: dict[str, str]
    unit: str
    ko: str
    en: str
    root: str
    root_en: str


class SiteOut(Schema):
    """A site and where it stands."""

    id: UUID
    code: str
    name: str
    building: str
    east_m: int
    north_m: int
    region: str


class MyFirmOut(FirmOut):
    """One's own firm, whole."""

    business_number: str
    shares: int
    sites: list[SiteOut]
    equipment: list[EquipmentOut]
    capabilities: list[CapabilityOut]
    rate_card: list[RateOut]
    licences: list[LicenceOut]
    offering: OfferingOut


def _site(item: SiteIn, firm: FirmId) -> Site:
    place = Place(**item.model_dump(include={"building", "east_m", "north_m", "region"}))
    return Site(id=new_id(), firm=firm, code=item.code, name=item.name, place=place)


def _site_id(code: str, sites: dict[str, Site]) -> UUID:
    if not code and sites:
        return next(iter(sites.values())).id
    if code not in sites:
        raise Malformed("members.unknown_code", what="site", code=code)
    return sites[code].id


def _machine(item: EquipmentIn, firm: FirmId, sites: dict[str, Site]) -> Equipment:
    return Equipment(
        id=new_id(),
        firm=firm,
        site=_site_id(item.site, sites),
        code=item.code,
        name=item.name,
        name_en=item.name_en,
    )


def _capability(
    item: CapabilityIn, firm: FirmId, sites: dict[str, Site], machines: dict[str, Equipment]
) -> Capability:
    unknown = next((code for code in item.equipment if code not in machines), None)
    if unknown is not None:
        raise Malformed("members.unknown_code", what="equipment", code=unknown)
    return Capability(
        id=new_id(),
        firm=firm,
        site=_site_id(item.site, sites),
        process=item.process,
        lot_min=item.lot_min,
        lot_max=item.lot_max,
        setup_minutes=item.setup_minutes,
        minutes_per_100=item.minutes_per_100,
        equipment=tuple(machines[code].id for code in item.equipment),
        materials=tuple(dict.fromkeys(filter(None, map(material_code, item.materials)))),
        envelope_mm=tuple(sorted(item.envelope_mm, reverse=True)),
        tolerance=item.tolerance,
    )


def _rate(item: RateIn, firm: FirmId) -> Rate:
    return Rate(
        firm=firm,
        process=process_code(item.process).code,
        setup_won=Won(item.setup_won),
        unit_won=Won(item.unit_won),
    )


def licence_of(item: LicenceIn, firm: FirmId) -> Licence:
    """Give the value of a licence that a firm holds."""
    return Licence(firm=firm, kind=item.kind, number=item.number, valid_until=item.valid_until)


def calendar_of(item: CalendarIn) -> WorkCalendar:
    """Give the value of a calendar; raises Malformed for shifts that cannot be."""
    shifts = tuple(
        Shift(weekday=day, start_minute=_minute(shift.start), end_minute=_minute(shift.end))
        for shift in item.shifts
        for day in shift.weekdays
    )
    return WorkCalendar(
        shifts=shifts, holidays=frozenset(item.holidays), setup_operators=item.setup_operators
    )


def _minute(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _person(item: PersonIn) -> Person:
    return Person(
        id=PersonId(new_id()),
        email=item.email.lower(),
        name=item.name,
        roles=tuple(dict.fromkeys(item.roles)),
    )

"""A firm and what it brings: sites, machines, capabilities, rates, licences, people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from dure.kernel.actor import Role
from dure.kernel.coarse import coarse
from dure.kernel.errors import Malformed, Refused
from dure.kernel.ids import BusinessNumber, FirmId, PersonId
from dure.kernel.money import Won
from dure.members.engine.calendar import WorkCalendar
from dure.members.engine.places import Place
from dure.members.engine.process_codes import process_code

COARSEST = 18  # IT18: the coarsest tolerance class of ISO 286


class Kind(StrEnum):
    """What a firm is to the cooperative."""

    COOPERATIVE = "cooperative"  # 협동조합: the cooperative itself
    MEMBER = "member"  # 조합원
    BUYER = "buyer"  # 구매자
    SUPPLIER = "supplier"  # 공급사


ROLES: dict[Kind, frozenset[Role]] = {
    Kind.COOPERATIVE: frozenset({Role.OFFICE, Role.AUDITOR}),
    Kind.MEMBER: frozenset({Role.OWNER, Role.BOOKKEEPER, Role.FOREMAN, Role.AUDITOR}),
    Kind.BUYER: frozenset({Role.BUYER}),
    Kind.SUPPLIER: frozenset({Role.SUPPLIER}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Firm:
    """A firm as everybody in the cooperative may know it. number is its dense business number."""

    id: FirmId
    number: int
    business_number: BusinessNumber
    name: str
    name_en: str
    kind: Kind
    ksic: str = ""

    def called(self, language: str) -> str:
        """Give its name in `ko` or, where it has one, in `en`."""
        return self.name_en if language == "en" and self.name_en else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One place where a firm works (사업장). code is unique within the firm."""

    id: UUID
    firm: FirmId
    code: str
    name: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """One machine (설비). code is unique within the firm and names it on the wire."""

    id: UUID
    firm: FirmId
    site: UUID
    code: str
    name: str
    name_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """
    What a firm can do (보유공정): one process at one site, on any of its machines.

    Lots are counted in the process's unit. A lot of n takes setup_minutes and then
    n · minutes_per_100 / 100 on one machine. What it leaves open it takes: no materials, any;
    envelope_mm, the largest piece's three sides, the longest first; tolerance, the finest IT
    grade that it holds (ISO 286), 0 where it does not say.
    """

    id: UUID
    firm: FirmId
    site: UUID
    process: str
    lot_min: int
    lot_max: int
    setup_minutes: int
    minutes_per_100: int
    equipment: tuple[UUID, ...]
    materials: tuple[str, ...] = ()
    envelope_mm: tuple[int, ...] = ()
    tolerance: int = 0

    def __post_init__(self) -> None:
        process_code(self.process)
        if not (
            0 < self.lot_min <= self.lot_max
            and self.setup_minutes >= 0
            and self.minutes_per_100 > 0
            and 0 <= self.tolerance <= COARSEST
            and len(self.envelope_mm) in (0, 3)
            and all(side > 0 for side in self.envelope_mm)
        ):
            raise Malformed("members.impossible_capability", process=self.process)

    def suits(self, *, material: str, envelope_mm: Sequence[int], tolerance: int) -> bool:
        """Say whether it works a material, has room for a piece and holds a tolerance class."""
        works = not material or not self.materials or material in self.materials
        room = sorted(self.envelope_mm, reverse=True)
        piece = sorted(envelope_mm, reverse=True)
        fits = not room or all(has >= side for has, side in zip(room, piece, strict=False))
        return works and fits and (not tolerance or self.tolerance <= tolerance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A line of a member's rate card (임률표): what a lot costs before and per unit."""

    firm: FirmId
    process: str
    setup_won: Won
    unit_won: Won

    def __post_init__(self) -> None:
        if self.setup_won < 0 or self.unit_won < 0 or self.setup_won + self.unit_won == 0:
            raise Malformed("members.impossible_rate", process=self.process)

    def price(self, quantity: int) -> Won:
        """Give what a lot of quantity costs."""
        return Won(self.setup_won + self.unit_won * quantity)

    def in_steps(self, quantity: int) -> Won:
        """Give about what a lot costs, the rate in steps: so it is compared and shown to others."""
        return Won(coarse(self.setup_won) + coarse(self.unit_won) * quantity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """
    What a firm holds to a last day, by kind: a permit (sense's product classes) or a certificate.

    A certificate (ISO 9001) is compared whatever its spelling and edition (spelling.py).
    """

    firm: FirmId
    kind: str
    number: str
    valid_until: date | None = None

    def is_valid_on(self, day: date) -> bool:
        """Say whether it still holds on a day."""
        return self.valid_until is None or day <= self.valid_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an account, in one or more roles at a firm."""

    id: PersonId
    email: str
    name: str
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """All that a firm brings when it joins. Ids are made by the door; the number comes later."""

    firm: Firm
    shares: int
    sites: tuple[Site, ...]
    equipment: tuple[Equipment, ...]
    capabilities: tuple[Capability, ...]
    rates: tuple[Rate, ...]
    licences: tuple[Licence, ...]
    calendar: WorkCalendar
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offering:
    """
    Whether a firm takes part in matches, and for which buyers it does not work.

    Until it says otherwise it takes part, and works for all.
    """

    firm: FirmId
    is_open: bool = True
    refuses: frozenset[UUID] = frozenset()


def check_joining(joining: Joining) -> None:
    """
    Ensure that what a firm brings fits together.

    Codes are unique, each capability has a machine at its own site and a rate, and
    each person a role that a firm of this kind gives. Raises Malformed or Refused.
    """
    _no_doubles("site", [site.code for site in joining.sites])
    _no_doubles("equipment", [machine.code for machine in joining.equipment])
    _no_doubles("rate", [rate.process for rate in joining.rates])
    _no_doubles("email", [person.email for person in joining.people])
    at_site = {machine.id: machine.site for machine in joining.equipment}
    priced = {rate.process for rate in joining.rates}
    for capability in joining.capabilities:
        check_machines(capability, at_site)
        if capability.process not in priced:
            raise Malformed("members.capability_without_rate", process=capability.process)
    _check_roles(joining)


def check_machines(capability: Capability, at_site: Mapping[UUID, UUID]) -> None:
    """Ensure that a capability has a machine, and all at its own site; raises Malformed."""
    sites = {at_site.get(machine) for machine in capability.equipment}
    if sites != {capability.site}:
        raise Malformed("members.capability_without_machine", process=capability.process)


def _check_roles(joining: Joining) -> None:
    if joining.firm.kind is not Kind.MEMBER and joining.shares:
        raise Refused("members.only_members_hold_shares", kind=joining.firm.kind.value)
    for person in joining.people:
        for role in person.roles:
            if role not in ROLES[joining.firm.kind]:
                raise Refused("members.role_at_kind", role=role.value, kind=joining.firm.kind.value)


def _no_doubles(what: str, codes: list[str]) -> None:
    for code in codes:
        if codes.count(code) > 1:
            raise Malformed("members.twice", what=what, code=code)

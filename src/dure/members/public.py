"""
What other rooms may ask of the members.

Answers are plain values, and hold only what the acting firm may see: firms and
sites are open to all, machines, capabilities, rates, calendars and licences are a
firm's own (the office and the worker see all of them).
"""

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from django.contrib.auth.hashers import make_password

from dure.kernel.actor import COOPERATIVE, Actor, Role
from dure.kernel.errors import NotFound, Refused
from dure.kernel.ids import FirmId
from dure.members import bridge, models
from dure.members.engine.ballot import Ballot, BallotState, Parameter
from dure.members.engine.ballot import parameters as ballot_parameters
from dure.members.engine.calendar import Shift, WorkCalendar
from dure.members.engine.firm import (
    Capability,
    Equipment,
    Firm,
    Kind,
    Licence,
    Offering,
    Rate,
    Site,
)
from dure.members.engine.holidays import national_holidays
from dure.members.engine.places import HANDLING_MINUTES, METRES_A_MINUTE
from dure.members.engine.places import minutes_between as minutes_between_places
from dure.members.engine.process_codes import ProcessCode, process_code, process_codes
from dure.members.engine.rulebook import Bylaws, MembershipRules, membership_rules
from dure.members.engine.spelling import (
    SIDES,
    certificate_code,
    certificate_codes,
    material_code,
    sides_of,
    sides_text,
)
from dure.members.store import capability_ids, changed_firms, skill_columns

__all__ = [
    "HANDLING_MINUTES",
    "METRES_A_MINUTE",
    "SIDES",
    "Ballot",
    "BallotState",
    "Bylaws",
    "Capability",
    "Equipment",
    "Firm",
    "Kind",
    "Licence",
    "Offering",
    "Parameter",
    "ProcessCode",
    "Rate",
    "Site",
    "WorkCalendar",
    "capability_ids",
    "certificate_code",
    "certificate_codes",
    "changed_firms",
    "material_code",
    "process_code",
    "process_codes",
    "sides_of",
    "sides_text",
    "skill_columns",
]


def actor_for_token(token_sha256: bytes) -> Actor | None:
    """Give whom an API token stands for, by its SHA-256, all that we keep; None for a stray."""
    row = models.ApiToken.objects.filter(sha256=token_sha256, revoked_at=None).first()
    if row is None:
        return None
    return Actor(firm=FirmId(row.firm_id), role=Role(row.role))


def actors_of(person: UUID) -> tuple[Actor, ...]:
    """Give whom a person may act as: one Actor for each role at each firm, in a fixed order."""
    rows = models.Role.objects.filter(person_id=person).select_related("firm")
    ordered = sorted(rows, key=lambda row: (row.firm.number, row.role))
    return tuple(bridge.read_actor(row) for row in ordered)


def actors_for_password(email: str, password: str) -> tuple[Actor, ...]:
    """
    Give whom somebody may act as who knows a password; nothing where it is wrong.

    An unknown address takes as long as a wrong password.
    """
    person = models.Person.objects.filter(email=email.strip().lower()).first()
    if person is None:
        make_password(password)
        return ()
    return actors_of(person.id) if person.check_password(password) else ()


def cooperative() -> Firm:
    """Give the cooperative itself; raises NotFound before it is founded."""
    row = models.Firm.objects.filter(id=COOPERATIVE).first()
    if row is None:
        raise NotFound("members.no_cooperative")
    return bridge.read_firm(row)


def is_founded() -> bool:
    """Say whether there is a cooperative in this home."""
    return models.Bylaws.objects.exists()


def bylaws() -> Bylaws:
    """Give what the members resolved; raises NotFound before the cooperative is founded."""
    row = models.Bylaws.objects.first()
    if row is None:
        raise NotFound("members.no_cooperative")
    return bridge.read_bylaws(row)


def parameters() -> Mapping[str, Parameter]:
    """Give the figures of the bylaws that members vote on, by name."""
    return ballot_parameters()


def ballots(name: str | None = None) -> tuple[Ballot, ...]:
    """Give the votes on the bylaws, or on one figure of them, newest first."""
    rows = models.Ballot.objects.order_by("-number")
    if name:
        rows = rows.filter(parameter=name)
    return tuple(bridge.read_ballot(row) for row in rows)


def votes(firm_id: UUID) -> Mapping[UUID, bool]:
    """Give what a member said in each vote, by ballot."""
    rows = models.Vote.objects.filter(firm_id=firm_id)
    return dict(rows.values_list("ballot_id", "is_for"))


def vote_rules() -> MembershipRules:
    """Give the rules of the co-op's legal form, by which a vote on the bylaws is carried."""
    return membership_rules(bylaws().legal_form)


def recused_for(actor: Actor, firm_ids: Iterable[UUID]) -> Firm | None:
    """
    Give the firm for which whoever acts for the co-op is recused, among those that take part.

    Somebody of the office who also belongs to a member or supplier decides nothing in which that
    firm takes part (제척). Without a person (a token, the worker) there is nobody to recuse.
    """
    if actor.role is not Role.OFFICE or actor.person is None:
        return None
    own = models.Role.objects.filter(person_id=actor.person, firm_id__in=set(firm_ids))
    row = own.exclude(firm_id=COOPERATIVE).select_related("firm").order_by("firm__number").first()
    return bridge.read_firm(row.firm) if row else None


def check_not_recused(actor: Actor, firm_ids: Iterable[UUID]) -> None:
    """Ensure that who decides for the co-op decides nothing of its own firm; raises Refused."""
    own = recused_for(actor, firm_ids)
    if own:
        raise Refused("members.recused", firm=own.name)


def firm(firm_id: UUID) -> Firm:
    """Give one firm; raises NotFound."""
    row = models.Firm.objects.filter(id=firm_id).first()
    if row is None:
        raise NotFound("members.no_firm", firm=str(firm_id))
    return bridge.read_firm(row)


def firms(*kinds: Kind) -> tuple[Firm, ...]:
    """Give all firms, or those of some kinds, by number."""
    rows = models.Firm.objects.order_by("number")
    if kinds:
        rows = rows.filter(kind__in=[kind.value for kind in kinds])
    return tuple(bridge.read_firm(row) for row in rows)


def member_numbers() -> Mapping[int, UUID]:
    """Give all members by number: 19,000 of them at once."""
    rows = models.Firm.objects.filter(kind=Kind.MEMBER.value).order_by("number")
    return dict(rows.values_list("number", "id"))


def firms_by_id(ids: Iterable[UUID]) -> Mapping[UUID, Firm]:
    """Give firms by their ids; unknown ones are left out."""
    rows = models.Firm.objects.filter(id__in=set(ids))
    return {row.id: bridge.read_firm(row) for row in rows}


def sites(firm_id: UUID | None = None, *, ids: Iterable[UUID] | None = None) -> tuple[Site, ...]:
    """Give all sites, a firm's, or those of some ids, by firm number and code."""
    rows = models.Site.objects.select_related("firm").order_by("firm__number", "code")
    if firm_id:
        rows = rows.filter(firm_id=firm_id)
    if ids is not None:
        rows = rows.filter(id__in=set(ids))
    return tuple(bridge.read_site(row) for row in rows)


def minutes_between(here: Site, there: Site) -> int:
    """Give the minutes that a load needs from one site to another, loading included."""
    return minutes_between_places(here.place, there.place)


def equipment(
    firm_id: UUID | None = None,
    *,
    firm_ids: Iterable[UUID] | None = None,
    ids: Iterable[UUID] | None = None,
) -> tuple[Equipment, ...]:
    """Give machines that the actor may see, by firm number and code."""
    rows = models.Equipment.objects.select_related("firm").order_by("firm__number", "code")
    if firm_id:
        rows = rows.filter(firm_id=firm_id)
    if firm_ids is not None:
        rows = rows.filter(firm_id__in=set(firm_ids))
    if ids is not None:
        rows = rows.filter(id__in=set(ids))
    return tuple(bridge.read_equipment(row) for row in rows)


def capabilities(
    *,
    firm_id: UUID | None = None,
    firm_ids: Iterable[UUID] | None = None,
    processes: Iterable[str] | None = None,
) -> tuple[Capability, ...]:
    """Give capabilities that the actor may see, by firm number, process and site."""
    rows = models.Capability.objects.order_by("firm__number", "process", "site__code")
    if firm_id:
        rows = rows.filter(firm_id=firm_id)
    if firm_ids is not None:
        rows = rows.filter(firm_id__in=set(firm_ids))
    if processes is not None:
        rows = rows.filter(process__in=set(processes))
    return tuple(bridge.read_capability(row) for row in rows)


def offered_processes() -> set[str]:
    """Give the processes for which somebody, as far as the actor may see, has a capability."""
    return set(models.Capability.objects.values_list("process", flat=True).distinct())


def rates(
    *, firm_id: UUID | None = None, processes: Iterable[str] | None = None
) -> tuple[Rate, ...]:
    """Give rate card lines that the actor may see, by firm number and process."""
    rows = models.Rate.objects.order_by("firm__number", "process")
    if firm_id:
        rows = rows.filter(firm_id=firm_id)
    if processes is not None:
        rows = rows.filter(process__in=set(processes))
    return tuple(bridge.read_rate(row) for row in rows)


def licences(firm_id: UUID | None = None) -> tuple[Licence, ...]:
    """Give licences that the actor may see, by firm number and kind."""
    rows = models.Licence.objects.order_by("firm__number", "kind")
    if firm_id:
        rows = rows.filter(firm_id=firm_id)
    return tuple(bridge.read_licence(row) for row in rows)


def offerings(firm_id: UUID | None = None) -> tuple[Offering, ...]:
    """
    Give what firms said of their offer as a whole, as far as the actor may see.

    A firm that never said anything takes part and works for all; it is left out.
    """
    rows = models.Offering.objects.order_by("firm__number")
    if firm_id:
        rows = rows.filter(firm_id=firm_id)
    return tuple(bridge.read_offering(row) for row in rows)


def offering(firm_id: FirmId) -> Offering:
    """Give what a firm offers as a whole."""
    return next(iter(offerings(firm_id)), Offering(firm=firm_id))


def calendar(firm_id: UUID) -> WorkCalendar:
    """Give a firm's calendar, national holidays included; raises NotFound."""
    row = models.Calendar.objects.filter(firm_id=firm_id).first()
    if row is None:
        raise NotFound("members.no_calendar", firm=str(firm_id))
    return bridge.read_calendar(row)


def calendars(firm_ids: Iterable[UUID] | None = None) -> Mapping[UUID, WorkCalendar]:
    """Give the calendars that the actor may see, of all firms or of these, by firm."""
    rows = models.Calendar.objects.all()
    if firm_ids is not None:
        rows = rows.filter(firm_id__in=set(firm_ids))
    return {row.firm_id: bridge.read_calendar(row) for row in rows}


def shares() -> Mapping[UUID, int]:
    """Give the shares that each member holds, as far as the actor may see."""
    return dict(models.ShareHolding.objects.values_list("firm_id", "shares"))


def holidays() -> frozenset[date]:
    """Give the dates on which Korea does not work."""
    return national_holidays()


def capability(capability_id: UUID) -> Capability:
    """Give one capability; raises NotFound where the actor may not see it."""
    row = models.Capability.objects.filter(id=capability_id).first()
    if row is None:
        raise NotFound("members.no_capability")
    return bridge.read_capability(row)


def capabilities_by_id(ids: Iterable[UUID]) -> Mapping[UUID, Capability]:
    """Give capabilities by their ids; what the actor may not see is left out."""
    rows = models.Capability.objects.filter(id__in=set(ids))
    return {row.id: bridge.read_capability(row) for row in rows}


def office_hours() -> WorkCalendar:
    """Give the hours in which the co-op's office works: nine to six, Monday to Friday."""
    shifts = tuple(Shift(weekday=day, start_minute=540, end_minute=1080) for day in range(5))
    return WorkCalendar(shifts=shifts, holidays=national_holidays())

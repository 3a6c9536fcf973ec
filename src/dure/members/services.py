"""What membership can do: found the cooperative, let a firm join, revise what it offers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_urlsafe
from uuid import UUID

from django.db import transaction

from dure.journal.public import next_number
from dure.journal.services import tell
from dure.kernel.actor import COOPERATIVE, Actor, Role
from dure.kernel.errors import NotFound, Refused
from dure.kernel.fact import FactKind
from dure.kernel.ids import FirmId, PersonId
from dure.kernel.time import Instant
from dure.members import bridge, models
from dure.members.engine.calendar import WorkCalendar
from dure.members.engine.facts import (
    CALENDAR_SET,
    CAPABILITY_REVISED,
    FIRM_JOINED,
    LICENCE_HELD,
    OFFERING_SET,
)
from dure.members.engine.firm import (
    Capability,
    Joining,
    Kind,
    Licence,
    Offering,
    Rate,
    check_joining,
    check_machines,
)
from dure.members.engine.rulebook import check_shares, membership_rules
from dure.stack.tenancy import acting

TOKEN_ROLE = {
    Kind.COOPERATIVE: Role.OFFICE,
    Kind.MEMBER: Role.OWNER,
    Kind.BUYER: Role.BUYER,
    Kind.SUPPLIER: Role.SUPPLIER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What the office hands to a firm that joined: its number, and secrets shown this once."""

    number: int
    token: str
    passwords: dict[str, str]


def found_cooperative(joining: Joining, *, legal_form: str, at: Instant) -> Joined:
    """
    Found the cooperative: its own firm, its bylaws and the people of its office.

    Called once for a home, by whoever runs the machine; raises Refused a second time.
    """
    membership_rules(legal_form)
    assert joining.firm.id == COOPERATIVE, "the cooperative's firm id is the same everywhere"
    with acting(Actor(firm=COOPERATIVE, role=Role.OFFICE)):
        if models.Firm.objects.filter(id=COOPERATIVE).exists():
            raise Refused("members.founded_already")
        joined = _join(joining, at)
        models.Bylaws.objects.create(firm_id=COOPERATIVE, legal_form=legal_form)
    return joined


def join_firm(joining: Joining, *, at: Instant) -> Joined:
    """
    Let a firm join with all that it brings, in one transaction.

    Raises Malformed for what does not fit together, Refused for a second firm of
    one business number and for shares past the cap of the legal form.
    """
    if joining.firm.kind is Kind.COOPERATIVE:
        raise Refused("members.founded_already")
    return _join(joining, at)


@transaction.atomic
def _join(joining: Joining, at: Instant) -> Joined:
    check_joining(joining)
    _check_known(joining)
    passwords = {person.id: token_urlsafe(12) for person in joining.people}
    row = _firm_row(joining)
    tell(
        row,
        FIRM_JOINED,
        at=at,
        parties=[row.id],
        payload={
            "shares": joining.shares,
            "processes": sorted({item.process for item in joining.capabilities}),
        },
        number=next_number("firm"),
        business_number=joining.firm.business_number,
        name=joining.firm.name,
        kind=joining.firm.kind.value,
    )
    bridge.write_joining(joining, passwords)
    _check_cap(joining)
    return Joined(
        number=row.number,
        token=_new_token(joining, at),
        passwords={person.email: passwords[PersonId(person.id)] for person in joining.people},
    )


def _firm_row(joining: Joining) -> models.Firm:
    return models.Firm(id=joining.firm.id, name_en=joining.firm.name_en, ksic=joining.firm.ksic)


def _check_known(joining: Joining) -> None:
    number = joining.firm.business_number
    if models.Firm.objects.filter(business_number=number).exists():
        raise Refused("members.number_taken", number=number)
    emails = [person.email for person in joining.people]
    taken = models.Person.objects.filter(email__in=emails).first()
    if taken:
        raise Refused("members.email_taken", email=taken.email)


def _check_cap(joining: Joining) -> None:
    if joining.shares:
        rules = membership_rules(models.Bylaws.objects.get().legal_form)
        holdings = models.ShareHolding.objects.select_related("firm")
        check_shares(rules, bridge.shares_by_number(holdings))


def _new_token(joining: Joining, at: Instant) -> str:
    token = token_urlsafe(32)
    models.ApiToken.objects.create(
        firm_id=joining.firm.id,
        role=TOKEN_ROLE[joining.firm.kind].value,
        sha256=sha256(token.encode()).digest(),
        made_at=at,
    )
    return token


@transaction.atomic
def revise_capability(revised: Capability, rate: Rate, *, at: Instant) -> Capability:
    """
    Say what a firm can do from now on, and at which rate, in place of what it said before.

    A process that it did not have at that site is added. The next match goes by it; what was
    offered or accepted stays as it was. Raises Malformed where its machines are not the firm's
    own, or stand elsewhere.
    """
    assert (revised.firm, revised.process) == (rate.firm, rate.process), "a rate of its own"
    offering = _locked_offering(revised.firm)
    own = models.Equipment.objects.filter(firm_id=revised.firm)
    check_machines(revised, dict(own.values_list("id", "site_id")))
    row = bridge.write_capability(revised, rate)
    told = {name: getattr(revised, name) for name in CAPABILITY_REVISED.fields if name in REVISED}
    told |= {"setup_won": rate.setup_won, "unit_won": rate.unit_won}
    _tell_offering(offering, CAPABILITY_REVISED, at, told)
    return bridge.read_capability(row)


REVISED = frozenset(Capability.__dataclass_fields__)


@transaction.atomic
def hold_licence(licence: Licence, *, at: Instant) -> None:
    """Take note of a firm's licence, in place of an earlier one of its kind."""
    offering = _locked_offering(licence.firm)
    bridge.write_licence(licence)
    told = {name: getattr(licence, name) for name in LICENCE_HELD.fields}
    _tell_offering(offering, LICENCE_HELD, at, told)


@transaction.atomic
def set_calendar(firm: FirmId, calendar: WorkCalendar, *, at: Instant) -> None:
    """Set when a firm works; the hours that it has free in the next match are of it."""
    offering = _locked_offering(firm)
    bridge.write_calendar(firm, calendar)
    _tell_offering(offering, CALENDAR_SET, at, bridge.calendar_columns(calendar))


@transaction.atomic
def set_offering(firm: FirmId, *, is_open: bool, refuses: Iterable[UUID], at: Instant) -> Offering:
    """
    Say whether a firm takes part in matches, and for which buyers it does not work.

    No reason is asked for. Raises NotFound for a firm that is no buyer.
    """
    refused = sorted(set(refuses))
    buyers = models.Firm.objects.filter(id__in=refused, kind=Kind.BUYER.value).count()
    if buyers < len(refused):
        raise NotFound("members.no_buyer")
    row = _locked_offering(firm)
    row.is_open, row.refuses = is_open, refused
    _tell_offering(row, OFFERING_SET, at, {"refuses": refused})
    return bridge.read_offering(row)


def _locked_offering(firm: FirmId) -> models.Offering:
    """Lock what a firm offers: its revisions come one after the other."""
    models.Offering.objects.bulk_create([models.Offering(firm_id=firm)], ignore_conflicts=True)
    return models.Offering.objects.select_for_update().get(firm_id=firm)


def _tell_offering(
    row: models.Offering, kind: FactKind, at: Instant, told: Mapping[str, object]
) -> None:
    tell(row, kind, at=at, parties=[row.firm_id], payload=told, is_open=row.is_open)

"""What membership can do: found the cooperative, let a firm join, revise what it offers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any
from uuid import UUID

from django.db import transaction

from dure.journal.public import next_number
from dure.journal.services import tell
from dure.kernel.actor import COOPERATIVE, Actor, Role
from dure.kernel.errors import NotFound, Refused
from dure.kernel.fact import FactKind
from dure.kernel.ids import FirmId, PersonId
from dure.kernel.time import Instant, seoul_date
from dure.members import bridge, models
from dure.members.engine.ballot import (
    LEAST_DAYS,
    BallotState,
    Tally,
    check_ballot,
    is_carried,
    parameter,
)
from dure.members.engine.calendar import WorkCalendar
from dure.members.engine.facts import (
    BALLOT_CLOSED,
    BALLOT_OPENED,
    BYLAW_CHANGED,
    BYLAWS_ADOPTED,
    CALENDAR_SET,
    CAPABILITY_REVISED,
    FIRM_JOINED,
    LICENCE_HELD,
    OFFERING_SET,
    PERSON_SEATED,
    VOTE_CAST,
)
from dure.members.engine.firm import (
    ROLES,
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
        _adopt_bylaws(legal_form, at)
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


@transaction.atomic
def seat_person(email: str, role: Role, *, at: Instant) -> None:
    """
    Give somebody of a member firm a role at the cooperative too: a director in the office, say.

    Where that person's own firm takes part it then decides nothing (`public.recused_for`).
    Raises NotFound for who has no account, Refused for a role that is none there or held already.
    """
    person = models.Person.objects.select_for_update().filter(email=email.lower()).first()
    if person is None:
        raise NotFound("members.no_person", email=email)
    if role not in ROLES[Kind.COOPERATIVE]:
        raise Refused("members.role_at_kind", kind=Kind.COOPERATIVE.value, role=role.value)
    key = {"person": person, "firm_id": COOPERATIVE, "role": role.value}
    if models.Role.objects.filter(**key).exists():
        raise Refused("members.seated_already", email=email)
    models.Role.objects.create(**key)
    person.firm_ids = sorted({*person.firm_ids, COOPERATIVE})
    person.save(update_fields=["firm_ids"])
    row, told = models.Firm.objects.get(id=COOPERATIVE), {"person": person.id, "role": role.value}
    tell(row, PERSON_SEATED, at=at, payload=told)


def _adopt_bylaws(legal_form: str, at: Instant) -> None:
    row = models.Bylaws(firm_id=COOPERATIVE, legal_form=legal_form)
    tell(row, BYLAWS_ADOPTED, at=at, **{name: getattr(row, name) for name in row.audited})


@transaction.atomic
def open_ballot(
    name: str, value: int, *, firm: FirmId, at: Instant, why: str = "", days: int = LEAST_DAYS
) -> UUID:
    """
    Put a figure of the bylaws to the vote; gives the ballot's id. Any member may, and the office.

    It is open to the end of the last day in Seoul. Raises Malformed for a figure that is not voted
    on, Refused for a value out of reach, and while a vote on the same figure is open.
    """
    asked, stands = parameter(name), models.Bylaws.objects.get()
    now, today = getattr(stands, name), seoul_date(at)
    check_ballot(asked, value, now=now, days=days)
    if models.Ballot.objects.filter(parameter=name, state=BallotState.OPEN).exists():
        raise Refused("members.ballot_open")
    closes_on = today + timedelta(days=days)
    row = models.Ballot(before=now, why=why, opened_on=today, closes_on=closes_on)
    tell(
        row,
        BALLOT_OPENED,
        at=at,
        payload={"before": now, "closes_on": closes_on, "why": why},
        number=next_number("ballot"),
        firm_id=firm,
        parameter=name,
        value=value,
        state=BallotState.OPEN,
    )
    return row.id


@transaction.atomic
def cast_vote(ballot_id: UUID, *, firm: FirmId, is_for: bool, at: Instant) -> None:
    """
    Say a member's yes or no; until the vote is closed it may say otherwise.

    Raises NotFound for a vote that is not there, Refused for who is no member or comes too late.
    """
    ballot = models.Ballot.objects.filter(id=ballot_id).first()
    if ballot is None:
        raise NotFound("members.no_ballot")
    if models.Firm.objects.get(id=firm).kind != Kind.MEMBER:
        raise Refused("members.only_members_vote")
    if ballot.state != BallotState.OPEN or seoul_date(at) > ballot.closes_on:
        raise Refused("members.ballot_closed", closes_on=ballot.closes_on.isoformat())
    mine = models.Vote.objects.select_for_update().filter(ballot_id=ballot_id, firm_id=firm)
    row = mine.first() or models.Vote(ballot_id=ballot_id)
    tell(row, VOTE_CAST, at=at, payload={"ballot": ballot_id}, firm_id=firm, is_for=is_for)


@transaction.atomic
def close_ballots(at: Instant) -> int:
    """Count the votes whose last day is past, and change what was carried; gives how many."""
    late = models.Ballot.objects.filter(state=BallotState.OPEN, closes_on__lt=seoul_date(at))
    rows = list(late.select_for_update().order_by("number"))
    for row in rows:
        _close(row, at)
    return len(rows)


def _close(row: models.Ballot, at: Instant) -> None:
    bylaws = models.Bylaws.objects.select_for_update().get()
    said = list(row.votes.values_list("is_for", flat=True))
    everybody = models.Firm.objects.filter(kind=Kind.MEMBER).count()
    tally = Tally(members=everybody, votes_for=sum(said), votes_against=len(said) - sum(said))
    carried = is_carried(tally, membership_rules(bylaws.legal_form))
    row.members = everybody
    tell(
        row,
        BALLOT_CLOSED,
        at=at,
        payload={"members": everybody},
        state=BallotState.CARRIED if carried else BallotState.LOST,
        votes_for=tally.votes_for,
        votes_against=tally.votes_against,
    )
    if carried:
        change: dict[str, Any] = {row.parameter: row.value}
        tell(bylaws, BYLAW_CHANGED, at=at, payload={"ballot": row.id}, **change)

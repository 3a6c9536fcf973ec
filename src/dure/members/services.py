"""What membership can do: found the cooperative, let a firm join."""

from dataclasses import dataclass
from hashlib import sha256
from secrets import token_urlsafe

from django.db import transaction

from dure.journal.public import next_number
from dure.journal.services import tell
from dure.kernel.actor import COOPERATIVE, Actor, Role
from dure.kernel.errors import Refused
from dure.kernel.ids import PersonId
from dure.kernel.time import Instant
from dure.members import bridge, models
from dure.members.engine.facts import FIRM_JOINED
from dure.members.engine.firm import Joining, Kind, check_joining
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

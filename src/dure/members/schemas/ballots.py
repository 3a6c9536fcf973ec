"""What the API takes and gives of the bylaws, the votes on them, and seats in the office."""

from datetime import date
from uuid import UUID

from ninja import Field, Schema

from dure.kernel.actor import Role
from dure.members.engine.ballot import LEAST_DAYS, Ballot, BallotState


class BallotIn(Schema):
    """A figure of the bylaws to be voted on: its name, the new value in basis points, and why."""

    parameter: str = Field(max_length=40)
    value: int = Field(ge=0, le=10_000)
    why: str = Field("", max_length=400)
    days: int = Field(LEAST_DAYS, ge=1, le=366)


class SeatIn(Schema):
    """Somebody with an account who gets a role at the cooperative."""

    email: str = Field(max_length=254)
    role: Role


class VoteIn(Schema):
    """A member's yes or no."""

    is_for: bool


class BallotOut(Schema):
    """A vote. The counts stand once it is closed; mine is what one's own firm said."""

    id: UUID
    number: int
    parameter: str
    before: int
    value: int
    why: str
    opened_on: date
    closes_on: date
    state: BallotState
    members: int | None
    votes_for: int | None
    votes_against: int | None
    mine: bool | None


class BylawOut(Schema):
    """A figure of the bylaws in basis points: as it stands, and what may be voted."""

    name: str
    value: int
    least: int
    most: int
    ko: str
    en: str


def ballot_out(ballot: Ballot, mine: bool | None) -> dict[str, object]:
    """Give a vote as the API shows it."""
    shown = {
        name: getattr(ballot, name)
        for name in Ballot.__dataclass_fields__
        if name not in ("parameter", "tally")
    }
    counts = {
        name: getattr(ballot.tally, name, None)
        for name in ("members", "votes_for", "votes_against")
    }
    return {**shown, **counts, "parameter": ballot.parameter.name, "mine": mine}

"""A vote of the members on one figure of the bylaws (조합원 투표): one member, one vote."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from uuid import UUID

from dure.kernel.errors import Malformed, Refused
from dure.members.engine.rulebook import MembershipRules

LEAST_DAYS, MOST_DAYS = 7, 60  # a meeting is called seven days ahead (협동조합 기본법 제28조)


class BallotState(StrEnum):
    """What became of a vote."""

    OPEN = "open"  # 투표 중
    CARRIED = "carried"  # 가결
    LOST = "lost"  # 부결


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A figure of the bylaws that members may vote on, in basis points."""

    name: str
    least: int
    most: int
    ko: str
    en: str
    about_ko: str
    about_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many members there are, and how many said yes or no."""

    members: int
    votes_for: int
    votes_against: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """A vote: from which value to which, until the end of a day in Seoul; its tally once closed."""

    id: UUID
    number: int
    parameter: Parameter
    before: int
    value: int
    why: str
    opened_on: date
    closes_on: date
    state: BallotState
    tally: Tally | None


@cache
def parameters() -> Mapping[str, Parameter]:
    """Give the figures that members may vote on, by name."""
    book = tomllib.loads(files(__package__).joinpath("bylaws.toml").read_text("utf-8"))
    return {name: Parameter(name=name, **fields) for name, fields in book.items()}


def parameter(name: str) -> Parameter:
    """Give a figure by its name; raises Malformed for one that is not voted on."""
    found = parameters().get(name)
    if found is None:
        raise Malformed("members.no_parameter", name=name)
    return found


def check_ballot(asked: Parameter, value: int, *, now: int, days: int) -> None:
    """Ensure that a vote makes sense; raises Refused for a value out of reach or as it stands."""
    if not asked.least <= value <= asked.most:
        raise Refused("members.ballot_range", least=asked.least // 100, most=asked.most // 100)
    if value == now:
        raise Refused("members.ballot_same")
    if not LEAST_DAYS <= days <= MOST_DAYS:
        raise Refused("members.ballot_days", least=LEAST_DAYS, most=MOST_DAYS)


def is_carried(tally: Tally, rules: MembershipRules) -> bool:
    """
    Say whether a change of the bylaws is carried: enough members took part, enough of them agreed.

    By the framework act (art. 29(2)): more than half of all members, and two thirds of those.
    """
    part, of = rules.vote_presence
    yes, whole = rules.vote_assent
    cast = tally.votes_for + tally.votes_against
    return cast * of > tally.members * part and tally.votes_for * whole >= cast * yes

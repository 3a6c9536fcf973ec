"""What the API of standing clusters takes and gives."""

from datetime import date, datetime
from uuid import UUID

from ninja import Schema

from dure.match.public import Suggestion


class AnswerIn(Schema):
    """Whether one's firm wants what was suggested; no reason is asked for."""

    wants: bool


class SideOut(Schema):
    """
    What a group made together: who did which processes, and how it went.

    products: what it makes as a whole. on_time of timed orders, failed of pieces inspected.
    """

    roles: dict[UUID, list[str]]
    products: list[str]
    orders: int
    on_time: int
    timed: int
    pieces: int
    failed: int
    latest: date


class SuggestionOut(Schema):
    """
    A cluster that keeps coming back.

    products, at, processes: what two groups could offer together, and where it joins; empty where
    the group is told as it is. unnamed: members who are named once all have said yes.
    """

    id: UUID
    number: int
    state: str
    products: list[str]
    at: str
    processes: list[str]
    sides: list[SideOut]
    firms: list[UUID]
    unnamed: int
    wants: bool | None
    suggested_at: datetime


def suggestion_out(suggestion: Suggestion) -> dict[str, object]:
    """Give a suggestion as the API shows it."""
    return {name: getattr(suggestion, name) for name in Suggestion.__dataclass_fields__}

"""What the API of incidents, changes, scenarios and free time takes and gives."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import AwareDatetime, Field

from dure.plan.engine.events import Change, FreeTime, Incident, Move, Risk, Scenario
from dure.plan.schemas.orders import PlaceOut, ReasonOut

MOST_WON = 10**9


class StandstillIn(Schema):
    """
    Machines that stand still: broken, or nobody there to run them.

    setter: nobody is there to set machines up at their sites; they go on with what they do.
    """

    machines: list[UUID] = Field(min_length=1, max_length=50)
    starts: AwareDatetime
    until: AwareDatetime
    cause: Literal["breakdown", "operator", "setter"] = "breakdown"
    note: str = Field(default="", max_length=200)


class WaitIn(Schema):
    """Before until a job order cannot begin: its material is late, or its firm refuses it."""

    until: AwareDatetime
    cause: Literal["material", "refusal"]
    note: str = Field(default="", max_length=200)


class GiveBackIn(Schema):
    """Why one cannot do a job order, if one likes to say."""

    note: str = Field(default="", max_length=200)


class RushIn(Schema):
    """Until when an order is wanted, before others."""

    until: AwareDatetime
    note: str = Field(default="", max_length=200)


class PinIn(Schema):
    """Whether a job order stays where it is."""

    pinned: bool


class MoveIn(Schema):
    """Where somebody puts a job order."""

    machine: UUID
    starts: AwareDatetime


class RulesIn(Schema):
    """What was resolved about plans."""

    frozen_hours: int = Field(ge=0, le=336)
    answer_hours: int = Field(ge=1, le=336)
    hold_days: int = Field(ge=1, le=60)


class FreeTimeIn(Schema):
    """When a capability is free for the cooperative, and what it costs: all that is told of it."""

    capability: UUID
    windows: list[tuple[AwareDatetime, AwareDatetime]] = Field(max_length=400)
    setup_minutes: int = Field(ge=0, le=10_000)
    minutes_per_100: int = Field(ge=1, le=100_000)
    setup_won: int = Field(ge=0, le=MOST_WON)
    unit_won: int = Field(ge=0, le=MOST_WON)


class ScenarioIn(Schema):
    """Changes to a copy of the book; each as told in engine/scenario.py."""

    name: str = Field(min_length=1, max_length=80)
    changes: list[dict[str, Any]] = Field(min_length=1, max_length=20)


class IncidentOut(Schema):
    """Something that plans are changed for."""

    id: UUID
    number: int
    kind: str
    firm: UUID
    equipment: list[UUID]
    order: UUID | None
    job_order: UUID | None
    step: str
    starts: datetime
    until: datetime
    note: str
    state: str


class MoveOut(Schema):
    """One step that a change moves, and why."""

    order: UUID | None
    order_number: int
    job_order: UUID | None
    number: int
    firm: UUID
    step: str
    old: PlaceOut
    new: PlaceOut
    why: list[ReasonOut]


class RiskOut(Schema):
    """A promise that a change would not keep."""

    order: UUID | None
    order_number: int
    promised_on: date
    expected_on: date
    reasons: list[ReasonOut]


class ChangeOut(Schema):
    """A change of plans."""

    id: UUID
    number: int
    digest: str
    cause: list[ReasonOut]
    moves: list[MoveOut]
    risks: list[RiskOut]
    made_at: datetime
    state: str


class ScenarioOut(Schema):
    """What would be if."""

    id: UUID
    number: int
    name: str
    figures: dict[str, Any]
    reasons: list[ReasonOut]
    digest: str
    state: str


class FreeTimeOut(Schema):
    """What is published of a capability."""

    capability: UUID
    process: str
    windows: list[tuple[datetime, datetime]]
    setup_minutes: int
    minutes_per_100: int
    setup_won: int
    unit_won: int


class FeedOut(Schema):
    """The private address of a calendar; shown only now."""

    path: str


def shown(
    value: Incident | Change | Move | Risk | Scenario | FreeTime, schema: type[Schema]
) -> dict[str, object]:
    """Give a value as the API shows it."""
    found = {name: getattr(value, name) for name in schema.model_fields}
    for name in ("cause", "why", "reasons"):
        if name in found:
            found[name] = [reason.as_json() for reason in found[name]]
    return found


def change_out(change: Change) -> dict[str, object]:
    """Give a change as the API shows it."""
    return shown(change, ChangeOut) | {
        "moves": [shown(each, MoveOut) for each in change.moves],
        "risks": [shown(each, RiskOut) for each in change.risks],
    }

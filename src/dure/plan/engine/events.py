"""What makes plans change, and what a change would mean: as the office and its pages see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from dure.kernel.ids import FirmId
from dure.kernel.money import Won
from dure.kernel.reason import Reason
from dure.kernel.time import Instant
from dure.plan.engine.opening import Window
from dure.plan.engine.values import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Something that plans must be changed for; see the row of the same name."""

    id: UUID
    number: int
    kind: str
    firm: FirmId
    equipment: tuple[UUID, ...]
    order: UUID | None
    job_order: UUID | None
    step: str
    starts: Instant
    until: Instant
    note: str
    told_at: Instant
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """
    One step that a change moves, and why. job_order is empty where a quote only holds machines.

    said is what its firm reads: of its own step alone.
    """

    order: UUID | None
    order_number: int
    quote_number: int
    job_order: UUID | None
    number: int
    firm: FirmId
    step: str
    name: str
    name_en: str
    unit: str
    old: Place
    new: Place
    why: tuple[Reason, ...]
    said: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """A promise that a change would not keep, and why."""

    order: UUID | None
    order_number: int
    quote_number: int
    promised_on: date
    expected_on: date
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of plans: drafted, approved and asked for, published, or dropped."""

    id: UUID
    number: int
    digest: str
    is_of_the_book: bool
    cause: tuple[Reason, ...]
    moves: tuple[Move, ...]
    risks: tuple[Risk, ...]
    made_at: Instant
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What would be if. figures: before and after, and for each order when it leaves."""

    id: UUID
    number: int
    name: str
    changes: tuple[Mapping[str, Any], ...]
    figures: Mapping[str, Any]
    reasons: tuple[Reason, ...]
    digest: str
    made_at: Instant
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeTime:
    """What a member that keeps to itself published of one capability."""

    firm: FirmId
    capability: UUID
    process: str
    windows: tuple[Window, ...]
    setup_minutes: int
    minutes_per_100: int
    setup_won: Won
    unit_won: Won
    is_open: bool

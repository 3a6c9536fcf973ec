"""What other rooms, pages and papers know of the shop floor: plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dure.kernel.ids import FirmId
from dure.kernel.time import Instant
from dure.make.engine.grade import Grade
from dure.make.engine.health import Trouble
from dure.make.engine.work import JobState, LotState


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One released job order on the shop floor (작업). device is the machine's code."""

    id: UUID
    number: int
    firm: FirmId
    job_order: UUID
    order: UUID
    order_number: int
    step: str
    name: str
    name_en: str
    unit: str
    equipment: UUID | None
    device: str
    planned: int
    starts: Instant
    ends: Instant
    state: JobState
    good: int
    scrap: int
    started_at: Instant | None
    finished_at: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """What one job made (로트)."""

    id: UUID
    number: int
    job: UUID
    job_order: UUID
    firm: FirmId
    order: UUID
    step: str
    name: str
    name_en: str
    unit: str
    device: str
    good: int
    scrapped: int
    state: LotState
    inspected: int
    failed: int
    must_inspect: bool
    counted_by: tuple[Grade, ...]
    shipped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Characteristic:
    """What a machine measures that decides over a piece; limits are None while it learns."""

    id: UUID
    device: str
    metric: str
    name: str
    name_en: str
    unit: str
    subgroup: int
    baseline: int
    center: float | None
    sigma: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A characteristic broke a rule."""

    id: UUID
    number: int
    device: str
    metric: str
    rule: int
    value: float
    reading_at: Instant
    raised_at: Instant
    is_open: bool
    lot_number: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A machine and what is known of it now; number is its firm's, metrics the latest of each."""

    id: UUID
    firm: FirmId
    number: int
    device: str
    name: str
    name_en: str
    is_online: bool
    is_by_hand: bool
    last_ms: int | None
    open_alarms: int
    metrics: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSheet:
    """What stands on the printed job order beside the plan's own words: the way in by QR."""

    job: Job
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """
    One edge node as ingest last knew it, and what was wrong with what it sent.

    edge '' is what could be laid to no edge node. heard_ms is by the broker's clock, None
    while it was never heard; devices tells which of its devices are online.
    """

    edge: str
    is_online: bool
    heard_ms: int | None
    devices: Mapping[str, bool]
    troubles: tuple[Trouble, ...]

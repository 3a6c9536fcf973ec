"""Key figures of a work unit in the words of ISO 22400-2:2014, first version."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from dure.make.engine.shop import Job

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkUnit:
    """
    What happened at a machine over a while.

    Minutes: planned busy time (PBT), actual production time (APT), planned run time per
    item (PRI). Pieces: produced (PQ), good (GQ).
    """

    planned_busy_minutes: float
    production_minutes: float
    run_minutes_per_item: float
    produced: int
    good: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Oee:
    """Ratios; None where there was nothing to divide by."""

    availability: float | None
    effectiveness: float | None
    quality_ratio: float | None
    oee_index: float | None


def worked(jobs: Iterable[Job]) -> WorkUnit:
    """Sum up what a machine's finished jobs were planned to take, took, and gave."""
    planned = took = earned = 0.0
    produced = good = 0
    for job in jobs:
        if job.started_at is None or job.finished_at is None or not job.planned:
            continue
        minutes = (job.ends - job.starts) / MINUTE
        planned += minutes
        took += (job.finished_at - job.started_at) / MINUTE
        earned += minutes / job.planned * (job.good + job.scrap)
        produced += job.good + job.scrap
        good += job.good
    return WorkUnit(
        planned_busy_minutes=planned,
        production_minutes=took,
        run_minutes_per_item=earned / produced if produced else 0.0,
        produced=produced,
        good=good,
    )


def oee(unit: WorkUnit) -> Oee:
    """
    Give availability = APT/PBT, effectiveness = PRI·PQ/APT, quality ratio = GQ/PQ.

    Their product is the overall equipment effectiveness index. Source: ISO 22400-2:2014.
    """
    availability = _ratio(unit.production_minutes, unit.planned_busy_minutes)
    effectiveness = _ratio(unit.run_minutes_per_item * unit.produced, unit.production_minutes)
    quality = _ratio(unit.good, unit.produced)
    index = None
    if availability is not None and effectiveness is not None and quality is not None:
        index = availability * effectiveness * quality
    return Oee(
        availability=availability,
        effectiveness=effectiveness,
        quality_ratio=quality,
        oee_index=index,
    )


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None

"""Key figures of a work unit in the words of ISO 22400-2:2014, first version."""

from dataclasses import dataclass


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

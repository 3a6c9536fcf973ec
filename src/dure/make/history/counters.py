"""
What a machine's own counters say of a while: cycles that it made, energy that it drew.

Only what the machine itself sent is asked; what people wrote down is the other side of the
comparison. A counter that falls was set to nothing and counts on from there. Energy is read off
an energy counter, or where there is none off the power, each value holding until the next.
"""

from dataclasses import dataclass
from pathlib import Path

from dure.make.history.queries import READINGS, arrow_of, segments_of

CYCLES = ("cycles", "strokes", "shots", "parts", "count")
ENERGY = ("energy_kwh",)
POWER = ("power_kw",)
BEFORE_MS = 3_600_000  # how far back the value is looked for that a counter stood at
HOUR_MS = 3_600_000

_STEPS = """
with said as (
    select metric, epoch_ms("at") as ms, value,
           lag(value) over mine as before, lag(epoch_ms("at")) over mine as before_ms
      from read_parquet($files)
     where device = $device and metric in (select unnest($metrics)) and grade = 'machine'
       and value is not null and isfinite(value)
       and "at" between to_timestamp($since::bigint / 1e3) and to_timestamp($hi::bigint / 1e3)
    window mine as (partition by metric order by "at", seq, position)
)
select metric, sum(case when value >= before then value - before else value end) as rise,
       sum(before * (ms - greatest(before_ms, $lo::bigint))) as area
  from said where ms > $lo::bigint and before is not null group by metric
"""

Said = dict[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class While:
    """A machine, and a while by its clock in milliseconds."""

    group: str
    device: str
    lo_ms: int
    hi_ms: int


def cycles(history: Path, asked: While) -> int | None:
    """Give how many cycles a machine counted in a while; None where it counts none."""
    said = _said(history, asked, CYCLES)
    found = next((said[name] for name in CYCLES if name in said), None)
    return None if found is None else round(found[0])


def energy_kwh(history: Path, asked: While) -> float | None:
    """Give the energy that a machine drew in a while; None where it does not say."""
    said = _said(history, asked, (*ENERGY, *POWER))
    for name in ENERGY:
        if name in said:
            return said[name][0]
    return said[POWER[0]][1] / HOUR_MS if POWER[0] in said else None


def _said(history: Path, asked: While, metrics: tuple[str, ...]) -> Said:
    since = asked.lo_ms - BEFORE_MS
    places = segments_of(history, asked.group, READINGS, since, asked.hi_ms)
    if not places:
        return {}
    given = {
        "files": [str(history / one.file) for one in places], "device": asked.device,
        "metrics": list(metrics), "since": since, "lo": asked.lo_ms, "hi": asked.hi_ms,
    }  # fmt: skip
    rows = arrow_of(_STEPS, given).to_pylist()
    return {row["metric"]: (float(row["rise"]), float(row["area"])) for row in rows}

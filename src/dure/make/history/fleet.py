"""
Questions over all machines of a member at once, as Arrow tables.

Times are milliseconds since 1970 by the devices' clocks. Files that the manifest says hold
nothing of that time are never opened; within a file the row groups are passed over whose
statistics say the same, or name another metric.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from dure.make.history.compacted import FOLDER
from dure.make.history.index import Place
from dure.make.history.lasts import read_lasts
from dure.make.history.one_metric import each_group
from dure.make.history.one_series import Wanted, read
from dure.make.history.queries import LATEST_MS, READINGS, arrow_of, segments_of
from dure.make.history.runs import minutes_of, minutes_together, quantiles, values_of

_WITHIN = '"at" between to_timestamp($lo::bigint / 1e3) and to_timestamp($hi::bigint / 1e3)'
_LAST = """
select device, metric, max("at") as "at", arg_max(value, "at") as value
  from read_parquet($files)
 where {within}
 group by device, metric
"""
_LAST_KNOWN = """
select device, metric, max("at") as "at", arg_max(value, value_at) as value
  from known group by device, metric
"""
_LAST_OF_ALL = """
with known_and_read as (
    select device, metric, "at", case when value is not null then "at" end as value_at, value
      from read_parquet($files)
     where {within}
    union all select device, metric, "at", value_at, value from known
)
select device, metric, max("at") as "at", arg_max(value, value_at) as value
  from known_and_read group by device, metric
"""


def by_minute(history: Path, group: str, metric: str, *, lo_ms: int, hi_ms: int) -> Any:
    """Give mean, least and greatest value of a metric by machine and minute since 1970."""
    places = segments_of(history, group, READINGS, lo_ms, hi_ms)
    wanted = Wanted(None, metric, lo_ms, hi_ms)
    return minutes_together(each_group(_paths(history, places), wanted, minutes_of, timed=True))


def quantile(
    history: Path, group: str, metric: str, share: float, *, lo_ms: int, hi_ms: int
) -> Any:
    """Give by machine the value that a share of a metric's readings does not pass."""
    places = segments_of(history, group, READINGS, lo_ms, hi_ms)
    wanted = Wanted(None, metric, lo_ms, hi_ms)
    return quantiles(each_group(_paths(history, places), wanted, values_of, timed=False), share)


def last_values(history: Path, group: str, *, lo_ms: int, hi_ms: int) -> Any:
    """Give the last value of every series between two times; from footers where they tell it."""
    places = segments_of(history, group, READINGS, lo_ms, hi_ms)
    told = {
        place: lasts
        for place in places
        if lo_ms <= place.at_lo and place.at_hi <= hi_ms and place.file.startswith(f"{FOLDER}/")
        if (lasts := read_lasts(history / place.file)) is not None
    }
    others = [place for place in places if place not in told]
    if not told:
        return _ask(_LAST, history, others, (lo_ms, hi_ms))
    known = pa.concat_tables(list(told.values()))
    if not others:
        return arrow_of(_LAST_KNOWN, {}, known)
    return _ask(_LAST_OF_ALL, history, others, (lo_ms, hi_ms), known)


def series(history: Path, group: str, device: str, metric: str, *, lo_ms: int, hi_ms: int) -> Any:
    """Give one series between two times, in milliseconds, in the order of time."""
    places = segments_of(history, group, READINGS, lo_ms, hi_ms)
    wanted = Wanted(device, metric, lo_ms, hi_ms)
    found = read(_paths(history, places), wanted, ["at", "value"])
    return found.sort_by("at")


def _paths(history: Path, places: Sequence[Place]) -> list[Path]:
    return [history / place.file for place in places]


def _ask(
    asked: str,
    history: Path,
    places: Sequence[Place],
    span: tuple[int, int],
    known: pa.Table | None = None,
) -> Any:
    """Ask; None where no file can hold anything of that time."""
    if not places:
        return None
    lo_ms, hi_ms = span
    given: dict[str, Any] = {"files": [str(history / place.file) for place in places]}
    if all(lo_ms <= place.at_lo and place.at_hi <= hi_ms for place in places):
        return arrow_of(asked.format(within="true"), given, known)  # no row's time is looked at
    within = {"lo": lo_ms, "hi": min(hi_ms, LATEST_MS)}
    return arrow_of(asked.format(within=_WITHIN), {**given, **within}, known)

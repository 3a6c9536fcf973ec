"""
Questions over all machines of a member at once, as Arrow tables.

Times are milliseconds since 1970 by the devices' clocks. Files that the manifest says hold
nothing of that time are never opened; within a file DuckDB passes over the row groups whose
statistics say the same.
"""

from pathlib import Path
from typing import Any

from dure.make.history.queries import LATEST_MS, READINGS, arrow_of, segments_of

_WITHIN = '"at" between to_timestamp($lo::bigint / 1e3) and to_timestamp($hi::bigint / 1e3)'
_BY_MINUTE = """
select device, epoch_ms("at") // 60000 as minute, avg(value) as mean, min(value) as least,
       max(value) as most
  from read_parquet($files)
 where metric = $metric
   and {within}
 group by all
"""
_QUANTILE = """
select device, quantile_cont(value, $share) as value from read_parquet($files)
 where metric = $metric
   and {within}
 group by device
"""
_LAST = """
select device, metric, max("at") as "at", arg_max(value, "at") as value
  from read_parquet($files)
 where {within}
 group by device, metric
"""
_SERIES = """
select "at", value from read_parquet($files)
 where device = $device and metric = $metric
   and {within}
 order by "at"
"""


def by_minute(history: Path, group: str, metric: str, *, lo_ms: int, hi_ms: int) -> Any:
    """Give mean, least and greatest value of a metric by machine and minute since 1970."""
    return _ask(_BY_MINUTE, history, group, lo_ms, hi_ms, metric=metric)


def quantile(
    history: Path, group: str, metric: str, share: float, *, lo_ms: int, hi_ms: int
) -> Any:
    """Give by machine the value that a share of a metric's readings does not pass."""
    return _ask(_QUANTILE, history, group, lo_ms, hi_ms, metric=metric, share=share)


def last_values(history: Path, group: str, *, lo_ms: int, hi_ms: int) -> Any:
    """Give the last value of every series between two times."""
    return _ask(_LAST, history, group, lo_ms, hi_ms)


def series(history: Path, group: str, device: str, metric: str, *, lo_ms: int, hi_ms: int) -> Any:
    """Give one series between two times."""
    return _ask(_SERIES, history, group, lo_ms, hi_ms, device=device, metric=metric)


def _ask(asked: str, history: Path, group: str, lo_ms: int, hi_ms: int, **given: Any) -> Any:
    """Ask; None where no file can hold anything of that time."""
    entries = segments_of(history, group, READINGS, lo_ms, hi_ms)
    if not entries:
        return None
    given["files"] = [str(history / entry.file) for entry in entries]
    if all(lo_ms <= entry.at_lo and entry.at_hi <= hi_ms for entry in entries):
        return arrow_of(asked.format(within="true"), given)  # no row's time need be looked at
    span = {"lo": lo_ms, "hi": min(hi_ms, LATEST_MS)}
    return arrow_of(asked.format(within=_WITHIN), {**given, **span})

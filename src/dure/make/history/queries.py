"""Questions to the history: DuckDB in place, over the files that manifest and time allow."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dure.make.engine.manifest import SegmentEntry
from dure.make.history.manifest import index_of

READINGS = "readings"
QUARANTINE = "quarantine"
MOST_ROWS = 10_000

_READINGS = """
select device, metric, epoch_ms("at"), epoch_ms(received), value, text,
       is_historical, quality, grade
  from read_parquet($files)
 where device = $device and epoch_ms("at") between $lo and $hi
   and ($metric is null or metric = $metric)
 order by "at" desc, seq desc, position desc limit $limit
"""
_QUARANTINED = """
select topic, epoch_ms(received), code, problem, octet_length(payload)
  from read_parquet($files) order by received desc, seq desc limit $limit
"""
_VALUES = """
select epoch_ms("at"), value from read_parquet($files)
 where device = $device and metric = $metric and value is not null
 order by seq, position
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingRow:
    """One reading. Times are milliseconds since 1970: by the device, by the broker."""

    device: str
    metric: str
    at_ms: int
    received_ms: int
    value: float | None
    text: str | None
    is_historical: bool
    quality: int | None
    grade: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineRow:
    """One message that could not be read."""

    topic: str
    received_ms: int
    code: str
    problem: str
    size: int


def segments_of(
    history: Path, group: str, kind: str, lo_ms: int = 0, hi_ms: int = 2**62
) -> list[SegmentEntry]:
    """Give a member's segments that may hold something between two device times."""
    return [
        entry
        for line in index_of(history).lines
        for entry in line.segments
        if entry.group == group
        and entry.kind == kind
        and entry.at_lo <= hi_ms
        and entry.at_hi >= lo_ms
    ]


def readings(
    history: Path,
    group: str,
    device: str,
    *,
    metric: str | None = None,
    lo_ms: int = 0,
    hi_ms: int = 2**62,
    limit: int = MOST_ROWS,
) -> list[ReadingRow]:
    """Give a device's last `limit` readings between two device times, oldest first."""
    files = _paths(history, segments_of(history, group, READINGS, lo_ms, hi_ms))
    if not files:
        return []
    parameters = {
        "files": files, "device": device, "metric": metric, "lo": lo_ms, "hi": hi_ms,
        "limit": min(limit, MOST_ROWS),
    }  # fmt: skip
    names = ReadingRow.__slots__
    rows = _ask(_READINGS, parameters)
    return [ReadingRow(**dict(zip(names, row, strict=True))) for row in reversed(rows)]


def quarantined(history: Path, group: str, *, limit: int = 200) -> list[QuarantineRow]:
    """Give a member's last messages that could not be read, newest first."""
    files = _paths(history, segments_of(history, group, QUARANTINE))
    if not files:
        return []
    names = QuarantineRow.__slots__
    rows = _ask(_QUARANTINED, {"files": files, "limit": limit})
    return [QuarantineRow(**dict(zip(names, row, strict=True))) for row in rows]


def values_in(path: Path, entry: SegmentEntry, device: str, metric: str) -> list[tuple[int, float]]:
    """Give one series' numbers in one segment as (device time, value), in order of arrival."""
    rows = _ask(_VALUES, {"files": _paths(path, [entry]), "device": device, "metric": metric})
    return [(at, value) for at, value in rows]


def _paths(history: Path, entries: Iterable[SegmentEntry]) -> list[str]:
    return [str(history / entry.file) for entry in entries]


def _ask(asked: str, parameters: dict[str, Any]) -> Sequence[tuple[Any, ...]]:
    with _connection() as connection:
        return connection.execute(asked, parameters).fetchall()


@contextmanager
def _connection() -> Iterator[Any]:
    import duckdb  # half a second that a process pays with its first question

    connection = duckdb.connect(config={"threads": 2, "autoinstall_known_extensions": False})
    try:
        yield connection
    finally:
        connection.close()

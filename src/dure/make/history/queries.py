"""Questions to the history: DuckDB in place, over the files that manifest and time allow."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dure.kernel.reason import Parameter, Reason
from dure.make.history.index import Place, index_of
from dure.make.history.listed import listed

if TYPE_CHECKING:
    from dure.make.history.one_series import Wanted

READINGS = "readings"
QUARANTINE = "quarantine"
MOST_ROWS = 10_000
DAY_MS = 86_400_000
LATEST_MS = 2**53
EARLIEST_MS = 946_684_800_000  # the year 2000

_FIRST = """
select min(epoch_ms(received)) from read_parquet($files)
 where device = $device and received >= to_timestamp($since::bigint / 1e3)
"""
_QUARANTINED = """
select topic, epoch_ms(received), code, problem, octet_length(payload)
  from read_parquet($files) order by received desc, seq desc limit $limit
"""
_BUCKETS = """
with said as materialized (
    select epoch_ms("at") as ms, value, coalesce(quality, 192) as quality
      from read_parquet($files)
     where device = $device and metric = $metric and value is not null and isfinite(value)
       and "at" between to_timestamp($lo::bigint / 1e3) and to_timestamp($hi::bigint / 1e3)
), span as (
    select min(ms) as first, greatest(1, (max(ms) - min(ms)) // $width) as stretch from said
)
select min(ms), arg_min(value, ms), min(value), arg_min(ms, value), max(value),
       arg_max(ms, value), count(*), min(quality)
  from said, span group by (ms - first) // stretch order by 1
"""
_EXPORT = """
select edge, device, metric, "at", received, value, text, raw, datatype, is_null, is_historical,
       quality, grade, source, seq, position
  from read_parquet({files}) order by received, device, metric, "at"
"""
_VALUES = """
select epoch_ms("at"), value from read_parquet($files)
 where device = $device and metric = $metric and value is not null {line}
 order by seq, position
"""


class ReadingRow(NamedTuple):
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
class Zoomed:
    """A series at one zoom: what to draw, how many readings it stands for, its worst quality."""

    points: list[tuple[int, float]]
    readings: int
    worst_quality: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineRow:
    """One message that could not be read."""

    topic: str
    received_ms: int
    reason: Reason
    size: int

    @property
    def code(self) -> str:
        """Say why in one word."""
        return self.reason.code

    @property
    def problem(self) -> str:
        """Say why with all that is known."""
        return str(self.reason)


def segments_of(
    history: Path, group: str, kind: str, lo_ms: int = 0, hi_ms: int = 2**62
) -> list[Place]:
    """Give the files that may hold something of a member between two device times."""
    return index_of(history).places(group, kind, lo_ms, hi_ms)


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
    places = segments_of(history, group, READINGS, lo_ms, hi_ms)
    if not places:
        return []
    from dure.make.history.one_series import Wanted  # as numpy: not before it is asked for

    wanted = Wanted(device, metric, lo_ms, min(hi_ms, LATEST_MS))
    return _last_rows(history, places, wanted, min(limit, MOST_ROWS))


def _last_rows(
    history: Path, places: Sequence[Place], wanted: "Wanted", limit: int
) -> list[ReadingRow]:
    """Give the last readings: no database is asked for so few rows."""
    import numpy as np
    import pyarrow as pa

    shown = (  # as the fields of ReadingRow
        "metric", "at", "received", "value", "text", "is_historical", "quality", "grade",
    )  # fmt: skip
    table = _last_files(history, places, wanted, limit, [*shown, "seq", "position"])
    if not len(table):
        return []
    keys = [table.column(name).to_numpy() for name in ("position", "seq", "at")]
    table = table.take(pa.array(np.lexsort(keys)[max(len(table) - limit, 0) :]))
    rows = zip(*(listed(table.column(name)) for name in shown), strict=True)
    return [ReadingRow._make((wanted.device, *row)) for row in rows]


def _last_files(
    history: Path, places: Sequence[Place], wanted: "Wanted", limit: int, columns: Sequence[str]
) -> Any:
    """Read file by file, the latest first, until no other can hold one of the last readings."""
    import pyarrow as pa

    from dure.make.history.one_series import read

    found: list[Any] = []
    for place in sorted(places, key=lambda place: place.at_hi, reverse=True):
        if _later_than(place.at_hi, found, limit) >= limit:
            break
        found.append(read([history / place.file], wanted, columns))
    return pa.concat_tables(filled) if (filled := [one for one in found if len(one)]) else ()


def _later_than(at_ms: int, tables: Sequence[Any], limit: int) -> int:
    """Count the rows after a time, where so many were read at all."""
    if sum(map(len, tables)) < limit:
        return 0
    return sum(int((one.column("at").to_numpy() > at_ms).sum()) for one in tables if len(one))


def zoomed(
    history: Path, group: str, device: str, metric: str, *, lo_ms: int, hi_ms: int, width: int
) -> Zoomed:
    """
    Give one series between two device times in about so many points as a picture is wide.

    Stretches are cut over what there is, so that a first minute fills a picture of an hour, too.
    Each stretch of time keeps its first, least and greatest value at their own times, so that
    no peak is lost at any zoom; of what is still too much the points stay that shape the line.
    """
    files = _paths(history, segments_of(history, group, READINGS, lo_ms, hi_ms))
    if not files:
        return Zoomed(points=[], readings=0, worst_quality=192)
    parameters = {
        "files": files, "device": device, "metric": metric,
        "lo": lo_ms, "hi": min(hi_ms, LATEST_MS), "width": max(1, width),
    }  # fmt: skip
    points: set[tuple[int, float]] = set()
    readings, worst = 0, 192
    rows = _ask(_BUCKETS, parameters)
    for first, value, least, least_at, most, most_at, count, quality in rows:
        points |= {(first, value), (least_at, least), (most_at, most)}
        readings, worst = readings + count, min(worst, quality)
    return Zoomed(points=thinned(sorted(points), 2 * width), readings=readings, worst_quality=worst)


def thinned(points: list[tuple[int, float]], count: int) -> list[tuple[int, float]]:
    """Keep at most so many points: those that shape the line."""
    import numpy as np

    from dure.make.engine.zoom import largest_triangles

    if len(points) <= count:
        return points
    x, y = np.array(points, dtype=np.float64).T
    return [points[place] for place in largest_triangles(x, y, count).tolist()]


def first_received(history: Path, group: str, device: str, since_ms: int) -> int | None:
    """Give when the first reading of a device came after an instant; None where none did."""
    files = _paths(history, segments_of(history, group, READINGS, since_ms - DAY_MS))
    if not files:
        return None
    asked = {"files": files, "device": device, "since": since_ms}
    ((first,),) = _ask(_FIRST, asked)
    return None if first is None else int(first)


def span_of(history: Path, group: str) -> tuple[int, int] | None:
    """
    Give the first and last device time of a member's history; None where there is none.

    A clock that was never set begins in 1970: it stretches no picture over half a century.
    """
    entries = segments_of(history, group, READINGS)
    if not entries:
        return None
    first = min(each.at_lo for each in entries)
    return max(first, EARLIEST_MS), max(each.at_hi for each in entries)


def export(history: Path, group: str, target: Path) -> int:
    """Write a member's whole history into one plain Parquet file; gives how many rows it has."""
    files = _paths(history, segments_of(history, group, READINGS))
    if not files:
        _write_empty(target)
        return 0
    with _connection() as connection:
        listed = "[" + ", ".join(f"'{_escaped(name)}'" for name in files) + "]"
        connection.execute("set preserve_insertion_order = false; set memory_limit = '1GB'")
        connection.execute(f"set temp_directory = '{_escaped(str(target.parent))}'")
        written = connection.execute(
            f"copy ({_EXPORT.format(files=listed)}) to '{_escaped(str(target))}'"
            " (format parquet, compression zstd)"
        ).fetchone()
    return int(written[0])


def _write_empty(target: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = ("device", "metric", "at", "value", "text", "grade")
    pq.write_table(pa.table({name: pa.nulls(0) for name in names}), target)


def _escaped(text: str) -> str:
    return text.replace("'", "''")


def quarantined(history: Path, group: str, *, limit: int = 200) -> list[QuarantineRow]:
    """Give a member's last messages that could not be read, newest first."""
    files = _paths(history, segments_of(history, group, QUARANTINE))
    if not files:
        return []
    return [
        QuarantineRow(
            topic=topic, received_ms=ms, size=size, reason=Reason(code, _parameters(topic, problem))
        )
        for topic, ms, code, problem, size in _ask(_QUARANTINED, {"files": files, "limit": limit})
    ]


def _parameters(topic: str, problem: str) -> dict[str, Parameter]:
    """Read what a reason knows; a message set aside by an earlier version has it as text."""
    try:
        read: dict[str, Parameter] = json.loads(problem)
    except ValueError:
        return {"topic": topic, "problem": problem, "seq": -1}
    return read


def values_in(
    history: Path, group: str, sealed: tuple[str, int], *, device: str, metric: str
) -> list[tuple[int, float]]:
    """
    Give one series' numbers in one sealed segment as (device time, value), in order of arrival.

    sealed is the segment's file and its line. Where it was compacted since, its rows are taken
    from there.
    """
    file, line = sealed
    given: dict[str, Any] = {"files": [str(history / file)], "device": device, "metric": metric}
    if (history / file).exists():
        return list(_ask(_VALUES.format(line=""), given))
    given["files"] = [
        str(history / one.file)
        for one in index_of(history).compacted(group).files
        if one.kind == READINGS and one.first <= line <= one.last
    ]
    if not given["files"]:
        return []
    return list(_ask(_VALUES.format(line="and line = $line"), {**given, "line": line}))


def arrow_of(asked: str, parameters: dict[str, Any], known: Any = None) -> Any:
    """Ask in SQL; gives an Arrow table. known is an Arrow table that the question may name."""
    with _connection() as connection:
        if known is not None:
            connection.register("known", known)
        return connection.sql(asked, params=parameters).to_arrow_table()


def _paths(history: Path, entries: Iterable[Place]) -> list[str]:
    return [str(history / entry.file) for entry in entries]


def _ask(asked: str, parameters: dict[str, Any]) -> Sequence[tuple[Any, ...]]:
    with _connection() as connection:
        return connection.execute(asked, parameters).fetchall()


@contextmanager
def _connection() -> Iterator[Any]:
    """Give a cursor of this process's one database: files' footers are read once, then known."""
    cursor = _database().cursor()
    try:
        yield cursor
    finally:
        cursor.close()


@cache
def _database() -> Any:
    import duckdb  # half a second that a process pays with its first question

    database = duckdb.connect(config={"threads": 2, "autoinstall_known_extensions": False})
    database.execute("set global parquet_metadata_cache = true")  # of all cursors
    return database

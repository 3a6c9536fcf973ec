"""
One series, or one machine, straight out of the files: Arrow reads the row groups that can hold it.

Rows of a series lie side by side in every file, so they stand in one row group or two. Which
ones, the least and greatest words in the footer say; it is read once a file, because files never
change. A database would look at each file for longer than that.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dure.make.history.listed import loosened

REMEMBERED = 4_096  # files
# Threads and read-ahead cost more than the milliseconds that a row group takes.
PLAINLY: dict[str, Any] = {"memory_map": True, "pre_buffer": False}
WORDS = ["device", "metric", "text", "grade"]  # a number a row, not a word
Bounds = tuple[Any, Any] | None
Group = tuple[Bounds, Bounds, Bounds]  # of device, metric and time


@dataclass(frozen=True, slots=True)
class Wanted:
    """A metric or all (None) of a machine or of all, and between which times, in milliseconds."""

    device: str | None
    metric: str | None
    lo_ms: int
    hi_ms: int


def read(paths: Iterable[Path], wanted: Wanted, columns: Sequence[str]) -> pa.Table:
    """Give the rows that are wanted as columns, file by file; times are milliseconds."""
    found = [table for path in paths for table in _found(path, wanted, columns)]
    return pa.concat_tables(found) if found else pa.table({name: pa.nulls(0) for name in columns})


def _found(path: Path, wanted: Wanted, columns: Sequence[str]) -> Iterator[pa.Table]:
    metadata, bounds = footer(path)
    groups = [number for number, each in enumerate(bounds) if may_hold(each, wanted)]
    if groups:
        with pq.ParquetFile(path, metadata=metadata, read_dictionary=WORDS, **PLAINLY) as file:
            named = list({"device", "metric", "at", *columns})
            table = file.read_row_groups(groups, columns=named, use_threads=False)
        yield _chosen(loosened(table), wanted).select(columns)


def _chosen(table: pa.Table, wanted: Wanted) -> pa.Table:
    """Keep the rows that are wanted; nearly always they lie side by side."""
    table = table.set_column(
        table.schema.get_field_index("at"), "at", table.column("at").cast(pa.int64())
    )
    at = table.column("at").to_numpy()
    mask = (at >= wanted.lo_ms) & (at <= wanted.hi_ms)
    for name, word in (("device", wanted.device), ("metric", wanted.metric)):
        if word is not None:
            mask &= _is(table.column(name), word)
    rows = np.flatnonzero(mask)
    if len(rows) and rows[-1] - rows[0] + 1 == len(rows):
        return table.slice(int(rows[0]), len(rows))
    return table.take(pa.array(rows))


def _is(column: pa.ChunkedArray, word: str) -> Any:
    """Say which rows hold a word."""
    parts = [
        np.asarray(chunk.indices) == chunk.dictionary.index(word).as_py()  # -1 is none of them
        for chunk in column.chunks
    ]
    return np.concatenate(parts) if parts else np.zeros(0, bool)


def may_hold(group: Group, wanted: Wanted) -> bool:
    """Say whether a row group may hold a row that is wanted."""
    asked = ((wanted.device,) * 2, (wanted.metric,) * 2, (wanted.lo_ms, wanted.hi_ms))
    return all(
        known is None or lo is None or (known[0] <= hi and known[1] >= lo)
        for known, (lo, hi) in zip(group, asked, strict=True)
    )


@lru_cache(maxsize=REMEMBERED)
def footer(path: Path) -> tuple[Any, list[Group]]:
    """Give a file's metadata, and what it tells of its row groups."""
    metadata = pq.read_metadata(path)
    names = metadata.schema.names
    device, metric, at = (names.index(name) for name in ("device", "metric", "at"))
    groups = (metadata.row_group(number) for number in range(metadata.num_row_groups))
    return metadata, [
        (_bounds(one.column(device)), _bounds(one.column(metric)), _bounds(one.column(at)))
        for one in groups
    ]


def _bounds(column: Any) -> Bounds:
    told = column.statistics
    if told is None or not told.has_min_max:
        return None
    raw = isinstance(told.min_raw, int)
    return (told.min_raw, told.max_raw) if raw else (told.min, told.max)

"""
One metric of all machines, straight out of the files: Arrow reads what may hold it.

In a compacted file most row groups hold one metric of a few machines (`order.py`), so of ten
metrics one tenth is read. Each row group is reckoned with as soon as it is read, on both cores.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dure.make.history.one_series import PLAINLY, WORDS, Bounds, Wanted, footer, may_hold

Array = np.ndarray[Any, Any]
T = TypeVar("T")
THREADS = 2
AT_ONCE = 8  # row groups for which a thread opens a file


@dataclass(frozen=True, slots=True)
class Rows:
    """
    Rows of a metric: of which device (its place in the list), when, what was said.

    at are milliseconds, None unless they were asked for. What was null is NaN in values, and
    known says so; None where nothing is null.
    """

    devices: list[str]
    codes: Array
    at: Array | None
    values: Array
    known: Array | None


def each_group(
    paths: Iterable[Path], wanted: Wanted, reckon: Callable[[Rows], T], *, timed: bool
) -> list[T]:
    """Reckon with the rows of a metric, row group by row group, in the order of the files."""

    def reckoned(piece: tuple[Path, Sequence[int]]) -> list[T]:
        return [reckon(rows) for rows in _read(*piece, wanted, timed=timed)]

    with ThreadPoolExecutor(THREADS) as threads:
        return list(chain.from_iterable(threads.map(reckoned, _pieces(paths, wanted))))


def _pieces(paths: Iterable[Path], wanted: Wanted) -> Iterator[tuple[Path, Sequence[int]]]:
    for path in paths:
        _, told = footer(path)
        groups = [number for number, group in enumerate(told) if may_hold(group, wanted)]
        for first in range(0, len(groups), AT_ONCE):
            yield path, groups[first : first + AT_ONCE]


def _read(path: Path, groups: Sequence[int], wanted: Wanted, *, timed: bool) -> Iterator[Rows]:
    """Read row groups, and of each only the columns that the footer does not tell already."""
    metadata, told = footer(path)
    with pq.ParquetFile(path, metadata=metadata, read_dictionary=WORDS, **PLAINLY) as file:
        for number in groups:
            _, metric, at = told[number]
            columns = ["device", "value"]
            columns += ["metric"] * (metric != (wanted.metric, wanted.metric))
            columns += ["at"] * (timed or not _is_within(at, wanted))
            table = file.read_row_group(number, columns=columns, use_threads=False)
            yield _chosen(_columns(table), wanted)


def _is_within(at: Bounds, wanted: Wanted) -> bool:
    return at is not None and wanted.lo_ms <= at[0] and at[1] <= wanted.hi_ms


def _columns(table: pa.Table) -> dict[str, Any]:
    """Give a table's columns in one piece each; what is in one piece is not copied."""
    return {
        name: column.chunk(0)
        if column.num_chunks == 1
        else column.unify_dictionaries().combine_chunks()
        for name, column in zip(table.column_names, table.columns, strict=True)
    }


def _chosen(columns: dict[str, Any], wanted: Wanted) -> Rows:
    """Keep the rows of the metric and the time, as numbers."""
    device, value = columns["device"], columns["value"]
    rows = Rows(
        devices=device.dictionary.to_pylist(),
        codes=device.indices.to_numpy(),
        at=columns["at"].cast(pa.int64()).to_numpy() if "at" in columns else None,
        values=value.to_numpy(zero_copy_only=False),
        known=value.is_valid().to_numpy(zero_copy_only=False) if value.null_count else None,
    )
    masks = []
    if "metric" in columns:
        code = columns["metric"].dictionary.index(wanted.metric).as_py()  # -1 is none of them
        masks.append(columns["metric"].indices.to_numpy() == code)
    if rows.at is not None:
        masks += [rows.at >= wanted.lo_ms, rows.at <= wanted.hi_ms]
    mask = np.logical_and.reduce(masks) if masks else np.True_
    return rows if mask.all() else _at_places(rows, np.flatnonzero(mask))


def _at_places(rows: Rows, places: Array) -> Rows:
    return Rows(
        devices=rows.devices,
        codes=rows.codes[places],
        at=None if rows.at is None else rows.at[places],
        values=rows.values[places],
        known=None if rows.known is None else rows.known[places],
    )

"""
In what order rows stand in a compacted file, and where its row groups end.

    MACHINE-000 … MACHINE-007   metric-0   by machine, then by time     a row group
    MACHINE-000 … MACHINE-007   metric-1                                another
    …
    MACHINE-008 … MACHINE-015   metric-0

Machines are put together in blocks, so many that their readings of one metric make a row group.
A question for one metric of all machines reads the row groups of that metric, and one for all
metrics of a machine those of its block. What is more than memory should hold is put in order part
by part; the parts follow the order in which the files that are read hold their rows, so that
each of their row groups is read about once.
"""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dure.make.history.listed import loosened

MOST_ROWS = 4_000_000  # rows that are sorted in memory at once
FULL_GROUP = 65_536  # rows of one metric that make a row group; half as many may end one
DENSE = 2**24
SERIES = ("edge", "device", "metric")
Array = np.ndarray[Any, Any]
Key = tuple[str, ...]  # edge node and device, or edge node, device and metric


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows in order, and where its row groups end."""

    table: pa.Table
    ends: Sequence[int]

    def groups(self) -> Iterator[pa.Table]:
        """Give the rows of one row group after the other."""
        for lo, hi in pairwise([0, *self.ends]):
            yield self.table.slice(lo, hi - lo)


def in_order(sources: Sequence[tuple[Path, int | None]]) -> Iterator[Part]:
    """
    Give all rows of some files in order, in parts that memory can hold.

    sources are files with the line that they were sealed in, or None for a compacted one.
    """
    files = [_Source(path, line) for path, line in sources]
    total = sum(one.rows for one in files)
    filled = set.intersection(*(one.filled for one in files)) | {"line"}
    if total <= MOST_ROWS or "device" not in pq.read_schema(sources[0][0]).names:
        yield _sorted([one.read() for one in files], filled)
        return
    for keys in _parts(files):
        yield _sorted([one.read(keys) for one in files], filled)


def _parts(files: Sequence["_Source"]) -> Iterator[set[Key]]:
    """Split what the files hold so that each part can be sorted in memory."""
    by_series = all(one.line is None for one in files)  # segments stand by machine
    counts: dict[Key, int] = {}
    for one in sorted(files, key=lambda one: -one.rows):
        for key, lo, hi in one.runs(SERIES if by_series else SERIES[:2]):
            counts[key] = counts.get(key, 0) + hi - lo
    part: set[Key] = set()
    size = 0
    for key, count in counts.items():
        if part and size + count > MOST_ROWS:
            yield part
            part, size = set(), 0
        part.add(key)
        size += count
    yield part


class _Source:
    """A file whose rows are wanted; line is None where it says its lines itself."""

    def __init__(self, path: Path, line: int | None):
        self.path, self.line = path, line
        with pq.ParquetFile(path) as file:
            groups = (file.metadata.row_group(number) for number in range(file.num_row_groups))
            self.ends = np.cumsum([0, *(group.num_rows for group in groups)])
            self.filled = {field.name for field in file.schema_arrow if not field.nullable}
        self.rows = int(self.ends[-1])
        self._runs: list[tuple[Key, int, int]] = []

    def runs(self, names: Sequence[str]) -> list[tuple[Key, int, int]]:
        """Give from where to where the rows of which machines or series lie, as the file goes."""
        if not self._runs and self.rows:
            table = pq.read_table(self.path, columns=list(names), read_dictionary=list(names))
            columns = [_one(column) for column in table.unify_dictionaries().columns]
            codes = [column.indices.to_numpy() for column in columns]
            starts = _starts(codes)
            words = [
                np.array(column.dictionary.to_pylist(), object)[code[starts]].tolist()
                for column, code in zip(columns, codes, strict=True)
            ]
            bounds = [*starts.tolist(), self.rows]
            self._runs = list(zip(zip(*words, strict=True), bounds, bounds[1:], strict=False))
        return self._runs

    def read(self, keys: set[Key] | None = None) -> pa.Table:
        """Read all rows, or those of some machines or series: only the row groups with them."""
        spans = [(0, self.rows)] if keys is None else self._spans(keys)
        lows, highs = np.array(spans, np.int64).reshape(-1, 2).T
        first = np.searchsorted(self.ends, lows, "right") - 1
        past = np.searchsorted(self.ends, highs, "left")
        wanted = sorted(
            {each for lo, hi in zip(first, past, strict=True) for each in range(lo, hi)}
        )
        with pq.ParquetFile(self.path) as file:
            table = loosened(file.read_row_groups(wanted))
        before = dict(zip(wanted, np.cumsum([0, *np.diff(self.ends)[wanted]]), strict=False))
        slices = [
            table.slice(lo - int(self.ends[group]) + int(before[group]), hi - lo)
            for (lo, hi), group in zip(spans, first.tolist(), strict=True)
            if lo < hi
        ]
        return self._lined(pa.concat_tables(slices) if slices else table)

    def _spans(self, keys: set[Key]) -> list[tuple[int, int]]:
        """Give where the rows of some machines or series lie; neighbours as one."""
        spans: list[tuple[int, int]] = []
        for key, lo, hi in self._runs:
            if key in keys:
                joins = spans and spans[-1][1] == lo
                spans.append((spans.pop()[0] if joins else lo, hi))
        return spans

    def _lined(self, table: pa.Table) -> pa.Table:
        if self.line is None:
            return table
        return table.append_column("line", pa.array(np.full(len(table), self.line, np.int32)))


def _sorted(tables: Sequence[pa.Table], filled: Set[str]) -> Part:
    """Put rows in order; filled are the columns in which nothing is null."""
    table = pa.concat_tables(tables).unify_dictionaries().combine_chunks()
    fields = [field.with_nullable(field.name not in filled) for field in table.schema]
    table = table.cast(pa.schema(fields))
    if "metric" not in table.column_names or not len(table):
        return Part(table, [len(table)])
    edges, devices, metrics = (_ranks(table.column(name)) for name in SERIES)
    machines = _numbered([edges, devices])
    blocks = _blocks(machines, len(np.unique(_numbered([machines, metrics]))))
    series = _numbered([blocks, metrics, machines])
    at = table.column("at").cast(pa.int64()).to_numpy()
    order = np.argsort(series, kind="stable")  # by radix where 16 bits hold the numbers
    mine, when = series[order], at[order]
    if ((mine[1:] == mine[:-1]) & (when[1:] < when[:-1])).any():
        order = np.lexsort((at, series))
    ends = _ends([blocks[order], metrics[order]])
    return Part(table.take(pa.array(order)).combine_chunks(), ends)


def _blocks(machines: Array, series: int) -> Array:
    """Give each row its block: as many machines as make a full row group of one metric."""
    count = int(machines.max()) + 1
    together = max(1, FULL_GROUP * series // len(machines))
    blocks = -(-count // together)
    return machines.astype(np.int64) * blocks // count


def _ends(keys: Sequence[Array]) -> list[int]:
    """Give where row groups end: with a metric, once that is worth one."""
    ends = [0]
    for end in [*_starts(keys)[1:].tolist(), len(keys[0])]:
        if end - ends[-1] >= FULL_GROUP // 2 or end == len(keys[0]):
            ends.append(end)
    return ends[1:]


def _starts(keys: Sequence[Array]) -> Array:
    """Give where runs of rows with the same keys begin."""
    changes = np.zeros(len(keys[0]) - 1, bool)
    for key in keys:
        changes |= key[1:] != key[:-1]
    return np.append(0, np.flatnonzero(changes) + 1)


def _numbered(ranks: Sequence[Array]) -> Array:
    """Give rows that are alike in all of these the same number, in order, without gaps."""
    whole, space = np.zeros(len(ranks[0]), np.int64), 1
    for each in ranks:
        width = int(each.max(initial=0)) + 1
        whole, space = whole * width + each, space * width
    known, numbers = (
        np.unique(whole, return_inverse=True) if space > DENSE else _dense(whole, space)
    )
    return numbers.astype(np.uint16 if len(known) < 2**16 else np.int32)


def _dense(whole: Array, space: int) -> tuple[Array, Array]:
    """Do what unique does, without sorting, where the numbers are small."""
    present = np.zeros(space, bool)
    present[whole] = True
    known = np.flatnonzero(present)
    numbers = np.zeros(space, np.int32)
    numbers[known] = np.arange(len(known))
    return known, numbers[whole]


def _ranks(column: pa.ChunkedArray) -> Array:
    one = _one(column)
    words = one.dictionary.to_pylist()
    ranks = np.empty(len(words), np.int64)
    ranks[sorted(range(len(words)), key=words.__getitem__)] = np.arange(len(words))
    return ranks[one.indices.to_numpy()]


def _one(column: pa.ChunkedArray) -> Any:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()

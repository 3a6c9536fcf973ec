"""
Compacted files: a member's segments of a chapter or a day in one file, sorted by machine.

    DURE_HOME/history/compacted/F001/readings-1-3600.parquet    rows of lines 1 to 3,600
    DURE_HOME/history/compacted/F001.json
      {"until":7200,"skipped":[["signed",3601,3720]],"files":[{"kind":"readings","first":1,"last":3600,
       "file":"compacted/F001/readings-1-3600.parquet","rows":…,"at_lo":…,"at_hi":…}]}

A compacted file has the columns of its segments and, behind them, `line`: which segment a row
came from. With it each segment's `content` can be told again. The JSON file is derived from
the rows and facts of compacted files; what its `until` covers is read there and not from the
segments, but for the skipped chapters, which could not be compacted.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dure.kernel.errors import Unproven
from dure.make.engine.chapter import Chapter
from dure.make.engine.manifest import SegmentEntry
from dure.make.history.content import contents_by_line
from dure.make.history.lasts import footer_of, lasts_of
from dure.make.history.listed import loosened
from dure.make.history.segments import manner
from dure.stack.home import told_plainly

FOLDER = "compacted"
ROW_GROUP = 262_144  # fewer cost less to open, more let a question pass over more
MOST_ROWS = 4_000_000  # rows that are sorted in memory at once
DENSE = 2**24
SERIES = ("edge", "device", "metric")


Skipped = tuple[str, int, int]  # kind, first line, last line
Machine = tuple[str, str]  # edge node, device


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactedFile:
    """One file: which lines' segments of a kind it holds, and its bounds by the devices' clocks."""

    kind: str
    first: int
    last: int
    file: str
    rows: int
    at_lo: int
    at_hi: int


@dataclass(frozen=True, slots=True)
class Compacted:
    """What of a member is compacted."""

    until: int = 0
    skipped: Sequence[Skipped] = ()
    files: Sequence[CompactedFile] = ()

    def covers(self, chapter: Chapter, kind: str) -> bool:
        """Say whether a chapter's rows of a kind stand in these files."""
        skipped = (kind, chapter.first, chapter.last) in self.skipped
        return chapter.last <= self.until and not skipped


def compacted_path(history: Path, group: str) -> Path:
    """Give where it stands what of a member is compacted."""
    return history / FOLDER / f"{group}.json"


def read_compacted(history: Path, group: str) -> Compacted:
    """Give what of a member is compacted; nothing where nobody did yet."""
    path = compacted_path(history, group)
    if not path.exists():
        return Compacted()
    read = json.loads(path.read_text())
    return Compacted(
        read["until"],
        tuple((kind, first, last) for kind, first, last in read["skipped"]),
        tuple(CompactedFile(**each) for each in read["files"]),
    )


def write_compacted(history: Path, group: str, compacted: Compacted) -> None:
    """Replace what readers go by."""
    path = compacted_path(history, group)
    with told_plainly(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".tmp")
        draft.write_text(
            json.dumps(
                {
                    "until": compacted.until,
                    "skipped": [list(each) for each in compacted.skipped],
                    "files": [asdict(each) for each in compacted.files],
                }
            )
        )
        os.replace(draft, path)


def compact(
    history: Path,
    file: str,
    sources: Sequence[tuple[str, int | None]],
    contents: Mapping[int, SegmentEntry],
) -> tuple[str, int]:
    """
    Write the rows of several files into one, sorted by machine, metric and time.

    sources are files with the line that they were sealed in, or None for a compacted one.
    contents are the segments, by line, whose commitments the rows must give again. Gives
    SHA-256 and rows. Raises Unproven, and leaves nothing, where the rows are not those
    that were sealed.
    """
    path = history / file
    draft = path.with_name(path.name + ".tmp")
    with told_plainly(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            rows = _write(draft, [(history / name, line) for name, line in sources])
            check_contents(draft, file, contents)
            with draft.open("rb") as written:
                digest = file_digest(written, "sha256").hexdigest()
                os.fsync(written.fileno())
            draft.rename(path)
            _sync_folder(path.parent)
        finally:
            draft.unlink(missing_ok=True)
    return digest, rows


def check_contents(path: Path, file: str, segments: Mapping[int, SegmentEntry]) -> None:
    """Raise Unproven unless a compacted file holds exactly the rows of these segments."""
    rows = sum(entry.rows for entry in segments.values())
    if pq.read_metadata(path).num_rows != rows:
        raise Unproven("make.compacted_differs", file=file)
    for lo, hi in _passes(segments):
        found = contents_by_line(_lines(path, lo, hi))
        for line, content in found.items():
            if line not in segments or segments[line].content != content:
                raise Unproven("make.compacted_differs", file=file)


def _lines(path: Path, lo: int, hi: int) -> pa.Table:
    """Read the rows of some lines."""
    with pq.ParquetFile(path) as file:
        found = [_between(file.read_row_group(n), lo, hi) for n in range(file.num_row_groups)]
    return pa.concat_tables(found).unify_dictionaries().combine_chunks()


def _between(table: pa.Table, lo: int, hi: int) -> pa.Table:
    lines = table.column("line")
    mask = pc.and_(pc.greater_equal(lines, lo), pc.less_equal(lines, hi))
    return table if pc.all(mask).as_py() else table.filter(mask)


def _passes(segments: Mapping[int, SegmentEntry]) -> Iterator[tuple[int, int]]:
    """Give the runs of lines whose rows memory can hold."""
    lo, size, last = 0, 0, 0
    for line in sorted(segments):
        if size and size + segments[line].rows > MOST_ROWS:
            yield lo, last
            lo, size = line, 0
        size, last = size + segments[line].rows, line
    yield lo, last


def _write(path: Path, sources: Sequence[tuple[Path, int | None]]) -> int:
    rows = 0
    lasts: list[pa.Table] = []
    writer: pq.ParquetWriter | None = None
    try:
        for table in _sorted_parts(sources):
            writer = writer or pq.ParquetWriter(path, table.schema, **manner(table.schema))
            writer.write_table(table, row_group_size=ROW_GROUP)
            rows += len(table)
            if "metric" in table.column_names:
                lasts.append(lasts_of(table))
        if writer is not None:
            writer.add_key_value_metadata(footer_of(lasts))
    finally:
        if writer is not None:
            writer.close()
    return rows


def _sorted_parts(sources: Sequence[tuple[Path, int | None]]) -> Iterator[pa.Table]:
    """Give all rows in order, in parts that memory can hold."""
    files = [_Source(path, line) for path, line in sources]
    total = sum(one.rows for one in files)
    if total <= MOST_ROWS or "device" not in pq.read_schema(sources[0][0]).names:
        yield _sorted([one.read(0, one.rows) for one in files])
        return
    for machines in _parts(files):
        yield _sorted([one.read(*one.span(machines)) for one in files])


def _parts(files: Sequence["_Source"]) -> Iterator[list[Machine]]:
    """Split the machines, in order, so that each part's rows can be sorted in memory."""
    counts: dict[Machine, int] = {}
    for one in files:
        for machine, count in one.machines():
            counts[machine] = counts.get(machine, 0) + count
    part: list[Machine] = []
    size = 0
    for machine in sorted(counts):
        if part and size + counts[machine] > MOST_ROWS:
            yield part
            part, size = [], 0
        part.append(machine)
        size += counts[machine]
    yield part


class _Source:
    """A file whose rows stand sorted by machine; line is None where it says its lines itself."""

    def __init__(self, path: Path, line: int | None):
        self.path, self.line = path, line
        self.groups = [0]
        with pq.ParquetFile(path) as file:
            for number in range(file.num_row_groups):
                self.groups.append(self.groups[-1] + file.metadata.row_group(number).num_rows)
        self.rows = self.groups[-1]
        self._machines: list[tuple[Machine, int]] = []

    def machines(self) -> list[tuple[Machine, int]]:
        """Count the rows of each machine, in the order of the file."""
        if not self._machines:
            table = pq.read_table(self.path, columns=["edge", "device"]).combine_chunks()
            edges, devices = (table.column(name).chunk(0) for name in ("edge", "device"))
            one, other = (each.indices.to_numpy() for each in (edges, devices))
            changes = np.flatnonzero((one[1:] != one[:-1]) | (other[1:] != other[:-1])) + 1
            starts = [0, *changes.tolist()]
            for lo, hi in zip(starts, [*starts[1:], self.rows], strict=True):
                self._machines.append(((str(edges[lo]), str(devices[lo])), hi - lo))
        return self._machines

    def span(self, machines: Sequence[Machine]) -> tuple[int, int]:
        """Give the first and past the last row of neighbouring machines."""
        before = sum(count for machine, count in self.machines() if machine < machines[0])
        until = sum(count for machine, count in self.machines() if machine <= machines[-1])
        return before, until

    def read(self, lo: int, hi: int) -> pa.Table:
        """Read some rows, and only the row groups that hold them."""
        bounds = zip(self.groups, self.groups[1:], strict=False)
        wanted = [n for n, (first, end) in enumerate(bounds) if first < hi and end > lo]
        with pq.ParquetFile(self.path) as file:
            table = loosened(file.read_row_groups(wanted))
        table = table.slice(lo - (self.groups[wanted[0]] if wanted else lo), hi - lo)
        if self.line is None:
            return table
        return table.append_column("line", pa.array(np.full(len(table), self.line, np.int32)))


def _sorted(tables: Sequence[pa.Table]) -> pa.Table:
    table = pa.concat_tables(tables).unify_dictionaries().combine_chunks()
    if "metric" not in table.column_names:
        return table
    ranks = [_ranks(table.column(name)) for name in SERIES]
    at = table.column("at").cast(pa.int64()).to_numpy()
    series = _numbered(ranks)
    order = np.argsort(series, kind="stable")  # by radix where 16 bits hold the numbers
    mine, when = series[order], at[order]
    if ((mine[1:] == mine[:-1]) & (when[1:] < when[:-1])).any():
        order = np.lexsort((at, series))
    return table.take(pa.array(order)).combine_chunks()


def _numbered(ranks: Sequence[Any]) -> Any:
    """Give each row the number of its series, in order."""
    series, space = np.zeros(len(ranks[0]), np.int64), 1
    for each in ranks:
        width = int(each.max(initial=0)) + 1
        series, space = series * width + each, space * width
    known, numbers = (
        np.unique(series, return_inverse=True) if space > DENSE else _dense(series, space)
    )
    return numbers.astype(np.uint16 if len(known) < 2**16 else np.int32)


def _dense(series: Any, space: int) -> tuple[Any, Any]:
    """Do what unique does, without sorting, where the numbers are small."""
    present = np.zeros(space, bool)
    present[series] = True
    known = np.flatnonzero(present)
    numbers = np.zeros(space, np.int32)
    numbers[known] = np.arange(len(known))
    return known, numbers[series]


def _ranks(column: pa.ChunkedArray) -> Any:
    one = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    words = one.dictionary.to_pylist()
    ranks = np.empty(len(words), np.int64)
    ranks[sorted(range(len(words)), key=words.__getitem__)] = np.arange(len(words))
    return ranks[one.indices.to_numpy()]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

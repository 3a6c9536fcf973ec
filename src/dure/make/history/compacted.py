"""
Compacted files: a member's segments of a chapter or a day in one file, in an order of its own.

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

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dure.kernel.errors import Unproven
from dure.make.engine.chapter import Chapter
from dure.make.engine.manifest import SegmentEntry
from dure.make.history.content import contents_by_line
from dure.make.history.lasts import footer_of, lasts_of
from dure.make.history.listed import loosened
from dure.make.history.order import MOST_ROWS, in_order
from dure.make.history.segments import manner
from dure.stack.home import told_plainly

FOLDER = "compacted"
ROW_GROUP = 262_144  # at most, see order.py


Skipped = tuple[str, int, int]  # kind, first line, last line


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
    Write the rows of several files into one, in the order that questions like (order.py).

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
        for part in in_order(sources):
            table = part.table
            writer = writer or pq.ParquetWriter(path, table.schema, **manner(table.schema))
            for group in part.groups():
                writer.write_table(group, row_group_size=ROW_GROUP)
            rows += len(table)
            if "metric" in table.column_names:
                lasts.append(lasts_of(loosened(table)))
        if writer is not None:
            writer.add_key_value_metadata(footer_of(lasts))
    finally:
        if writer is not None:
            writer.close()
    return rows


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

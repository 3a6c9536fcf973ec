"""
The manifest: the only cursor of ingest, one line a commit, each holding the last one's hash.

    {"number":7,"prev":"5d…","sources":[{"source":"machines","epoch":"…","lo":4001,"hi":9000}],
     "segments":[{"group":"F001","kind":"readings","file":"readings/F001/7.parquet",
     "sha256":"ab…","content":"cd…","rows":150000,"at_lo":…,"at_hi":…,"received_lo":…,
     "received_hi":…}],"births":null,"heard":[["F001/line-1",17,1795396000123]],"gaps":[],
     "missing":[],"troubles":[],"carried":null}

A line is canonical JSON and a newline. It stands once its bytes are on the disk: a torn
last line never was. Within one epoch of a source the ranges tile: each begins where the
one before ended, unless the line itself says which messages were missing.

sha256 is of the file as it was sealed, content of its rows (history/content.py): that one
still holds when the file was written anew together with others.

The manifest is kept in chapters. A chapter's first line carries what one must know to go on
without the chapters before (`carried`, see engine/chapter.py); the chain runs on through it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from dure.kernel.canonical import canonical, from_canonical
from dure.kernel.errors import Malformed, Unproven

FIRST = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentEntry:
    """
    One file that a line commits: whose, what kind, its bytes, its rows, its bounds.

    Times are milliseconds.
    """

    group: str
    kind: str
    file: str
    sha256: str
    content: str
    rows: int
    at_lo: int
    at_hi: int
    received_lo: int
    received_hi: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """The messages of one source that a line commits: epoch of the stream, first and last seq."""

    epoch: str
    lo: int
    hi: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """
    One commit.

    heard is each edge node's next seq, and when it was last heard; gaps, missing and
    troubles are what the commit noticed (see engine/health.py).
    """

    number: int
    prev: str
    sources: Mapping[str, Range]
    segments: Sequence[SegmentEntry] = ()
    births: Mapping[str, str] | None = None
    heard: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    gaps: Sequence[Mapping[str, Any]] = ()
    missing: Sequence[Mapping[str, Any]] = ()
    troubles: Sequence[Mapping[str, Any]] = ()
    carried: Mapping[str, Any] | None = None

    def body(self) -> bytes:
        """Give the bytes of the line, without its newline."""
        return canonical(
            {
                "number": self.number,
                "prev": self.prev,
                "sources": [
                    {"source": name, "epoch": span.epoch, "lo": span.lo, "hi": span.hi}
                    for name, span in sorted(self.sources.items())
                ],
                "segments": [
                    {name: getattr(entry, name) for name in entry.__slots__}
                    for entry in self.segments
                ],
                "births": self.births,
                "heard": [[node, seq, ms] for node, (seq, ms) in sorted(self.heard.items())],
                "gaps": list(self.gaps),
                "missing": list(self.missing),
                "troubles": list(self.troubles),
                "carried": self.carried,
            }
        )

    def digest(self) -> str:
        """Give the hash by which the next line holds this one."""
        return sha256(self.body()).hexdigest()


def read_line(body: bytes) -> Line:
    """Read a line's bytes back; raises Malformed for what is no line."""
    row = from_canonical(body)
    try:
        return Line(
            number=row["number"],
            prev=row["prev"],
            sources={span.pop("source"): Range(**span) for span in row["sources"]},
            segments=tuple(SegmentEntry(**entry) for entry in row["segments"]),
            births=row["births"],
            heard={node: (seq, ms) for node, seq, ms in row["heard"]},
            gaps=tuple(row["gaps"]),
            missing=tuple(row["missing"]),
            troubles=tuple(row["troubles"]),
            carried=row["carried"],
        )
    except (KeyError, TypeError, ValueError) as odd:
        raise Malformed("make.manifest_line", problem=str(odd)) from odd


def read_manifest(data: bytes, before: Line | None = None) -> tuple[list[Line], int]:
    """
    Read a chapter of a manifest: its lines, and how many of its bytes stand.

    before is the last line of the chapter before; without it the chapter's first line is
    taken at its word. What follows the last newline was torn off by a stop and does not
    stand. Raises Unproven where a line was changed, dropped or does not tile.
    """
    whole = data.rfind(b"\n") + 1
    lines: list[Line] = []
    for body in data[:whole].splitlines():
        last = lines[-1] if lines else before
        try:
            line = read_line(body)
        except Malformed as bad:
            raise Unproven("make.manifest_changed", line=last.number + 1 if last else 1) from bad
        if last or line.carried is None:
            check_next(last, line)
        lines.append(line)
    check_tiles(lines)
    return lines, whole


def check_next(before: Line | None, line: Line) -> None:
    """Raise Unproven unless line follows before in the chain."""
    number, prev = (before.number, before.digest()) if before else (0, FIRST)
    if line.number != number + 1 or line.prev != prev:
        raise Unproven("make.manifest_changed", line=line.number)


def check_tiles(lines: Iterable[Line]) -> None:
    """Raise Unproven where a source's ranges overlap, or leave out what no line says is missing."""
    ends: dict[str, Range] = {}
    for line in lines:
        ends.update(carried_ends(line))
        excused = {(row["source"], row["lo"], row["hi"]) for row in line.missing}
        for name, span in line.sources.items():
            before = ends.get(name)
            follows = before is None or before.epoch != span.epoch or span.lo == before.hi + 1
            if before and not follows and (name, before.hi + 1, span.lo - 1) not in excused:
                raise Unproven("make.manifest_tiles", line=line.number, source=name)
            ends[name] = span


def carried_ends(line: Line) -> dict[str, Range]:
    """Give where each source stood when a line's chapter began; nothing within a chapter."""
    rows = line.carried["ends"] if line.carried else ()
    return {row["source"]: Range(epoch=row["epoch"], lo=row["lo"], hi=row["hi"]) for row in rows}

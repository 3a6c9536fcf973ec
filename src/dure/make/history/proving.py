"""
Whether what was sealed is still there, row for row, wherever its rows stand now.

    fact → line_hash → the manifest's line → content → rows of a compacted file

The fact of a sealed segment names its file and SHA-256, and the hash of the manifest's line
that committed it. While the file is there, its bytes must be those. Where its rows were put
into a compacted file, the line gives the commitment that they must come to again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import TypedDict
from uuid import UUID

from dure.kernel.errors import Unproven
from dure.kernel.reason import Reason
from dure.make.engine.keeping import FileState, Kept
from dure.make.engine.manifest import SegmentEntry
from dure.make.history.compacted import check_contents
from dure.make.history.manifest import check_chapters


class Sealed(TypedDict):
    """What the fact of a sealed segment says."""

    firm: UUID
    file: str
    sha256: str
    kind: str
    line: int
    line_hash: str


@dataclass(slots=True)
class _Expected:
    """The lines that a compacted file must give again, and the hashes that facts know them by."""

    file: Kept
    hashes: dict[int, str] = field(default_factory=dict)
    segments: dict[int, SegmentEntry] = field(default_factory=dict)


Compacted = Mapping[str, Sequence[Kept]]


def check(
    history: Path, sealed: Iterable[Sealed], groups: Mapping[UUID, str], compacted: Compacted
) -> Iterator[Reason]:
    """Give what is wrong: each file that is missing or was changed, and a broken manifest."""
    expected = {
        (group, one.id): _Expected(one)
        for group, files in compacted.items()
        for one in files
        if one.state is FileState.KEPT
    }
    for fact in sealed:
        files = compacted.get(groups.get(fact["firm"], ""), ())
        holding = [one for one in files if _holds(one, fact)]
        for one in holding:
            if one.state is FileState.KEPT:
                expected[groups[fact["firm"]], one.id].hashes[fact["line"]] = fact["line_hash"]
        if (history / fact["file"]).exists():
            yield from _same(history, fact["file"], fact["sha256"], "prove.audit_segment")
        elif not holding:
            yield Reason("prove.audit_segment_missing", {"file": fact["file"]})
    try:
        _read_lines(history, expected)
    except Unproven as broken:
        yield broken.reason
        return
    for each in expected.values():
        yield from _compacted(history, each)


def _holds(one: Kept, fact: Sealed) -> bool:
    return (
        one.state is not FileState.MERGED
        and one.kind == fact["kind"]
        and one.first <= fact["line"] <= one.last
    )


def _same(history: Path, file: str, sha256: str, code: str) -> Iterator[Reason]:
    with (history / file).open("rb") as stream:
        if file_digest(stream, "sha256").hexdigest() != sha256:
            yield Reason(code, {"file": file})


def _read_lines(history: Path, expected: Mapping[tuple[str, UUID], _Expected]) -> None:
    """Take from the manifest, line by line, what each compacted file must hold."""
    by_line: dict[int, list[tuple[str, _Expected]]] = {}
    for (group, _), one in expected.items():
        for number in one.hashes:
            by_line.setdefault(number, []).append((group, one))
    for line in check_chapters(history):
        for group, one in by_line.get(line.number, ()):
            if one.hashes[line.number] != line.digest():
                raise Unproven("make.manifest_changed", line=line.number)
            for entry in line.segments:
                if entry.group == group and entry.kind == one.file.kind:
                    one.segments[line.number] = entry


def _compacted(history: Path, one: _Expected) -> Iterator[Reason]:
    file = one.file.file
    if not (history / file).exists():
        yield Reason("prove.audit_segment_missing", {"file": file})
        return
    wrong = list(_same(history, file, one.file.sha256, "prove.audit_segment"))
    yield from wrong
    if not wrong:
        try:
            check_contents(history / file, file, one.segments)
        except Unproven as differs:
            yield differs.reason

"""
What is committed, as any process may follow it: which files hold a member's rows now.

A segment's rows stand in the file that was sealed, until that chapter was compacted: then
they stand in a file of `compacted/` together with others', and the sealed one goes away a
while later. Only what changed is read again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dure.make.engine.chapter import Chapter
from dure.make.engine.manifest import Line, read_line
from dure.make.history.compacted import Compacted, compacted_path, read_compacted
from dure.make.history.manifest import CHAPTERS, MANIFEST, chapters_of, read_chapter


@dataclass(frozen=True, slots=True)
class Place:
    """A file with rows of a member, and between which times by the devices' clocks they lie."""

    file: str
    rows: int
    at_lo: int
    at_hi: int


@dataclass(slots=True)
class Index:
    """The lines that are not compacted yet, and each member's compacted files."""

    folder: Path
    lines: list[Line] = field(default_factory=list)
    _read: int = 0
    _inode: int = 0
    _known: tuple[int, list[Chapter]] = (0, [])
    _closed: dict[Chapter, list[Line]] = field(default_factory=dict)
    _compacted: dict[str, tuple[int, Compacted]] = field(default_factory=dict)

    def refresh(self) -> list[Line]:
        """Read what was committed since the last call; gives all lines of the open chapter."""
        path = self.folder / MANIFEST
        found = path.stat() if path.exists() else None
        size, inode = (found.st_size, found.st_ino) if found else (0, 0)
        if size < self._read or inode != self._inode:
            self.lines, self._read, self._inode = [], 0, inode
        if size > self._read:
            with path.open("rb") as file:
                file.seek(self._read)
                data = file.read()
            whole = data.rfind(b"\n") + 1
            self.lines.extend(read_line(body) for body in data[:whole].splitlines())
            self._read += whole
        return self.lines

    def since(self, number: int) -> Iterator[Line]:
        """Give all lines after a number."""
        for chapter in self._chapters():
            if chapter.last > number:
                yield from (line for line in self._lines_of(chapter) if line.number > number)
        yield from (line for line in self.lines if line.number > number)

    def places(self, group: str, kind: str, lo_ms: int, hi_ms: int) -> list[Place]:
        """Give the files that may hold rows of a member between two device times."""
        compacted = self.compacted(group)
        found = [
            Place(one.file, one.rows, one.at_lo, one.at_hi)
            for one in compacted.files
            if one.kind == kind
        ]
        for chapter in self._chapters():
            if not compacted.covers(chapter, kind):
                found += _places(self._lines_of(chapter), group, kind)
        found += _places(self.lines, group, kind)
        return [one for one in found if one.at_lo <= hi_ms and one.at_hi >= lo_ms]

    def compacted(self, group: str) -> Compacted:
        """Give what of a member is compacted."""
        path = compacted_path(self.folder, group)
        stamp = path.stat().st_mtime_ns if path.exists() else 0
        known = self._compacted.get(group)
        if known is None or known[0] != stamp:
            known = self._compacted[group] = stamp, read_compacted(self.folder, group)
        return known[1]

    def _chapters(self) -> list[Chapter]:
        """Give the chapters before the open one."""
        folder = self.folder / CHAPTERS
        stamp = folder.stat().st_mtime_ns if folder.exists() else 0
        if stamp != self._known[0]:
            self._known = stamp, chapters_of(self.folder)
        first = self.lines[0].number if self.lines else 1
        return [chapter for chapter in self._known[1] if chapter.last < first]

    def _lines_of(self, chapter: Chapter) -> list[Line]:
        if chapter not in self._closed:
            self._closed[chapter] = read_chapter(self.folder, chapter)
        return self._closed[chapter]


_indexes: dict[Path, Index] = {}


def index_of(folder: Path) -> Index:
    """Give this process's index of a history folder, fresh."""
    index = _indexes.setdefault(folder, Index(folder))
    index.refresh()
    return index


def _places(lines: list[Line], group: str, kind: str) -> Iterator[Place]:
    for line in lines:
        for entry in line.segments:
            if entry.group == group and entry.kind == kind:
                yield Place(entry.file, entry.rows, entry.at_lo, entry.at_hi)

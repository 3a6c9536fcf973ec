"""
The manifest on disk, and the files that it commits.

    DURE_HOME/history/
      manifest              one line a commit; the format stands in engine/manifest.py
      chapters/20261122-1-3600.zst    lines of chapters that were closed
      readings/F001/7.parquet    quarantine/F001/7.parquet    births/7.json

A commit writes its files first (temporary name, fsync, rename, fsync of the folder) and then
appends its line and flushes it: that is the commit. After a stop at any point `open_manifest`
finds the last line that stands, cuts a torn one off and removes files that no line names.

A chapter is closed by storing its lines compressed and then putting the next chapter's first
line in the place of `manifest`, in one step. Stopped in between, the chapter is still open.
"""

import fcntl
import os
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import pyarrow as pa

from dure.kernel.errors import Refused, Unproven
from dure.kernel.time import seoul_date
from dure.make.engine.chapter import MOST_LINES, Chapter, check_opening, opening, standing_after
from dure.make.engine.manifest import FIRST, Line, Range, check_next, read_line, read_manifest
from dure.stack.home import told_plainly

MANIFEST = "manifest"
CHAPTERS = "chapters"
KEPT_KINDS = ("readings", "quarantine", "signed")
KEPT_FOLDERS = (*KEPT_KINDS, "births")


@dataclass(slots=True)
class Manifest:
    """
    An open manifest: only one process has it, see `open_manifest`.

    lines are those of the chapter that is open.
    """

    folder: Path
    lines: list[Line]
    most_lines: int = MOST_LINES

    @property
    def next_number(self) -> int:
        """The number of the next line."""
        return self.lines[-1].number + 1 if self.lines else 1

    @property
    def prev(self) -> str:
        """The hash that the next line holds."""
        return self.lines[-1].digest() if self.lines else FIRST

    def ends(self) -> dict[str, Range]:
        """Give the last range of each source."""
        return standing_after(self.lines).ends

    def since(self, number: int) -> Iterator[Line]:
        """Give all lines after a number, those of closed chapters too."""
        if self.lines and self.lines[0].number > number + 1:
            for chapter in chapters_of(self.folder):
                if chapter.last > number:
                    yield from (
                        line for line in read_chapter(self.folder, chapter) if line.number > number
                    )
        yield from (line for line in self.lines if line.number > number)

    def close_chapter_if_due(self, now_ms: int) -> None:
        """Begin a new chapter where this one is long, or was last written on an earlier day."""
        if self.lines and self.lines[-1].carried is None:
            written = _day((self.folder / MANIFEST).stat().st_mtime)
            if written < _day(now_ms / 1_000) or len(self.lines) >= self.most_lines:
                self._close_chapter(Chapter(written, self.lines[0].number, self.lines[-1].number))

    def store(self, name: str, data: bytes) -> str:
        """Write a file whole and durably, before the line that names it; gives its SHA-256."""
        path = self.folder / name
        with told_plainly(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(path.name + ".tmp")
            with draft.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(path)
            _sync_folder(path.parent)
        return sha256(data).hexdigest()

    def commit(self, line: Line) -> None:
        """Append a line durably. When this returns, what it names stands."""
        check_next(self.lines[-1] if self.lines else None, line)
        with told_plainly(self.folder), (self.folder / MANIFEST).open("ab") as file:
            file.write(line.body() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self.lines.append(line)

    def _close_chapter(self, chapter: Chapter) -> None:
        body = b"".join(line.body() + b"\n" for line in self.lines)
        digest = self.store(chapter.file, compressed(body))
        line = opening(self.lines, chapter, digest, self._waits)
        self.store(MANIFEST, line.body() + b"\n")
        self.lines[:] = [line]

    def _waits(self, source: str) -> bool:
        return (self.folder / f"{source}.arrow").exists()


@contextmanager
def open_manifest(folder: Path) -> Iterator[Manifest]:
    """
    Open the manifest for writing, recovered from whatever stopped its last writer.

    Raises Refused while another process has it, Unproven where it was changed.
    """
    with told_plainly(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("a")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise Refused("make.manifest_in_use") from taken
        yield Manifest(folder, _recovered(folder))


def read_committed(folder: Path, entry_file: str, expected: str) -> bytes:
    """Read a committed file; raises Unproven where its bytes are not those of the commit."""
    try:
        data = (folder / entry_file).read_bytes()
    except FileNotFoundError as gone:
        raise Unproven("make.segment_gone", file=entry_file) from gone
    if sha256(data).hexdigest() != expected:
        raise Unproven("make.segment_changed", file=entry_file)
    return data


def chapters_of(folder: Path) -> list[Chapter]:
    """Give the closed chapters, the oldest first."""
    found = (Chapter.named(path.name) for path in (folder / CHAPTERS).glob("*.zst"))
    return sorted(found, key=lambda chapter: chapter.first)


def read_chapter(folder: Path, chapter: Chapter) -> list[Line]:
    """Read a closed chapter's lines; that they hold is checked by `check_chapters`."""
    with pa.input_stream(str(folder / chapter.file), compression="zstd") as file:
        return [read_line(body) for body in file.read().splitlines()]


def check_chapters(folder: Path) -> Iterator[Line]:
    """
    Give all lines of a manifest, of one chapter after the other, each checked.

    Raises Unproven where a line was changed, dropped or does not tile, or a chapter is gone.
    """
    before: list[Line] = []
    for data in _bodies(folder):
        lines, _ = read_manifest(data, before[-1] if before else None)
        if before and lines:
            check_opening(before, lines[0])
        elif lines and lines[0].carried:
            raise Unproven("make.manifest_changed", line=lines[0].number)
        yield from lines
        before = lines or before


def compressed(body: bytes) -> bytes:
    """Compress a chapter's lines."""
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(body)
    return sink.getvalue().to_pybytes()


def _bodies(folder: Path) -> Iterator[bytes]:
    file = folder / MANIFEST
    open_chapter = file.read_bytes() if file.exists() else b""
    first = read_line(open_chapter.split(b"\n", 1)[0]).number if b"\n" in open_chapter else 1
    for chapter in chapters_of(folder):
        if chapter.last < first:
            with pa.input_stream(str(folder / chapter.file), compression="zstd") as stream:
                yield stream.read()
    yield open_chapter


def _day(seconds: float) -> date:
    return seoul_date(datetime.fromtimestamp(seconds, UTC))


def _recovered(folder: Path) -> list[Line]:
    path = folder / MANIFEST
    if not path.exists():
        path.touch()
        _sync_folder(folder)
    data = path.read_bytes()
    lines, whole = read_manifest(data)
    if whole < len(data):
        with path.open("r+b") as file:
            file.truncate(whole)
            os.fsync(file.fileno())
    first = lines[0].number if lines else 1
    _remove_strays(folder, {name for line in lines for name in _files(line)}, first)
    return lines


def _files(line: Line) -> Iterator[str]:
    yield from (entry.file for entry in line.segments)
    if line.births:
        yield line.births["file"]


def _remove_strays(folder: Path, named: Container[str], first: int) -> None:
    """Remove what a stopped writer left behind: files of this chapter that no line names."""
    for kept in KEPT_FOLDERS:
        for path in (folder / kept).rglob("*"):
            is_ours = path.suffix == ".tmp" or (path.is_file() and _number(path) >= first)
            if is_ours and str(path.relative_to(folder)) not in named:
                path.unlink()
    for chapter in chapters_of(folder):
        if chapter.last >= first:
            (folder / chapter.file).unlink()


def _number(path: Path) -> int:
    """Give the line whose file this is; its name begins with the number."""
    return int(path.name.split(".", 1)[0])


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

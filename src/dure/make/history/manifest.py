"""
The manifest on disk, and the files that it commits.

    DURE_HOME/history/
      manifest              one line a commit; the format stands in engine/manifest.py
      readings/F001/7.parquet    quarantine/F001/7.parquet    births/7.json

A commit writes its files first (temporary name, fsync, rename, fsync of the folder) and then
appends its line and flushes it: that is the commit. After a stop at any point `open_manifest`
finds the last line that stands, cuts a torn one off and removes files that no line names.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from dure.kernel.errors import Refused, Unproven
from dure.make.engine.manifest import FIRST, Line, Range, check_next, read_line, read_manifest
from dure.stack.home import told_plainly

MANIFEST = "manifest"
KEPT_FOLDERS = ("readings", "quarantine", "signed", "births")


@dataclass(slots=True)
class Manifest:
    """An open manifest: only one process has it, see `open_manifest`."""

    folder: Path
    lines: list[Line]

    @property
    def next_number(self) -> int:
        """The number of the next line."""
        return len(self.lines) + 1

    @property
    def prev(self) -> str:
        """The hash that the next line holds."""
        return self.lines[-1].digest() if self.lines else FIRST

    def ends(self) -> dict[str, Range]:
        """Give the last range of each source."""
        return {name: span for line in self.lines for name, span in line.sources.items()}

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


@dataclass(slots=True)
class Index:
    """What is committed, as any process may follow it: read again only where it has grown."""

    folder: Path
    lines: list[Line] = field(default_factory=list)
    _read: int = 0

    def refresh(self) -> list[Line]:
        """Read the lines that were committed since the last call; gives all."""
        path = self.folder / MANIFEST
        size = path.stat().st_size if path.exists() else 0
        if size < self._read:
            self.lines, self._read = [], 0
        if size > self._read:
            with path.open("rb") as file:
                file.seek(self._read)
                data = file.read()
            whole = data.rfind(b"\n") + 1
            self.lines.extend(read_line(body) for body in data[:whole].splitlines())
            self._read += whole
        return self.lines


_indexes: dict[Path, Index] = {}


def index_of(folder: Path) -> Index:
    """Give this process's index of a history folder, fresh."""
    index = _indexes.setdefault(folder, Index(folder))
    index.refresh()
    return index


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
    _remove_strays(folder, {name: None for line in lines for name in _files(line)})
    return lines


def _files(line: Line) -> Iterator[str]:
    yield from (entry.file for entry in line.segments)
    if line.births:
        yield line.births["file"]


def _remove_strays(folder: Path, named: Mapping[str, None]) -> None:
    """Remove what a stopped writer left behind: files that no line names."""
    for kept in KEPT_FOLDERS:
        for path in (folder / kept).rglob("*"):
            if path.is_file() and str(path.relative_to(folder)) not in named:
                path.unlink()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

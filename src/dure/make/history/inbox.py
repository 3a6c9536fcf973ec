"""
Readings that come by HTTP or by hand, waiting for ingest: durable before anybody is thanked.

    DURE_HOME/history/inbox/F001/<id>.arrow      rows of READINGS, one file an entry

Ingest commits each file once: the manifest names it as a source of its own
(`inbox/F001/<id>`, first row to last), so a file that is found again after a stop is known.
"""

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from dure.kernel.errors import Unavailable
from dure.stack.home import told_plainly

FOLDER = "inbox"
MOST_WAITING = 256 << 20  # bytes a member; beyond it the next entry is asked to wait


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry that waits."""

    path: Path
    group: str

    @property
    def source(self) -> str:
        """Give the name under which the manifest commits it."""
        return f"{FOLDER}/{self.group}/{self.path.stem}"

    def table(self) -> pa.Table:
        """Read its rows."""
        with pa.memory_map(str(self.path)) as file:
            return pa.ipc.open_file(file).read_all()


def put(history: Path, group: str, entry_id: str, table: pa.Table) -> None:
    """
    Store an entry durably; storing it again under the same id changes nothing.

    Raises Unavailable where too much waits already, or the disk is full.
    """
    folder = history / FOLDER / group
    with told_plainly(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if sum(path.stat().st_size for path in folder.glob("*.arrow")) > MOST_WAITING:
            raise Unavailable("make.inbox_full")
        draft = folder / f"{entry_id}.tmp"
        with draft.open("wb") as file:
            with pa.ipc.new_file(file, table.schema) as writer:
                writer.write_table(table)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(folder / f"{entry_id}.arrow")
        _sync(folder)


def waiting(history: Path, committed: Collection[str], *, most: int = 500) -> Iterator[Entry]:
    """Give the entries that are not committed yet, oldest first; clears away those that are."""
    paths = sorted((history / FOLDER).glob("*/*.arrow"), key=_age)
    given = 0
    for path in paths:
        entry = Entry(path, path.parent.name)
        if entry.source in committed:
            path.unlink()
        elif given < most:
            given += 1
            yield entry


def _age(path: Path) -> tuple[int, str]:
    return path.stat().st_mtime_ns, path.name


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

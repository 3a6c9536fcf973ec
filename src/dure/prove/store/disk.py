"""
The few things that the log and a witness ask of a disk, and what each of them promises.

    write       a file has these bytes; a power cut may take them back
    create      a new file has these bytes, never over another one
    write_at    a file has these bytes at an offset, and keeps the others
    link        a finished file gets its name, never over another one
    point       a name leads to another file
    rename      a finished file takes a name from whatever bore it
    remove      a name is gone
    sync        files keep their bytes, folders their names, through a power cut

Many files are synced at once: a journaling file system then commits them together, so that
ten cost hardly more than one. Tests put a disk of their own here, which fails or forgets.
"""

import os
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

AT_ONCE = 16
_pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="sync")


class Disk:
    """The disk of this machine."""

    def write(self, path: Path, data: bytes, mode: int = 0o644) -> None:
        """Write a file whole; it is not durable before `sync`."""
        _write(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), data)

    def create(self, path: Path, data: bytes) -> None:
        """Write a new file whole; raises FileExistsError over another one."""
        _write(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), data)

    def write_at(self, path: Path, offset: int, data: bytes) -> None:
        """Write bytes over those at an offset of a file that is there."""
        handle = os.open(path, os.O_WRONLY)
        try:
            os.pwrite(handle, data, offset)
        finally:
            os.close(handle)

    def link(self, draft: Path, place: Path) -> None:
        """Give a file a second name; raises FileExistsError over another file."""
        os.link(draft, place)

    def point(self, name: Path, to: Path) -> None:
        """Let a name, in the folder of the file that it leads to, be a symbolic link to it."""
        name.symlink_to(to.name)

    def rename(self, draft: Path, place: Path) -> None:
        """Put a file in the place of another: readers see the old one or the new one."""
        os.rename(draft, place)

    def remove(self, path: Path) -> None:
        """Take a name away, if it is there."""
        path.unlink(missing_ok=True)

    def make_folder(self, path: Path) -> None:
        """Make one folder, unless it is there."""
        path.mkdir(exist_ok=True)

    def sync(self, paths: Collection[Path]) -> None:
        """Make files' bytes and folders' names durable, all at once."""
        if len(paths) == 1:
            _sync(*paths)
        else:
            list(_pool.map(_sync, paths))


DISK = Disk()


def replace(disk: Disk, path: Path, data: bytes, mode: int = 0o644) -> None:
    """Put a file in the place of the one before it, durably: after a crash it is one of the two."""
    draft = path.with_name(f".{path.name}.draft")
    disk.write(draft, data, mode)
    disk.sync([draft])
    disk.rename(draft, path)
    disk.sync([path.parent])


def _write(handle: int, data: bytes) -> None:
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(handle, left) :]
    finally:
        os.close(handle)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        if path.is_dir():
            os.fsync(handle)
        else:
            os.fdatasync(handle)  # bytes and size; times need no commit of the file system
    finally:
        os.close(handle)

"""
A disk that fails on cue, and one that forgets at a power cut what was never synced.

`Failing` raises an error at the n-th thing that is asked of it. `Forgetful` is the worst disk
that keeps its promises: at the n-th thing the power goes, and every file loses the bytes and
every folder the names that `sync` had not made durable.
"""

from contextlib import suppress
from pathlib import Path

from dure.prove.store.disk import Disk


class PowerCut(BaseException):
    """The machine is off. Nobody catches this."""


class Failing(Disk):
    """Raises the error at the n-th step, and never again."""

    def __init__(self, step, error):
        self.left, self.error = step, error

    def _step(self):
        self.left -= 1
        if self.left == 0:
            raise self.error

    def write(self, path, data, mode=0o644):
        self._step()
        super().write(path, data, mode)

    def create(self, path, data):
        self._step()
        super().create(path, data)

    def write_at(self, path, offset, data):
        self._step()
        super().write_at(path, offset, data)

    def link(self, draft, place):
        self._step()
        super().link(draft, place)

    def point(self, name, to):
        self._step()
        super().point(name, to)

    def rename(self, draft, place):
        self._step()
        super().rename(draft, place)

    def remove(self, path):
        self._step()
        super().remove(path)

    def make_folder(self, path):
        self._step()
        super().make_folder(path)

    def sync(self, paths):
        self._step()
        super().sync(paths)


class Forgetful(Failing):
    """Forgets at the power cut: `unsynced` holds how each name stood when it was last durable."""

    def __init__(self, step):
        super().__init__(step, PowerCut())
        self.names: dict[Path, bytes | None] = {}  # name -> durable content before, None: absent
        self.bytes: set[Path] = set()  # files whose bytes are not durable
        self.overwritten: dict[Path, bytes] = {}  # files written into, as they were when durable

    def _touch(self, path):
        if path not in self.names:
            self.names[path] = path.read_bytes() if path.is_file() else None

    def write(self, path, data, mode=0o644):
        self._touch(path)
        super().write(path, data, mode)
        self.bytes.add(path)

    def create(self, path, data):
        self._touch(path)
        super().create(path, data)
        self.bytes.add(path)

    def write_at(self, path, offset, data):
        before = path.read_bytes()
        super().write_at(path, offset, data)
        self.overwritten.setdefault(path, before)

    def link(self, draft, place):
        self._touch(place)
        super().link(draft, place)
        if draft in self.bytes:
            self.bytes.add(place)

    def rename(self, draft, place):
        self._touch(place)
        super().rename(draft, place)
        if draft in self.bytes:
            self.bytes.add(place)

    def sync(self, paths):
        super().sync(paths)
        for path in paths:
            self.bytes.discard(path)
            self.overwritten.pop(path, None)
            for name in [name for name in self.names if name.parent == path]:
                del self.names[name]

    def power_cut(self):
        """Leave on disk what was durable and nothing more."""
        for path in self.bytes:
            if path.is_file():
                path.write_bytes(b"")
        for path, whole in self.overwritten.items():
            path.write_bytes(whole)
        for path, before in self.names.items():
            with suppress(FileNotFoundError):
                path.unlink()
            if before is not None:
                path.write_bytes(before)

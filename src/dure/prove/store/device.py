"""
What a device that signs for its firm keeps: a key for each month, and every line it has signed.

    <folder>/key                 the key of this month, 32 bytes in hex, for this user's eyes only
    <folder>/signed/<key>        the lines that a key has signed, by its public half
    <folder>/.lock               held while one process signs

A line is on disk before it leaves. `dure monitor --issued <folder>/signed` then finds whoever else
writes in the firm's name.
"""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes

from dure.kernel.entry import public_key, to_text
from dure.kernel.errors import Refused, Unavailable
from dure.prove.store.disk import DISK, Disk, replace
from dure.stack.home import told_plainly


@dataclass(frozen=True, slots=True)
class DeviceFolder:
    """One device's folder."""

    path: Path
    disk: Disk = DISK

    @contextmanager
    def held(self) -> Iterator[None]:
        """Sign alone; raises Refused while another process of this device does."""
        with told_plainly(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            self.path.chmod(0o700)
            with (self.path / ".lock").open("a") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError as taken:
                    raise Refused("prove.device_runs", path=str(self.path)) from taken
                yield

    def seed(self) -> bytes | None:
        """Give the seed of the key in use; None before the first."""
        try:
            return bytes.fromhex((self.path / "key").read_text())
        except FileNotFoundError:
            return None
        except ValueError as damaged:
            raise Unavailable("prove.device_memory", path=str(self.path / "key")) from damaged

    def new_seed(self) -> bytes:
        """Put another key in the place of the one in use; it is on disk when this returns."""
        seed = token_bytes(32)
        with told_plainly(self.path):
            replace(self.disk, self.path / "key", seed.hex().encode(), 0o600)
        return seed

    def signed_by(self, seed: bytes) -> list[bytes]:
        """Give the lines that a key has signed, in the order of its chain."""
        try:
            whole, _, _torn = self._file(seed).read_bytes().rpartition(b"\n")
        except FileNotFoundError:
            return []
        return whole.split(b"\n") if whole else []

    def keep(self, seed: bytes, lines: Sequence[bytes]) -> None:
        """Keep lines that a key has signed; they are on disk when this returns."""
        place = self._file(seed)
        with told_plainly(self.path):
            if not place.exists():
                self.disk.make_folder(place.parent)
                self.disk.sync([self.path])
                replace(self.disk, place, b"")
            end = sum(len(line) + 1 for line in self.signed_by(seed))
            self.disk.write_at(place, end, b"".join(line + b"\n" for line in lines))
            self.disk.sync([place])

    def _file(self, seed: bytes) -> Path:
        return self.path / "signed" / to_text(public_key(seed))

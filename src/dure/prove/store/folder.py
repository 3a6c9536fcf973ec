"""
The log's folder: tiles, the published checkpoint and the policy.

    DURE_HOME/log/
      checkpoint          the last final checkpoint, replaced by rename
      policy              whom verifiers believe, C2SP tlog-policy
      tile/…              written once: a temporary file, synced, linked into its place, and
                          the folder synced; a different file in that place stops everything

Whatever a call has returned from is on disk.
"""

import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dure.kernel.errors import NotFound, Unproven
from dure.kernel.merkle import HASH_SIZE
from dure.prove.engine.note import Note, read_note
from dure.prove.engine.policy import Policy, read_policy, write_policy
from dure.prove.engine.tiles import ENTRIES, WIDTH, Tile, read_entries, read_path, write_entries
from dure.stack.home import dure_home, replace_file, told_plainly


@dataclass(frozen=True, slots=True)
class LogFolder:
    """The files of one log."""

    path: Path

    def read(self, tile: Tile) -> bytes:
        """Read a tile; raises NotFound. A partial one may come out of the full one."""
        for wanted in (tile, Tile(tile.level, tile.index)):
            with suppress(FileNotFoundError):
                data = (self.path / wanted.path).read_bytes()
                return data if wanted == tile else _beginning(data, tile)
        raise NotFound("prove.no_tile", path=tile.path)

    def write(self, tiles: Mapping[Tile, bytes]) -> None:
        """
        Write tiles that are not there yet, and forget partial ones that full ones replace.

        Raises Unproven where another tile stands in the place of one: the log was altered.
        """
        folders: set[Path] = set()
        with told_plainly(self.path):
            for tile, data in tiles.items():
                folders |= self._write(self.path / tile.path, data)
            for folder in sorted(folders, reverse=True):
                sync_folder(folder)
            for tile in tiles:
                if tile.width == WIDTH:
                    shutil.rmtree(self.path / f"{tile.path}.p", ignore_errors=True)

    def published(self) -> Note | None:
        """Give the published checkpoint; None for a log that has none yet."""
        data = self.published_file()
        return None if data is None else read_note(data)

    def published_file(self) -> bytes | None:
        """Give the published checkpoint as it is written."""
        try:
            return (self.path / "checkpoint").read_bytes()
        except FileNotFoundError:
            return None

    def publish(self, checkpoint: Note) -> None:
        """Put a final checkpoint in the place of the one before: readers see the old or the new."""
        with told_plainly(self.path):
            replace_file(self.path / "checkpoint", str(checkpoint))
            sync_folder(self.path)

    def policy(self) -> Policy:
        """Read the policy; raises NotFound where the cooperative has none yet."""
        return read_policy(self.policy_file())

    def policy_file(self) -> bytes:
        """Give the policy as it is written; raises NotFound."""
        try:
            return (self.path / "policy").read_bytes()
        except FileNotFoundError as missing:
            raise NotFound("prove.no_policy", path=str(self.path / "policy")) from missing

    def write_policy(self, policy: Policy) -> None:
        """Write the policy."""
        with told_plainly(self.path):
            replace_file(self.path / "policy", write_policy(policy).decode())

    def tiles(self) -> Iterable[Tile]:
        """List the tiles that are there."""
        for file in sorted((self.path / "tile").rglob("*")):
            if file.is_file() and not file.name.startswith("."):  # a draft of a killed process
                yield read_path(str(file.relative_to(self.path)))

    def _write(self, place: Path, data: bytes) -> set[Path]:
        """Write one file into its place; gives the folders whose listing changed."""
        changed = self._make_folder(place.parent)
        handle, name = tempfile.mkstemp(dir=place.parent, prefix=".")
        try:
            with os.fdopen(handle, "wb") as draft:
                draft.write(data)
                draft.flush()
                os.fchmod(draft.fileno(), 0o644)
                os.fsync(draft.fileno())
            try:
                os.link(name, place)
            except FileExistsError as there:
                if place.read_bytes() != data:
                    path = str(place.relative_to(self.path))
                    raise Unproven("prove.tile_differs", path=path) from there
        finally:
            os.unlink(name)
        return {*changed, place.parent}

    def _make_folder(self, folder: Path) -> set[Path]:
        if folder.is_dir():
            return set()
        above = self._make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        return {*above, folder.parent}


def log_folder() -> LogFolder:
    """Give the log of this process' home."""
    return LogFolder(dure_home().log)


def _beginning(data: bytes, tile: Tile) -> bytes:
    """Cut a partial tile out of the full one."""
    if tile.level != ENTRIES:
        return data[: tile.width * HASH_SIZE]
    return write_entries(read_entries(data, WIDTH)[: tile.width])


def sync_folder(folder: Path) -> None:
    """Make what a folder lists durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

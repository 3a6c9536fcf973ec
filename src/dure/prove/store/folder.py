"""
The log's folder: a policy, and per year a shard with its tiles and its published checkpoint.

    DURE_HOME/log/
      policy              whom verifiers believe, C2SP tlog-policy
      2026/checkpoint     the shard's last final checkpoint, replaced by rename
      2026/tile/…         written once: drafts, synced; linked into their places; the folders
                          synced. A different file in a place stops everything

Whatever a call has returned from is on disk. A call costs two rounds of syncing, however
many tiles it writes.
"""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dure.kernel.errors import NotFound, Unproven
from dure.prove.engine.note import Note, read_note
from dure.prove.engine.policy import Policy, read_policy, write_policy
from dure.prove.engine.tiles import WIDTH, Tile, narrowed, read_path
from dure.prove.store.disk import DISK, Disk, replace
from dure.stack.home import dure_home, told_plainly


@dataclass(frozen=True, slots=True)
class LogFolder:
    """The files of one log: of one shard, that is."""

    path: Path
    disk: Disk = DISK

    def read(self, tile: Tile) -> bytes:
        """Read a tile; raises NotFound. A partial one may come out of the full one."""
        for wanted in (tile, Tile(tile.level, tile.index)):
            # Plain open: pathlib's own takes as long as the reading.
            with suppress(FileNotFoundError), open(f"{self.path}/{wanted.path}", "rb", 0) as file:
                data = file.read()
                return data if wanted == tile else narrowed(data, tile)
        raise NotFound("prove.no_tile", path=tile.path)

    def write(self, tiles: Mapping[Tile, bytes]) -> None:
        """
        Write tiles that are not there yet, and forget partial ones that full ones replace.

        Raises Unproven where another tile stands in the place of one: the log was altered.
        """
        with told_plainly(self.path):
            drafts, changed = self._draft(tiles)
            self.disk.sync(drafts.values())
            self._link_all(drafts, tiles)
            self.disk.sync(changed)
            self._forget_partial(tiles)

    def put(self, tiles: Mapping[Tile, bytes]) -> set[Path]:
        """
        Write tiles like `write`, for one who has them elsewhere: nothing is durable yet.

        Gives what must be synced until it is. A power cut may leave a tile torn.
        """
        changed: set[Path] = set()
        with told_plainly(self.path):
            for tile, data in tiles.items():
                place = self.path / tile.path
                changed |= {place, place.parent, *self._make_folder(place.parent)}
                try:
                    self.disk.create(place, data)
                except FileExistsError as there:
                    self._demand_same(place, data, there)
            self._forget_partial(tiles)
        return changed

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
            replace(self.disk, self.path / "checkpoint", bytes(checkpoint))

    def tiles(self) -> Iterable[Tile]:
        """List the tiles that are there."""
        for file in sorted((self.path / "tile").rglob("*")):
            if file.is_file() and not file.name.startswith("."):  # a draft of a killed process
                yield read_path(str(file.relative_to(self.path)))

    def _draft(self, tiles: Mapping[Tile, bytes]) -> tuple[dict[Path, Path], set[Path]]:
        """Write drafts; gives each by the place that it is for, and the folders that change."""
        drafts: dict[Path, Path] = {}
        changed: set[Path] = set()
        for tile, data in tiles.items():
            place = self.path / tile.path
            changed |= {place.parent, *self._make_folder(place.parent)}
            drafts[place] = place.with_name(f".{place.name}")
            self.disk.write(drafts[place], data)
        return drafts, changed

    def _link_all(self, drafts: Mapping[Path, Path], tiles: Mapping[Tile, bytes]) -> None:
        for (place, draft), data in zip(drafts.items(), tiles.values(), strict=True):
            try:
                self.disk.link(draft, place)
            except FileExistsError as there:
                self._demand_same(place, data, there)
            finally:
                self.disk.remove(draft)

    def _demand_same(self, place: Path, data: bytes, there: FileExistsError) -> None:
        if place.read_bytes() != data:
            path = str(place.relative_to(self.path))
            raise Unproven("prove.tile_differs", path=path) from there

    def _forget_partial(self, tiles: Iterable[Tile]) -> None:
        for tile in tiles:
            if tile.width == WIDTH and (partial := self.path / f"{tile.path}.p").is_dir():
                shutil.rmtree(partial, ignore_errors=True)

    def _make_folder(self, folder: Path) -> set[Path]:
        """Make a folder and those above it; gives the ones whose listing changed."""
        if folder.is_dir():
            return set()
        above = self._make_folder(folder.parent)
        self.disk.make_folder(folder)
        return {*above, folder.parent}


@dataclass(frozen=True, slots=True)
class Shards:
    """The whole log's folder: the policy, and a log of its own for each year."""

    path: Path
    disk: Disk = DISK

    def shard(self, year: int) -> LogFolder:
        """Give the folder of a year; it need not be there yet."""
        return LogFolder(self.path / str(year), self.disk)

    def years(self) -> list[int]:
        """List the years that have a shard, oldest first."""
        return sorted(int(each.name) for each in self.path.glob("[0-9]" * 4) if each.is_dir())

    def published(self) -> Iterator[tuple[int, Note]]:
        """Give the published checkpoint of every year that has one, oldest first."""
        for year in self.years():
            if note := self.shard(year).published():
                yield year, note

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
            replace(self.disk, self.path / "policy", write_policy(policy))


def shards() -> Shards:
    """Give the log of this process' home."""
    return Shards(dure_home().log)

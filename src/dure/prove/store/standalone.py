"""
A log of its own on a disk, without a database: durable at one sync a batch.

    log = StandaloneLog.open(key, folder)
    note = log.append([b"first", b"second"])     # the checkpoint; all of it is on disk
    for note in log.extend(batches): ...         # the same, one batch after another, faster

`append` writes the new tiles and the checkpoint into one file, the journal, and syncs that:
it is the commit. Then they come into their places, which need no sync of their own, since the
journal has them. When the journal is full, all places are synced at once and it begins anew.
`open` does again what the journal holds. `checkpoint` is a link to the note of its size: to
change a link moves no bytes, while a file system may write a file out (2 ms) before it lets it
take another's place. A frame of the journal is

    magic ‖ size before ‖ length ‖ SHA-256 of the rest ‖ canonical JSON, one newline ‖ tiles

where the JSON has the checkpoint and, in order, each tile's path and length. A frame that does
not follow the one before, or is not whole, was never committed.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Self

from dure.kernel.canonical import Json, canonical, from_canonical
from dure.kernel.errors import Malformed, Refused, Unproven
from dure.prove.engine.checkpoint import Checkpoint, read_checkpoint
from dure.prove.engine.growth import EMPTY, Edge, grow, read_edge
from dure.prove.engine.hashing import ONE_BY_ONE, Hasher
from dure.prove.engine.keys import SigningKey
from dure.prove.engine.note import Note, read_note, sign_note
from dure.prove.engine.tiles import Tile, read_path
from dure.prove.store.disk import replace
from dure.prove.store.folder import LogFolder
from dure.stack.home import told_plainly

MAGIC = b"durelog1"
HEAD = struct.Struct(">8sQQ32s")
ROOM = 32 << 20  # bytes: laid out once, so that writing over them changes no size


@dataclass(slots=True)
class StandaloneLog:
    """A log that one process writes."""

    key: SigningKey
    folder: LogFolder
    edge: Edge = EMPTY
    hasher: Hasher = ONE_BY_ONE
    _offset: int = 0
    _unsynced: set[Path] = field(default_factory=set)

    @classmethod
    def open(cls, key: SigningKey, folder: LogFolder, *, hasher: Hasher = ONE_BY_ONE) -> Self:
        """
        Open a log, or begin one; what was appended is there, whatever stopped its last writer.

        Raises Refused for a log of another key, Unproven where its tiles were changed.
        """
        log = cls(key, folder, hasher=hasher)
        with told_plainly(folder.path):
            folder.path.mkdir(parents=True, exist_ok=True)
            for note, tiles in log._frames():
                log._put(note, tiles)
            log._begin_anew()
        log.edge = _edge(key, folder)
        return log

    def append(self, entries: Sequence[bytes]) -> Note:
        """
        Append entries; gives the signed checkpoint over them, which stands when this returns.

        Raises Unavailable where the disk fails: then open the log again.
        """
        return self._store(*self._grown(self.edge, entries))

    def extend(self, batches: Iterable[Sequence[bytes]]) -> Iterator[Note]:
        """
        Append many batches, each hashed and signed while the one before it goes to the disk.

        Gives the checkpoint of each once it stands. Raises as `append` does; what was not given
        may stand or not.
        """
        edge, under_way = self.edge, None
        with ThreadPoolExecutor(1, thread_name_prefix="log") as writer:
            for entries in batches:
                edge, tiles, note = self._grown(edge, entries)
                if under_way:
                    yield under_way.result()
                under_way = writer.submit(self._store, edge, tiles, note)
            if under_way:
                yield under_way.result()

    def settle(self) -> None:
        """Sync every place at once; the journal begins anew."""
        with told_plainly(self.folder.path):
            # Partial tiles that a full one has replaced since are gone.
            self.folder.disk.sync([path for path in self._unsynced if path.exists()])
        self._offset = 0
        self._unsynced.clear()

    def _grown(
        self, edge: Edge, entries: Sequence[bytes]
    ) -> tuple[Edge, Mapping[Tile, bytes], Note]:
        edge, tiles = grow(edge, entries, self.hasher)
        checkpoint = Checkpoint(origin=self.key.verifier.name, size=edge.size, root=edge.root())
        return edge, tiles, sign_note(checkpoint.text(), self.key)

    def _store(self, edge: Edge, tiles: Mapping[Tile, bytes], note: Note) -> Note:
        with told_plainly(self.folder.path):
            self._commit(note, tiles)
            self._put(note, tiles)
        self.edge = edge
        return note

    @property
    def _journal(self) -> Path:
        return self.folder.path / "journal"

    def _commit(self, note: Note, tiles: Mapping[Tile, bytes]) -> None:
        frame = _frame(self.edge.size, note, tiles)
        if self._offset + len(frame) > ROOM:
            self.settle()
        self.folder.disk.write_at(self._journal, self._offset, frame)
        self.folder.disk.sync([self._journal])
        self._offset += len(frame)

    def _put(self, note: Note, tiles: Mapping[Tile, bytes]) -> None:
        """Bring a committed batch into its places."""
        self._unsynced |= self.folder.put(tiles)
        self._publish(note)

    def _publish(self, note: Note) -> None:
        """Let `checkpoint` lead to this note, and forget the one before."""
        disk, place = self.folder.disk, self.folder.path / "checkpoint"
        before = place.readlink().name if place.is_symlink() else None
        file = place.with_name(f".checkpoint.{read_checkpoint(note.text).size}")
        link = place.with_name(".checkpoint.link")
        disk.write(file, bytes(note))
        disk.remove(link)
        disk.point(link, file)
        disk.rename(link, place)
        if before and before != file.name:
            disk.remove(place.with_name(before))
        self._unsynced |= {file, self.folder.path}

    def _begin_anew(self) -> None:
        self.settle()
        if not self._journal.exists():
            replace(self.folder.disk, self._journal, bytes(ROOM))

    def _frames(self) -> Iterator[tuple[Note, dict[Tile, bytes]]]:
        """Give the batches of the journal that may not be in their places."""
        data = self._journal.read_bytes() if self._journal.exists() else b""
        size = self._published_size()
        at, follows = 0, None
        while frame := _read_frame(data, at, follows):
            end, follows, note, tiles = frame
            for tile in tiles:
                self._remove_torn(tile, tiles[tile])
            if follows >= size:
                yield note, tiles
            at = end

    def _published_size(self) -> int:
        """Say up to where all is in its place; a power cut may have torn what said so."""
        try:
            published = self.folder.published()
        except Malformed:
            return 0
        return read_checkpoint(published.text).size if published else 0

    def _remove_torn(self, tile: Tile, data: bytes) -> None:
        """A power cut may have left a tile's name without its bytes; the journal has them."""
        place = self.folder.path / tile.path
        if place.exists() and place.read_bytes() != data:
            self.folder.disk.remove(place)


def _frame(follows: int, note: Note, tiles: Mapping[Tile, bytes]) -> bytes:
    listed: list[Json] = [[tile.path, len(data)] for tile, data in tiles.items()]
    head = canonical({"checkpoint": str(note), "tiles": listed}) + b"\n"
    body = head + b"".join(tiles.values())
    return HEAD.pack(MAGIC, follows, len(body), sha256(body).digest()) + body


def _read_frame(
    data: bytes, at: int, follows: int | None
) -> tuple[int, int, Note, dict[Tile, bytes]] | None:
    """Read a frame at an offset; None where none stands that follows."""
    start = at + HEAD.size
    if len(data) < start:
        return None
    magic, before, length, digest = HEAD.unpack_from(data, at)
    body = data[start : start + length]
    if magic != MAGIC or follows not in {None, before} or sha256(body).digest() != digest:
        return None
    head, _, rest = body.partition(b"\n")
    told = from_canonical(head)
    note, tiles, offset = read_note(told["checkpoint"].encode()), {}, 0
    for path, size in told["tiles"]:
        tiles[read_path(path)] = rest[offset : offset + size]
        offset += size
    return start + length, read_checkpoint(note.text).size, note, tiles


def _edge(key: SigningKey, folder: LogFolder) -> Edge:
    published = folder.published()
    if published is None:
        return EMPTY
    checkpoint = read_checkpoint(published.text)
    if checkpoint.origin != key.verifier.name:
        raise Refused("prove.another_log", origin=checkpoint.origin)
    edge = read_edge(checkpoint.size, folder.read)
    if edge.root() != checkpoint.root:
        raise Unproven("prove.tiles_differ", size=checkpoint.size)
    return edge

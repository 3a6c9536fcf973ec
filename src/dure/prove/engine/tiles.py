"""
Tiles: the tree in files of 256 hashes (C2SP tlog-tiles).

    tile/0/x001/x234/067        256 leaf hashes, from leaf 1234067 · 256 on
    tile/1/000.p/17             17 hashes, each the root over a full tile of level 0
    tile/entries/000.p/112      112 entries, each behind its length in two bytes

A tree of 70,000 leaves has 273 full tiles and one of width 112 at level 0, a full one and
one of width 17 at level 1, one of width 1 at level 2. A partial tile is never hashed into
the level above.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from dure.kernel.errors import Malformed
from dure.kernel.merkle import HASH_SIZE, Nodes

WIDTH = 256
HEIGHT = 8
TILE = WIDTH * HASH_SIZE  # bytes of a full one
ENTRIES = -1  # the level of entry bundles
LARGEST_ENTRY = 2**16 - 1

_PATH = re.compile(
    r"tile/(entries|0|[1-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """Which tile: its level (ENTRIES for entry bundles), its index in the level, its width."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Give the path under the log's prefix."""
        level = "entries" if self.level == ENTRIES else str(self.level)
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{_index_path(self.index)}{partial}"


Fetch = Callable[[Tile], bytes]


def read_path(path: str) -> Tile:
    """Read a tile's path; raises Malformed for any other than its one spelling."""
    match = _PATH.fullmatch(path)
    if not match:
        raise Malformed("prove.tile_path", path=path[:64])
    level, index, width = match.groups()
    tile = Tile(
        ENTRIES if level == "entries" else int(level),
        int(index.replace("x", "").replace("/", "")),
        int(width or WIDTH),
    )
    if tile.path != path:
        raise Malformed("prove.tile_path", path=path[:64])
    return tile


def tile_with(level: int, index: int, size: int) -> Tile:
    """Name the tile at index as it stands in a tree of size leaves."""
    count = size >> (HEIGHT * max(level, 0))
    width = min(WIDTH, count - index * WIDTH)
    assert width > 0, "the tree has no such tile"
    return Tile(level, index, width)


def tiles_of(size: int) -> Iterator[Tile]:
    """Name every tile of a tree of size leaves, entry bundles first."""
    for level in (ENTRIES, *range(HEIGHT)):
        count = size >> (HEIGHT * max(level, 0))
        for index in range(-(-count // WIDTH)):
            yield tile_with(level, index, size)


def write_entries(entries: Sequence[bytes]) -> bytes:
    """Write an entry bundle: every entry behind its length, two bytes big-endian."""
    assert max(map(len, entries), default=0) <= LARGEST_ENTRY, "an entry has 65,535 bytes"
    return b"".join([len(entry).to_bytes(2, "big") + entry for entry in entries])


def read_entries(bundle: bytes, width: int) -> list[bytes]:
    """Read the width entries of a bundle; raises Malformed."""
    entries, at = [], 0
    while at < len(bundle):
        start = at + 2
        at = start + int.from_bytes(bundle[at:start], "big")
        entries.append(bundle[start:at])
    if at != len(bundle) or len(entries) != width:
        raise Malformed("prove.entry_bundle", entries=len(entries))
    return entries


def narrowed(data: bytes, tile: Tile, wide: int = WIDTH) -> bytes:
    """Cut a partial tile out of the one that is wide; raises Malformed."""
    if tile.level == ENTRIES:
        return write_entries(read_entries(data, wide)[: tile.width])
    return b"".join(read_hashes(data, wide)[: tile.width])


def out_of(size: int, fetch: Fetch) -> Fetch:
    """Read the tiles of smaller trees out of those of the tree of size leaves."""

    def read(tile: Tile) -> bytes:
        wider = tile_with(tile.level, tile.index, size)
        return narrowed(fetch(wider), tile, wider.width)

    return read


def read_hashes(data: bytes, width: int) -> list[bytes]:
    """Read the width hashes of a tile; raises Malformed."""
    if len(data) != width * HASH_SIZE:
        raise Malformed("prove.tile_size", size=len(data))
    return [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]


def hash_tile(data: bytes, width: int) -> list[list[bytes]]:
    """
    Give all nodes over a tile's hashes, level by level; raises Malformed.

    Of a partial tile only complete nodes: what is at its right edge is not the tile's to say.
    """
    levels = [read_hashes(data, width)]
    while (count := width >> len(levels)) and len(levels) <= HEIGHT:
        below = levels[-1]
        levels.append(
            [sha256(b"\x01" + below[at] + below[at + 1]).digest() for at in range(0, 2 * count, 2)]
        )
    return levels


def tile_nodes(size: int, fetch: Fetch, *, keep: int = 4096) -> Nodes:
    """
    Read the complete nodes of a tree of size leaves out of its tiles.

    Every tile is hashed once and its 511 nodes are kept, keep tiles at most (about 30 kB
    each), so that proofs cost look-ups. It believes the tiles: prove against a checkpoint.
    """

    @lru_cache(maxsize=keep)
    def levels(level: int, index: int) -> list[list[bytes]]:
        tile = tile_with(level, index, size)
        return hash_tile(fetch(tile), tile.width)

    def read(level: int, index: int) -> bytes:
        high, low = level >> 3, level & 7
        tile, at = index >> (HEIGHT - low), index & ((WIDTH >> low) - 1)
        return levels(high, tile)[low][at]

    return read


def _index_path(index: int) -> str:
    path = f"{index % 1000:03d}"
    while index >= 1000:
        index //= 1000
        path = f"x{index % 1000:03d}/{path}"
    return path

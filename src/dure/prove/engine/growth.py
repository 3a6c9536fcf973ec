"""
Growth: new entries in, new tiles and a new root out.

All that must be remembered of a tree is its right edge: per level of tiles, the hashes
of the last tile while it is partial. Everything left of it never changes again.

    edge, tiles = grow(EMPTY, [b"first", b"second"])
    edge.size, edge.root()      # what the checkpoint says
    tiles                       # what must be durable before it says so
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dure.kernel.merkle import EMPTY_ROOT, leaf_hash, root
from dure.prove.engine.tiles import (
    ENTRIES,
    HEIGHT,
    WIDTH,
    Fetch,
    Tile,
    read_entries,
    read_hashes,
    tile_with,
    write_entries,
)


@dataclass(frozen=True, slots=True)
class Edge:
    """The right edge of a tree: its size, the hashes in its partial tiles, its last entries."""

    size: int
    hashes: tuple[tuple[bytes, ...], ...]
    entries: tuple[bytes, ...]

    def root(self) -> bytes:
        """Fold the edge into the tree's root."""
        below: bytes | None = None
        for hashes in self.hashes:
            level = [*hashes, below] if below else hashes
            below = root(level) if level else None
        return below or EMPTY_ROOT


EMPTY = Edge(0, (), ())


def grow(edge: Edge, entries: Sequence[bytes]) -> tuple[Edge, dict[Tile, bytes]]:
    """Append entries; gives the new edge and every tile that is new or wider, by name."""
    size = edge.size + len(entries)
    tiles: dict[Tile, bytes] = {}
    last = _grow_entries(edge, entries, tiles)
    new = [leaf_hash(entry) for entry in entries]
    hashes: list[tuple[bytes, ...]] = []
    level = 0
    while new or level < len(edge.hashes):
        old = edge.hashes[level] if level < len(edge.hashes) else ()
        first = (edge.size >> (HEIGHT * level)) // WIDTH
        partial, new = _grow_level(level, first, [*old, *new], len(old), tiles)
        hashes.append(partial)
        level += 1
    return Edge(size, tuple(hashes), last), tiles


def read_edge(size: int, fetch: Fetch) -> Edge:
    """Read the right edge of a tree of size leaves out of its tiles; raises Malformed."""
    hashes = []
    for level in range(HEIGHT):
        count = size >> (HEIGHT * level)
        if not count:
            break
        tile = tile_with(level, (count - 1) // WIDTH, size)
        partial = tile.width < WIDTH
        hashes.append(tuple(read_hashes(fetch(tile), tile.width)) if partial else ())
    entries: tuple[bytes, ...] = ()
    if size % WIDTH:
        tile = tile_with(ENTRIES, size // WIDTH, size)
        entries = tuple(read_entries(fetch(tile), tile.width))
    return Edge(size, tuple(hashes), entries)


def _grow_level(
    level: int, first: int, hashes: list[bytes], known: int, tiles: dict[Tile, bytes]
) -> tuple[tuple[bytes, ...], list[bytes]]:
    """Cut a level's hashes into tiles from index first on; gives the rest and full tiles' roots."""
    roots = []
    full = len(hashes) // WIDTH
    for number in range(full):
        chunk = hashes[number * WIDTH : (number + 1) * WIDTH]
        tiles[Tile(level, first + number)] = b"".join(chunk)
        roots.append(root(chunk))
    rest = tuple(hashes[full * WIDTH :])
    if rest and (full or len(rest) > known):
        tiles[Tile(level, first + full, len(rest))] = b"".join(rest)
    return rest, roots


def _grow_entries(
    edge: Edge, entries: Sequence[bytes], tiles: dict[Tile, bytes]
) -> tuple[bytes, ...]:
    waiting = [*edge.entries, *entries]
    first = edge.size // WIDTH
    for at in range(0, len(waiting) if entries else 0, WIDTH):
        chunk = waiting[at : at + WIDTH]
        tiles[Tile(ENTRIES, first + at // WIDTH, len(chunk))] = write_entries(chunk)
    return tuple(waiting[len(waiting) // WIDTH * WIDTH :])

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

from dure.kernel.merkle import EMPTY_ROOT, HASH_SIZE, node_hash
from dure.prove.engine.hashing import ONE_BY_ONE, PAIR, Hasher
from dure.prove.engine.tiles import (
    ENTRIES,
    HEIGHT,
    TILE,
    WIDTH,
    Fetch,
    Tile,
    read_entries,
    tile_nodes,
    tile_with,
    write_entries,
)


@dataclass(frozen=True, slots=True)
class Edge:
    """
    The right edge of a tree: its size, and what is still to be completed there.

    waiting has, per binary level, the complete node that has no neighbour yet (empty: none), so
    that no node is ever hashed twice; hashes the partial tile of each level of tiles; entries
    the partial entry bundle.
    """

    size: int
    waiting: tuple[bytes, ...]
    hashes: tuple[bytes, ...]
    entries: bytes

    def root(self) -> bytes:
        """Fold the edge into the tree's root."""
        below = b""
        for node in filter(None, self.waiting):
            below = node_hash(node, below) if below else node
        return below or EMPTY_ROOT


EMPTY = Edge(0, (), (), b"")


def grow(
    edge: Edge, entries: Sequence[bytes], hasher: Hasher = ONE_BY_ONE
) -> tuple[Edge, dict[Tile, bytes]]:
    """Append entries; gives the new edge and every tile that is new or wider, by name."""
    size = edge.size + len(entries)
    tiles: dict[Tile, bytes] = {}
    last = _grow_entries(edge, entries, tiles)
    new = hasher.leaves(entries)
    waiting: list[bytes] = []
    hashes: list[bytes] = []
    for level in range(size.bit_length()):
        if level % HEIGHT == 0:
            hashes.append(_grow_level(edge, level // HEIGHT, new, tiles))
        row = (edge.waiting[level] if level < len(edge.waiting) else b"") + new
        paired = len(row) // PAIR * PAIR
        waiting.append(row[paired:])
        new = hasher.parents(row[:paired])
    return Edge(size, tuple(waiting), tuple(hashes), last), tiles


def read_edge(size: int, fetch: Fetch) -> Edge:
    """Read the right edge of a tree of size leaves out of its tiles; raises Malformed."""
    read = tile_nodes(size, fetch)
    waiting = tuple(
        read(level, (size >> level) - 1) if size >> level & 1 else b""
        for level in range(size.bit_length())
    )
    hashes = tuple(
        _read_partial(level, size, fetch) for level in range(-(-size.bit_length() // HEIGHT))
    )
    entries = _read_partial(ENTRIES, size, fetch)
    read_entries(entries, size % WIDTH)
    return Edge(size, waiting, hashes, entries)


def _grow_level(edge: Edge, level: int, new: bytes, tiles: dict[Tile, bytes]) -> bytes:
    """Add hashes to a level of tiles; gives those of its partial tile."""
    data = (edge.hashes[level] if level < len(edge.hashes) else b"") + new
    index = (edge.size >> (HEIGHT * level)) // WIDTH
    full = len(data) // TILE * TILE
    for number, at in enumerate(range(0, full, TILE), start=index):
        tiles[Tile(level, number)] = data[at : at + TILE]
    rest = data[full:]
    if rest and new:
        tiles[Tile(level, index + full // TILE, len(rest) // HASH_SIZE)] = rest
    return rest


def _grow_entries(edge: Edge, entries: Sequence[bytes], tiles: dict[Tile, bytes]) -> bytes:
    """Add entries to the bundles; gives the partial one."""
    index, width = divmod(edge.size, WIDTH)
    bundle, at = edge.entries, 0
    while at < len(entries):
        chunk = entries[at : at + WIDTH - width]
        at, width = at + len(chunk), width + len(chunk)
        bundle += write_entries(chunk)
        tiles[Tile(ENTRIES, index, width)] = bundle
        if width == WIDTH:
            index, width, bundle = index + 1, 0, b""
    return bundle


def _read_partial(level: int, size: int, fetch: Fetch) -> bytes:
    count = size >> (HEIGHT * max(level, 0))
    return fetch(tile_with(level, count // WIDTH, size)) if count % WIDTH else b""

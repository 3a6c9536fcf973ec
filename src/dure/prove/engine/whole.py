"""
The whole log against its checkpoint: every entry, every full and partial tile, the root.

    check_log(checkpoint, fetch)                            # names the first tile that is wrong
    check_log(checkpoint, fetch, spread=pool.map)           # the same, on all cores
    check_log(checkpoint, fetch, hasher=SIDE_BY_SIDE)       # the same, with numba: see lanes.py

An entry bundle and the tile of its leaf hashes are judged together and on their own, 16 pairs a
task, so that two processes halve the work; what remains is one hash for each full tile. Memory
holds these and one task's tiles.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from dure.kernel.errors import DureError, Unproven
from dure.kernel.merkle import EMPTY_ROOT, HASH_SIZE
from dure.kernel.merkle import root as root_over
from dure.prove.engine.checkpoint import Checkpoint
from dure.prove.engine.hashing import ONE_BY_ONE, Hasher
from dure.prove.engine.tiles import (
    ENTRIES,
    HEIGHT,
    TILE,
    WIDTH,
    Fetch,
    Tile,
    read_hashes,
)

TASK = 16  # tiles

Spread = Callable[[Callable[[range], bytes], Iterable[range]], Iterable[bytes]]


def check_log(
    checkpoint: Checkpoint, fetch: Fetch, *, spread: Spread | Any = map, hasher: Hasher = ONE_BY_ONE
) -> None:
    """Raise Unproven, naming the first tile that is wrong, unless all tiles give the root."""
    size = checkpoint.size
    below, partials = b"", []
    for level in range(HEIGHT):
        if not (count := size >> (HEIGHT * level)):
            break
        if level == 0:
            tasks = _tasks(count // WIDTH)
            above = b"".join(spread(partial(_check_bundles, fetch, hasher), tasks))
        else:
            above = b"".join(_check_level(level, below, count, fetch, hasher))
        partials.append(_check_last(level, below, size, fetch, hasher))
        below = above
    if _fold(partials) != checkpoint.root:
        raise Unproven("prove.audit_root", size=size)


def _tasks(count: int) -> Iterator[range]:
    for at in range(0, count, TASK):
        yield range(at, min(at + TASK, count))


def _check_bundles(fetch: Fetch, hasher: Hasher, indexes: range) -> bytes:
    """Check full bundles against their tiles; gives one root for each."""
    with suppress(DureError):  # one by one it is named
        hashes = hasher.bundles([fetch(Tile(ENTRIES, index)) for index in indexes], WIDTH)
        tiles = [fetch(Tile(0, index)) for index in indexes]
        if tiles == [hashes[at : at + TILE] for at in range(0, len(hashes), TILE)]:
            return hasher.roots(hashes)
    return b"".join([hasher.roots(_check_bundle(fetch, hasher, index, WIDTH)) for index in indexes])


def _check_bundle(fetch: Fetch, hasher: Hasher, index: int, width: int) -> bytes:
    """Check one bundle against its tile; gives the hashes."""
    entries, tile = Tile(ENTRIES, index, width), Tile(0, index, width)
    try:
        hashes = hasher.bundles([fetch(entries)], width)
    except DureError as bad:
        raise Unproven("prove.audit_tile", path=entries.path) from bad
    _demand(tile.path, fetch(tile) == hashes)
    return hashes


def _check_level(
    level: int, below: bytes, count: int, fetch: Fetch, hasher: Hasher
) -> Iterator[bytes]:
    """Check the full tiles of a level against the hashes below; gives one root for each."""
    for index in range(count // WIDTH):
        tile = Tile(level, index)
        data = below[index * TILE : (index + 1) * TILE]
        _demand(tile.path, fetch(tile) == data)
        yield hasher.roots(data)


def _check_last(level: int, below: bytes, size: int, fetch: Fetch, hasher: Hasher) -> bytes:
    """Check a level's partial tile; gives its hashes, none where the last tile is full."""
    count = size >> (HEIGHT * level)
    index, width = divmod(count, WIDTH)
    if not width:
        return b""
    if level == 0:
        return _check_bundle(fetch, hasher, index, width)
    tile = Tile(level, index, width)
    data = below[index * TILE :]
    _demand(tile.path, fetch(tile) == data)
    return data


def _fold(partials: Iterable[bytes]) -> bytes:
    """Fold the right edge, level by level, into the root."""
    node: bytes | None = None
    for data in partials:
        level = read_hashes(data, len(data) // HASH_SIZE)
        if node is not None:
            level.append(node)
        node = root_over(level) if level else None
    return node or EMPTY_ROOT


def _demand(path: str, holds: bool) -> None:
    if not holds:
        raise Unproven("prove.audit_tile", path=path)

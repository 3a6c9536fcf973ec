"""
The whole log against its checkpoint: every entry, every full and partial tile, the root.

    check_log(checkpoint, fetch)                            # names the first tile that is wrong
    check_log(checkpoint, fetch, spread=pool.map)           # the same, on all cores
    check_log(checkpoint, fetch, hasher=SIDE_BY_SIDE)       # the same, with numba: see lanes.py

An entry bundle and the tile of its leaf hashes are judged together and on their own, 64 pairs a
task, so that two processes halve the work; what remains is one hash for each full tile. Memory
holds these and one task's tiles.
"""

from collections.abc import Callable, Iterable, Iterator
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
    WIDTH,
    Fetch,
    read_hashes,
    tile_with,
)

TASK = 64  # tiles

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
    return b"".join(_check_bundle(fetch, hasher, index, WIDTH) for index in indexes)


def _check_bundle(fetch: Fetch, hasher: Hasher, index: int, width: int) -> bytes:
    entries = tile_with(ENTRIES, index, index * WIDTH + width)
    try:
        hashes = hasher.bundle(fetch(entries), width)
    except DureError as bad:
        raise Unproven("prove.audit_tile", path=entries.path) from bad
    tile = tile_with(0, index, index * WIDTH + width)
    _demand(tile.path, fetch(tile) == hashes)
    return hasher.top(hashes) if width == WIDTH else hashes


def _check_level(
    level: int, below: bytes, count: int, fetch: Fetch, hasher: Hasher
) -> Iterator[bytes]:
    """Check the full tiles of a level against the hashes below; gives one root for each."""
    for index in range(count // WIDTH):
        tile = tile_with(level, index, count << (HEIGHT * level))
        data = below[index * WIDTH * HASH_SIZE : (index + 1) * WIDTH * HASH_SIZE]
        _demand(tile.path, fetch(tile) == data)
        yield hasher.top(data)


def _check_last(level: int, below: bytes, size: int, fetch: Fetch, hasher: Hasher) -> bytes:
    """Check a level's partial tile; gives its hashes, none where the last tile is full."""
    count = size >> (HEIGHT * level)
    index, width = divmod(count, WIDTH)
    if not width:
        return b""
    if level == 0:
        return _check_bundle(fetch, hasher, index, width)
    tile = tile_with(level, index, size)
    data = below[index * WIDTH * HASH_SIZE :]
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

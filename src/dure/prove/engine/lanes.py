"""
SHA-256 of many short messages at once, side by side in the lanes of the processor's vectors.

Optional, for whoever checks or writes long logs, or checks many proofs:

    check_log(checkpoint, fetch, hasher=SIDE_BY_SIDE)
    check_inclusions(size, root, [(leaf_hash(entry), index, proof), …])

It needs numba, which compiles it in some ten seconds, once for a machine. It lets go of Python's
lock, so that threads share the work. Nothing else in this room imports it.

A message is a prefix byte and a run of bytes. Sixteen messages form a group; their memory is a
table of 32-bit words with a column for each message and a row for each step of FIPS 180-4,
section 6.2.2:

    rows   0 to 63     the message schedule W
    rows  64 to 131    a, step by step; b, c and d are the three before
    rows 132 to 199    e, likewise with f, g and h
"""

import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numba import njit

from dure.kernel.errors import Malformed, Unproven
from dure.kernel.merkle import HASH_SIZE
from dure.prove.engine.hashing import PAIR, Hasher
from dure.prove.engine.tiles import write_entries

_LANES, _ROWS, _A, _E = 16, 200, 64, 132
_AT_ONCE = 4_096  # proofs
_BLOCK, _WORDS = 64, 16  # bytes, and words, of a block
_PADDING = 10  # bytes around what is hashed: prefix, 0x80, eight of length
_PRIMES = [n for n in range(2, 312) if all(n % k for k in range(2, n))]
# The first 32 bits of what square and cube roots of primes have behind the point.
_START = np.array([int(p ** (1 / 2) % 1 * 2**32) for p in _PRIMES[:8]], np.uint32)
_STEP = np.array([int(p ** (1 / 3) % 1 * 2**32) for p in _PRIMES], np.uint32)
_IS_LITTLE = sys.byteorder == "little"


class SideBySide(Hasher):
    """Hashes sixteen messages at a time."""

    def leaves(self, entries: Sequence[bytes]) -> bytes:
        """Give the leaf hashes of entries."""
        return self.bundles([write_entries(entries)], len(entries))

    def bundles(self, bundles: Sequence[bytes], width: int) -> bytes:
        """Give the leaf hashes of entry bundles; raises Malformed unless each has width entries."""
        data = np.frombuffer(bytearray().join(bundles), np.uint8)
        starts, lengths = np.empty((2, len(bundles) * width), np.int64)
        ends = np.cumsum([len(bundle) for bundle in bundles], dtype=np.int64)
        if not _find(data, ends, width, starts, lengths):
            raise Malformed("prove.entry_bundle", entries=width)
        return _hash_all(0, data, starts, lengths).tobytes()

    def parents(self, hashes: bytes) -> bytes:
        """Hash an even number of hashes two by two."""
        return _parents(_array(hashes)).tobytes()


Inclusion = tuple[bytes, int, Sequence[bytes]]  # a leaf hash, its index, its proof


def check_inclusions(size: int, root: bytes, given: Sequence[Inclusion]) -> None:
    """
    Check many proofs against one root (RFC 9162 section 2.1.3.2), thousands at a time.

    Raises Unproven, with its number, for the first that does not hold.
    """
    for first in range(0, len(given), _AT_ONCE):
        group = given[first : first + _AT_ONCE]
        if (held := _holding(size, root, group)) < len(group):
            raise Unproven("prove.proof_unproven", number=first + held + 1)


def _holding(size: int, root: bytes, given: Sequence[Inclusion]) -> int:
    """Say how many proofs hold before the first that does not."""
    ways = [_way(size, *item) for item in given]
    if None in ways:
        given, ways = given[: ways.index(None)], ways[: ways.index(None)]
    if not given:
        return 0
    turns, depths = np.array(ways, np.int64).T
    room = depths.max() * HASH_SIZE
    joined = b"".join([b"".join(proof).ljust(room, b"\0") for _, _, proof in given])
    neighbours = np.frombuffer(joined, np.uint8).reshape(len(given), -1, HASH_SIZE)
    nodes = np.frombuffer(b"".join([leaf for leaf, _, _ in given]), np.uint8)
    reached = _climb(nodes.reshape(-1, HASH_SIZE).copy(), neighbours, turns, depths)
    wrong = (reached != np.frombuffer(root, np.uint8)).any(axis=1)
    return int(wrong.argmax()) if wrong.any() else len(given)


def _way(size: int, leaf: bytes, index: int, proof: Sequence[bytes]) -> tuple[int, int] | None:
    """Give at which levels a proof's neighbour is the left one, and how many levels it has."""
    if not 0 <= index < size or {len(leaf), *map(len, proof)} != {HASH_SIZE}:
        return None
    inner = (index ^ (size - 1)).bit_length()  # from there on only left neighbours are real
    depth = inner + (index >> inner).bit_count()
    is_left = index & ((1 << inner) - 1) | (1 << depth) - (1 << inner)
    return (is_left, depth) if len(proof) == depth else None


def _climb(nodes: Any, neighbours: Any, turns: Any, depths: Any) -> Any:
    """Fold nodes with their neighbours, a level at a time, each to its own depth."""
    for level in range(neighbours.shape[1]):
        is_left = (turns >> level & 1).astype(bool)[:, None]
        beside = neighbours[:, level]
        pairs = np.hstack([np.where(is_left, beside, nodes), np.where(is_left, nodes, beside)])
        above = _parents(pairs.reshape(-1)).reshape(-1, HASH_SIZE)
        nodes = np.where((level < depths)[:, None], above, nodes)
    return nodes


def _array(data: bytes) -> Any:
    """Copy bytes, so that all that is compiled meets one type of array."""
    return np.frombuffer(data, np.uint8).copy()


def _compiled(function: Callable[..., Any]) -> Any:
    how: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    try:
        return njit(cache=True, **how)(function)
    except RuntimeError:  # numba's word for: no folder here can be written
        return njit(**how)(function)


@_compiled
def _find(data: Any, ends: Any, width: int, starts: Any, lengths: Any) -> bool:
    """Find the entries of bundles that end at ends; says whether each has width, and no more."""
    at = number = 0
    for end in ends:
        for _ in range(width):
            if at + 2 > end:
                return False
            starts[number] = at + 2
            lengths[number] = (np.int64(data[at]) << 8) | data[at + 1]
            at += 2 + lengths[number]
            number += 1
        if at != end:
            return False
    return True


@_compiled
def _rotated(word: Any, by: int) -> Any:
    return np.uint32((word >> np.uint32(by)) | (word << np.uint32(32 - by)))


@_compiled
def _big_endian(word: Any) -> Any:
    if not _IS_LITTLE:
        return word
    odd = _rotated(word, 8) & np.uint32(0xFF00FF00)
    return np.uint32(odd | (_rotated(word, 24) & np.uint32(0x00FF00FF)))


@_compiled
def _compress(memory: Any) -> None:
    """Take one block of every message in; the new state stands in the first rows of a and e."""
    for t in range(16, 64):
        for lane in range(_LANES):
            old, new = memory[(t - 15) * _LANES + lane], memory[(t - 2) * _LANES + lane]
            old = _rotated(old, 7) ^ _rotated(old, 18) ^ (old >> np.uint32(3))
            new = _rotated(new, 17) ^ _rotated(new, 19) ^ (new >> np.uint32(10))
            sums = memory[(t - 16) * _LANES + lane] + memory[(t - 7) * _LANES + lane]
            memory[t * _LANES + lane] = np.uint32(old + new + sums)
    for t in range(64):
        for lane in range(_LANES):
            d, h = (_A + t) * _LANES + lane, (_E + t) * _LANES + lane
            c, b, a = memory[d + _LANES], memory[d + 2 * _LANES], memory[d + 3 * _LANES]
            g, f, e = memory[h + _LANES], memory[h + 2 * _LANES], memory[h + 3 * _LANES]
            sums = _rotated(e, 6) ^ _rotated(e, 11) ^ _rotated(e, 25)
            choice = (e & (f ^ g)) ^ g
            first = np.uint32(memory[h] + sums + choice + _STEP[t] + memory[t * _LANES + lane])
            sums = _rotated(a, 2) ^ _rotated(a, 13) ^ _rotated(a, 22)
            majority = (a & b) | (c & (a | b))
            memory[d + 4 * _LANES] = np.uint32(first + sums + majority)
            memory[h + 4 * _LANES] = np.uint32(first + memory[d])
    for at in range(4 * _LANES):
        memory[_A * _LANES + at] += memory[(_A + 64) * _LANES + at]
        memory[_E * _LANES + at] += memory[(_E + 64) * _LANES + at]


@_compiled
def _pad(data: Any, start: int, length: int, padded: Any, at: int) -> int:
    """
    Lay out message ‖ 0x80 ‖ zeros ‖ length in bits behind the prefix; gives how many blocks.

    Places are unsigned: a signed one is first looked at for being negative, byte by byte.
    """
    blocks = (length + _PADDING + _BLOCK - 1) // _BLOCK
    source, target = np.uint64(start), np.uint64(at + 1)
    for i in range(np.uint64(length)):
        padded[target + i] = data[source + i]
    padded[np.uint64(at + 1 + length)] = 0x80
    for i in range(np.uint64(at + length + 2), np.uint64(at + blocks * _BLOCK)):
        padded[i] = 0
    for i in range(4):
        padded[np.uint64(at + blocks * _BLOCK - 1 - i)] = ((length + 1) * 8 >> 8 * i) & 0xFF
    return blocks


@_compiled
def _hash_all(prefix: int, data: Any, starts: Any, lengths: Any) -> Any:
    """Hash prefix ‖ data[start : start + length] for every start and length; gives words."""
    longest = lengths.max() if len(lengths) else 0
    row = (longest + _PADDING + _BLOCK - 1) // _BLOCK * _BLOCK
    padded = np.empty(_LANES * row, np.uint8)
    words = padded.view(np.uint32)
    memory = np.zeros(_ROWS * _LANES, np.uint32)
    blocks = np.zeros(_LANES, np.int64)
    hashes = np.empty(len(starts) * 8, np.uint32)
    padded[::row] = prefix
    for first in range(0, len(starts), _LANES):
        group, most = min(_LANES, len(starts) - first), 0
        for lane in range(group):
            start, length = starts[first + lane], lengths[first + lane]
            blocks[lane] = _pad(data, start, length, padded, lane * row)
            most = max(most, blocks[lane])
        _begin(memory)
        for block in range(most):
            _load(words, row // 4, block * _WORDS, memory)
            _compress(memory)
            for lane in range(group):
                if blocks[lane] == block + 1:
                    _write(memory, lane, hashes, (first + lane) * 8)
    return hashes


@_compiled
def _begin(memory: Any) -> None:
    for word in range(4):
        for lane in range(_LANES):
            memory[(_A + 3 - word) * _LANES + lane] = _START[word]
            memory[(_E + 3 - word) * _LANES + lane] = _START[4 + word]


@_compiled
def _load(words: Any, row: int, first: int, memory: Any) -> None:
    for lane in range(_LANES):
        at = np.uint64(lane * row + first)
        for word in range(_WORDS):
            memory[word * _LANES + lane] = _big_endian(words[at + np.uint64(word)])


@_compiled
def _write(memory: Any, lane: int, words: Any, at: int) -> None:
    for word in range(4):
        words[at + word] = _big_endian(memory[(_A + 3 - word) * _LANES + lane])
        words[at + 4 + word] = _big_endian(memory[(_E + 3 - word) * _LANES + lane])


@_compiled
def _parents(hashes: Any) -> Any:
    starts = np.arange(0, len(hashes), PAIR)
    return _hash_all(1, hashes, starts, np.full(len(starts), PAIR)).view(np.uint8)


SIDE_BY_SIDE = SideBySide()

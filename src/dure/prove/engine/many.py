"""
Many proofs against one checkpoint: what the first has cost, the next need not pay again.

    prover = Prover(size, fetch)                 # reads and hashes each tile once
    proof = prover.prove(index)

    known = Inclusions(size, root)               # remembers how the upper tree was proven
    known.check(leaf_hash(entry), index, proof)  # or raises Unproven
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

from dure.kernel.merkle import HASH_SIZE, check_inclusion, right_edge
from dure.prove.engine.tiles import HEIGHT, WIDTH, Fetch, hash_tile, tile_with

KEEP = 4096  # tiles, about 30 kB each
UPPER = 12  # levels below the root that are remembered: 4,096 places at most


class Prover:
    """
    Proves entries of the tree of size leaves out of its tiles.

    It believes the tiles: check what it gives against a checkpoint.
    """

    def __init__(self, size: int, fetch: Fetch, *, keep: int = KEEP) -> None:
        self.size = size
        self._fetch = fetch
        self._levels = lru_cache(maxsize=keep)(self._read)
        self._edge = right_edge(size, self.node) if size else []
        self._top = max(len(self._edge) - 2, 0) // HEIGHT * HEIGHT
        self._upper = [self._row(level) for level in range(self._top, len(self._edge) - 1)]

    def node(self, level: int, index: int) -> bytes:
        """Give one complete node."""
        high, low = level >> 3, level & 7
        return self._levels(high, index >> (HEIGHT - low))[low][index & ((WIDTH >> low) - 1)]

    def prove(self, index: int) -> list[bytes]:
        """Prove that leaf index is in the tree (RFC 9162 section 2.1.3.1)."""
        assert 0 <= index < self.size, "the leaf must be in the tree"
        proof: list[bytes] = []
        for high in range(0, self._top, HEIGHT):
            at = index >> high
            if ((at | (WIDTH - 1)) + 1) << high <= self.size:  # a full tile has all neighbours
                self._climb(high >> 3, at, proof)
            else:
                self._climb_edge(high, index, proof)
        at = (index >> self._top) ^ 1
        for row in self._upper:
            if at < len(row):
                proof.append(row[at])
            at = (at >> 1) ^ 1
        return proof

    def _row(self, level: int) -> list[bytes]:
        """Give all nodes of a level, the incomplete one at its end included."""
        row = [self.node(level, index) for index in range(self.size >> level)]
        return row if (partial := self._edge[level]) is None else [*row, partial]

    def _climb(self, tile_level: int, at: int, proof: list[bytes]) -> None:
        zero, one, two, three, four, five, six, seven, _ = self._levels(tile_level, at >> HEIGHT)
        at &= WIDTH - 1
        proof += (
            zero[at ^ 1],
            one[at >> 1 ^ 1],
            two[at >> 2 ^ 1],
            three[at >> 3 ^ 1],
            four[at >> 4 ^ 1],
            five[at >> 5 ^ 1],
            six[at >> 6 ^ 1],
            seven[at >> 7 ^ 1],
        )

    def _climb_edge(self, high: int, index: int, proof: list[bytes]) -> None:
        for level in range(high, high + HEIGHT):
            neighbour, complete = (index >> level) ^ 1, self.size >> level
            if neighbour < complete:
                proof.append(self.node(level, neighbour))
            elif neighbour == complete and (partial := self._edge[level]) is not None:
                proof.append(partial)

    def _read(self, level: int, index: int) -> list[list[bytes]]:
        tile = tile_with(level, index, self.size)
        return hash_tile(self._fetch(tile), tile.width)


@dataclass(slots=True)
class Inclusions:
    """
    Checks many inclusion proofs against one root.

    Each is folded up to the level that is UPPER below the root. What lies above was folded once
    for each place there; another proof through that place must bring the same hashes.
    """

    size: int
    root: bytes
    _above: dict[int, tuple[bytes, Sequence[bytes]]] = field(default_factory=dict)

    def check(self, leaf: bytes, index: int, proof: Sequence[bytes]) -> None:
        """Raise Unproven unless leaf hashes into the root at index."""
        last = self.size - 1
        lower = last.bit_length() - UPPER
        if not 0 < lower <= (index ^ last).bit_length() or index < 0 or len(leaf) != HASH_SIZE:
            check_inclusion(leaf, index, self.size, proof, self.root)
            return
        node, at = leaf, index
        # Nothing here asks for the size of a neighbour: one of another size gives another node.
        for neighbour in proof[:lower]:
            pair = neighbour + node if at & 1 else node + neighbour
            node = sha256(b"\x01" + pair).digest()
            at >>= 1
        above = proof[lower:]
        if (node, above) != self._above.get(at):
            check_inclusion(node, at, (last >> lower) + 1, above, self.root)
            self._above[at] = node, above

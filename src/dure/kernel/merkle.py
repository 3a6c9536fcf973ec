"""
The Merkle tree of RFC 6962 and RFC 9162: leaf and node hashes, roots, and both proofs.

A leaf hashes as SHA-256(0x00 ‖ data), a node as SHA-256(0x01 ‖ left ‖ right). A tree of
n leaves has ⌈n / 2^k⌉ nodes at level k; the last one may stand for fewer than 2^k
leaves, and a last node without a right neighbour moves up unchanged:

    level 2          abcde                nodes(["a", …, "e"]) gives 5, 3, 2, 1 hashes
    level 1     ab ── cd ── e
    level 0     a  b  c  d  e

So a proof is the list of neighbours on the way up, which is all that `inclusion_proof`
and `consistency_proof` read. `Nodes` gives complete nodes only, so that a growing tree
never recomputes one; what is incomplete at the right edge is folded by `right_edge`.

The root does not commit to the size: take both from one signed checkpoint.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

from dure.kernel.errors import Unproven

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()

Nodes = Callable[[int, int], bytes]  # (level, index) -> hash of a complete node


def leaf_hash(data: bytes) -> bytes:
    """Hash one leaf (RFC 9162 section 2.1.1)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash one interior node (RFC 9162 section 2.1.1)."""
    return sha256(b"\x01" + left + right).digest()


def parents(level: Sequence[bytes]) -> list[bytes]:
    """Hash a level's nodes two by two; a last one without a neighbour moves up unchanged."""
    up = [
        sha256(b"\x01" + left + right).digest()
        for left, right in zip(level[::2], level[1::2], strict=False)
    ]
    if len(level) % 2:
        up.append(level[-1])
    return up


def nodes(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """Give all levels over leaf hashes, leaves first, the root last. No leaves, no levels."""
    levels = [list(leaves)] if leaves else []
    while levels and len(levels[-1]) > 1:
        levels.append(parents(levels[-1]))
    return levels


def root(leaves: Sequence[bytes]) -> bytes:
    """Compute the root over leaf hashes; the empty tree's is SHA-256 of nothing."""
    level = leaves
    while len(level) > 1:
        level = parents(level)
    return level[0] if level else EMPTY_ROOT


def right_edge(size: int, read: Nodes) -> list[bytes | None]:
    """
    Fold the right edge of a tree of size leaves.

    Gives, per level, the last node where it is incomplete and None where it is complete;
    the last level is the first that has one node only, so its node is the root.
    """
    edge: list[bytes | None] = [None]
    level = 0
    while (size - 1) >> level:
        partial, complete = edge[level], size >> level
        if complete % 2:
            last = read(level, complete - 1)
            edge.append(last if partial is None else node_hash(last, partial))
        else:
            edge.append(partial)
        level += 1
    return edge


def root_of(size: int, read: Nodes) -> bytes:
    """Compute the root of the tree of size leaves from its complete nodes."""
    if size == 0:
        return EMPTY_ROOT
    edge = right_edge(size, read)
    return edge[-1] or read(len(edge) - 1, 0)


def inclusion_proof(
    index: int, size: int, read: Nodes, edge: Sequence[bytes | None] | None = None
) -> list[bytes]:
    """
    Prove that leaf index is in the tree of size leaves (RFC 9162 section 2.1.3.1).

    Whoever proves much against one size passes its `right_edge` to spare the folding.
    """
    assert 0 <= index < size, "the leaf must be in the tree"
    return _way_up(0, index, size, read, edge or right_edge(size, read))


def consistency_proof(old: int, size: int, read: Nodes) -> list[bytes]:
    """Prove that the tree of size leaves begins with that of old (RFC 9162 section 2.1.4.1)."""
    assert 0 <= old <= size, "a tree only grows"
    if old in {0, size}:
        return []
    level, index = 0, old - 1
    while index % 2:
        level, index = level + 1, index >> 1
    start = [] if index == 0 else [read(level, index)]
    return start + _way_up(level, index, size, read, right_edge(size, read))


def check_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes
) -> None:
    """Raise Unproven unless leaf hashes into the root at index (RFC 9162 section 2.1.3.2)."""
    check_subtree_inclusion(leaf, index, range(size), proof, expected)


def climb(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """
    Fold a leaf with its neighbours on the way up; raises Unproven for a proof of another length.

    Below the level where its way meets the tree's right edge a node has a neighbour on either
    side; from there on only the left ones are real.
    """
    inner = (index ^ (size - 1)).bit_length()
    if len(proof) != inner + (index >> inner).bit_count():
        raise Unproven("kernel.proof_length")
    if any(len(item) != HASH_SIZE for item in proof):
        raise Unproven("kernel.hash_size")
    node = leaf
    for neighbour in proof[:inner]:
        if index & 1:
            node = sha256(b"\x01" + neighbour + node).digest()
        else:
            node = sha256(b"\x01" + node + neighbour).digest()
        index >>= 1
    for neighbour in proof[inner:]:
        node = sha256(b"\x01" + neighbour + node).digest()
    return node


def check_consistency(
    old: int, size: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes
) -> None:
    """
    Raise Unproven unless the tree of size begins with that of old (RFC 9162 section 2.1.4.2).

    Everything begins with the empty tree: then the proof is empty and old_root its root.
    """
    check_subtree_consistency(range(old), size, proof, old_root, new_root)


def check_subtree_inclusion(
    leaf: bytes, index: int, leaves: range, proof: Sequence[bytes], expected: bytes
) -> None:
    """
    Raise Unproven unless leaf index is in the subtree over leaves, whose root is expected.

    From draft-ietf-plants-merkle-tree-certs; a whole tree is the subtree from leaf 0 on.
    """
    if not (leaves.start <= index < leaves.stop and _is_subtree(leaves)):
        raise Unproven("kernel.proof_range")
    if len(leaf) != HASH_SIZE or len(expected) != HASH_SIZE:
        raise Unproven("kernel.hash_size")
    size = leaves.stop - leaves.start  # len() cannot count past 2^63
    if climb(leaf, index - leaves.start, size, proof) != expected:
        raise Unproven("kernel.not_included")


def check_subtree_consistency(
    leaves: range, size: int, proof: Sequence[bytes], part: bytes, whole: bytes
) -> None:
    """
    Raise Unproven unless the tree of size holds, over leaves, the subtree with root part.

    From draft-ietf-plants-merkle-tree-certs, section 4.4; from leaf 0 on it is RFC 9162's
    consistency proof.
    """
    _check_hashes([part, whole, *proof], in_range=_is_subtree(leaves) and leaves.stop <= size)
    if not leaves:
        _check_empty(size, proof, part, whole)
        return
    first, last, edge = leaves.start, leaves.stop - 1, size - 1
    while first != last and (last == edge or last % 2):
        first, last, edge = first >> 1, last >> 1, edge >> 1
    rest = list(proof)
    if first != last and not rest:
        raise Unproven("kernel.proof_length")
    old = new = part if first == last else rest.pop(0)
    for neighbour in rest:
        if edge == 0:
            raise Unproven("kernel.proof_length")
        if last % 2 or last == edge:
            old = node_hash(neighbour, old) if first < last else old
            new = node_hash(neighbour, new)
            while last and not last % 2:
                first, last, edge = first >> 1, last >> 1, edge >> 1
        else:
            new = node_hash(new, neighbour)
        first, last, edge = first >> 1, last >> 1, edge >> 1
    if edge:
        raise Unproven("kernel.proof_length")
    if (old, new) != (part, whole):
        raise Unproven("kernel.not_consistent")


def _way_up(
    level: int, index: int, size: int, read: Nodes, edge: Sequence[bytes | None]
) -> list[bytes]:
    proof = []
    for k in range(level, len(edge) - 1):
        neighbour, complete = index ^ 1, size >> k
        if neighbour < complete:
            proof.append(read(k, neighbour))
        elif neighbour == complete and (partial := edge[k]) is not None:
            proof.append(partial)
        index >>= 1
    return proof


def _is_subtree(leaves: range) -> bool:
    width = 1 << max(leaves.stop - leaves.start - 1, 0).bit_length()
    return 0 <= leaves.start <= leaves.stop and leaves.start % width == 0


def _check_empty(size: int, proof: Sequence[bytes], part: bytes, whole: bytes) -> None:
    if proof or part != EMPTY_ROOT or (size == 0 and whole != EMPTY_ROOT):
        raise Unproven("kernel.not_consistent")


def _check_hashes(hashes: Sequence[bytes], *, in_range: bool) -> None:
    if not in_range:
        raise Unproven("kernel.proof_range")
    if any(len(item) != HASH_SIZE for item in hashes):
        raise Unproven("kernel.hash_size")

"""
Merkle Patricia tries: how an EVM chain commits to a block's receipts (Yellow Paper, appendix D).

A node is RLP: a leaf or an extension [path, value or node], or a branch of sixteen nodes and a
value. A node of 32 bytes or more stands as its keccak256. A path is nibbles behind a flag.
"""

from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

import rlp
from eth_utils.crypto import keccak

from dure.kernel.errors import Unproven

Nibbles = tuple[int, ...]
_LEAF = 2


def keep_nodes(values: Mapping[bytes, bytes]) -> tuple[bytes, dict[bytes, bytes]]:
    """Build the trie over keys and values; gives its root and every node by hash."""
    nodes: dict[bytes, bytes] = {}
    top = rlp.encode(_build([(_nibbles(key), value) for key, value in values.items()], nodes))
    nodes[keccak(top)] = bytes(top)
    return keccak(top), nodes


def look_up(
    root: bytes,
    key: bytes,
    nodes: Mapping[bytes, bytes],
    used: MutableMapping[bytes, bytes] | None = None,
) -> bytes:
    """Give the value of a key; used takes in the nodes that prove it. Raises Unproven without."""
    node: Any = root
    path = _nibbles(key)
    while True:
        if isinstance(node, bytes):
            if node not in nodes:
                raise Unproven("prove.anchor", problem="lacks a node of the block's receipts")
            if used is not None:
                used[node] = nodes[node]
            node = rlp.decode(nodes[node])
        if len(node) == 17:
            if not path:
                return bytes(node[16])
            node, path = node[path[0]], path[1:]
            continue
        mine, is_leaf = _read_path(node[0])
        if path[: len(mine)] != mine:
            raise Unproven("prove.anchor", problem="leads to another receipt")
        node, path = node[1], path[len(mine) :]
        if is_leaf:
            if path:
                raise Unproven("prove.anchor", problem="leads to another receipt")
            return bytes(node)


def _build(items: Sequence[tuple[Nibbles, bytes]], nodes: dict[bytes, bytes]) -> Any:
    if len(items) == 1:
        ((path, value),) = items
        return [_write_path(path, is_leaf=True), value]
    shared = _shared(min(items)[0], max(items)[0])
    if shared:
        below = [(path[len(shared) :], value) for path, value in items]
        return [_write_path(shared, is_leaf=False), _reference(_build(below, nodes), nodes)]
    branch: list[Any] = []
    for nibble in range(16):
        below = [(path[1:], value) for path, value in items if path[:1] == (nibble,)]
        branch.append(_reference(_build(below, nodes), nodes) if below else b"")
    return [*branch, next((value for path, value in items if not path), b"")]


def _shared(one: Nibbles, other: Nibbles) -> Nibbles:
    """Give how two paths begin alike."""
    pairs = zip(one, other, strict=False)
    alike = next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
    return one[:alike]


def _reference(node: Any, nodes: dict[bytes, bytes]) -> Any:
    encoded = bytes(rlp.encode(node))
    if len(encoded) < 32:
        return node
    nodes[keccak(encoded)] = encoded
    return keccak(encoded)


def _nibbles(data: bytes) -> Nibbles:
    return tuple(half for byte in data for half in (byte >> 4, byte & 15))


def _write_path(path: Nibbles, *, is_leaf: bool) -> bytes:
    odd, flag = len(path) % 2, _LEAF if is_leaf else 0
    whole = (flag + odd, *path) if odd else (flag, 0, *path)
    return bytes(high << 4 | low for high, low in zip(whole[::2], whole[1::2], strict=True))


def _read_path(data: bytes) -> tuple[Nibbles, bool]:
    flag, *rest = _nibbles(data)
    return tuple(rest if flag & 1 else rest[1:]), bool(flag & _LEAF)

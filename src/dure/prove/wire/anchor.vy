# pragma version ^0.4.0
"""
@title The last checkpoint of one log, which moves on only where the log has grown
@license Apache-2.0
@notice
    One slot holds keccak256(root, size). Its owner moves it on with the consistency proof of
    RFC 9162, section 2.1.4.2, which is checked here: a fork, a rollback, a repetition revert.
"""

event Anchored:
    size: uint64
    root: bytes32

owner: immutable(address)
head: public(bytes32)


@deploy
def __init__():
    owner = msg.sender


@external
def anchor(old_size: uint64, old_root: bytes32, size: uint64, root: bytes32, proof: DynArray[bytes32, 63]):
    """
    @notice Move on to a checkpoint that begins with the last one; the first has no proof.
    """
    assert msg.sender == owner, "not the owner"
    assert size > old_size, "not larger"
    last: bytes32 = self.head
    if last == empty(bytes32):
        assert old_size == 0 and len(proof) == 0, "not the first"
    else:
        assert last == keccak256(concat(old_root, convert(old_size, bytes8))), "not the last"
        self._check(convert(old_size, uint256), old_root, convert(size, uint256), root, proof)
    self.head = keccak256(concat(root, convert(size, bytes8)))
    log Anchored(size=size, root=root)


@internal
@pure
def _check(old_size: uint256, old_root: bytes32, size: uint256, root: bytes32, proof: DynArray[bytes32, 63]):
    first: uint256 = old_size - 1
    last: uint256 = size - 1
    for _: uint256 in range(64):
        if first & 1 == 0:
            break
        first >>= 1
        last >>= 1
    at: uint256 = 0
    old: bytes32 = old_root
    if first != 0:
        assert len(proof) > 0, "not append-only"
        old = proof[0]
        at = 1
    new: bytes32 = old
    for i: uint256 in range(at, len(proof), bound=63):
        assert last != 0, "not append-only"
        neighbour: bytes32 = proof[i]
        if first & 1 == 1 or first == last:
            old = sha256(concat(0x01, neighbour, old))
            new = sha256(concat(0x01, neighbour, new))
            for _: uint256 in range(64):
                if first & 1 == 1 or first == 0:
                    break
                first >>= 1
                last >>= 1
        else:
            new = sha256(concat(0x01, new, neighbour))
        first >>= 1
        last >>= 1
    assert last == 0 and old == old_root and new == root, "not append-only"

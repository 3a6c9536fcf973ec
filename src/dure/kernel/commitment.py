"""
Commitments: a record's fields salted one by one, so that any of them can be shown and proven.

A record becomes fields: a path in it (JSON Pointer, RFC 6901) and a scalar, or an empty
list or object. In path order each gives one digest

    SHA-256(0x00 ‖ canonical([salt, path, value]))      salt = HMAC-SHA256(key, path)[:16]

which is the leaf hash of RFC 6962; decoys pad them to a power of two, so that their
number is hidden; the RFC 6962 root is the commitment. The key is 32 random bytes of this
record alone: without it nothing can be guessed back, and deleting it erases the record.
Salts are written in base64url without padding, as in SD-JWT (RFC 9901).

    {"lot": "L-1", "good": 508}   fields /good and /lot, two leaves, no decoy
    disclose(record, key, ["/good"]) shows /good, its salt, and the digest of /lot
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from dure.kernel.canonical import Json, canonical
from dure.kernel.errors import Malformed, Unproven
from dure.kernel.merkle import HASH_SIZE, leaf_hash, node_hash, nodes, root

KEY_SIZE = 32
LARGEST_SIZE = 2**16  # fields, decoys included: far above any record, so that no input costs much

Scalar = None | bool | int | str


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record, shown with its salt."""

    path: str
    value: Json
    salt: str

    def digest(self) -> bytes:
        """Give the field's leaf in the commitment."""
        return leaf_hash(canonical([self.salt, self.path, self.value]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """
    Some fields of a record, and what proves them to be in its commitment.

    size is the number of leaves (a power of two), shown the fields by leaf index, hashes
    the subtrees in which nothing is shown, in the order in which a walk of the tree from
    the root, left before right, meets them.
    """

    size: int
    shown: Mapping[int, Field]
    hashes: tuple[bytes, ...]

    def values(self) -> dict[str, Json]:
        """Give the shown values by path."""
        return {field.path: field.value for field in self.shown.values()}


def fields(record: Mapping[str, Json], key: bytes) -> list[Field]:
    """List the fields of record in path order, each with the salt that key gives it."""
    assert len(key) == KEY_SIZE, "a record key has 32 bytes"
    flat = sorted(_flatten("", record))
    return [Field(path, value, _salt(key, path)) for path, value in flat]


def commit(record: Mapping[str, Json], key: bytes) -> bytes:
    """Compute the commitment to record under key: 32 bytes that reveal nothing without key."""
    return root(_leaves(fields(record, key), key))


def disclose(record: Mapping[str, Json], key: bytes, paths: Collection[str]) -> Disclosure:
    """
    Show the fields of record at paths, or below them, with the proof that they were committed to.

    Raises Malformed for a path that record does not have.
    """
    return disclose_listed(fields(record, key), key, paths)


def disclose_listed(every: Sequence[Field], key: bytes, paths: Collection[str]) -> Disclosure:
    """Do the same for a record whose fields were listed under key already; raises Malformed."""
    shown = {index: field for index, field in enumerate(every) if _is_below(field.path, paths)}
    missing = [path for path in paths if not any(_is_below(f.path, [path]) for f in shown.values())]
    if missing:
        raise Malformed("kernel.no_such_field", path=missing[0])
    levels = nodes(_leaves(every, key))
    hidden = tuple(_hidden(levels, len(levels) - 1, 0, set(shown)))
    return Disclosure(size=len(levels[0]), shown=shown, hashes=hidden)


def check_disclosure(disclosure: Disclosure, commitment: bytes) -> None:
    """Raise Unproven unless every shown field is in commitment, and in path order."""
    size, shown = disclosure.size, disclosure.shown
    if not 1 <= size <= LARGEST_SIZE or size & (size - 1):
        raise Unproven("kernel.disclosure_size")
    paths = [shown[index].path for index in sorted(shown)]
    if not shown or any(not 0 <= index < size for index in shown):
        raise Unproven("kernel.disclosure_range")
    if paths != sorted(set(paths)):
        raise Unproven("kernel.disclosure_order")
    if any(len(item) != HASH_SIZE for item in disclosure.hashes):
        raise Unproven("kernel.hash_size")
    rest = iter(disclosure.hashes)
    digests = {index: field.digest() for index, field in shown.items()}
    if _rebuilt(size.bit_length() - 1, 0, digests, rest) != commitment or next(rest, None):
        raise Unproven("kernel.not_committed")


def _flatten(path: str, value: Json) -> Iterator[tuple[str, Json]]:
    if isinstance(value, Mapping) and value:
        for name, item in value.items():
            yield from _flatten(f"{path}/{name.replace('~', '~0').replace('/', '~1')}", item)
    elif isinstance(value, Sequence) and not isinstance(value, str) and value:
        for index, item in enumerate(value):
            yield from _flatten(f"{path}/{index}", item)
    else:
        yield path, value


def _salt(key: bytes, path: str) -> str:
    salt = hmac.digest(key, path.encode(), "sha256")[:16]
    return urlsafe_b64encode(salt).rstrip(b"=").decode()


def _leaves(every: Sequence[Field], key: bytes) -> list[bytes]:
    size = 1 << (len(every) - 1).bit_length()
    # No path begins with a zero byte, so no decoy repeats what a salt is made from.
    decoys = (
        hmac.digest(key, b"\x00decoy/%d" % index, "sha256") for index in range(len(every), size)
    )
    return [field.digest() for field in every] + [sha256(decoy).digest() for decoy in decoys]


def _is_below(path: str, tops: Collection[str]) -> bool:
    return any(path == top or path.startswith(f"{top}/") for top in tops)


def _hidden(
    levels: Sequence[Sequence[bytes]], level: int, index: int, shown: Collection[int]
) -> Iterator[bytes]:
    if not any(leaf >> level == index for leaf in shown):
        yield levels[level][index]
    elif level:
        yield from _hidden(levels, level - 1, 2 * index, shown)
        yield from _hidden(levels, level - 1, 2 * index + 1, shown)


def _rebuilt(level: int, index: int, digests: Mapping[int, bytes], rest: Iterator[bytes]) -> bytes:
    if not any(leaf >> level == index for leaf in digests):
        hidden = next(rest, None)
        if hidden is None:
            raise Unproven("kernel.proof_length")
        return hidden
    if level == 0:
        return digests[index]
    left = _rebuilt(level - 1, 2 * index, digests, rest)
    return node_hash(left, _rebuilt(level - 1, 2 * index + 1, digests, rest))

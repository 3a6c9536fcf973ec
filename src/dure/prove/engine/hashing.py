"""
How the tree is hashed (RFC 9162 section 2.1), many hashes a call.

Hashes stand one after another, as in tiles. `ONE_BY_ONE` asks hashlib for each; `lanes.py` has
a hasher for long logs that does sixteen side by side.
"""

from collections.abc import Sequence
from hashlib import sha256

from dure.kernel.merkle import HASH_SIZE
from dure.prove.engine.tiles import HEIGHT, read_entries

PAIR = 2 * HASH_SIZE


class Hasher:
    """Hashes one message at a time, on any Python."""

    def leaves(self, entries: Sequence[bytes]) -> bytes:
        """Give the leaf hashes of entries."""
        return b"".join([sha256(b"\x00" + entry).digest() for entry in entries])

    def bundles(self, bundles: Sequence[bytes], width: int) -> bytes:
        """Give the leaf hashes of entry bundles; raises Malformed unless each has width entries."""
        return b"".join([self.leaves(read_entries(bundle, width)) for bundle in bundles])

    def parents(self, hashes: bytes) -> bytes:
        """Hash an even number of hashes two by two."""
        return b"".join(
            [
                sha256(b"\x01" + hashes[at : at + PAIR]).digest()
                for at in range(0, len(hashes), PAIR)
            ]
        )

    def roots(self, hashes: bytes) -> bytes:
        """Give the root over each of a row of full tiles' hashes."""
        for _ in range(HEIGHT):
            hashes = self.parents(hashes)
        return hashes


ONE_BY_ONE = Hasher()

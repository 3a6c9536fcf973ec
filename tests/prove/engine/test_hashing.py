"""Hashing side by side: the same hashes as one by one, whatever the lengths."""

from hashlib import sha256
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.kernel import merkle
from dure.kernel.errors import Malformed
from dure.prove.engine.checkpoint import Checkpoint
from dure.prove.engine.growth import EMPTY, grow
from dure.prove.engine.hashing import ONE_BY_ONE
from dure.prove.engine.lanes import SIDE_BY_SIDE
from dure.prove.engine.tiles import write_entries
from dure.prove.engine.whole import check_log

BOTH = pytest.mark.parametrize("hasher", [ONE_BY_ONE, SIDE_BY_SIDE])


@BOTH
def test_leaves_and_nodes_are_those_of_the_specification(hasher):
    one, other = sha256(b"\x00one").digest(), sha256(b"\x00other").digest()

    assert one + other == hasher.leaves([b"one", b"other"])
    assert sha256(b"\x01" + one + other).digest() == hasher.parents(one + other)


@BOTH
@given(lengths=st.lists(st.integers(0, 300), min_size=1, max_size=40))
def test_every_length_is_hashed(hasher, lengths):
    chance = Random(len(lengths))
    entries = [chance.randbytes(length) for length in lengths]

    assert b"".join(map(merkle.leaf_hash, entries)) == hasher.leaves(entries)


@BOTH
def test_the_longest_entry_is_hashed(hasher):
    entries = [b"x", bytes(65_535)]

    assert b"".join(map(merkle.leaf_hash, entries)) == hasher.leaves(entries)


@BOTH
def test_the_root_over_a_full_tile(hasher):
    hashes = [merkle.leaf_hash(b"%d" % number) for number in range(256)]

    assert merkle.root(hashes) == hasher.roots(b"".join(hashes))


@BOTH
def test_nothing_gives_nothing(hasher):
    assert b"" == hasher.leaves([])
    assert b"" == hasher.bundles([b""], 0)
    assert b"" == hasher.parents(b"")


@BOTH
@pytest.mark.parametrize("change", [b"", b"\x00", b"\x00\x02x", b"\x00\x00\x00\x00"])
def test_a_bundle_of_another_number_of_entries_is_refused(hasher, change):
    bundle = write_entries([b"one", b"other"])

    with pytest.raises(Malformed):
        hasher.bundles([bundle + change], 3)


@given(sizes=st.lists(st.integers(0, 1_500), min_size=1, max_size=4))
def test_a_log_grows_the_same_and_is_judged_the_same(sizes):
    plain, fast, tiles = EMPTY, EMPTY, {}
    for size in sorted(sizes):
        entries = [b"entry %d" % number for number in range(plain.size, size)]
        plain, expected = grow(plain, entries)
        fast, found = grow(fast, entries, SIDE_BY_SIDE)
        assert expected == found
        tiles |= found

    assert plain == fast
    checkpoint = Checkpoint(origin="o", size=fast.size, root=fast.root())
    check_log(checkpoint, tiles.__getitem__, hasher=SIDE_BY_SIDE)

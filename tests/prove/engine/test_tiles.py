import hashlib
from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.kernel import merkle
from dure.kernel.errors import Malformed
from dure.prove.engine.checkpoint import read_checkpoint
from dure.prove.engine.growth import EMPTY, grow, read_edge
from dure.prove.engine.keys import read_signing_key, read_verifier_key
from dure.prove.engine.note import check_signed, read_note, sign_note
from dure.prove.engine.tiles import (
    ENTRIES,
    Tile,
    read_entries,
    read_path,
    tile_nodes,
    tiles_of,
    write_entries,
)


def entries(start, end):
    return [b"entry %d" % number for number in range(start, end)]


def grown(*sizes):
    """Grow a log through sizes; gives its edge and every tile that it ever wrote."""
    edge, tiles = EMPTY, {}
    for size in sizes:
        edge, new = grow(edge, entries(edge.size, size))
        tiles |= new
    return edge, tiles


def test_a_tree_of_seventy_thousand_has_the_tiles_of_the_specification():
    hashes = [tile for tile in tiles_of(70_000) if tile.level != ENTRIES]

    assert 273 + 1 + 1 + 1 + 1 == len(hashes)
    assert [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)] == [
        tile for tile in hashes if tile.width < 256
    ]


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1_234_067), "tile/0/x001/x234/067"),
        (Tile(1, 0, 17), "tile/1/000.p/17"),
        (Tile(ENTRIES, 999), "tile/entries/999"),
        (Tile(63, 1000, 255), "tile/63/x001/000.p/255"),
    ],
)
def test_a_tile_has_one_path(tile, path):
    assert path == tile.path
    assert tile == read_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0",
        "tile/00/000",
        "tile/64/000",
        "tile/0/x000/001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/001/002",
        "tile/0/000/",
        "tile/0/٠٠٠",
        "tile/-1/000",
        "tile/entries/../000",
        "tile/0/000\n",
    ],
)
def test_any_other_path_is_refused(path):
    with pytest.raises(Malformed):
        read_path(path)


@given(sizes=st.lists(st.integers(0, 1500), min_size=1, max_size=5))
def test_a_tree_is_the_same_however_it_grew(sizes):
    steps = sorted(sizes)
    size = steps[-1]

    edge, tiles = grown(*steps)

    leaves = [merkle.leaf_hash(entry) for entry in entries(0, size)]
    assert merkle.root(leaves) == edge.root()
    assert edge == read_edge(size, tiles.__getitem__)
    assert {tile for step in steps for tile in tiles_of(step)} == set(tiles)


@given(data=st.data(), size=st.integers(1, 1500))
def test_proofs_come_out_of_the_tiles(data, size):
    edge, tiles = grown(size)
    read = tile_nodes(size, tiles.__getitem__)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    old_root = merkle.root([merkle.leaf_hash(entry) for entry in entries(0, old)])

    proof = merkle.inclusion_proof(index, size, read)
    history = merkle.consistency_proof(old, size, read)

    leaf = merkle.leaf_hash(b"entry %d" % index)
    merkle.check_inclusion(leaf, index, size, proof, edge.root())
    merkle.check_consistency(old, size, history, old_root, edge.root())


def test_entry_bundles_are_read_to_the_byte():
    bundle = write_entries([b"", b"abc"])

    assert b"\x00\x00\x00\x03abc" == bundle
    assert [b"", b"abc"] == read_entries(bundle, 2)
    for wrong, width in [(bundle, 1), (bundle, 3), (bundle[:-1], 2), (bundle + b"\x00", 2)]:
        with pytest.raises(Malformed):
            read_entries(wrong, width)


@pytest.fixture(scope="module")
def oracle(vectors):
    return vectors.json("oracle/xmod_tlog_vectors.json")


@pytest.fixture(scope="module")
def oracle_log(oracle):
    """The log of the oracle, grown through each size for which it gives tiles."""
    sizes = sorted(map(int, oracle["tile_sha256_by_tree_size"]))
    edge, tiles, roots = EMPTY, {}, {0: EMPTY.root()}
    for size in sorted({*sizes, *map(int, oracle["roots"]), oracle["max"]}):
        new = [b"dure-vector/shared-1/%d" % number for number in range(edge.size, size)]
        edge, more = grow(edge, new)
        tiles |= more
        roots[size] = edge.root()
    return tiles, roots


def test_our_roots_and_tiles_are_those_of_go(oracle, oracle_log):
    tiles, roots = oracle_log

    assert {int(size): b64decode(root) for size, root in oracle["roots"].items()} == {
        int(size): roots[int(size)] for size in oracle["roots"]
    }
    for expected in oracle["tile_sha256_by_tree_size"].values():
        ours = {path: hashlib.sha256(tiles[read_path(path)]).hexdigest() for path in expected}
        assert expected == ours


def test_our_proofs_are_those_of_go(oracle):
    leaves = [merkle.leaf_hash(b"dure-vector/shared-1/%d" % n) for n in range(oracle["max"])]
    levels = merkle.nodes(leaves)

    def read(level, index):
        return levels[level][index]

    for case in oracle["inclusion"]:
        proof = merkle.inclusion_proof(case["index"], case["size"], read)
        assert [b64decode(item) for item in case["proof"] or []] == proof
    for case in oracle["consistency"]:
        proof = merkle.consistency_proof(case["old_size"], case["new_size"], read)
        assert [b64decode(item) for item in case["proof"] or []] == proof


def test_the_proofs_of_go_hold(oracle):
    for case in oracle["inclusion"]:
        proof = [b64decode(item) for item in case["proof"] or []]
        leaf, root = b64decode(case["leaf"]), b64decode(case["root"])
        merkle.check_inclusion(leaf, case["index"], case["size"], proof, root)
    for case in oracle["consistency"]:
        proof = [b64decode(item) for item in case["proof"] or []]
        old, new = b64decode(case["old_root"]), b64decode(case["new_root"])
        merkle.check_consistency(case["old_size"], case["new_size"], proof, old, new)


def test_go_and_we_sign_the_same_checkpoints(oracle):
    key = read_signing_key(oracle["skey"])

    assert oracle["vkey"] == str(key.verifier)
    for signed in oracle["checkpoints"]:
        note = read_note(signed.encode())
        assert signed == str(sign_note(read_checkpoint(note.text).text(), key))


def test_a_log_of_tessera_is_ours_byte_for_byte(vectors):
    key = read_verifier_key(vectors.bytes("tessera-log/vkey.txt").decode().strip())
    listed = [entry.encode() for entry in vectors.json("tessera-log/entries.json")]
    edge = EMPTY
    empty = read_note(vectors.bytes("tessera-log/checkpoint.0"))
    check_signed(empty, [key])
    assert (0, edge.root()) == (read_checkpoint(empty.text).size, read_checkpoint(empty.text).root)
    for size in range(1, 16):
        edge, tiles = grow(edge, listed[size - 1 : size])

        note = read_note(vectors.bytes(f"tessera-log/checkpoint.{size}"))
        check_signed(note, [key])
        assert (size, edge.root()) == (edge.size, read_checkpoint(note.text).root)
        for tile, data in tiles.items():
            assert vectors.bytes(f"tessera-log/{tile.path}") == data
    last = [vectors.bytes(f"tessera-log/{name}") for name in ("checkpoint", "checkpoint.15")]
    assert last[0] == last[1]

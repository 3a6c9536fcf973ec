"""Many proofs against one checkpoint: the same proofs, the same verdicts as one by one."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.kernel import merkle
from dure.kernel.errors import Unproven
from dure.prove.engine.growth import EMPTY, grow
from dure.prove.engine.lanes import check_inclusions
from dure.prove.engine.many import Inclusions, Prover
from dure.prove.engine.tiles import tile_nodes

SIZES = (1, 2, 255, 256, 257, 4_096, 5_000, 65_535, 65_536, 65_537, 70_001)
LINES = [b"%d" % number for number in range(max(SIZES))]


@pytest.fixture(scope="module", params=SIZES)
def log(request):
    edge, tiles = grow(EMPTY, LINES[: request.param])
    return request.param, edge.root(), tiles


def test_its_proofs_are_those_of_one_by_one(log):
    size, _, tiles = log
    read = tile_nodes(size, tiles.__getitem__)
    edge = merkle.right_edge(size, read)
    prover = Prover(size, tiles.__getitem__)
    chosen = {0, size - 1, *range(max(size - 300, 0), size), *Random(1).choices(range(size), k=300)}

    proofs = {index: prover.prove(index) for index in chosen}

    assert {i: merkle.inclusion_proof(i, size, read, edge) for i in chosen} == proofs


@given(data=st.data())
def test_it_believes_what_one_by_one_believes(log, data):
    size, root, tiles = log
    prover, known = Prover(size, tiles.__getitem__), Inclusions(size, root)
    draw = st.integers(0, size - 1)
    for index in data.draw(st.lists(draw, min_size=1, max_size=8)):
        known.check(merkle.leaf_hash(LINES[index]), index, prover.prove(index))
    index, kind = (
        data.draw(draw),
        data.draw(st.sampled_from(["bit", "cut", "more", "index", "leaf"])),
    )
    leaf, proof = merkle.leaf_hash(LINES[index]), prover.prove(index)
    known.check(leaf, index, proof)

    if kind == "bit" and proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        proof[at] = bytes([proof[at][0] ^ 1]) + proof[at][1:]
    elif kind == "cut" and proof:
        del proof[data.draw(st.integers(0, len(proof) - 1))]
    elif kind == "more":
        proof.append(bytes(32))
    elif kind == "index":
        index = data.draw(st.integers(-1, 2 * size + 1).filter(lambda other: other != index))
    else:
        leaf += proof[0][:8] if proof else b"x"
        proof[:1] = [proof[0][8:]] if proof else []

    with pytest.raises(Unproven):
        known.check(leaf, index, proof)
    good = [(merkle.leaf_hash(LINES[0]), 0, prover.prove(0))] * 3
    check_inclusions(size, root, good)
    with pytest.raises(Unproven) as unproven:
        check_inclusions(size, root, [*good, (leaf, index, proof), *good])
    assert 4 == unproven.value.reason.parameters["number"]

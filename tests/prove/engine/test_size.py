"""What a bundle weighs in a real log of a million entries: it fits one QR code."""

import pytest
import segno

from dure.kernel.commitment import disclose
from dure.prove.engine.bundle import check_bundle, read_bundle, with_disclosure
from dure.prove.engine.checkpoint import Checkpoint
from dure.prove.engine.growth import EMPTY, grow
from dure.prove.engine.many import Prover
from dure.prove.engine.note import sign_note
from dure.prove.engine.proof import Proof
from dure.prove.engine.tiles import ENTRIES
from tests.prove.bundles import KEY, LOG, POLICY, WITNESSES, fact_entry

MILLION, PLACE, BATCH = 1_000_000, 300_000, 65_536
INSPECTED = {
    "kind": "LotInspected",
    "at": "2026-12-03T05:00:00Z",
    "firm": "0199f3a2-7b1c-7d33-9a55-3c1f0e2b4a77",
    "person": "0199f3a2-7b1c-7e01-8c11-0f2e4d6a8b90",
    "payload": {
        "lot": "L-2026-004711", "product": "bracket-a", "quantity": 520, "failed": 2,
        "inspected": 50, "step": "press-1", "order": "O-2026-000815", "price": 123_456,
    },
}  # fmt: skip
NEIGHBOURS = [f"/payload/{name}" for name in ("failed", "inspected", "lot", "order")]
SCATTERED = ["/kind", "/payload/failed", "/payload/lot", "/payload/quantity"]


@pytest.fixture(scope="module")
def proof():
    """The proof of one fact among a million entries, where the way up is longest."""
    fact, edge, tiles = fact_entry(INSPECTED), EMPTY, {}
    for start in range(0, MILLION, BATCH):
        numbers = range(start, min(start + BATCH, MILLION))
        edge, new = grow(edge, [fact if n == PLACE else b"%d" % n for n in numbers])
        tiles |= {tile: data for tile, data in new.items() if tile.level != ENTRIES}
    text = Checkpoint(origin=LOG.verifier.name, size=edge.size, root=edge.root()).text()
    return Proof(
        index=PLACE,
        hashes=tuple(Prover(MILLION, tiles.__getitem__).prove(PLACE)),
        checkpoint=sign_note(text, LOG, *WITNESSES, time=1_796_000_000),
    )


def test_a_proof_with_five_cosigners_takes_1_800_bytes_at_most(proof):
    assert 20 == len(proof.hashes)
    assert len(bytes(proof)) <= 1_800


@pytest.mark.parametrize("shown", [NEIGHBOURS, SCATTERED])
def test_with_its_entry_and_four_fields_it_fits_one_qr_code(proof, shown):
    fields = disclose(INSPECTED, KEY, shown)
    bundle = bytes(with_disclosure(proof, fact_entry(INSPECTED), fields))

    code = segno.make(bundle, error="l", mode="byte", micro=False, boost_error=False)

    assert len(bundle) <= 2_900
    assert code.version <= 40
    (proven,) = check_bundle(read_bundle(bundle), POLICY)
    assert shown == sorted(proven.values)

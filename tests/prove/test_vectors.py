"""Every published vector is judged by a test: a file that nobody reads fails here."""

from pathlib import Path

import pytest

from tests.prove.conftest import SHARED

READ_BY = {
    "rfc6962/reference_tree.json": "kernel/test_merkle.py",
    "merkle/inclusion.jsonl": "kernel/test_merkle.py",
    "merkle/consistency.jsonl": "kernel/test_merkle.py",
    "merkle/subtreeinclusion.jsonl": "kernel/test_merkle.py",
    "merkle/subtreeconsistency.jsonl": "kernel/test_merkle.py",
    "jcs/*/*": "kernel/test_canonical.py",
    "oracle/xmod_tlog_vectors.json": "prove/engine/test_tiles.py",
    "tessera-log/**/*": "prove/engine/test_tiles.py",
    "note/signed_note.json": "prove/engine/test_note.py",
    "note/cosigned_checkpoint.json": "prove/engine/test_keys.py",
    "signatures/cctv_ed25519vectors.json": "prove/engine/test_keys.py",
    "signatures/wycheproof_ed25519_test.json": "prove/engine/test_keys.py",
    "policy/formats_policies.json": "prove/engine/test_policy.py",
    "policy/*.builtin-policy": "prove/engine/test_policy.py",
    "witness/litewitness_sequence.json": "prove/engine/test_witness.py",
    "rekor2/conformance.jsonl": "prove/engine/test_world.py",
}


def test_every_file_has_a_test_that_reads_it(vectors):
    listed = {file for pattern in READ_BY for file in vectors.files(pattern) if file.is_file()}

    assert {file for file in SHARED.rglob("*") if file.is_file()} == {
        *listed,
        SHARED / "README.md",
    }


@pytest.mark.parametrize(("pattern", "test"), READ_BY.items())
def test_that_test_names_it(pattern, test):
    folder, _, name = pattern.partition("/")
    source = (Path(__file__).parents[1] / test).read_text()

    assert folder in source if "*" in name else name in source

"""Proofs that others made, judged by our functions."""

from base64 import b64decode

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key

from dure.kernel.errors import DureError
from dure.kernel.merkle import check_inclusion, leaf_hash
from dure.prove.engine.checkpoint import read_checkpoint
from dure.prove.engine.keys import SignatureType, VerifierKey
from dure.prove.engine.note import check_signed, read_note


def ed25519_keys(case):
    for log in case["tlogs"]:
        if log["publicKey"]["keyDetails"] == "PKIX_ED25519":
            public = load_der_public_key(b64decode(log["publicKey"]["rawBytes"]))
            name = log["baseUrl"].removeprefix("https://")
            yield VerifierKey(name, SignatureType.ED25519, public.public_bytes_raw())


def check(case):
    for entry in case["entries"]:
        proof = entry["inclusionProof"]
        note = read_note(proof["checkpoint"]["envelope"].encode())
        check_signed(note, list(ed25519_keys(case)))
        checkpoint = read_checkpoint(note.text)
        hashes = [b64decode(item) for item in proof["hashes"]]
        leaf = leaf_hash(b64decode(entry["canonicalizedBody"]))
        check_inclusion(
            leaf, int(proof.get("logIndex", 0)), checkpoint.size, hashes, checkpoint.root
        )


def test_the_logs_part_of_rekor_bundles_gets_its_verdict(vectors):
    """Cases about timestamps and the like fail for reasons outside the log; those pass here."""
    for case in vectors.lines("rekor2/conformance.jsonl"):
        if case["want_bundle"] == "ok":
            check(case)
        elif "checkpoint" in case["case"] or "inclusion" in case["case"]:
            with pytest.raises(DureError):
                check(case)

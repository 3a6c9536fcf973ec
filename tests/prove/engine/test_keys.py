import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from dure.kernel.entry import check_ed25519_key
from dure.kernel.errors import Malformed, Unproven
from dure.prove.engine.checkpoint import Checkpoint
from dure.prove.engine.keys import (
    SignatureType,
    VerifierKey,
    cosigned_at,
    read_signing_key,
    read_verifier_key,
    signing_key,
)
from dure.prove.engine.note import read_note, verified

TEXT = Checkpoint(origin="dure.example/log", size=3, root=bytes(range(32))).text()
EVERY = [signing_key("w.example/1", kind, bytes([7]) * 32) for kind in SignatureType]


@pytest.mark.parametrize("key", EVERY, ids=lambda key: key.verifier.type.name)
def test_keys_go_through_text_unchanged(key):
    assert key == read_signing_key(str(key))
    assert key.verifier == read_verifier_key(str(key.verifier))


@pytest.mark.parametrize("key", EVERY, ids=lambda key: key.verifier.type.name)
def test_a_signature_holds_for_its_text_only(key):
    signature = key.sign(TEXT, time=1_796_000_000)

    key.verifier.check(TEXT, signature)
    with pytest.raises(Unproven):
        key.verifier.check(TEXT.replace("\n3\n", "\n4\n"), signature)


@pytest.mark.parametrize("key", EVERY[1:], ids=lambda key: key.verifier.type.name)
def test_a_cosignature_binds_its_time(key):
    signature = key.sign(TEXT, time=1_796_000_000)

    assert 1_796_000_000 == cosigned_at(signature)
    with pytest.raises(Unproven):
        key.verifier.check(TEXT, (1_796_000_001).to_bytes(8, "big") + signature[8:])
    with pytest.raises(Unproven):
        key.verifier.check(TEXT, signature[:7])


def test_an_ml_dsa_cosignature_signs_the_structure_of_the_specification():
    key = EVERY[2]
    origin, name, root = b"dure.example/log", b"w.example/1", bytes(range(32))
    message = b"subtree/v1\n\0" + bytes([len(name)]) + name + (5).to_bytes(8, "big")
    message += bytes([len(origin)]) + origin + bytes(8) + (3).to_bytes(8, "big") + root

    signature = key.sign(TEXT, time=5)

    public = MLDSA44PublicKey.from_public_bytes(key.verifier.public)
    public.verify(signature[8:], message)
    assert (8 + 2420, 4) == (len(signature), len(key.verifier.id))


def test_a_cosignature_of_a_real_witness_holds(vectors):
    (case,) = vectors.json("note/cosigned_checkpoint.json")
    keys = [read_verifier_key(text) for text in case["cosigner_vkeys"]]

    found = verified(read_note(case["checkpoint"].encode()), keys)

    assert keys == list(found)


def test_published_verifier_keys_are_read_and_broken_ones_refused(vectors):
    given = vectors.json("note/signed_note.json")["vkeys"]

    assert given["valid"] == [str(read_verifier_key(text)) for text in given["valid"]]
    for text in given["invalid"]:
        with pytest.raises(Malformed):
            read_verifier_key(text)


def test_every_part_and_every_mangling_of_a_verifier_key_is_refused(vectors):
    text = vectors.json("note/signed_note.json")["vkeys"]["valid"][0]
    parts = [text[:end] for end in range(len(text))] + [text[at:] for at in range(1, len(text))]
    mangled = [text[:at] + chr(ord(text[at]) + 1) + text[at + 1 :] for at in range(len(text))]

    for wrong in parts + mangled:
        with pytest.raises(Malformed):
            read_verifier_key(wrong)


def test_weak_and_odd_ed25519_keys_are_refused(vectors):
    cases = vectors.json("signatures/cctv_ed25519vectors.json")
    weak = {"low_order_A", "non_canonical_A"}

    for case in cases:
        key, flags = bytes.fromhex(case["key"]), set(case["flags"] or ())
        if flags & weak:
            with pytest.raises(Malformed, match="weak_key"):
                check_ed25519_key(key)
        else:
            check_ed25519_key(key)


def test_a_signing_key_does_not_print_its_secret():
    assert "SigningKey('w.example/1')" == repr(EVERY[0])


@pytest.mark.parametrize("text", ["", "PRIVATE+KEY+", str(EVERY[0])[:-4], str(EVERY[0].verifier)])
def test_a_broken_signing_key_is_refused(text):
    with pytest.raises(Malformed):
        read_signing_key(text)


def test_the_published_ed25519_signatures_get_their_verdicts(vectors):
    for group in vectors.json("signatures/wycheproof_ed25519_test.json")["testGroups"]:
        public = bytes.fromhex(group["publicKey"]["pk"])
        for case in group["tests"]:
            message, signature = bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"])
            key = VerifierKey("wycheproof", SignatureType.ED25519, public)
            text = message.decode(errors="replace")
            if text.encode() == message:  # notes are text
                assert (case["result"] == "valid") == holds(key, text, signature)


def holds(key, text, signature):
    try:
        key.check(text, signature)
    except Unproven:
        return False
    return True

"""One value, one spelling: what could be written in a second way is refused in it."""

from base64 import b64encode

import pytest

from dure.kernel.errors import Malformed
from dure.prove.engine.checkpoint import read_checkpoint
from dure.prove.engine.keys import SignatureType, signing_key
from dure.prove.engine.note import read_note, sign_note, with_signatures
from dure.prove.engine.policy import check_final
from dure.prove.engine.proof import read_proof
from dure.prove.engine.strict import read_base64, read_decimal, read_hash
from tests.prove.bundles import LOG, POLICY, WITNESSES, proof_of

PROOF = bytes(proof_of([b"a", b"b", b"c"], 1))
CHECKPOINT = f"dure.example/log\n7\n{'A' * 43}=\n"


@pytest.mark.parametrize("text", ["", "01", "+1", "-1", " 1", "1 ", "1_0", "0x1", "1.0", "١", "²"])
def test_a_decimal_has_digits_and_no_leading_zero(text):
    with pytest.raises(Malformed):
        read_decimal(text)


def test_a_decimal_ends_at_2_to_the_63():
    assert 2**63 - 1 == read_decimal("9223372036854775807")
    with pytest.raises(Malformed):
        read_decimal("9223372036854775808")


@pytest.mark.parametrize(
    "text",
    ["QQ", "QQ=", "QR==", "QUJD\n", " QUJD", "QU JD", "QUJ-", "QUJ_", "=", "QQ==QQ==", "QUI"],
)
def test_base64_is_standard_padded_and_ends_in_zero_bits(text):
    with pytest.raises(Malformed):
        read_base64(text)


@pytest.mark.parametrize("size", [0, 12, 31, 33, 64])
def test_a_hash_has_32_bytes(size):
    with pytest.raises(Malformed):
        read_hash(b64encode(bytes(size)).decode())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"tlog-proof@v1\n", b"tlog-proof@v1\r\n"),
        (b"tlog-proof@v1\n", b"tlog-proof@v1\n\n"),
        (b"tlog-proof@v1\n", b"tlog-proof@v1\nextra \nextra \n"),
        (b"tlog-proof@v1\n", b"tlog-proof@v1\nextra AB==\n"),
        (b"tlog-proof@v1\n", b"tlog-proof@v2\n"),
        (b"index 1\n", b"index 01\n"),
        (b"index 1\n", b"index  1\n"),
        (b"index 1\n", b"index 1 \n"),
        (b"index 1\n", b"Index 1\n"),
        (b"index 1\n", b""),
        (b"index 1\n", b"index 1\n" + b"A" * 43 + b"B\n"),
        (b"index 1\n", b"index 1\n=\n"),
        (b"index 1\n", b"index 1\n" + (b"A" * 43 + b"=\n") * 62),
        (b"\n\xe2\x80\x94 ", b"\n- "),
    ],
)
def test_a_proof_has_one_spelling(old, new):
    assert old in PROOF

    with pytest.raises(Malformed):
        read_proof(PROOF.replace(old, new, 1))


def test_a_proof_ends_with_its_last_newline():
    read_proof(PROOF)

    for wrong in (PROOF[:-1], PROOF + b"\n", PROOF + b" "):
        with pytest.raises(Malformed):
            read_proof(wrong)


@pytest.mark.parametrize(
    "text",
    [
        CHECKPOINT[:-1],
        CHECKPOINT + "\n",
        CHECKPOINT.replace("7", "07"),
        CHECKPOINT.replace("A=", "B="),
        CHECKPOINT.replace("A" * 43 + "=", ""),
        CHECKPOINT.replace("dure.example/log", ""),
        "dure.example/log\n7\n",
    ],
)
def test_a_checkpoint_has_one_spelling(text):
    with pytest.raises(Malformed):
        read_checkpoint(text)


def test_a_quorum_stands_among_the_signatures_of_strangers():
    strangers = [
        signing_key(f"stranger/{n}", SignatureType.COSIGNATURE, bytes([n]) * 32)
        for n in range(100, 117)
    ]
    text = proof_of([b"a"], 0).checkpoint.text
    note = sign_note(text, *strangers, time=1)

    crowded = with_signatures(note, sign_note(text, LOG, *WITNESSES, time=1).signatures)

    assert 23 == len(crowded.signatures)
    assert 5 == len(check_final(read_note(bytes(crowded)), POLICY).witnesses)

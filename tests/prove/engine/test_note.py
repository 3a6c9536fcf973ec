import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.kernel.errors import Malformed, Unproven
from dure.prove.engine.keys import SignatureType, read_signing_key, read_verifier_key, signing_key
from dure.prove.engine.note import check_signed, read_note, sign_note, verified, with_signatures

ALICE = signing_key("alice.example", SignatureType.ED25519, bytes(32))
BOB = signing_key("bob.example", SignatureType.ED25519, bytes([1]) * 32)
TEXT = "a first line\n\na last line\n"


def judge(case):
    keys = [read_verifier_key(key) for key in case["vkeys"]]
    try:
        note = read_note(case["note"].encode())
    except Malformed:
        return "malformed", []
    try:
        found = verified(note, keys)
    except Unproven:
        return "invalid-signature", []
    return ("ok" if found else "unverified"), [key.name for key in found]


def test_the_published_notes_get_their_verdicts(vectors):
    cases = vectors.json("note/signed_note.json")["open"]

    verdicts = [(case["name"], *judge(case)) for case in cases]

    assert [(case["name"], case["want"], case["verified"]) for case in cases] == verdicts


def test_go_and_we_sign_the_same_bytes(vectors):
    given = vectors.json("note/signed_note.json")["vkeys"]
    expected = given["sign_expected"]

    note = sign_note(expected["text"], read_signing_key(given["skey"]))

    assert expected["note"] == str(note)


def test_a_note_goes_through_bytes_unchanged():
    note = sign_note(TEXT, ALICE, BOB)

    read = read_note(bytes(note))

    assert note == read
    assert [ALICE.verifier, BOB.verifier] == list(verified(read, [ALICE.verifier, BOB.verifier]))


def test_a_note_that_nobody_known_signed_proves_nothing():
    with pytest.raises(Unproven, match="unsigned"):
        check_signed(sign_note(TEXT, ALICE), [BOB.verifier])


def test_the_same_signature_is_not_added_twice():
    note = sign_note(TEXT, ALICE)

    assert note == with_signatures(note, note.signatures)


def test_sixteen_signatures_and_more_are_read():
    keys = [signing_key(f"w{n}", SignatureType.ED25519, bytes([n]) * 32) for n in range(1, 40)]

    assert 39 == len(read_note(bytes(sign_note(TEXT, *keys))).signatures)


@given(data=st.data())
def test_no_changed_byte_goes_unnoticed(data):
    signed = bytes(sign_note(TEXT, ALICE))
    at = data.draw(st.integers(0, len(signed) - 1))
    bit = data.draw(st.sampled_from([1, 2, 4, 8, 16, 32, 64, 128]))
    changed = signed[:at] + bytes([signed[at] ^ bit]) + signed[at + 1 :]

    with pytest.raises((Malformed, Unproven)):
        check_signed(read_note(changed), [ALICE.verifier])


@pytest.mark.parametrize(
    "data",
    [
        b"text\n\n",
        b"text\n\n- alice AAAAAAA=\n",
        "text\n\n— alice AAAA\n".encode(),
        "text\n\n— alice AAAAAAB=\n".encode(),
        "text\n\n— alice AAAAAAA\n".encode(),
        "text\n\n— alice  AAAAAAA=\n".encode(),
        "text\n\n— a+b AAAAAAA=\n".encode(),
        "text\n\n— a\u3000b AAAAAAA=\n".encode(),
        "text\r\n\n— alice AAAAAAA=\n".encode(),
        "text\n\n— alice AAAAAAA=\r\n".encode(),
        b"\xff\n\n\xe2\x80\x94 alice AAAAAAA=\n",
        b"x" * 1_000_001,
    ],
)
def test_a_note_has_one_shape(data):
    with pytest.raises(Malformed):
        read_note(data)

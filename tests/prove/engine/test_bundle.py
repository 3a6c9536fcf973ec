from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.kernel.commitment import disclose
from dure.kernel.entry import FIRST, Entry, entry_hash, public_key, sign
from dure.kernel.errors import DureError, Malformed, Unproven
from dure.prove.engine.bundle import (
    check_bundle,
    read_bundle,
    with_disclosure,
    with_statement,
    write_bundle,
)
from dure.prove.engine.keys import SignatureType, signing_key
from dure.prove.engine.note import sign_note
from dure.prove.engine.proof import check_proof, read_proof
from dure.prove.engine.roster import own_entry, revocation_text
from dure.prove.engine.verdict import verdict
from tests.prove.bundles import (
    AT,
    KEY,
    LOG,
    OF_A_KEY,
    OTHER_SEED,
    POLICY,
    RECORD,
    SEED,
    WITNESSES,
    about_key,
    bundle,
    fact_entry,
    issued,
    part,
    proof_of,
)

ORIGIN = LOG.verifier.name
NEXT_ORIGIN = "dure.example/guro/2027"
NEXT = signing_key(NEXT_ORIGIN, SignatureType.ED25519, bytes([9]) * 32)


def test_it_works():
    first, second = check_bundle(read_bundle(bundle()), POLICY)

    expected = {"/kind": "LotShipped", "/payload/lot": "L-1", "/payload/quantity": 520}
    assert (expected, 3) == (first.values, first.index)
    assert (expected, 5) == (second.values, second.index)
    assert [(ORIGIN, 2), (ORIGIN, 1)] == [fact.key.registered for fact in (first, second)]


def test_a_bundle_goes_through_bytes_unchanged():
    data = bundle()

    shown = read_bundle(data)

    assert data == write_bundle(
        [with_disclosure(item.proof, item.entry, item.disclosure) for item in shown]
    )


def test_what_is_not_shown_cannot_be_found():
    assert b"123456" not in bundle()


def test_each_part_is_a_proof_that_other_tools_read():
    data = bundle()
    first = read_proof(data[: data.index(b"c2sp.org/tlog-proof@v1\n", 1)])

    check_proof(first, entry_hash(issued(about_key(), kind="key")), POLICY)


def test_without_a_quorum_nothing_is_final():
    with pytest.raises(Unproven, match="fact_unproven") as refused:
        check_bundle(read_bundle(bundle(keys=(LOG, *WITNESSES[:4]))), POLICY)
    assert "prove.no_quorum" == refused.value.__cause__.reason.code


def test_two_histories_in_one_bundle_are_a_split_view():
    entry = fact_entry()
    shown = disclose(RECORD, KEY, ["/kind"])
    one = with_disclosure(proof_of([entry, b"a"], 0), entry, shown)
    other = with_disclosure(proof_of([b"b", entry], 1), entry, shown)

    with pytest.raises(Unproven, match="split_view"):
        check_bundle(read_bundle(write_bundle([one, other])), POLICY)


def test_the_first_fact_that_does_not_hold_is_named():
    data = bundle()
    at = data.index(b"extra ", data.index(b"extra ") + 1)
    changed = data[: at + 200] + bytes([data[at + 200] ^ 1]) + data[at + 201 :]

    with pytest.raises(DureError) as refused:
        check_bundle(read_bundle(changed), POLICY)
    parameters = refused.value.reason.parameters
    assert refused.type is Malformed or 2 == parameters["number"]


@given(data=st.data())
def test_no_changed_bit_goes_unnoticed(data):
    whole = bundle()
    at = data.draw(st.integers(0, len(whole) - 1))
    changed = whole[:at] + bytes([whole[at] ^ 1 << data.draw(st.integers(0, 7))]) + whole[at + 1 :]

    with pytest.raises(DureError):
        check_bundle(read_bundle(changed), POLICY)


@given(data=st.data(), length=st.integers(1, 200))
def test_no_cut_goes_unnoticed(data, length):
    whole = bundle()
    at = data.draw(st.integers(0, len(whole) - 1))
    changed = whole[:at] + whole[at + length :]

    with pytest.raises(DureError):
        check_bundle(read_bundle(changed), POLICY)


def test_a_missing_fact_leaves_a_bundle_of_fewer():
    data = bundle()
    last = data[data.rindex(b"c2sp.org/tlog-proof@v1\n") :]

    assert 1 == len(check_bundle(read_bundle(last), POLICY))


@pytest.mark.parametrize("kind", ["key", "revoke", "shard"])
def test_an_entry_that_is_no_fact_proves_none(kind):
    entry = issued(kind=kind)

    assert "prove.not_a_fact" == refusal([part([entry], 0)])


def test_a_bundle_of_keys_alone_proves_nothing():
    with pytest.raises(Malformed, match="shows no fact"):
        check_bundle(read_bundle(bytes(key_part([REGISTERED], 0))), POLICY)


REGISTERED = issued(about_key(), kind="key")
NEXT_MONTH = datetime(2026, 12, 31, 15, tzinfo=UTC)  # midnight in Seoul


def key_part(entries, index, **said):
    return part(entries, index, about_key(**said), OF_A_KEY)


def refusal(parts):
    """Give why the first part that does not hold does not."""
    with pytest.raises(Unproven, match="fact_unproven") as refused:
        check_bundle(read_bundle(write_bundle(parts)), POLICY)
    return refused.value.__cause__.reason.code


@pytest.mark.parametrize(
    "fact", [issued(seq=1, at=NEXT_MONTH), issued(seq=1, held="device")], ids=["month", "holder"]
)
def test_a_fact_that_its_keys_registration_contradicts_is_refused(fact):
    entries = [REGISTERED, fact]

    assert "prove.key_differs" == refusal([key_part(entries, 0), part(entries, 1)])


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"held": "device"}, "prove.key_differs"),
        ({"month": "2026-11-01"}, "prove.key_differs"),
        ({"seed": OTHER_SEED}, "prove.not_a_fact"),
    ],
)
def test_a_registration_that_contradicts_its_entry_is_refused(said, code):
    entries = [issued(about_key(**said), kind="key")]

    assert code == refusal([key_part(entries, 0, **said)])


def test_a_key_speaks_from_its_registration_on():
    entries = [issued(seq=1), REGISTERED]

    assert "prove.key_unregistered" == refusal([part(entries, 0), key_part(entries, 1)])


REVOKED = issued(about_key(kind="KeyRevoked"), kind="revoke", seq=2)


def test_what_stands_before_a_revocation_holds_and_the_verdict_says_that_the_key_is_ended():
    entries = [REGISTERED, issued(seq=1), REVOKED]
    parts = [key_part(entries, 0), part(entries, 1), key_part(entries, 2, kind="KeyRevoked")]

    (fact,) = check_bundle(read_bundle(write_bundle(parts)), POLICY)

    assert (ORIGIN, 2) == fact.key.revoked
    assert "1 of them were revoked later" in "\n".join(verdict([fact], POLICY).lines())


def test_what_stands_behind_a_revocation_is_refused():
    entries = [REGISTERED, REVOKED, issued(seq=3)]
    parts = [key_part(entries, 0), key_part(entries, 1, kind="KeyRevoked"), part(entries, 2)]

    assert "prove.key_revoked" == refusal(parts)


def by_the_log(text, key=LOG):
    note = sign_note(text, key)
    return own_entry(note, key, time=AT, seq=0, prev=FIRST)


def test_a_revocation_by_the_log_is_judged_by_its_place_too():
    text = revocation_text(ORIGIN, public_key(SEED))
    entries = [REGISTERED, issued(seq=1), by_the_log(text), issued(seq=2)]
    ended = with_statement(proof_of(entries, 2), entries[2], text)
    before = [key_part(entries, 0), part(entries, 1), ended]

    (fact,) = check_bundle(read_bundle(write_bundle(before)), POLICY)

    assert (ORIGIN, 2) == fact.key.revoked
    assert "prove.key_revoked" == refusal([*before, part(entries, 3)])


@pytest.mark.parametrize(
    ("text", "said"),
    [("a", "b"), ("not about a key\n", "not about a key\n")],
    ids=["another text", "no revocation"],
)
def test_a_statement_that_revokes_nothing_is_refused(text, said):
    entries = [saying(text)]

    with pytest.raises(Unproven, match="fact_unproven"):
        check_bundle(
            read_bundle(bytes(with_statement(proof_of(entries, 0), entries[0], said))), POLICY
        )


def test_a_revocation_by_another_key_than_the_logs_is_refused():
    text = revocation_text(ORIGIN, public_key(SEED))
    entries = [REGISTERED, by_the_log(text, WITNESSES[0])]
    ended = with_statement(proof_of(entries, 1), entries[1], text)

    assert "prove.statement" == refusal([key_part(entries, 0), ended])


def saying(text):
    entry = Entry(
        kind="revoke", issuer=LOG.verifier.public, commit=sha256(text.encode()).digest(), time=AT,
        seq=0, prev=FIRST, held="custodian",
    )  # fmt: skip
    return sign(entry, LOG.seed).line()


def test_a_bundle_may_span_two_shards():
    """Registered in the last days of one year's log, used in the first of the next year's."""
    policy = replace(POLICY, logs=(LOG.verifier, NEXT.verifier))
    old = [REGISTERED, issued(seq=1)]
    new = [b"shard", issued(seq=2)]
    later = part(new, 1)
    later = replace(later, checkpoint=proof_of(new, 1, (NEXT, *WITNESSES), NEXT_ORIGIN).checkpoint)

    facts = check_bundle(read_bundle(write_bundle([later, key_part(old, 0), part(old, 1)])), policy)

    said = "\n".join(verdict(facts, policy).lines())
    assert [(ORIGIN, 1), (NEXT_ORIGIN, 1)] == [fact.place for fact in facts]
    assert {(ORIGIN, 0)} == {fact.key.registered for fact in facts}
    assert f"1 record(s) are in the transparency log {ORIGIN};" in said
    assert f"1 record(s) are in the transparency log {NEXT_ORIGIN};" in said
    assert "1 of the keys that signed" in said


def test_a_key_of_one_log_is_not_another_logs():
    other = signing_key("dure.example/other/2026", SignatureType.ED25519, bytes([7]) * 32)
    policy = replace(POLICY, logs=(LOG.verifier, other.verifier))
    there = [issued(seq=1)]
    fact = part(there, 0)
    fact = replace(
        fact, checkpoint=proof_of(there, 0, (other, *WITNESSES), other.verifier.name).checkpoint
    )

    (found,) = check_bundle(read_bundle(write_bundle([key_part([REGISTERED], 0), fact])), policy)

    assert found.key is None


def test_the_verdict_says_who_signed_and_what_is_not_proven():
    facts = check_bundle(read_bundle(bundle(held="device")), POLICY)

    said = "\n".join(verdict(facts, POLICY).lines())

    assert "1건은 조합원 자신의 기기가 서명했습니다." in said
    assert "2 of the keys that signed were registered in the log" in said
    assert "1 record(s) were signed for it by the cooperative's server." in said
    assert "5 of 5 witnesses cosigned" in said
    assert "적힌 내용이 처음부터 사실이었다는 것" in said


def test_without_a_keys_registration_the_verdict_claims_less():
    facts = check_bundle(read_bundle(bundle(held="device", registered=False)), POLICY)

    page = "\n".join(verdict(facts, POLICY).page())

    assert "자신의 기기가 서명했습니다" not in page
    assert "(누가 서명했는지는 증명되지 않음 · who signed is not proven)" in page
    assert "Who holds the keys that signed 2 record(s)" in page

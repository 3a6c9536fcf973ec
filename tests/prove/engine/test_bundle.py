from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.kernel.commitment import commit, disclose
from dure.kernel.entry import FIRST, Entry, entry_hash, public_key, sign
from dure.kernel.errors import DureError, Malformed, Unproven
from dure.prove.engine.bundle import check_bundle, read_bundle, with_disclosure, write_bundle
from dure.prove.engine.checkpoint import Checkpoint
from dure.prove.engine.note import sign_note
from dure.prove.engine.proof import Proof, check_proof, read_proof
from dure.prove.engine.verdict import verdict
from tests.prove.bundles import (
    KEY,
    LOG,
    POLICY,
    RECORD,
    SEED,
    WITNESSES,
    bundle,
    fact_entry,
    proof_of,
)


def test_it_works():
    first, second = check_bundle(read_bundle(bundle()), POLICY)

    expected = {"/kind": "LotShipped", "/payload/lot": "L-1", "/payload/quantity": 520}
    assert (expected, 1) == (first.values, first.index)
    assert (expected, 3) == (second.values, second.index)


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
    first = data[: data.index(b"c2sp.org/tlog-proof@v1\n", 1)]

    check_proof(read_proof(first), entry_hash(fact_entry()), POLICY)


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
    second = data[data.index(b"c2sp.org/tlog-proof@v1\n", 1) :]

    assert 1 == len(check_bundle(read_bundle(second), POLICY))


def test_an_entry_that_is_no_fact_proves_none():
    entry = sign(replace(_unsigned(), kind="key"), SEED).line()
    proof = with_disclosure(proof_of([entry], 0), entry, disclose(RECORD, KEY, ["/kind"]))

    with pytest.raises(Unproven, match="fact_unproven") as refused:
        check_bundle(read_bundle(bytes(proof)), POLICY)
    assert "prove.not_a_fact" == refused.value.__cause__.reason.code


def _unsigned():
    return Entry(
        kind="fact", issuer=public_key(SEED), commit=commit(RECORD, KEY),
        time=datetime(2026, 12, 3, 5, tzinfo=UTC), seq=0, prev=FIRST, held="device",
    )  # fmt: skip


def test_the_verdict_says_who_signed_and_what_is_not_proven():
    facts = check_bundle(read_bundle(bundle(held="device")), POLICY)

    said = "\n".join(verdict(facts, POLICY).lines())

    assert "1건은 조합원 자신의 기기가 서명했습니다." in said
    assert "1 record(s) were signed for it by the cooperative's server." in said
    assert "5 of 5 witnesses cosigned" in said
    assert "적힌 내용이 처음부터 사실이었다는 것" in said


def test_a_proof_of_a_million_entries_fits_a_qr_code():
    """Twenty hashes, five Ed25519 cosigners: 1,800 bytes; with the entry and four fields 2,900."""
    checkpoint = Checkpoint(origin="dure.example/guro/2026", size=10**6, root=bytes(32))
    proof = Proof(
        index=999_999,
        hashes=(bytes([255]) * 32,) * 20,
        checkpoint=sign_note(checkpoint.text(), LOG, *WITNESSES, time=1_796_000_000),
    )
    fields = disclose(RECORD, KEY, ["/payload"])

    assert len(bytes(proof)) <= 1_800
    assert len(bytes(with_disclosure(proof, fact_entry(), fields))) <= 2_900

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from dure.kernel.entry import FIRST, Entry, entry_hash, parse, public_key, sign
from dure.kernel.errors import Malformed, Unproven
from dure.prove.engine.keys import SignatureType, signing_key
from dure.prove.engine.note import sign_note
from dure.prove.engine.policy import Group, Policy
from dure.prove.engine.roster import (
    STATEMENTS,
    Roster,
    approval,
    check_succession,
    own_entry,
    policy_text,
    revocation_text,
)
from dure.prove.engine.shard import origin_of, place, split, year_in
from tests.cast import AT

SEED = bytes(range(32))
LOG, NEXT = (
    signing_key(f"dure.example/log/{year}", SignatureType.ED25519, bytes([year % 256]) * 32)
    for year in (2026, 2027)
)
WITNESSES = [
    signing_key(f"dure.example/w/{n}", SignatureType.COSIGNATURE, bytes([n]) * 32)
    for n in range(1, 6)
]


def policy(count=4, threshold=3, logs=(LOG,)):
    names = {f"w{n}": key.verifier for n, key in enumerate(WITNESSES[:count], start=1)}
    return Policy(
        logs=tuple(key.verifier for key in logs), witnesses=names,
        groups={"members": Group(threshold, tuple(names))}, quorum="members",
    )  # fmt: skip


def issued(kind="fact", seq=0, at=AT, seed=SEED, issuer=None, held="custodian"):
    entry = Entry(
        kind=kind, issuer=issuer or public_key(seed), commit=bytes(32), time=at, seq=seq,
        prev=bytes([1]) * 32 if seq else FIRST, held=held,
    )  # fmt: skip
    return entry if issuer else sign(entry, seed)


def added(roster, *entries):
    first = place(2026, 0)
    return [
        one.code.removeprefix("prove.audit_")
        for index, (entry, statement) in enumerate(entries)
        for one in roster.add(first + index, entry, statement)
    ]


def stated(text, *keys, by=LOG, seq=0):
    note = sign_note(text, by, *keys, time=1)
    return parse(own_entry(note, by, time=AT, seq=seq, prev=bytes([1]) * 32)), bytes(note)


KEY, FACT, REVOKE = (
    (issued("key"), None),
    (issued("fact", 1), None),
    (issued("revoke", 2), None),
)


def test_a_registered_key_speaks_from_its_entry_on():
    assert [] == added(Roster(), KEY, FACT)
    assert ["key_unregistered"] == added(Roster(), FACT)


def test_a_revoked_key_speaks_no_more():
    assert ["key_revoked"] == added(Roster(), KEY, FACT, REVOKE, (issued("fact", 3), None))


def test_a_key_speaks_in_its_month_alone():
    december = datetime(2026, 11, 30, 15, tzinfo=UTC)  # midnight in Seoul

    assert ["key_month"] == added(Roster(), KEY, (issued("fact", 1, december), None))


def test_a_weak_key_is_refused():
    weak = bytes([1]) + bytes(31)

    assert ["key_weak"] == added(Roster(), (issued("key", issuer=weak), None))


def test_the_logs_policy_follows_by_consent_of_the_old_witnesses():
    roster = Roster()
    first = stated(policy_text(policy()))
    second = stated(policy_text(policy(5, 4)), *WITNESSES[:3], seq=1)

    assert [] == added(roster, first, second)
    assert policy(5, 4) == roster.policy


@pytest.mark.parametrize("keys", [(), WITNESSES[:2], [*WITNESSES[:2], WITNESSES[4]]])
def test_without_a_quorum_of_the_old_witnesses_no_policy_follows(keys):
    roster = Roster()

    found = added(
        roster,
        stated(policy_text(policy())),
        stated(policy_text(policy(5, 1)), *keys, seq=1),
    )

    assert ["statement"] == found
    assert policy() == roster.policy


def test_the_key_of_a_further_shard_needs_no_meeting_but_the_end_of_one_does():
    old = policy()
    grown = sign_note(policy_text(policy(logs=(LOG, NEXT))), LOG)
    shrunk = sign_note(policy_text(policy(logs=(NEXT,))), LOG)

    assert {LOG.verifier, NEXT.verifier} == set(check_succession(old, grown).logs)
    with pytest.raises(Unproven):
        check_succession(old, shrunk)


def test_another_key_for_the_same_shard_needs_one_too():
    other = signing_key(LOG.verifier.name, SignatureType.ED25519, bytes([9]) * 32)
    text = policy_text(policy(logs=(LOG, other)))

    with pytest.raises(Unproven):
        check_succession(policy(), sign_note(text, LOG))
    check_succession(policy(), sign_note(text, LOG, *WITNESSES[:3], time=1))


LATTICE = signing_key("dure.example/m", SignatureType.ML_DSA_44, bytes([50]) * 32)


def test_a_key_that_signs_checkpoints_alone_approves_a_statement_by_its_tree_of_one_leaf():
    old = replace(policy(0, 0), witnesses={"m": LATTICE.verifier}, groups={}, quorum="m")
    note = sign_note(policy_text(policy()), LOG)
    approved = approval(note, LATTICE, time=1)

    assert policy() == check_succession(old, approved)
    for changed in (note, replace(approved, text=policy_text(policy(4, 2)))):
        with pytest.raises(Unproven):
            check_succession(old, changed)


def test_no_log_may_bear_the_origin_of_statements():
    log = signing_key(STATEMENTS, SignatureType.ED25519, bytes([9]) * 32)

    with pytest.raises(Malformed):
        approval(sign_note(policy_text(policy(logs=(LOG, log))), LOG), LATTICE, time=1)


def test_a_key_stays_with_its_holder():
    assert ["key_held"] == added(Roster(), KEY, (issued("fact", 1, held="device"), None))


def test_only_a_log_of_the_policy_makes_statements():
    assert ["statement"] == added(Roster(), stated(policy_text(policy()), by=NEXT))


def test_a_statement_is_what_its_entry_commits_to():
    entry, note = stated(policy_text(policy()))

    assert ["statement"] == added(Roster(), (replace(entry, commit=bytes(32)), note))
    assert ["statement"] == added(Roster(), (entry, note.replace(b"members 3", b"members 1")))


def test_a_quorum_ends_a_key():
    text = revocation_text(LOG.verifier.name, public_key(SEED))
    roster = Roster()

    found = added(
        roster, stated(policy_text(policy())), KEY, stated(text, *WITNESSES[:3], seq=1), FACT
    )

    assert ["key_revoked"] == found


def test_a_witness_approves_no_checkpoint():
    checkpoint = sign_note(f"{LOG.verifier.name}\n3\n{'A' * 43}=\n", LOG)

    with pytest.raises(Malformed):
        approval(checkpoint, WITNESSES[0], time=1)


def test_the_logs_own_entry_stands_for_the_text_alone():
    entry, _ = stated(policy_text(policy()))

    assert sha256(policy_text(policy()).encode()).digest() == entry.commit
    assert entry_hash(entry.line())


def test_a_place_names_shard_and_index_and_is_in_order():
    assert (2026, 17) == split(place(2026, 17))
    assert place(2026, 2**40 - 1) < place(2027, 0) < 2**53
    assert 2027 == year_in(origin_of("dure.example/guro", 2027))
    with pytest.raises(Unproven):
        year_in("dure.example/guro")

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from django.db import transaction

from dure.journal import services as journal
from dure.journal.models import Outbox
from dure.kernel.entry import check_signature, entry_hash, parse
from dure.kernel.errors import Refused, Unproven
from dure.kernel.fact import FactKind
from dure.kernel.merkle import inclusion_proof
from dure.prove import models
from dure.prove.bridge import log as bridge
from dure.prove.engine.checkpoint import read_checkpoint
from dure.prove.engine.keys import SignatureType, signing_key
from dure.prove.engine.policy import Group, check_final
from dure.prove.engine.proof import Proof, check_proof
from dure.prove.engine.roster import approval
from dure.prove.engine.shard import place, split
from dure.prove.engine.tiles import tile_nodes
from dure.prove.services.approval import approve, propose_policy, propose_revocation
from dure.prove.services.audit import _keys, _Signed
from dure.prove.services.sequencer import Sequencer
from dure.prove.wire.client import witnesses
from dure.stack.ids import new_id
from dure.stack.tenancy import acting
from tests.cast import BUSAN_OWNER, GIMHAE_OWNER, WORKER
from tests.prove.log import YEAR, log_key, watched

pytestmark = pytest.mark.django_db

HEAD = 2  # the policy's own entry comes first, and the key of the one firm that tells

PRESSED = FactKind("PartsPressed", "pressing", ("count",))


def press(count, at, actor=BUSAN_OWNER):
    with acting(actor):
        for number in range(count):
            journal.record(
                PRESSED, aggregate_id=new_id(), aggregate_version=1, at=at,
                payload={"count": number},
            )  # fmt: skip


@pytest.fixture
def log(tmp_path, at):
    with watched(tmp_path) as (shards, policy, here), witnesses(policy) as known:
        yield Sequencer.open(log_key, shards, known, lambda: at), here


def reopened(sequencer):
    """The sequencer after its process was killed and started again."""
    return Sequencer.open(log_key, sequencer.shards, sequencer.witnesses, sequencer.now)


def published(sequencer):
    return check_final(sequencer.folder.published(), sequencer.witnesses.policy)


def test_it_works(log, at):
    sequencer, _ = log
    press(3, at)

    logged = sequencer.step()

    assert 4 == logged
    final = published(sequencer)
    assert (HEAD + 3, 4) == (final.checkpoint.size, len(final.witnesses))
    with acting(WORKER):
        places = set(Outbox.objects.values_list("place", flat=True))
        assert {place(YEAR, index) for index in (1, 2, 3, 4)} == places
        assert 0 == models.StagedTile.objects.count()


def test_every_fact_is_proven_by_its_entry(log, at):
    sequencer, _ = log
    press(5, at)
    sequencer.step()
    press(300, at, GIMHAE_OWNER)
    sequencer.step()

    note = sequencer.folder.published()
    read = tile_nodes(308, sequencer.folder.read)
    wanted = {place(YEAR, index): index for index in (1, 2, 6, 7, 255, 256, 307)}
    with acting(WORKER):
        for row in Outbox.objects.filter(place__in=wanted).select_related("fact"):
            line, index = bytes(row.entry), wanted.pop(row.place)
            check_signature(parse(line))
            assert bytes(row.fact.commitment) == parse(line).commit
            hashes = tuple(inclusion_proof(index, 308, read))
            proof = Proof(index=index, hashes=hashes, checkpoint=note)
            check_proof(proof, entry_hash(line), sequencer.witnesses.policy)
    assert not wanted


def test_each_issuers_entries_stand_in_their_own_sequence(log, at):
    sequencer, _ = log
    for _ in range(4):
        press(2, at, BUSAN_OWNER)
        press(3, at, GIMHAE_OWNER)
    sequencer.step()

    with acting(WORKER):
        rows = Outbox.objects.order_by("place").values_list("issuer_id", "seq")
        chains = {}
        for issuer, seq in rows:
            chains.setdefault(issuer, []).append(seq)
    assert [list(range(9)), list(range(13))] == sorted(chains.values(), key=len)


def test_nothing_waits_nothing_happens(log):
    sequencer, _ = log

    assert 0 == sequencer.step()
    assert sequencer.folder.published() is None


def test_killed_after_the_commit_it_finishes(log, at):
    sequencer, _ = log
    press(3, at)
    sequencer.commit()

    revived = reopened(sequencer)
    revived.publish()

    assert HEAD + 3 == published(revived).checkpoint.size


def test_killed_before_the_checkpoint_is_published_it_publishes(log, at):
    sequencer, _ = log
    press(3, at)
    sequencer.commit()
    sequencer.place()

    revived = reopened(sequencer)
    press(2, at)
    revived.step()

    assert HEAD + 5 == published(revived).checkpoint.size


def test_killed_after_some_tiles_it_writes_the_others(log, at):
    sequencer, _ = log
    press(300, at)
    sequencer.commit()
    with acting(WORKER):
        staged = bridge.read_staged()
    first = {tile: data for (_, tile), data in list(staged.items())[:2]}
    sequencer.folder.write(first)

    revived = reopened(sequencer)

    assert {tile for _, tile in staged} == set(revived.folder.tiles())
    assert revived.edge.root() == sequencer.edge.root()


def test_a_second_sequencer_loses(log, at):
    sequencer, _ = log
    press(1, at)
    other = reopened(sequencer)
    sequencer.step()
    press(1, at)

    with pytest.raises(Refused, match="log_has_grown"):
        other.commit()


def test_without_a_quorum_nothing_is_published_until_there_is_one(tmp_path, at):
    with watched(tmp_path) as (shards, policy, here), witnesses(policy) as known:
        sequencer = Sequencer.open(log_key, shards, known, lambda: at)
        for each in here[:2]:
            each.folder.logs = {}
        press(3, at)
        sequencer.step()
        assert sequencer.folder.published() is None

        here[0].folder.logs = here[2].folder.logs
        assert sequencer.publish()
        assert 3 == len(check_final(sequencer.folder.published(), policy).witnesses)


def test_a_witness_that_was_away_is_brought_up_to_date(log, at):
    sequencer, here = log
    logs, here[0].folder.logs = here[0].folder.logs, {}
    press(3, at)
    sequencer.step()
    here[0].folder.logs = logs
    press(3, at)
    sequencer.step()

    assert 4 == len(published(sequencer).witnesses)


def test_a_witness_that_signs_anything_else_is_not_counted(log, at):
    sequencer, here = log
    here[0].folder.keys = here[1].folder.keys
    press(1, at)
    sequencer.step()

    assert {"w2", "w3", "w4"} == set(published(sequencer).witnesses)


@contextmanager
def forgotten():
    """What the database writes inside is gone after: a backup from before was restored."""
    point = transaction.savepoint()
    yield
    transaction.savepoint_rollback(point)


def test_a_restored_database_is_refused_by_the_published_checkpoint(log, at):
    sequencer, _ = log
    press(2, at)
    sequencer.step()
    with forgotten():
        press(3, at)
        sequencer.step()

    with pytest.raises(Refused, match="database_behind"):
        reopened(sequencer)


def test_a_restored_database_is_refused_by_the_witnesses_alone(log, at):
    sequencer, _ = log
    press(2, at)
    sequencer.step()
    before = (sequencer.folder.path / "checkpoint").read_bytes()
    with forgotten():
        press(3, at)
        sequencer.step()
    (sequencer.folder.path / "checkpoint").write_bytes(before)

    with pytest.raises(Refused, match="database_behind") as refused:
        reopened(sequencer)
    assert "w1" == refused.value.reason.parameters["who"]


def test_a_changed_tile_is_refused(log, at):
    sequencer, _ = log
    press(3, at)
    sequencer.step()
    tile = sequencer.folder.path / "tile/0/000.p/5"
    tile.write_bytes(b"x" + tile.read_bytes()[1:])

    with pytest.raises(Unproven, match="tiles_differ"):
        reopened(sequencer)


def test_a_lost_tile_is_refused(log, at):
    sequencer, _ = log
    press(3, at)
    sequencer.step()
    (sequencer.folder.path / "tile/0/000.p/5").unlink()

    with pytest.raises(Refused, match="tiles_missing"):
        reopened(sequencer)


def test_the_published_checkpoint_is_what_the_database_keeps(log, at):
    sequencer, _ = log
    press(3, at)
    sequencer.step()

    with acting(WORKER):
        (row,) = models.LogCheckpoint.objects.all()
    assert bytes(row.final) == bytes(sequencer.folder.published())
    size = read_checkpoint(sequencer.folder.published().text).size
    assert row.size == place(YEAR, size)


NEW_YEARS_EVE = datetime(2026, 12, 31, 14, 59, tzinfo=UTC)  # 23:59 in Seoul
NEW_YEAR = datetime(2026, 12, 31, 15, 0, tzinfo=UTC)


@pytest.fixture
def clock():
    """Give a clock that a test moves: its one element is the time."""
    return [NEW_YEARS_EVE]


@pytest.fixture
def year_end(tmp_path, clock):
    with watched(tmp_path) as (shards, policy, here), witnesses(policy) as known:
        yield Sequencer.open(log_key, shards, known, lambda: clock[0]), here


def lines_of(year):
    with acting(WORKER):
        rows = models.LogEntry.objects.order_by("place").values_list("place", "line")
        return [parse(bytes(line)) for at, line in rows if split(at)[0] == year]


def test_a_new_year_opens_a_shard_that_begins_with_the_old_ones_last_checkpoint(year_end, clock):
    sequencer, _ = year_end
    press(2, clock[0])
    sequencer.step()
    clock[0] = NEW_YEAR
    press(3, clock[0])
    sequencer.step()

    finals = dict(sequencer.shards.published())
    first = lines_of(YEAR + 1)[0]
    assert ["shard", sha256(finals[YEAR].text.encode()).digest()] == [first.kind, first.commit]
    assert f"dure.example/log/{YEAR + 1}" == read_checkpoint(finals[YEAR + 1].text).origin
    assert [HEAD + 2, 1 + 1 + 3] == [read_checkpoint(note.text).size for note in finals.values()]
    check_final(finals[YEAR + 1], sequencer.witnesses.policy)


@pytest.mark.parametrize("stop", ["commit", "place", "publish"])
def test_killed_on_new_years_night_it_goes_on_in_the_new_shard(year_end, clock, stop):
    sequencer, _ = year_end
    press(2, clock[0])
    sequencer.step()
    clock[0] = NEW_YEAR
    press(3, clock[0])
    for name in ("commit", "place", "publish"):
        getattr(sequencer, name)()
        if name == stop:
            break

    revived = reopened(sequencer)
    press(1, clock[0])
    revived.step()

    assert [YEAR, YEAR + 1] == [year for year, _ in revived.shards.published()]
    assert [1, 5] == [lines_of(YEAR + 1).count(lines_of(YEAR + 1)[0]), len(lines_of(YEAR + 1)) - 1]


def test_the_old_year_is_closed_by_a_final_checkpoint_before_the_new_one_opens(year_end, clock):
    sequencer, here = year_end
    press(2, clock[0])
    away, (here[0].folder.logs, here[1].folder.logs) = here[0].folder.logs, ({}, {})
    sequencer.step()
    clock[0] = NEW_YEAR
    press(1, clock[0])
    sequencer.step()
    assert [] == lines_of(YEAR + 1)

    here[0].folder.logs = away
    sequencer.publish()
    sequencer.step()

    assert [YEAR, YEAR + 1] == [year for year, _ in sequencer.shards.published()]


def test_a_restored_database_of_last_year_is_refused(year_end, clock):
    sequencer, _ = year_end
    press(2, clock[0])
    sequencer.step()
    with forgotten():
        clock[0] = NEW_YEAR
        press(3, clock[0])
        sequencer.step()

    with pytest.raises(Refused, match="database_behind"):
        reopened(sequencer)


def changed(sequencer, policy, *, keys=log_key, former=lambda _: ()):
    """The sequencer as it is started again under another policy."""
    sequencer.shards.write_policy(policy)
    known = replace(sequencer.witnesses, policy=policy, sizes={})
    return Sequencer.open(keys, sequencer.shards, known, sequencer.now, former)


def fewer(policy):
    names = tuple(policy.witnesses)[:3]
    keys = {name: policy.witnesses[name] for name in names}
    return replace(policy, witnesses=keys, groups={"quorum": Group(2, names)})


def test_witnesses_change_by_the_consent_of_the_old_ones(log, at):
    sequencer, here = log
    press(1, at)
    sequencer.step()
    policy = fewer(sequencer.witnesses.policy)
    statement = propose_policy(policy, log_key())

    with pytest.raises(Unproven, match="not_approved"):
        approve(cosigned(statement, here[:2]), sequencer.shards)
    approve(cosigned(statement, here[:3]), sequencer.shards)
    written = sequencer.shards.policy()
    assert policy.witnesses == written.witnesses
    assert list(written.urls) == list(policy.witnesses.values())
    revived = changed(sequencer, written)
    revived.step()

    assert ["key", "key", "fact", "key"] == [entry.kind for entry in lines_of(YEAR)]
    assert propose_policy(policy, log_key()) is None


def test_a_policy_that_nobody_approved_stops_the_log(log, at):
    sequencer, _ = log
    press(1, at)
    sequencer.step()
    press(1, at)

    with pytest.raises(Refused, match="policy_not_approved"):
        changed(sequencer, fewer(sequencer.witnesses.policy)).step()


def test_a_quorum_revokes_a_key_whose_holder_cannot(log, at):
    sequencer, here = log
    press(1, at)
    sequencer.step()
    issuer = lines_of(YEAR)[1].issuer

    approve(cosigned(propose_revocation(issuer, log_key()), here[:3]), sequencer.shards)
    sequencer.step()

    assert "revoke" == lines_of(YEAR)[-1].kind


NEXT_KEY = signing_key(log_key().verifier.name, SignatureType.ED25519, bytes([77]) * 32)


def rotated(sequencer, here):
    """The sequencer after its key of this year was changed, by consent of the witnesses."""
    old = sequencer.witnesses.policy
    statement = propose_policy(replace(old, logs=(*old.logs, NEXT_KEY.verifier)), log_key())
    approve(cosigned(statement, here[:3]), sequencer.shards)
    for each in here:
        each.folder.logs = {NEXT_KEY.verifier.name: [NEXT_KEY.verifier]}
    return changed(
        sequencer, sequencer.shards.policy(), keys=lambda _: NEXT_KEY, former=lambda _: [log_key()]
    )


def test_the_logs_key_changes_within_the_year(log, at):
    sequencer, here = log
    press(1, at)
    sequencer.step()
    revived = rotated(sequencer, here)
    press(1, at)
    revived.step()
    issuer = next(entry.issuer for entry in lines_of(YEAR) if entry.kind == "fact")
    approve(cosigned(propose_revocation(issuer, NEXT_KEY), here[:3]), revived.shards)
    revived.step()

    own = [entry for entry in lines_of(YEAR) if entry.issuer in KEYS]
    assert [KEYS[0], KEYS[0], KEYS[1]] == [entry.issuer for entry in own]
    assert ["key", "key", "revoke"] == [entry.kind for entry in own]
    with acting(WORKER):
        assert [] == list(_keys(_Signed(revived.shards.policy(), frozenset())))


KEYS = log_key().verifier.public, NEXT_KEY.verifier.public


def test_checkpoints_hold_for_those_who_know_the_old_policy_and_for_those_who_know_the_new(log, at):
    sequencer, here = log
    press(1, at)
    sequencer.step()
    old = sequencer.witnesses.policy
    revived = rotated(sequencer, here)
    press(1, at)
    revived.step()

    note = revived.folder.published()
    for policy in (old, revived.witnesses.policy):
        assert HEAD + 3 == check_final(note, policy).checkpoint.size


def test_once_the_old_keys_line_is_dropped_it_signs_no_more(log, at):
    sequencer, here = log
    press(1, at)
    sequencer.step()
    revived = rotated(sequencer, here)
    revived.step()
    policy = revived.witnesses.policy
    last = replace(policy, logs=tuple(k for k in policy.logs if k != log_key().verifier))
    approve(cosigned(propose_policy(last, NEXT_KEY), here[:3]), revived.shards)

    final = changed(revived, last, keys=lambda _: NEXT_KEY, former=lambda _: [log_key()])
    press(1, at)
    final.step()

    note = final.folder.published()
    assert [NEXT_KEY.verifier.id] == [
        line.key_id for line in note.signatures if line.name == NEXT_KEY.verifier.name
    ]
    check_final(note, last)


def test_a_second_key_for_a_shard_needs_the_witnesses_consent(log, at):
    sequencer, _ = log
    press(1, at)
    sequencer.step()
    press(1, at)
    old = sequencer.witnesses.policy

    with pytest.raises(Refused, match="policy_not_approved"):
        changed(sequencer, replace(old, logs=(*old.logs, NEXT_KEY.verifier))).step()


def test_without_the_key_that_the_policy_names_nothing_is_said(log, at):
    sequencer, here = log
    press(1, at)
    sequencer.step()
    rotated(sequencer, here).step()
    lost = changed(sequencer, sequencer.shards.policy())
    issuer = next(entry.issuer for entry in lines_of(YEAR) if entry.kind == "fact")
    approve(cosigned(propose_revocation(issuer, log_key()), here[:3]), lost.shards)

    with pytest.raises(Refused, match="no_log_key"):
        lost.step()


def test_a_witness_changes_its_key_and_older_checkpoints_are_cosigned_anew(log, at):
    sequencer, here = log
    press(1, at)
    sequencer.step()
    old = sequencer.witnesses.policy
    fresh = [
        signing_key(
            f"dure.example/new/{number}", each.key.verifier.type, bytes([100 + number]) * 32
        )
        for number, each in enumerate(here)
    ]
    keys = dict(zip(old.witnesses, (key.verifier for key in fresh), strict=True))
    policy = replace(old, witnesses=keys)
    approve(cosigned(propose_policy(policy, log_key()), here[:3]), sequencer.shards)
    written = sequencer.shards.policy()
    revived = changed(sequencer, written)
    is_early = revived.renew()
    for each, key in zip(here, fresh, strict=True):
        each.folder.keys = [key]
        each.folder = replace(each.folder, path=each.folder.path / "new")
        each.folder.path.mkdir()

    is_renewed = revived.renew()

    assert (False, True) == (is_early, is_renewed)
    assert [each.url for each in here] == list(written.urls.values())
    assert 4 == len(check_final(revived.folder.published(), policy).witnesses)
    press(1, at)
    revived.step()
    assert 4 == len(published(revived).witnesses)


def test_witnesses_with_keys_against_quantum_computers_have_their_say(tmp_path, at):
    numbers = (1, 51, 52)
    with (
        watched(tmp_path, numbers=numbers) as (shards, policy, here),
        witnesses(policy) as known,
    ):
        sequencer = Sequencer.open(log_key, shards, known, lambda: at)
        press(1, at)
        sequencer.step()
        names = tuple(policy.witnesses)[1:]
        smaller = replace(
            policy,
            witnesses={name: policy.witnesses[name] for name in names},
            groups={"quorum": Group(2, names)},
        )
        statement = propose_policy(smaller, log_key())

        with pytest.raises(Unproven, match="not_approved"):
            approve(cosigned(statement, here[:2]), shards)
        approve(cosigned(statement, here), shards)
        changed(sequencer, shards.policy()).step()

    assert ["key", "key", "fact", "key"] == [entry.kind for entry in lines_of(YEAR)]
    with acting(WORKER):
        assert [] == list(_keys(_Signed(smaller, frozenset())))


def cosigned(note, here):
    for each in here:
        note = approval(note, each.key, time=each.now)
    return note

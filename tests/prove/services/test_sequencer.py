from contextlib import contextmanager

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
from dure.prove.engine.policy import check_final
from dure.prove.engine.proof import Proof, check_proof
from dure.prove.engine.tiles import tile_nodes
from dure.prove.services.sequencer import Sequencer
from dure.prove.wire.client import witnesses
from dure.stack.ids import new_id
from dure.stack.tenancy import acting
from tests.cast import BUSAN_OWNER, GIMHAE_OWNER, WORKER
from tests.prove.log import LOG, watched

pytestmark = pytest.mark.django_db

PRESSED = FactKind("PartsPressed", "pressing", ("count",))


def press(count, at, actor=BUSAN_OWNER):
    with acting(actor):
        for number in range(count):
            journal.record(
                PRESSED, aggregate_id=new_id(), aggregate_version=1, at=at,
                payload={"count": number},
            )  # fmt: skip


@pytest.fixture
def log(tmp_path):
    with watched(tmp_path) as (folder, policy, here), witnesses(policy) as known:
        yield Sequencer.open(LOG, folder, known), here


def reopened(sequencer):
    """The sequencer after its process was killed and started again."""
    return Sequencer.open(LOG, sequencer.folder, sequencer.witnesses)


def published(sequencer):
    return check_final(sequencer.folder.published(), sequencer.witnesses.policy)


def test_it_works(log, at):
    sequencer, _ = log
    press(3, at)

    logged = sequencer.step()

    assert 3 == logged
    final = published(sequencer)
    assert (3, 4) == (final.checkpoint.size, len(final.witnesses))
    with acting(WORKER):
        assert {0, 1, 2} == set(Outbox.objects.values_list("index", flat=True))
        assert 0 == models.StagedTile.objects.count()


def test_every_fact_is_proven_by_its_entry(log, at):
    sequencer, _ = log
    press(5, at)
    sequencer.step()
    press(300, at, GIMHAE_OWNER)
    sequencer.step()

    note = sequencer.folder.published()
    read = tile_nodes(305, sequencer.folder.read)
    with acting(WORKER):
        for row in Outbox.objects.filter(index__in=[0, 4, 5, 255, 256, 304]).select_related("fact"):
            line = bytes(row.entry)
            check_signature(parse(line))
            assert bytes(row.fact.commitment) == parse(line).commit
            hashes = tuple(inclusion_proof(row.index, 305, read))
            proof = Proof(index=row.index, hashes=hashes, checkpoint=note)
            check_proof(proof, entry_hash(line), sequencer.witnesses.policy)


def test_each_issuers_entries_stand_in_their_own_sequence(log, at):
    sequencer, _ = log
    for _ in range(4):
        press(2, at, BUSAN_OWNER)
        press(3, at, GIMHAE_OWNER)
    sequencer.step()

    with acting(WORKER):
        rows = Outbox.objects.order_by("index").values_list("issuer_id", "seq")
        chains = {}
        for issuer, seq in rows:
            chains.setdefault(issuer, []).append(seq)
    assert [list(range(8)), list(range(12))] == sorted(chains.values(), key=len)


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

    assert 3 == published(revived).checkpoint.size


def test_killed_before_the_checkpoint_is_published_it_publishes(log, at):
    sequencer, _ = log
    press(3, at)
    sequencer.commit()
    sequencer.place()

    revived = reopened(sequencer)
    press(2, at)
    revived.step()

    assert 5 == published(revived).checkpoint.size


def test_killed_after_some_tiles_it_writes_the_others(log, at):
    sequencer, _ = log
    press(300, at)
    sequencer.commit()
    with acting(WORKER):
        staged = bridge.read_staged()
    first = dict(list(staged.items())[:2])
    sequencer.folder.write(first)

    revived = reopened(sequencer)

    assert set(staged) == set(revived.folder.tiles())
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
    with watched(tmp_path) as (folder, policy, here), witnesses(policy) as known:
        sequencer = Sequencer.open(LOG, folder, known)
        for each in here[:2]:
            each.folder.logs = {}
        press(3, at)
        sequencer.step()
        assert folder.published() is None

        here[0].folder.logs = here[2].folder.logs
        assert sequencer.publish()
        assert 3 == len(check_final(folder.published(), policy).witnesses)


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
    tile = sequencer.folder.path / "tile/0/000.p/3"
    tile.write_bytes(b"x" + tile.read_bytes()[1:])

    with pytest.raises(Unproven, match="tiles_differ"):
        reopened(sequencer)


def test_a_lost_tile_is_refused(log, at):
    sequencer, _ = log
    press(3, at)
    sequencer.step()
    (sequencer.folder.path / "tile/0/000.p/3").unlink()

    with pytest.raises(Refused, match="tiles_missing"):
        reopened(sequencer)


def test_the_published_checkpoint_is_what_the_database_keeps(log, at):
    sequencer, _ = log
    press(3, at)
    sequencer.step()

    with acting(WORKER):
        (row,) = models.LogCheckpoint.objects.all()
    assert bytes(row.final) == bytes(sequencer.folder.published())
    assert row.size == read_checkpoint(sequencer.folder.published().text).size

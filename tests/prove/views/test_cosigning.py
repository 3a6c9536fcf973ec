"""Witnesses without an address: they fetch what waits, cosign it, and hand it in."""

from dataclasses import replace
from threading import Thread

import httpx
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from dure.kernel.errors import Unavailable
from dure.prove.engine.checkpoint import Checkpoint
from dure.prove.engine.growth import EMPTY, grow
from dure.prove.engine.note import Note, make_signature, sign_note, with_signatures
from dure.prove.engine.policy import Group, Policy, check_final
from dure.prove.store.folder import Shards
from dure.prove.store.mailbox import Mailbox
from dure.prove.wire.calling import call
from dure.prove.wire.client import witnesses
from dure.prove.wire.log import RemoteLog
from tests.prove.log import LOG, YEAR, witness

pytestmark = pytest.mark.django_db
NOW = 1_796_000_000


@pytest.fixture
def members(tmp_path):
    return [witness(tmp_path, number) for number in (1, 2, 51)]


@pytest.fixture
def policy(members):
    names = {f"w{n}": member.key.verifier for n, member in enumerate(members)}
    return Policy(
        logs=(LOG.verifier,), witnesses=names,
        groups={"q": Group(len(names), tuple(names))}, quorum="q",
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch, policy):
    monkeypatch.setenv("DURE_HOME", str(tmp_path))
    folder = Shards(tmp_path / "log")
    folder.path.mkdir()
    folder.write_policy(policy)
    return folder


@pytest.fixture
def remote(folder):
    """The log as a member reaches it: through the web, on the test's own connection."""
    for sent in (request_started, request_finished):
        sent.disconnect(close_old_connections)
    with httpx.Client(transport=httpx.WSGITransport(app=WSGIHandler())) as http:
        yield RemoteLog(http, "http://127.0.0.1/log")
    for sent in (request_started, request_finished):
        sent.connect(close_old_connections)


def grown(folder, size, edge=EMPTY, word="entry"):
    edge, tiles = grow(edge, [b"%s %d" % (word.encode(), n) for n in range(edge.size, size)])
    folder.shard(YEAR).write(tiles)
    return edge, sign_note(
        Checkpoint(origin=LOG.verifier.name, size=size, root=edge.root()).text(), LOG
    )


def calls(remote, member, done=None):
    return call(
        remote,
        known=member.folder.size,
        answer=lambda asked: member.folder.answer(asked, NOW),
        done=done,
    )


def test_they_make_a_checkpoint_final(folder, remote, members, policy):
    _, note = grown(folder, 300)
    mailbox = Mailbox(folder.path)
    assert [] == mailbox.collect(note)

    for member in members:
        calls(remote, member)

    final = check_final(with_signatures(note, mailbox.collect(note)), policy)
    assert (300, 3) == (final.checkpoint.size, len(final.witnesses))
    assert [300] * 3 == [member.folder.size(LOG.verifier.name) for member in members]


def test_the_next_checkpoint_needs_new_cosignatures(folder, remote, members):
    edge, first = grown(folder, 300)
    mailbox = Mailbox(folder.path)
    mailbox.collect(first)
    done, _ = calls(remote, members[0])
    _, second = grown(folder, 700, edge)

    assert calls(remote, members[0], done) is None
    assert [] == mailbox.collect(second)
    calls(remote, members[0], done)

    assert [members[0].key.verifier.name] == [line.name for line in mailbox.collect(second)]


def test_a_log_that_waits_for_nothing_is_left_alone(remote, members):
    assert calls(remote, members[0]) is None


def test_a_fork_is_refused_and_kept_as_evidence(folder, remote, members):
    _, first = grown(folder, 300)
    mailbox = Mailbox(folder.path)
    mailbox.collect(first)
    calls(remote, members[0])
    other = Shards(folder.path.parent / "other")
    other.path.mkdir()
    _, forked = grown(other, 400, word="forged")
    ours, theirs = folder.shard(YEAR).path / "tile", other.shard(YEAR).path / "tile"
    ours.rename(folder.path.parent / "honest")
    theirs.rename(ours)
    mailbox.collect(forked)

    _, answer = calls(remote, members[0])

    assert 422 == answer.status
    assert [] == mailbox.collect(forked)
    (evidence,) = (members[0].folder.path / "evidence").glob("[0-9a-f]*")
    assert b"\n300\n" in evidence.read_bytes()
    assert b"\n400\n" in evidence.read_bytes()


def test_a_rollback_is_refused(folder, remote, members):
    edge, first = grown(folder, 300)
    mailbox = Mailbox(folder.path)
    mailbox.collect(grown(folder, 400, edge)[1])
    calls(remote, members[0])
    mailbox.collect(first)

    _, answer = calls(remote, members[0])

    assert answer.cosigned is None
    assert 400 == members[0].folder.size(LOG.verifier.name)


@pytest.mark.parametrize("wrong", ["stranger", "other checkpoint", "changed", "unsigned"])
def test_what_is_no_cosignature_of_it_is_not_taken(folder, remote, members, tmp_path, wrong):
    edge, note = grown(folder, 300)
    mailbox = Mailbox(folder.path)
    mailbox.collect(note)
    line = make_signature(note.text, members[0].key, time=NOW)
    brought = {
        "stranger": sign_note(note.text, witness(tmp_path, 9).key, time=NOW),
        "other checkpoint": sign_note(grown(folder, 301, edge)[1].text, members[0].key, time=NOW),
        "changed": Note(note.text, (replace(line, value=line.value[:-1] + b"\0"),)),
        "unsigned": note,
    }[wrong]

    with pytest.raises(Unavailable, match="HTTP 4"):
        remote.post(brought)

    assert [] == mailbox.collect(note)


def test_the_sequencer_waits_for_callers_that_the_quorum_needs(folder, remote, members, policy):
    """One thread asks as the sequencer does; the members call meanwhile."""
    _, note = grown(folder, 300)
    mailbox = Mailbox(folder.path)
    mailbox.collect(note)
    with witnesses(policy, mailbox.collect) as known:
        found = []
        asking = Thread(target=lambda: found.extend(known.cosign(note, lambda _: ())))
        asking.start()
        for member in members:
            calls(remote, member)
        asking.join()

    assert 3 == len(check_final(with_signatures(note, found), policy).witnesses)

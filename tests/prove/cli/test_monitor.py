"""A member watches a live log, and one that lies, over HTTP."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dure.cli.monitor import main
from dure.kernel.entry import FIRST, Entry, entry_hash, public_key, sign, to_text
from dure.prove.engine.checkpoint import Checkpoint
from dure.prove.engine.growth import EMPTY, grow
from dure.prove.engine.note import sign_note
from dure.prove.engine.policy import Policy, write_policy
from dure.prove.engine.witness import Request
from dure.prove.store.folder import LogFolder
from tests.prove.log import LOG, served, witness

OURS, RIVAL = bytes([1]) * 32, bytes([2]) * 32


class Chain:
    """One issuer's entries, each continuing the one before."""

    def __init__(self, seed):
        self.seed, self.lines = seed, []

    def next(self, **changes):
        entry = Entry(
            kind="fact", issuer=public_key(self.seed), commit=bytes([len(self.lines) % 256]) * 32,
            time=datetime(2026, 12, 3, 5, tzinfo=UTC), seq=len(self.lines),
            prev=entry_hash(self.lines[-1]) if self.lines else FIRST, held="device",
        )  # fmt: skip
        self.lines.append(sign(replace(entry, **changes), self.seed).line())
        return self.lines[-1]


class Log:
    """A log that shows what it is told to show, and a member that watches it."""

    def __init__(self, path, capsys):
        self.path, self.capsys, self.url = path, capsys, ""
        self.key = witness(path, 1).key
        self.ours, self.rival = Chain(OURS), Chain(RIVAL)
        self.lines, self.shows = [], 0
        policy = Policy(
            logs=(LOG.verifier,), witnesses={"w": self.key.verifier}, groups={}, quorum="w"
        )
        (path / "policy").write_bytes(write_policy(policy))

    def show(self, lines, keys=None):
        """Show a log of these lines: another folder each time, so that it may lie."""
        self.shows += 1
        folder = LogFolder(self.path / "shown" / str(self.shows))
        folder.path.mkdir(parents=True)
        edge, tiles = grow(EMPTY, lines)
        folder.write(tiles)
        text = Checkpoint(origin=LOG.verifier.name, size=edge.size, root=edge.root()).text()
        folder.publish(sign_note(text, *(keys or (LOG, self.key)), time=1_796_000_000))
        return folder

    def grow(self, *lines):
        self.lines += lines
        return self.show(self.lines)

    def look(self, *more):
        """Look once; gives the status and what was said."""
        words = ["--policy", self.path / "policy", "--state", self.path / "state"]
        mine = ["--mine", to_text(public_key(OURS))]
        with served(self.path / "shown" / str(self.shows)) as url:
            status = main([url, *map(str, words), "--once", *mine, *map(str, more)])
        return status, self.capsys.readouterr().out

    def evidence(self):
        return list((self.path / "state/evidence").glob("[0-9a-f]*"))


@pytest.fixture
def log(tmp_path, capsys):
    return Log(tmp_path, capsys)


def test_a_log_that_only_grows_is_quiet(log):
    log.grow(log.ours.next(), log.rival.next(), log.ours.next())
    first = log.look()
    log.grow(*[log.rival.next() for _ in range(600)], log.ours.next())

    assert (0, "") == first == log.look() == log.look()


def test_a_fork_is_found_and_kept_as_evidence(log):
    log.grow(log.ours.next(), log.rival.next(), log.ours.next())
    log.look()
    other = Chain(RIVAL)
    log.show([log.lines[0], other.next(commit=bytes([9]) * 32), log.lines[2], other.next()])

    status, said = log.look()

    assert 1 == status
    assert "no longer begins with what we saw at size 3" in said
    (evidence,) = log.evidence()
    assert 2 == evidence.read_bytes().count(b"dure.example/log\n")
    assert str(evidence) in said
    log.show([*log.lines, log.ours.next()])
    assert (0, "") == log.look()


def test_another_root_at_the_same_size_is_found(log):
    log.grow(log.ours.next(), log.rival.next())
    log.look()
    log.show([log.lines[0], Chain(RIVAL).next(commit=bytes([9]) * 32)])

    status, said = log.look()

    assert (1, 1) == (status, len(log.evidence()))
    assert "no longer begins" in said


def test_a_rollback_is_found(log):
    log.grow(log.ours.next(), log.rival.next())
    log.look()
    log.show(log.lines[:1])

    status, said = log.look()

    assert 1 == status
    assert "The log shrank from size 2 to 1." in said


def test_a_gap_in_our_own_chain_is_found(log):
    log.ours.next()
    log.grow(log.ours.lines[0], log.rival.next())
    log.ours.next()
    log.grow(log.ours.next())

    status, said = log.look()

    assert (1, 1) == (status, said.count("\n"))
    assert "Log entry #2 (number 2 of our key) does not continue our chain." in said


def test_a_gap_is_found_across_two_looks(log):
    log.grow(log.ours.next())
    assert (0, "") == log.look()
    log.ours.next()
    log.grow(log.ours.next())

    assert 1 == log.look()[0]


def test_an_entry_in_our_name_that_we_did_not_sign_is_found(log):
    log.grow(log.ours.next(), sign(replace(_unsigned(log), issuer=public_key(OURS)), RIVAL).line())

    status, said = log.look()

    assert 1 == status
    assert "Log entry #1 claims to be number 1 of our key, but our key did not sign it." in said


def test_an_entry_signed_with_our_key_that_we_did_not_issue_is_found(log, tmp_path):
    """As a custodian could, who holds the key."""
    log.grow(log.ours.next(), log.ours.next())
    (tmp_path / "issued").write_bytes(log.ours.lines[0] + b"\n")

    status, said = log.look("--issued", tmp_path / "issued")

    assert 1 == status
    assert "Log entry #1 stands in our name (number 1), but we did not issue it." in said


def test_an_entry_that_stays_out_of_the_log_is_found(log, tmp_path):
    log.grow(log.ours.next())
    log.ours.next()
    (tmp_path / "issued").write_bytes(b"\n".join(log.ours.lines) + b"\n")
    assert (0, "") == log.look("--issued", tmp_path / "issued")
    log.grow(log.rival.next())

    status, said = log.look("--issued", tmp_path / "issued")

    assert 1 == status
    assert "Our entry number 1 was issued and is not in the log yet." in said


@pytest.mark.parametrize("level", ["0", "1", "entries"])
def test_a_changed_tile_is_named(log, level):
    folder = log.grow(*[log.rival.next() for _ in range(300)])
    name = "000.p/1" if level == "1" else "000"
    path = folder.path / "tile" / level / name
    data = path.read_bytes()
    path.write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])

    status, said = log.look()

    assert 1 == status
    assert f"tile/{level}/{name}" in said or "entries do not give" in said


def test_a_tile_that_is_held_back_is_named(log):
    folder = log.grow(log.ours.next())
    (folder.path / "tile/entries/000.p/1").unlink()

    status, said = log.look()

    assert 1 == status
    assert "The log has no tile tile/entries/000.p/1." in said


@pytest.mark.parametrize(("keys", "words"), [("log", "no quorum"), ("witness", "No known key")])
def test_a_checkpoint_without_its_signatures_is_found(log, keys, words):
    log.show([log.ours.next()], [LOG] if keys == "log" else [log.key])

    status, said = log.look()

    assert 1 == status
    assert words in said


def test_a_log_that_does_not_answer_is_no_finding_but_said(log, tmp_path):
    words = ["--policy", str(tmp_path / "policy"), "--state", str(tmp_path / "s"), "--once"]

    assert 2 == main(["http://127.0.0.1:9", *words])
    assert "does not answer" in log.capsys.readouterr().out


def test_a_damaged_memory_is_said(log, tmp_path):
    log.grow(log.ours.next())
    log.look()
    (tmp_path / "state/watch").write_bytes(b"{}")

    status, said = log.look()

    assert 2 == status
    assert "is damaged" in said


def test_a_witness_that_holds_another_history_is_found(log, tmp_path):
    with witness(tmp_path, 1).serving() as here:
        policy = Policy(
            logs=(LOG.verifier,), witnesses={"w": here.key.verifier}, groups={}, quorum="w",
            urls={here.key.verifier: here.url},
        )  # fmt: skip
        (tmp_path / "policy").write_bytes(write_policy(policy))
        forked = log.show([Chain(RIVAL).next(commit=bytes([9]) * 32)], [LOG]).published()
        here.folder.answer(bytes(Request(old=0, proof=(), note=forked)), 1_796_000_000)
        log.grow(log.ours.next(), log.rival.next())

        status, said = log.look()

    assert 1 == status
    assert "w holds another history at size 1." in said
    assert 1 == len(log.evidence())


def _unsigned(log):
    return Entry(
        kind="fact", issuer=public_key(OURS), commit=bytes(32),
        time=datetime(2026, 12, 3, 5, tzinfo=UTC), seq=1,
        prev=entry_hash(log.ours.lines[0]), held="device",
    )  # fmt: skip

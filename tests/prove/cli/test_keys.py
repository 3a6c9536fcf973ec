"""`dure keys`: a statement goes out, round the witnesses, and back in."""

import pytest

from dure.cli.entry import run
from dure.journal import services as journal
from dure.kernel.entry import to_text
from dure.kernel.fact import FactKind
from dure.prove.bridge.log import read_approved
from dure.prove.engine.note import read_note
from dure.prove.engine.policy import Group, write_policy
from dure.prove.engine.roster import approval, kind_of, revoked_key
from dure.prove.services.sequencer import Sequencer
from dure.prove.store.keys import log_keys
from dure.prove.wire.client import witnesses
from dure.stack.home import dure_home
from dure.stack.ids import new_id
from dure.stack.tenancy import acting
from tests.cast import AT, BUSAN_OWNER, WORKER
from tests.prove.log import YEAR, log_key, watched

pytestmark = pytest.mark.django_db
PRESSED = FactKind("PartsPressed", "pressing", ("count",))


@pytest.fixture
def log(tmp_path, monkeypatch):
    """A home whose log has its first policy and a fact; gives its shards and witnesses."""
    monkeypatch.setenv("DURE_HOME", str(tmp_path))
    monkeypatch.setenv("DURE_DATABASE_URL", "")
    dure_home().secret("log_origin", lambda: log_key().verifier.name.rpartition("/")[0])
    dure_home().secret(f"log_key_{YEAR}", lambda: str(log_key()))
    with watched(tmp_path) as (shards, policy, here), witnesses(policy) as known:
        with acting(WORKER):
            journal.set_clock(AT)
        with acting(BUSAN_OWNER):
            journal.record(
                PRESSED, aggregate_id=new_id(), aggregate_version=1, at=AT, payload={"count": 1}
            )
        Sequencer.open(log_key, shards, known, lambda: AT).step()
        yield shards, here


@pytest.fixture
def said(capsys):
    """Give what a command printed as a statement."""

    def said(*words):
        assert 0 == run(["keys", *map(str, words)])
        return read_note(capsys.readouterr().out.encode())

    return said


def cosigned(note, here, path):
    for each in here:
        note = approval(note, each.key, time=each.now)
    path.write_bytes(bytes(note))
    return str(path)


def test_a_policy_goes_round_and_comes_into_force(log, said, tmp_path, capsys):
    shards, here = log
    policy = shards.policy()
    smaller = write_policy(
        type(policy)(
            logs=policy.logs,
            witnesses=dict(list(policy.witnesses.items())[:3]),
            groups={"quorum": Group(2, tuple(policy.witnesses)[:3])},
            quorum="quorum",
        )
    )
    (tmp_path / "new").write_bytes(smaller)

    statement = said("propose", tmp_path / "new")

    assert 4 == len(shards.policy().witnesses)
    assert 0 == run(["keys", "approve", cosigned(statement, here[:3], tmp_path / "s")])
    assert "Approved." in capsys.readouterr().out
    assert 3 == len(shards.policy().witnesses)
    assert 3 == len(set(shards.policy().urls.values()))


def test_what_is_in_force_is_not_proposed(log, capsys):
    assert 0 == run(["keys", "propose"])

    heard = capsys.readouterr()
    assert ("", "This policy is in force already.\n") == (heard.out, heard.err)


def test_the_logs_key_is_changed(log, said, tmp_path):
    shards, here = log

    statement = said("rotate")

    assert statement.text == said("rotate").text
    assert 0 == run(["keys", "approve", cosigned(statement, here[:3], tmp_path / "s")])
    old, new = log_keys(dure_home(), YEAR, shards.policy())
    assert (log_key(), new.verifier) == (old, shards.policy().signing_logs()[old.verifier.name])


def test_a_stolen_key_is_ended_by_the_quorum_alone(log, said, tmp_path, capsys):
    _, here = log
    stolen = bytes([5]) * 32

    statement = said("revoke", to_text(stolen))

    assert stolen == revoked_key(statement)
    assert 1 == run(["keys", "approve", cosigned(statement, here[:2], tmp_path / "s")])
    assert "2 of 4 witnesses approved this: no quorum" in capsys.readouterr().err
    assert 0 == run(["keys", "approve", cosigned(statement, here[:3], tmp_path / "s")])
    with acting(WORKER):
        assert ["revoke"] == [kind_of(note) for _, note in read_approved()]


def test_what_is_no_key_is_refused(log, capsys):
    assert 1 == run(["keys", "revoke", "nonsense"])
    assert "dure: " in capsys.readouterr().err

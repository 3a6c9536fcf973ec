import stat

import pytest

from dure.kernel.errors import NotFound, Refused
from dure.prove.engine.keys import SignatureType
from dure.prove.store.folder import Shards
from dure.prove.store.keys import found_log, log_key, new_key_file, read_key_file
from dure.stack.home import Home


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path).prepare()


def test_four_witnesses_make_a_quorum_of_three(home):
    local = found_log(home, [9001, 9002, 9003, 9004])

    policy = Shards(home.log).policy()
    assert policy.is_met({"witness-1", "witness-2", "witness-4"})
    assert not policy.is_met({"witness-1", "witness-2"})
    assert ["http://127.0.0.1:9001"] == [
        policy.urls[policy.witnesses[each.name]] for each in local[:1]
    ]


def test_founded_again_on_other_ports_all_keys_stay(home):
    first = found_log(home, [9001, 9002])
    keys = [read_key_file(each.key_file) for each in first]

    again = found_log(home, [9003, 9004])

    assert keys == [read_key_file(each.key_file) for each in again]
    assert "http://127.0.0.1:9004" in Shards(home.log).policy().urls.values()


def test_without_witnesses_the_policy_of_the_office_stays(home):
    found_log(home, [9001])

    found_log(home, [])

    assert {"witness-1"} == set(Shards(home.log).policy().witnesses)


def test_a_log_without_witnesses_asks_for_none(home):
    found_log(home, [])

    assert Shards(home.log).policy().is_met(set())


def test_a_log_is_named_at_its_first_start(home, monkeypatch):
    monkeypatch.setenv("DURE_LOG_ORIGIN", "dure.example/guro")
    first = log_key(home, 2026)
    monkeypatch.setenv("DURE_LOG_ORIGIN", "dure.example/other")

    assert "dure.example/guro/2026" == first.verifier.name
    assert first == log_key(home, 2026)


def test_each_year_has_a_key_of_its_own(home):
    first, second = log_key(home, 2026), log_key(home, 2027)

    assert first.seed != second.seed
    assert first.verifier.name != second.verifier.name


def test_a_key_file_is_private_and_never_overwritten(tmp_path):
    path = tmp_path / "key"
    new_key_file(path, "w.example", SignatureType.ML_DSA_44)

    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    with pytest.raises(Refused):
        new_key_file(path, "w.example", SignatureType.ML_DSA_44)
    with pytest.raises(NotFound):
        read_key_file(tmp_path / "none")

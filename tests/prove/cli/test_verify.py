import ast
import json
import subprocess
import sys
from pathlib import Path

import cryptography
import pytest

import dure
from dure.cli.verify import main
from dure.prove.engine.policy import write_policy
from dure.prove.engine.verdict import ProvenFact
from tests.prove.bundles import POLICY, bundle


@pytest.fixture
def files(tmp_path):
    lot, policy = tmp_path / "lot.bundle", tmp_path / "policy"
    lot.write_bytes(bundle())
    policy.write_bytes(write_policy(POLICY))
    return lot, policy


def verify(files, *more):
    lot, policy = files
    return main([str(lot), "--policy", str(policy), *more])


def test_it_works(files, capsys):
    assert 0 == verify(files)

    said = capsys.readouterr().out
    assert "증명되었습니다 · Proven" in said
    assert "/payload/quantity = 520" in said
    assert "증명되지 않은 것:" in said
    assert "5 of 5 witnesses cosigned" in said


def test_it_speaks_json(files, capsys):
    verify(files, "--json")

    told = json.loads(capsys.readouterr().out)
    assert told["proven"]
    assert [3, 5] == [fact["index"] for fact in told["facts"]]


def test_one_changed_byte_is_named(files, capsys):
    lot, _ = files
    data = lot.read_bytes()
    at = data.index(b"\nindex 5\n") + len(b"\nindex 5\n") + 4
    lot.write_bytes(data[:at] + (b"A" if data[at : at + 1] != b"A" else b"B") + data[at + 1 :])

    assert 1 == verify(files)

    said = capsys.readouterr().out
    assert "4번째 기록이 증명되지 않습니다." in said
    assert "Record 4 is not proven." in said
    assert "The checkpoint does not hold this record." in said


def test_a_policy_that_believes_others_proves_nothing(files, capsys):
    _, policy = files
    policy.write_text(policy.read_text().replace("group members 5", "group members 4"))
    assert 0 == verify(files)

    policy.write_text("quorum none\n")

    assert 1 == verify(files)
    assert "The policy does not know the log" in capsys.readouterr().out


def test_a_file_that_is_no_bundle_cannot_be_read(files, capsys):
    lot, _ = files
    lot.write_bytes(b"%PDF-1.7")

    assert 2 == verify(files)
    assert "This is not a proof bundle" in capsys.readouterr().out


def test_a_missing_file_is_named(tmp_path, capsys):
    assert 2 == main([str(tmp_path / "none"), "--policy", str(tmp_path / "none")])
    assert "none: No such file" in capsys.readouterr().err


def test_a_shown_value_cannot_speak_to_the_terminal():
    fact = ProvenFact(
        log="l", index=1, time="", held="device", values={"/a\x1b": "\x1b[2J\u202e\x9b"}
    )

    _, said = fact.lines()

    assert '    /a\\u001b = "\\u001b[2J\\u202e\\u009b"' == said


PROGRAM = """
import socket, sys
def no_network(*_, **__): raise AssertionError("it opened a connection")
socket.socket = no_network
from dure.cli.verify import main
sys.exit(main(sys.argv[1:]))
"""


def test_it_needs_only_cryptography_and_no_network(files, tmp_path):
    """An environment that holds nothing else: python -S, and links to these packages alone."""
    lot, policy = files
    (tmp_path / "only").mkdir()
    (tmp_path / "only/dure").symlink_to(Path(dure.__file__).parent)
    packages = Path(cryptography.__file__).parents[1]
    for each in (packages / "cryptography", *packages.glob("_cffi_backend*")):
        (tmp_path / "only" / each.name).symlink_to(each)

    done = subprocess.run(
        [sys.executable, "-S", "-c", PROGRAM, str(lot), "--policy", str(policy)],
        env={"PYTHONPATH": str(tmp_path / "only")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, "") == (done.returncode, done.stderr)


def test_it_imports_nothing_but_the_engine():
    tree = ast.parse((Path(dure.__file__).parent / "cli/verify.py").read_text())
    ours = {
        node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module.startswith("dure.")
    }

    rooms = {"dure.kernel.", "dure.prove.engine.", "dure.portal.words"}
    assert all(any(name.startswith(room) for room in rooms) for name in ours)

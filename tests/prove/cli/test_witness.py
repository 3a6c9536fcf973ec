import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

import dure
from dure.cli.witness import main
from dure.prove.engine.keys import SignatureType, read_verifier_key
from dure.prove.engine.policy import Policy, write_policy
from dure.prove.store.keys import read_key_file
from tests.prove.log import LOG
from tests.prove.store.test_witness import request as checkpoint


def test_it_makes_a_key_and_prints_its_public_half(tmp_path, capsys):
    path = tmp_path / "key"

    assert 0 == main(["--new", "w.example/busan", "--key", str(path), "--post-quantum"])

    public = read_verifier_key(capsys.readouterr().out.strip())
    assert read_key_file(path).verifier == public
    assert SignatureType.ML_DSA_44 is public.type


def test_without_its_folder_it_says_what_it_needs(tmp_path):
    main(["--new", "w.example/busan", "--key", str(tmp_path / "key")])

    with pytest.raises(SystemExit):
        main(["--key", str(tmp_path / "key")])


def test_a_missing_key_is_named(tmp_path, capsys):
    status = main(["--key", str(tmp_path / "no"), "--state", str(tmp_path), "--policy", "p"])

    assert 1 == status
    assert "no_key_file" in capsys.readouterr().err


@pytest.fixture
def process(tmp_path):
    """A witness in a process of its own, as a member runs it."""
    key, policy = tmp_path / "key", tmp_path / "policy"
    main(["--new", "w.example/busan", "--key", str(key)])
    believed = Policy(logs=(LOG.verifier,), witnesses={}, groups={}, quorum=None)
    policy.write_bytes(write_policy(believed))
    words = ["--key", key, "--state", tmp_path / "state", "--policy", policy, "--port", "0"]
    with subprocess.Popen(
        [sys.executable, "-m", "dure.cli", "witness", *map(str, words)],
        env={**os.environ, "PYTHONPATH": str(Path(dure.__file__).parents[1])},
        stdout=subprocess.PIPE,
        text=True,
    ) as witness:
        try:
            yield witness
        finally:
            witness.kill()


def test_it_cosigns_and_stops_when_asked(process):
    address = process.stdout.readline().split()[-1]

    answer = httpx.post(f"http://{address}/add-checkpoint", content=checkpoint(0, 3))
    process.send_signal(signal.SIGTERM)

    assert 0 == process.wait(timeout=10)
    assert 200 == answer.status_code
    assert answer.text.startswith("— w.example/busan ")

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

import httpx
import pytest

import dure
from dure.cli.witness import main
from dure.prove.engine.keys import SignatureType, read_verifier_key
from dure.prove.engine.note import read_note, verified
from dure.prove.engine.policy import Policy, write_policy
from dure.prove.store.keys import read_key_file
from tests.prove.log import LOG, log_of, served
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


@contextmanager
def running(tmp_path, *words):
    """A witness in a process of its own, as a member runs it."""
    key, policy = tmp_path / "key", tmp_path / "policy"
    main(["--new", "w.example/busan", "--key", str(key)])
    believed = Policy(logs=(LOG.verifier,), witnesses={}, groups={}, quorum=None)
    policy.write_bytes(write_policy(believed))
    always = ["--key", key, "--state", tmp_path / "state", "--policy", policy]
    with subprocess.Popen(
        [sys.executable, "-m", "dure.cli", "witness", *map(str, [*always, *words])],
        env={**os.environ, "PYTHONPATH": str(Path(dure.__file__).parents[1])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as witness:
        try:
            yield witness
        finally:
            witness.kill()


def test_it_cosigns_and_stops_when_asked(tmp_path):
    with running(tmp_path, "--port", "0") as process:
        address = process.stdout.readline().split()[-1]

        answer = httpx.post(f"http://{address}/add-checkpoint", content=checkpoint(0, 3))
        process.send_signal(signal.SIGTERM)

        assert 0 == process.wait(timeout=10)
    assert 200 == answer.status_code
    assert answer.text.startswith("— w.example/busan ")


def test_without_an_address_it_calls_the_log(tmp_path):
    folder, brought = log_of(tmp_path / "log", 300), Queue()
    (folder.path / "pending").write_bytes(bytes(folder.published()))

    with (
        served(folder.path, posted=brought.put) as url,
        running(tmp_path, "--poll", url, "--every", "0.05") as process,
    ):
        cosigned = read_note(brought.get(timeout=20))
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(timeout=10)

    key = read_key_file(tmp_path / "key").verifier
    assert [LOG.verifier, key] == list(verified(cosigned, [LOG.verifier, key]))
    assert brought.empty()


def test_a_log_that_was_rewritten_is_told_once(tmp_path):
    honest, brought = log_of(tmp_path / "log", 300), Queue()
    forged = log_of(tmp_path / "forged", 400, word="forged")
    for folder in (honest, forged):
        (folder.path / "pending").write_bytes(bytes(folder.published()))

    with (
        served(honest.path, posted=brought.put) as url,
        running(tmp_path, "--poll", url, "--every", "0.05") as process,
    ):
        brought.get(timeout=20)
        honest.path.rename(tmp_path / "away")
        forged.path.rename(honest.path)
        said = process.stderr.readline()
        while "does not hold" not in said:  # the log may seem away while folders move
            said = process.stderr.readline()

    assert "w.example/busan: refused: the consistency proof does not hold\n" == said
    assert list((tmp_path / "state/evidence").glob("[0-9a-f]*"))

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http import HTTPStatus
from http.client import HTTPConnection

import httpx
import pytest

from dure.kernel import merkle
from dure.kernel.errors import NotFound, Unavailable
from dure.prove.engine.checkpoint import Checkpoint
from dure.prove.engine.note import read_note, sign_note, verified
from dure.prove.engine.witness import Request
from dure.prove.store.witness import WitnessFolder, witness_folder
from tests.prove.log import LOG, watched, witness

LEAVES = [merkle.leaf_hash(b"%d" % number) for number in range(20)]
FORKED = [*LEAVES[:5], merkle.leaf_hash(b"x"), *LEAVES[6:]]
NOW = 1_796_000_000


def request(old, size, leaves=LEAVES):
    levels = merkle.nodes(leaves)
    proof = merkle.consistency_proof(old, size, lambda k, i: levels[k][i])
    checkpoint = Checkpoint(origin="dure.example/log", size=size, root=merkle.root(leaves[:size]))
    return bytes(Request(old=old, proof=tuple(proof), note=sign_note(checkpoint.text(), LOG)))


def again(folder):
    """The same witness, after its process was killed."""
    return WitnessFolder(folder.path, folder.keys, folder.logs)


def test_what_it_cosigned_survives_it(tmp_path):
    folder = witness(tmp_path, 1).folder
    folder.answer(request(0, 8), NOW)

    revived = again(folder)

    assert HTTPStatus.CONFLICT == revived.answer(request(0, 5), NOW).status
    assert HTTPStatus.OK == revived.answer(request(8, 20), NOW).status
    assert 20 == revived.last("dure.example/log").checkpoint.size


def test_it_remembers_its_time_too(tmp_path):
    folder = witness(tmp_path, 1).folder
    folder.answer(request(0, 8), NOW)

    assert HTTPStatus.SERVICE_UNAVAILABLE == again(folder).answer(request(8, 20), NOW - 1).status


def test_evidence_of_a_fork_is_a_file(tmp_path):
    folder = witness(tmp_path, 1).folder
    folder.answer(request(0, 8), NOW)

    folder.answer(request(8, 8, FORKED), NOW)

    (evidence,) = (folder.path / "evidence").iterdir()
    first, _, second = evidence.read_text().partition("\n\ndure.example/log\n")
    assert 8 == folder.last("dure.example/log").checkpoint.size
    assert "dure.example/log\n8\n" in first
    assert second.startswith("8\n")


def test_without_its_memory_it_does_not_sign(tmp_path):
    folder = witness(tmp_path, 1).folder
    folder.answer(request(0, 8), NOW)
    (memory,) = folder.path.glob("[0-9a-f]*")
    memory.write_bytes(bytes(sign_note("dure.example/log\n1\n" + "A" * 43 + "=\n", LOG)))

    with pytest.raises(Unavailable, match="witness_memory"):
        folder.answer(request(8, 20), NOW)


def test_over_http_it_answers_as_the_specification_says(tmp_path):
    with watched(tmp_path, numbers=(1, 51)) as (_, _, (here, quantum)):
        asked = httpx.post(f"{here.url}/add-checkpoint", content=request(0, 8))
        stale = httpx.post(f"{here.url}/add-checkpoint", content=request(0, 8))
        other = httpx.post(f"{quantum.url}/add-checkpoint", content=request(0, 8))

    assert (200, 409, 200) == (asked.status_code, stale.status_code, other.status_code)
    assert asked.text.startswith("— dure.example/witness/1 ")
    assert ("8\n", "text/x.tlog.size") == (stale.text, stale.headers["Content-Type"])
    assert len(other.text) > 3_000


def test_a_monitor_reads_what_was_cosigned_last(tmp_path):
    with watched(tmp_path, numbers=(1,)) as (_, _, (here,)):
        httpx.post(f"{here.url}/add-checkpoint", content=request(0, 8))
        (name,) = (path.name for path in here.folder.path.glob("[0-9a-f]*"))
        found = httpx.get(f"{here.url}/{name}/checkpoint")
        nothing = httpx.get(f"{here.url}/{'0' * 64}/checkpoint")

    assert 64 == len(name)
    assert [LOG.verifier, here.key.verifier] == list(
        verified(read_note(found.content), [LOG.verifier, here.key.verifier])
    )
    assert 404 == nothing.status_code


def test_two_processes_of_one_witness_sign_one_history(tmp_path):
    """Twenty requests for forks of one size, at two folders that share their disk."""
    first = witness(tmp_path, 1).folder
    second = again(first)
    asked = [(folder, leaves) for folder in (first, second) for leaves in (LEAVES, FORKED)] * 5

    with ThreadPoolExecutor(len(asked)) as pool:
        answers = list(pool.map(lambda one: one[0].answer(request(0, 8, one[1]), NOW), asked))

    assert 1 == sum(answer.cosigned is not None for answer in answers)
    assert {HTTPStatus.OK, HTTPStatus.CONFLICT} == {answer.status for answer in answers}


BAD = [("/add-checkpoint", "x", 400), ("/add-checkpoint", "99999999", 400), ("/other", "0", 404)]


@pytest.mark.parametrize(("path", "length", "status"), BAD)
def test_what_is_no_request_is_refused(tmp_path, path, length, status):
    with watched(tmp_path, numbers=(1,)) as (_, _, (here,)):
        door = HTTPConnection(here.url.removeprefix("http://"))
        door.putrequest("POST", path)
        door.putheader("Content-Length", length)
        door.endheaders()
        answer = door.getresponse()
        answer.read()
        door.close()

    assert status == answer.status


def test_a_witness_opens_by_a_policy_file(tmp_path):
    with watched(tmp_path, numbers=(1,), quorum=1) as (log, policy, (here,)):
        log.write_policy(replace(policy, logs=(LOG.verifier,)))
        folder = witness_folder(tmp_path / "new", [here.key], log.path / "policy")

    assert HTTPStatus.OK == folder.answer(request(0, 8), NOW).status
    with pytest.raises(NotFound):
        witness_folder(tmp_path / "new", [here.key], log.path / "missing")


def test_a_witness_that_runs_learns_of_a_log_from_its_policy_file(tmp_path):
    with watched(tmp_path, numbers=(1,), quorum=1) as (log, policy, (here,)):
        folder = witness_folder(tmp_path / "new", [here.key], log.path / "policy")
        assert HTTPStatus.NOT_FOUND == folder.answer(request(0, 8), NOW).status
        log.write_policy(replace(policy, logs=(*policy.logs, LOG.verifier)))

    assert HTTPStatus.OK == folder.answer(request(0, 8), NOW).status

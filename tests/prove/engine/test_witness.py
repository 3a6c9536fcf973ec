from http import HTTPStatus

import pytest

from dure.kernel import merkle
from dure.prove.engine.checkpoint import Checkpoint
from dure.prove.engine.keys import SignatureType, read_verifier_key, signing_key
from dure.prove.engine.note import read_signatures, sign_note, verified, with_signatures
from dure.prove.engine.witness import Request, decide, read_request

LOG = signing_key("dure.example/log", SignatureType.ED25519, bytes(32))
KEYS = [
    signing_key("w.example/1", SignatureType.COSIGNATURE, bytes([1]) * 32),
    signing_key("w.example/1", SignatureType.ML_DSA_44, bytes([1]) * 32),
]
LEAVES = [merkle.leaf_hash(b"%d" % number) for number in range(20)]
FORKED = [*LEAVES[:5], merkle.leaf_hash(b"x"), *LEAVES[6:]]


def request(old, size, leaves=LEAVES, key=LOG, origin="dure.example/log"):
    levels = merkle.nodes(leaves)
    proof = merkle.consistency_proof(min(old, size), size, lambda k, i: levels[k][i])
    checkpoint = Checkpoint(origin=origin, size=size, root=merkle.root(leaves[:size]))
    return Request(old=old, proof=tuple(proof), note=sign_note(checkpoint.text(), key))


class Witness:
    """A witness that remembers what a server would have made durable."""

    def __init__(self, logs=None):
        self.logs = logs or {"dure.example/log": [LOG.verifier]}
        self.last = {}

    def answer(self, data, now=100):
        answer = decide(bytes(data), logs=self.logs, last=self.last, keys=KEYS, now=now)
        if answer.cosigned:
            self.last[answer.cosigned.checkpoint.origin] = answer.cosigned
        return answer


def test_it_cosigns_a_log_that_only_grows():
    witness = Witness()

    statuses = [witness.answer(request(*step)).status for step in [(0, 3), (3, 3), (3, 8), (8, 20)]]

    assert [HTTPStatus.OK] * 4 == statuses


def test_its_answer_makes_the_checkpoint_cosigned():
    asked = request(0, 3)

    answer = Witness().answer(asked, now=1_796_000_000)

    cosigned = with_signatures(asked.note, read_signatures(answer.body))
    publics = [key.verifier for key in KEYS]
    assert publics == list(verified(cosigned, publics))


def test_a_stale_size_gets_the_right_one():
    witness = Witness()
    witness.answer(request(0, 8))

    answer = witness.answer(request(3, 20))

    assert (HTTPStatus.CONFLICT, "8\n") == (answer.status, answer.body)
    assert "text/x.tlog.size" == answer.content_type


@pytest.mark.parametrize("size", [8, 12])
def test_a_fork_is_refused_and_its_evidence_kept(size):
    witness = Witness()
    witness.answer(request(0, 8))

    answer = witness.answer(request(8, size, FORKED))

    assert HTTPStatus.UNPROCESSABLE_ENTITY == answer.status
    assert answer.cosigned is None
    first, second = (Checkpoint(origin="dure.example/log", size=n, root=merkle.root(leaves[:n]))
                     for n, leaves in [(8, LEAVES), (size, FORKED)])  # fmt: skip
    assert first.text().encode() in answer.evidence
    assert second.text().encode() in answer.evidence


def test_a_rollback_is_refused():
    witness = Witness()
    witness.answer(request(0, 8))

    assert HTTPStatus.CONFLICT == witness.answer(request(0, 5)).status
    assert HTTPStatus.BAD_REQUEST == witness.answer(request(8, 5)).status
    assert 8 == witness.last["dure.example/log"].checkpoint.size


def test_a_second_root_for_the_same_size_is_evidence_whatever_size_was_asked_from():
    witness = Witness()
    witness.answer(request(0, 8))

    answer = witness.answer(request(0, 8, FORKED))

    assert HTTPStatus.CONFLICT == answer.status
    assert answer.evidence


def test_a_stranger_gets_nothing():
    stranger = signing_key("dure.example/log", SignatureType.ED25519, bytes([5]) * 32)

    assert HTTPStatus.FORBIDDEN == Witness().answer(request(0, 3, key=stranger)).status
    assert HTTPStatus.NOT_FOUND == Witness().answer(request(0, 3, origin="rival.example")).status


def test_it_never_signs_a_time_before_its_last():
    witness = Witness()
    witness.answer(request(0, 3), now=100)

    assert HTTPStatus.SERVICE_UNAVAILABLE == witness.answer(request(3, 8), now=99).status
    assert HTTPStatus.OK == witness.answer(request(3, 8), now=100).status


def test_an_empty_tree_has_one_root():
    lie = Checkpoint(origin="dure.example/log", size=0, root=bytes(32)).text()

    answer = Witness().answer(Request(old=0, proof=(), note=sign_note(lie, LOG)))

    assert HTTPStatus.UNPROCESSABLE_ENTITY == answer.status
    assert HTTPStatus.OK == Witness().answer(request(0, 0, [])).status


def test_a_request_goes_through_bytes_unchanged():
    asked = request(3, 8)

    assert asked == read_request(bytes(asked))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"old 3", b"old 03"),
        (b"old 3", b"old +3"),
        (b"old 3", b"old -3"),
        (b"old 3", b"old  3"),
        (b"old 3\n", b"old 3\r\n"),
        (b"old 3", b"new 3"),
        (b"old 3\n", b"old 3\n" + b"A" * 43 + b"=\n"),
        (b"old 3\n", b"old 3\n" * 65),
        (b"\n8\n", b"\n08\n"),
    ],
)
def test_a_request_has_one_spelling(old, new):
    data = bytes(request(3, 8))
    assert old in data
    witness = Witness()
    witness.answer(request(0, 3))

    assert witness.answer(data.replace(old, new, 1)).status in {400, 403, 422}
    assert 3 == witness.last["dure.example/log"].checkpoint.size


def test_the_sequence_of_litewitness_gets_its_answers(vectors):
    """Step 2 spells base64 in a second way (400 in v1.1), step 3 names an unknown log (404)."""
    given = vectors.json("witness/litewitness_sequence.json")
    witness = Witness({given["log_origin"]: [read_verifier_key(given["log_vkey"])]})
    expected = [step["status"] for step in given["steps"]]
    expected[1], expected[2] = HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND

    answers = [witness.answer(step["request"].encode()) for step in given["steps"]]

    assert expected == [answer.status for answer in answers]
    assert ["3\n", "5\n"] == [answer.body for answer in answers if answer.status == 409]

"""Batches of gateways are taken in once; what is missing or wrongly sealed is noticed."""

from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dure.make.consumers.batches import Batches
from dure.make.engine.batch import public_bytes, sealed
from dure.make.engine.manifest import Range
from dure.make.history.keys import Keys, write_keys
from dure.make.wire import spb_flat_pb2 as pb
from tests.make.wire.payloads import message, payload

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
QUEUE = UUID(int=7)
TOPIC = "spBv1.0/F001/DDATA/site/PRESS-1"
NAME = "gateway/F001/site"


def batch(serial, *, key=KEY, queue=QUEUE):
    body = payload(serial % 256, [(None, 8, serial)])
    sealed_body = sealed(TOPIC, body, queue=queue, serial=serial, key=key)
    return message(TOPIC, sealed_body, seq=serial)


@pytest.fixture
def batches(tmp_path):
    write_keys(tmp_path, {"F001": [public_bytes(KEY)]})
    return Batches(Keys(tmp_path), {})


def metrics(admitted):
    return [len(pb.Payload.FromString(each.payload).metrics) for each in admitted.messages]


def test_a_batch_that_comes_again_tells_its_seq_and_nothing_else(batches):
    batches.settle(batches.admit([batch(1), batch(2)]))

    again = batches.admit([batch(2), batch(3), batch(3)])

    assert [0, 1, 0] == metrics(again)
    assert [2, 3, 3] == [pb.Payload.FromString(each.payload).seq for each in again.messages]
    assert {NAME: Range(epoch=str(QUEUE), lo=3, hi=3)} == again.ranges


def test_a_batch_that_never_came_is_written_down(batches):
    batches.settle(batches.admit([batch(1)]))

    admitted = batches.admit([batch(4), batch(5)])

    assert [(NAME, 2, 3)] == [(row["source"], row["lo"], row["hi"]) for row in admitted.missing]
    assert Range(epoch=str(QUEUE), lo=4, hi=5) == admitted.ranges[NAME]


def test_what_is_not_committed_counts_for_nothing(batches):
    batches.admit([batch(1)])

    assert [1] == metrics(batches.admit([batch(1)]))


def test_a_queue_that_was_made_anew_begins_anew(batches):
    batches.settle(batches.admit([batch(9)]))

    assert [1] == metrics(batches.admit([batch(1, queue=UUID(int=8))]))


def test_a_forged_batch_is_set_aside_and_holds_up_nothing(batches):
    forged = bytearray(batch(7).payload)
    forged[3] ^= 1

    admitted = batches.admit([message(TOPIC, bytes(forged)), batch(1)])

    assert ["make.wrong_seal"] == [row.reason.code for row in admitted.refused]
    assert [1] == [each.serial for each in admitted.signed]


def test_a_stranger_signs_for_nobody(batches):
    stranger = Ed25519PrivateKey.generate()

    admitted = batches.admit([batch(1, key=stranger)])

    assert ([1], []) == (metrics(admitted), admitted.signed)


def test_a_message_without_a_seal_passes_untouched(batches):
    plain = message(TOPIC, payload(1, [(None, 8, 5)]))

    assert [plain] == list(batches.admit([plain]).messages)

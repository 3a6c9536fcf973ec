"""A batch is sealed by the member's own device."""

from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from dure.kernel.errors import Unproven
from dure.make.engine.batch import (
    check_proof,
    check_seal,
    key_id,
    proof_of_key,
    public_bytes,
    seal_of,
    sealed,
)
from dure.make.wire import spb_flat_pb2 as pb
from tests.make.wire.payloads import payload

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
QUEUE = UUID(int=7)
TOPIC = "spBv1.0/F001/DDATA/site/PRESS-1"


def a_batch(serial=1):
    return sealed(TOPIC, payload(3, [("force", 1, 2.5)]), queue=QUEUE, serial=serial, key=KEY)


def test_a_sealed_batch_is_still_a_sparkplug_payload():
    batch = a_batch()

    read = pb.Payload.FromString(batch)

    assert (3, [2.5]) == (read.seq, [metric.double_value for metric in read.metrics])


def test_the_format_is_frozen():
    assert "2a6101" + QUEUE.hex + "0000000000000009" == a_batch(9)[-99:-72].hex()
    assert key_id(public_bytes(KEY)).hex() == a_batch(9)[-72:-64].hex()


def test_a_seal_says_which_batch_and_whose_key():
    seal = seal_of(a_batch(41))

    assert (QUEUE, 41, key_id(public_bytes(KEY))) == (seal.queue, seal.serial, seal.key_id)
    check_seal(TOPIC, a_batch(41), public_bytes(KEY))


@given(st.integers(0, len(a_batch()) - 1), st.integers(1, 255))
def test_one_changed_byte_is_noticed(place, change):
    batch = bytearray(a_batch())
    batch[place] ^= change

    with pytest.raises(Unproven):
        check_seal(TOPIC, bytes(batch), public_bytes(KEY))


def test_a_batch_of_one_machine_is_none_of_another():
    with pytest.raises(Unproven):
        check_seal(TOPIC.replace("PRESS-1", "PRESS-2"), a_batch(), public_bytes(KEY))


def test_a_payload_without_a_seal_has_none():
    assert seal_of(payload(3, [("force", 1, 2.5)])) is None
    assert seal_of(b"") is None


def test_a_key_is_shown_to_be_held_for_one_member_only():
    proof = proof_of_key("F001", KEY)

    check_proof("F001", public_bytes(KEY), proof)
    with pytest.raises(Unproven):
        check_proof("F002", public_bytes(KEY), proof)

"""
Batches of members' gateways as ingest takes them in: each once, and checked who signed it.

A gateway sends a batch until the broker acknowledged it, so one may come twice; its serial
number says so. The manifest keeps for each gateway which serials are committed, as the range
of a source of its own (`gateway/F001/site`, epoch = the gateway's queue).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from google.protobuf.message import DecodeError

from dure.kernel.errors import Unproven
from dure.kernel.reason import Reason
from dure.make.engine.batch import HEAD, LENGTH, Seal, check_seal, seal_of
from dure.make.engine.manifest import Range
from dure.make.history.keys import Keys
from dure.make.wire import spb_flat_pb2 as pb
from dure.make.wire.messages import Message, Messages, Quarantined
from dure.make.wire.schema import MOMENT

SOURCE = "gateway/"
SIGNED = pa.schema(
    [
        ("topic", pa.string()),
        ("received", MOMENT),
        ("key", pa.binary()),  # the public key that verifies the payload's seal
        ("serial", pa.int64()),
        ("payload", pa.binary()),  # as it was signed
        ("source", pa.string()),
        ("seq", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True)
class Signed:
    """A message whose seal was checked, and the registered key that made it."""

    message: Message
    serial: int
    public_key: bytes


@dataclass(slots=True)
class Admitted:
    """What is to be read of what came, and what the manifest is told about it."""

    messages: Messages = field(default_factory=lambda: Messages.of([]))
    ranges: dict[str, Range] = field(default_factory=dict)
    missing: list[dict[str, Any]] = field(default_factory=list)
    signed: list[Signed] = field(default_factory=list)
    refused: list[Quarantined] = field(default_factory=list)


@dataclass(slots=True)
class Batches:
    """Knows which serials are committed, and whose keys are registered."""

    keys: Keys
    ends: dict[str, Range]

    def admit(self, messages: Sequence[Message]) -> Admitted:
        """
        Set wrongly sealed batches aside, and empty those that are committed already.

        An emptied one still tells the host its seq, so that no gap is seen where none is.
        """
        given = Messages.of(messages)
        admitted = Admitted(given)
        emptied: dict[int, bytes] = {}
        refused: list[int] = []
        for place in _sealed(given):
            message = given[place]
            seal = seal_of(message.payload) if message.topic else None
            if seal is None:
                continue
            taken = self._admit(message, seal, admitted)
            if taken is None:
                refused.append(place)
            elif not taken:
                emptied[place] = _emptied(message.payload)
        admitted.messages = given.with_payloads(emptied)
        if refused:
            kept = np.delete(np.arange(len(given)), refused)
            admitted.messages = admitted.messages.chosen(kept)
        return admitted

    def settle(self, admitted: Admitted) -> None:
        """Note that what was admitted is committed."""
        self.ends.update(admitted.ranges)

    def _admit(self, message: Message, seal: Seal, admitted: Admitted) -> bool | None:
        """Say whether a batch is new; None where its seal is wrong."""
        key = self.keys.find(message.group, seal.key_id)
        if key is not None and not _holds(message, key):
            reason = Reason("make.wrong_seal", {"topic": message.text[:200]})
            admitted.refused.append(Quarantined(message, reason))
            return None
        is_new = self._follows(message, seal, admitted)
        if is_new and key is not None:
            admitted.signed.append(Signed(message, seal.serial, key))
        return is_new

    def _follows(self, message: Message, seal: Seal, admitted: Admitted) -> bool:
        """Take a serial in; False where it is committed or was seen in this batch already."""
        assert message.topic is not None, "only messages with a topic are asked for a seal"
        name = f"{SOURCE}{message.topic.node.group}/{message.topic.node.edge}"
        epoch, serial = str(seal.queue), seal.serial
        taken = admitted.ranges.get(name)
        before = taken or self.ends.get(name)
        if before is None or before.epoch != epoch:
            admitted.ranges[name] = Range(epoch=epoch, lo=serial, hi=serial)
            return True
        if serial <= before.hi:
            return False
        if serial > before.hi + 1:
            admitted.missing.append(
                {
                    "source": name,
                    "lo": before.hi + 1,
                    "hi": serial - 1,
                    "lo_ms": message.stored_ms,
                    "hi_ms": message.stored_ms,
                }
            )
        lo = taken.lo if taken else serial
        admitted.ranges[name] = Range(epoch=epoch, lo=lo, hi=serial)
        return True


def signed_tables(signed: Sequence[Signed]) -> Mapping[str, pa.Table]:
    """Give what was signed by members' own devices as tables by group, bytes and all."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for each in signed:
        message = each.message
        rows.setdefault(message.group, []).append(
            {
                "topic": message.text,
                "received": message.stored_ms,
                "key": each.public_key,
                "serial": each.serial,
                "payload": message.payload,
                "source": message.source,
                "seq": message.seq,
            }
        )
    return {group: pa.Table.from_pylist(mine, schema=SIGNED) for group, mine in rows.items()}


def _sealed(messages: Messages) -> list[int]:
    """Give the places of payloads that end in what may be a seal."""
    places = np.flatnonzero(messages.size >= LENGTH)
    start = (messages.at + messages.size)[places] - LENGTH
    is_head = np.ones(len(places), bool)
    for step, byte in enumerate(HEAD):
        is_head &= messages.arena[start + step] == byte
    return places[is_head].tolist()


def _emptied(payload: bytes) -> bytes:
    """Give a payload's seq and time without its metrics; bytes that are none stay as they are."""
    try:
        read = pb.Payload.FromString(payload)
    except DecodeError:
        return payload
    del read.metrics[:]
    read.ClearField("body")
    return read.SerializeToString()


def _holds(message: Message, key: bytes) -> bool:
    try:
        check_seal(message.text, message.payload, key)
    except Unproven:
        return False
    return True

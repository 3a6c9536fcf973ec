"""
A JetStream stream read in order, by somebody whose own record is the only cursor.

A `Reader` pulls a stream by an ephemeral consumer that acknowledges nothing and begins
after the last message that its owner has committed. The consumer numbers what it delivers
1, 2, 3…; any other number means that something was lost on the way, and the reader begins
anew from the last good message.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, NamedTuple, overload

import numpy as np

from dure.kernel.errors import Unavailable
from dure.make.wire import compiled
from dure.make.wire.nats import Delivery, Nats

ASK_SECONDS = 5
GRACE_SECONDS = 2.0
SECOND_NS = 1_000_000_000
NO_MESSAGES = (b"404", b"408")
CONSUMER_GONE = (b"409", b"503")
SHORTEST = 32  # bytes of a delivery, at least
ONE_BY_ONE = 16  # frames that are read so before it is looked again for what is expected
SLOTS, TEXT = 1 << 17, 4 << 20  # subjects that are remembered, twice over; bytes of them
Array = np.ndarray[Any, Any]


def _bytes(text: str) -> Array:
    return np.frombuffer(text.encode(), np.uint8)


ACK = _bytes("$JS.ACK.")


class Streamed(NamedTuple):
    """One message of a stream: its place, when it was stored, its MQTT quality of service."""

    seq: int
    stored_ms: int
    subject: str
    payload: bytes
    qos: int


@dataclass(frozen=True, slots=True, eq=False)
class Lot(Sequence[Streamed]):
    """
    Messages of a stream as they came, as columns over the bytes that they came in.

    subject is the place of a subject in subjects, a list that grows.
    """

    subjects: list[str]
    data: bytes
    seq: Array
    stored_ms: Array
    subject: Array
    at: Array
    size: Array
    qos: Array

    def __len__(self) -> int:
        return len(self.seq)

    @overload
    def __getitem__(self, place: int) -> Streamed: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Streamed]: ...
    def __getitem__(self, place: int | slice) -> Streamed | Sequence[Streamed]:
        if isinstance(place, slice):
            return [self[each] for each in range(len(self))[place]]
        at = int(self.at[place])
        return Streamed(
            int(self.seq[place]),
            int(self.stored_ms[place]),
            self.subjects[self.subject[place]],
            self.data[at : at + int(self.size[place])],
            int(self.qos[place]),
        )


@dataclass(slots=True)
class Subjects:
    """Numbers the subjects that came, for all readers of a process: machines say few, and often."""

    texts: list[str] = field(default_factory=list)
    arrays: tuple[Array, Array, Array, Array] = field(init=False)

    def __post_init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew; what was numbered before keeps its own list."""
        self.texts = []
        self.arrays = (
            np.zeros(SLOTS, np.int32),
            np.zeros(SLOTS // 2 + 1, np.int64),
            np.empty(TEXT, np.uint8),
            np.zeros(2, np.int64),
        )

    def forget_if_many(self) -> None:
        """Begin anew where half of the room is taken."""
        count, end = self.arrays[-1].tolist()
        if count > SLOTS // 4 or end > TEXT // 2:
            self.forget()

    def read_new(self) -> None:
        """Write down the subjects that were numbered since the last call."""
        _, starts, text, counts = self.arrays
        for number in range(len(self.texts), int(counts[compiled.COUNT])):
            said = text[starts[number] : starts[number + 1]].tobytes()
            self.texts.append(said.decode(errors="replace"))  # a topic may hold any bytes


class Reader:
    """Reads one stream in order, from after what its owner has committed. See the module."""

    def __init__(
        self,
        nats: Nats,
        *,
        stream: str,
        filters: Sequence[str] = (),
        batch: int = 10_000,
        subjects: Subjects | None = None,
    ):
        self._nats = nats
        self._stream = stream
        self._filters = list(filters)
        self._batch = batch
        self._subjects = subjects or Subjects()
        self._consumer = ""
        self._mark = ACK
        self._delivered = 0
        self._last = 0
        self._awaited: list[str] = []
        self._owed = 0
        self._expires = 0.0
        self.rewinds = 0

    def begin(self, committed: int) -> None:
        """Read from the message after committed on."""
        if self._consumer:
            # the same reader, begun anew; a broker that lost the consumer has none to delete
            self._nats.jetstream(f"CONSUMER.DELETE.{self._stream}.{self._consumer}")
        start = {"deliver_policy": "by_start_sequence", "opt_start_seq": committed + 1}
        config = {
            **start,
            "ack_policy": "none",
            "replay_policy": "instant",
            "inactive_threshold": 60 * SECOND_NS,
            "mem_storage": True,
            "filter_subjects": self._filters,
        }
        answer = self._nats.jetstream(
            f"CONSUMER.CREATE.{self._stream}", {"stream_name": self._stream, "config": config}
        )
        if "error" in answer:
            raise Unavailable("make.stream_refuses", problem=answer["error"]["description"])
        self._consumer = answer["name"]
        self._mark = _bytes(f"{self._stream}.{self._consumer}.")
        self._delivered, self._last, self._owed = 0, committed, 0
        self._awaited = []

    def ask(self) -> None:
        """
        See to it that the broker sends what comes: its socket then has something to read.

        The next lot is asked for when half of the last has come, so that it never pauses.
        """
        if self._owed > self._batch // 2 and monotonic() <= self._expires:
            return
        inbox = self._nats.new_inbox()
        order = {"batch": self._batch, "expires": ASK_SECONDS * SECOND_NS}
        self._nats.publish(
            f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{self._consumer}",
            json.dumps(order).encode(),
            reply=inbox,
        )
        self._awaited = [*self._awaited[-1:], inbox]
        self._owed = min(self._owed, self._batch) + self._batch
        self._expires = monotonic() + ASK_SECONDS + GRACE_SECONDS

    def pull(self, wait: float) -> list[Lot]:
        """Give what has come since, waiting at most so many seconds for the first message."""
        assert self._consumer, "begin first"
        deadline = monotonic() + wait
        while True:
            self.ask()
            self._nats.receive(max(deadline - monotonic(), 0.0))
            read = self._read()
            if read or monotonic() >= deadline:
                return read

    def _read(self) -> list[Lot]:
        """Read all that has come: what is just as expected at once, nearly all; the rest singly."""
        read: list[Lot] = []
        self._subjects.forget_if_many()
        while True:
            self._nats.eat(lambda data: self._eat(read, data))
            others = self._nats.arrived(ONE_BY_ONE)
            if not others:
                return read
            if taken := self._take(others):
                read.append(_lot_of(taken))

    def _eat(self, read: list[Lot], data: bytes) -> int:
        """Read the frames that are just what is expected; gives how many bytes they take."""
        found = np.empty((len(data) // SHORTEST + 1, compiled.FOUND), np.int64)
        subjects = self._subjects
        count, end = compiled.frames(
            np.frombuffer(data, np.uint8), ACK, self._mark, self._delivered, subjects.arrays, found
        )
        if count:
            subjects.read_new()
            seq, stored_ms, subject, at, size, qos = found[:count].T.copy()
            read.append(Lot(subjects.texts, data, seq, stored_ms, subject, at, size, qos))
            self._owed -= count
            self._delivered, self._last = self._delivered + count, int(seq[-1])
        return int(end)

    def _take(self, deliveries: Sequence[Delivery]) -> list[Streamed]:
        """Keep what continues the stream; at the first that does not, begin anew from there."""
        read: list[Streamed] = []
        for delivery in deliveries:
            if delivery.subject in self._awaited and delivery.status in NO_MESSAGES:
                self._awaited.remove(delivery.subject)
                self._owed = min(self._owed, self._batch * len(self._awaited))
            elif delivery.subject in self._awaited and delivery.status in CONSUMER_GONE:
                self._rewind()
                break
            elif delivery.reply.startswith("$JS.ACK."):
                message, consumer, number = streamed(delivery)
                if consumer != self._consumer:
                    continue
                if number != self._delivered + 1:
                    self._rewind()
                    break
                self._delivered, self._last = number, message.seq
                self._owed -= 1
                read.append(message)
        return read

    def _rewind(self) -> None:
        self.rewinds += 1
        self.begin(self._last)


def _lot_of(read: Sequence[Streamed]) -> Lot:
    """Put messages that were read singly into columns."""
    sizes = [len(each.payload) for each in read]
    columns = (
        [each.seq for each in read],
        [each.stored_ms for each in read],
        range(len(read)),
        np.cumsum([0, *sizes[:-1]]),
        sizes,
        [each.qos for each in read],
    )
    return Lot(
        [each.subject for each in read],
        b"".join([each.payload for each in read]),
        *(np.array(each, np.int64) for each in columns),
    )


def streamed(delivery: Delivery) -> tuple[Streamed, str, int]:
    """
    Read a delivery's place off its reply subject.

    $JS.ACK.[domain.account.]stream.consumer.deliveries.stream-seq.consumer-seq.stored-ns.pending
    """
    parts = delivery.reply.split(".")
    base = 2 if len(parts) == 9 else 4
    qos = 1 if b"Nmqtt-Pub:1" in delivery.header or b"Nmqtt-Pub: 1" in delivery.header else 0
    stored_ms = int(parts[base + 5][:-6])  # given in nanoseconds
    message = Streamed(int(parts[base + 3]), stored_ms, delivery.subject, delivery.payload, qos)
    return message, parts[base + 1], int(parts[base + 4])

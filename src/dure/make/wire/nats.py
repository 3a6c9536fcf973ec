"""
A small NATS client: one connection, requests, and a JetStream stream read in order.

The client protocol of NATS (docs.nats.io, Client Protocol) is lines ended by CRLF:

    PUB subject [reply] bytes    HPUB …    SUB subject sid    PING / PONG
    MSG subject sid [reply] bytes          HMSG subject sid [reply] header-bytes total-bytes

A `Reader` pulls a stream by an ephemeral consumer that acknowledges nothing and begins
after the last message that its owner has committed: the owner's own record is the only
cursor. The consumer numbers what it delivers 1, 2, 3…; any other number means that
something was lost on the way, and the reader begins anew from the last good message.
"""

import json
import re
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from time import monotonic
from typing import Any, NamedTuple, Self

from dure.kernel.errors import Unavailable

CRLF = b"\r\n"
CHUNK = 1 << 20
REMEMBERED = 1 << 16  # subjects: machines say few and say them often
ASK_SECONDS = 5
GRACE_SECONDS = 2.0
HELD_AT_ONCE = 20_000
SECOND_NS = 1_000_000_000
FRAMES = (b"MSG", b"HMSG")
NO_MESSAGES = (b"404", b"408")
CONSUMER_GONE = (b"409", b"503")


class Delivery(NamedTuple):
    """One message as NATS delivers it."""

    subject: str
    reply: str
    header: bytes
    payload: bytes

    @property
    def status(self) -> bytes:
        """The status of a message that only says something about a request, else empty."""
        line = self.header.split(CRLF, 1)[0]
        return line[9:12] if line.startswith(b"NATS/1.0 ") else b""


class Streamed(NamedTuple):
    """One message of a stream: its place, when it was stored, its MQTT quality of service."""

    seq: int
    stored_ms: int
    subject: str
    payload: bytes
    qos: int


class Lost(Exception):
    """The connection broke; make another."""


class Nats:
    """One connection. Not for sharing between threads."""

    def __init__(self, host: str, port: int, *, user: str, password: str, timeout: float = 5.0):
        try:
            self._socket = socket.create_connection((host, port), timeout=timeout)
        except OSError as refused:
            raise Unavailable("make.broker_silent", host=host, port=port) from refused
        self._timeout = timeout
        self._buffer = bytearray()
        self._room = memoryview(bytearray(CHUNK))
        self._kept: list[Delivery] = []
        self._inbox = "_INBOX.dure"
        self._asked = 0
        self.max_payload = 0
        try:
            self._greet(user, password)
        except (Lost, Unavailable):
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def fileno(self) -> int:
        """Give the descriptor that is readable when something has come."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the connection."""
        with suppress(OSError):
            self._socket.close()

    def publish(self, subject: str, payload: bytes, *, reply: str = "") -> None:
        """Send a message; it is on its way, no more."""
        head = f"PUB {subject} {reply} {len(payload)}" if reply else f"PUB {subject} {len(payload)}"
        self._send(head.encode() + CRLF + payload + CRLF)

    def flush(self) -> None:
        """Wait until the broker has read all that was sent; raises Unavailable or Lost."""
        self._send(b"PING" + CRLF)
        self._await_pong(monotonic() + self._timeout)

    def request(self, subject: str, payload: bytes = b"") -> bytes:
        """Ask and wait for the one answer; raises Unavailable where nobody answers."""
        inbox = self.new_inbox()
        self.publish(subject, payload, reply=inbox)
        deadline = monotonic() + self._timeout
        others: list[Delivery] = []
        answers: list[Delivery] = []
        while not answers and monotonic() < deadline:
            for delivery in self.deliveries(deadline - monotonic()):
                (answers if delivery.subject == inbox else others).append(delivery)
        self._kept = others + self._kept
        if not answers or answers[0].status == b"503":
            raise Unavailable("make.broker_deaf", subject=subject)
        return answers[0].payload

    def jetstream(self, verb: str, order: dict[str, Any] | None = None) -> dict[str, Any]:
        """Call the JetStream API; gives its answer, with `error` in it where it refused."""
        body = json.dumps(order).encode() if order is not None else b""
        answer: dict[str, Any] = json.loads(self.request(f"$JS.API.{verb}", body))
        return answer

    def new_inbox(self) -> str:
        """Give a subject to which an answer can come."""
        self._asked += 1
        return f"{self._inbox}.{self._asked}"

    def deliveries(self, wait: float) -> list[Delivery]:
        """Give what has come, waiting at most so many seconds for more bytes."""
        if not self._kept:
            self._receive(wait)
        return self.arrived()

    def arrived(self) -> list[Delivery]:
        """Give what has come already."""
        kept, self._kept = self._kept, []
        return kept + self._parse()

    def eat(self, wait: float, eaten: Callable[[bytes], int]) -> None:
        """
        Let somebody who knows what to expect take frames off the front of what comes.

        eaten is given the bytes and says how many of them it took: whole frames.
        """
        if not self._kept:
            self._receive(wait)
            del self._buffer[: eaten(bytes(self._buffer))]

    def _greet(self, user: str, password: str) -> None:
        deadline = monotonic() + self._timeout
        try:
            while CRLF not in self._buffer and monotonic() < deadline:
                self._receive(self._timeout)
        except Lost as gone:
            raise Unavailable("make.broker_odd", said=str(gone)) from gone
        line, _, rest = bytes(self._buffer).partition(CRLF)
        self._buffer = bytearray(rest)
        if not line.startswith(b"INFO "):
            raise Unavailable("make.broker_odd", said=line[:80].decode(errors="replace"))
        info = json.loads(line[5:])
        self.max_payload = int(info["max_payload"])
        self._inbox = f"_INBOX.dure{info.get('client_id', 0)}"
        options = {
            "user": user, "pass": password, "verbose": False, "pedantic": False, "headers": True,
            "no_responders": True, "lang": "python", "version": "1", "name": "dure", "protocol": 1,
        }  # fmt: skip
        self._send(
            b"CONNECT " + json.dumps(options).encode() + CRLF
            + f"SUB {self._inbox}.* 1".encode() + CRLF + b"PING" + CRLF
        )  # fmt: skip
        self._await_pong(deadline)

    def _await_pong(self, deadline: float) -> None:
        while monotonic() < deadline:
            if b"-ERR" in self._buffer:
                said = bytes(self._buffer).decode(errors="replace").strip()
                raise Unavailable("make.broker_refuses", said=said)
            if (at := self._buffer.find(b"PONG\r\n")) >= 0:
                del self._buffer[: at + 6]
                return
            try:
                self._receive(self._timeout)
            except Lost as gone:
                raise Unavailable("make.broker_refuses", said=str(gone)) from gone
        raise Unavailable("make.broker_deaf", subject="PING")

    def _send(self, data: bytes) -> None:
        try:
            self._socket.settimeout(self._timeout)
            self._socket.sendall(data)
        except OSError as broken:
            raise Lost(str(broken)) from broken

    def _receive(self, wait: float) -> None:
        try:
            self._socket.settimeout(max(wait, 0.001))
            size = self._socket.recv_into(self._room)
        except TimeoutError:
            return
        except OSError as broken:
            raise Lost(str(broken)) from broken
        if not size:
            raise Lost("closed by the broker")
        self._buffer += self._room[:size]

    def _parse(self) -> list[Delivery]:
        """Take whole frames off the buffer; what is left of an unfinished one stays."""
        data = bytes(self._buffer)
        read: list[Delivery] = []
        place = 0
        while (end := data.find(CRLF, place)) >= 0:
            words = data[place:end].split()
            after = end + 2
            if words and words[0] in FRAMES:
                after += int(words[-1]) + 2
                if after > len(data):
                    break
                read.append(_delivery(words, data[end + 2 : after - 2]))
            else:
                self._answer(words)
            place = after
        del self._buffer[:place]
        return read

    def _answer(self, words: Sequence[bytes]) -> None:
        if words and words[0] == b"PING":
            self._send(b"PONG" + CRLF)
        elif words and words[0] == b"-ERR":
            raise Lost(b" ".join(words).decode(errors="replace"))


def _delivery(words: Sequence[bytes], body: bytes) -> Delivery:
    split = int(words[-2]) if words[0] == b"HMSG" else 0
    fixed = 5 if words[0] == b"HMSG" else 4
    reply = words[3].decode() if len(words) > fixed else ""
    return Delivery(_text(words[1]), reply, body[:split], body[split:])


class Reader:
    """Reads one stream in order, from after what its owner has committed. See the module."""

    def __init__(
        self, nats: Nats, *, stream: str, filters: Sequence[str] = (), batch: int = 10_000
    ):
        self._nats = nats
        self._stream = stream
        self._filters = list(filters)
        self._batch = batch
        self._consumer = ""
        self._expected = _frames_of(stream, "")
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
        self._expected = _frames_of(self._stream, self._consumer)
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

    def pull(self, wait: float) -> list[Streamed]:
        """Give what has come since, waiting at most so many seconds for the first message."""
        assert self._consumer, "begin first"
        deadline = monotonic() + wait
        while True:
            left = max(deadline - monotonic(), 0.0)
            self.ask()
            read: list[Streamed] = []
            self._nats.eat(left, partial(self._eat, read))
            read += self._take(self._nats.arrived())
            if read or monotonic() >= deadline:
                return read

    def _eat(self, read: list[Streamed], data: bytes) -> int:
        """Read the frames that are just what is expected, nearly all; gives how many bytes."""
        place, number = 0, self._delivered
        while frame := self._expected.match(data, place):
            subject, seq, count, stored_ms, split, size = frame.groups()
            head = frame.end()
            end = head + int(size)
            if int(count) != number + 1 or end + 2 > len(data):
                break
            body = head + int(split) if split else head
            qos = 1 if split and b"Nmqtt-Pub:1" in data[head:body] else 0
            read.append(Streamed(int(seq), int(stored_ms), _text(subject), data[body:end], qos))
            place, number = end + 2, number + 1
        if read:
            self._owed -= len(read)
            self._delivered, self._last = number, read[-1].seq
        return place

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
                message, consumer, number = _streamed(delivery)
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


class Hold:
    """
    Keeps messages in a stream that forgets what nobody waits for, until they are given up.

    A durable consumer that acknowledges all up to a number, and is sent headers only. It is
    never asked what comes next: that is the Reader's. `since` is when it was made; it stands in
    the consumer's metadata, because the broker gives it another time of birth after a restart.
    It needs a connection of its own.
    """

    def __init__(self, nats: Nats, *, stream: str, name: str, subject: str):
        self._nats = nats
        self._ask = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{name}"
        self._make = f"CONSUMER.DURABLE.CREATE.{stream}.{name}"
        self._held: list[tuple[int, str]] = []
        config = {
            "durable_name": name,
            "ack_policy": "all",
            "ack_wait": 600 * SECOND_NS,
            "deliver_policy": "all",
            "filter_subject": subject,
            "headers_only": True,
            "max_ack_pending": HELD_AT_ONCE,
        }
        known = nats.jetstream(f"CONSUMER.INFO.{stream}.{name}")
        marks = known.get("config", {}).get("metadata", {})
        self.since: str = marks.get("since") or self._made(stream, config)

    def _made(self, stream: str, config: dict[str, Any]) -> str:
        made = self._asked({"stream_name": stream, "config": config})
        since: str = made["created"]
        marked = {**config, "metadata": {"since": since}}
        self._asked({"stream_name": stream, "config": marked})
        return since

    def _asked(self, order: dict[str, Any]) -> dict[str, Any]:
        answer = self._nats.jetstream(self._make, order)
        if "error" in answer:
            raise Unavailable("make.stream_refuses", problem=answer["error"]["description"])
        return answer

    def give_up(self, seq: int) -> None:
        """Let the broker forget everything up to seq, as far as it has told us of it."""
        order = {"batch": HELD_AT_ONCE, "no_wait": True}
        self._nats.publish(self._ask, json.dumps(order).encode(), reply=self._nats.new_inbox())
        self._held += [
            (_streamed(delivery)[0].seq, delivery.reply)
            for delivery in self._nats.deliveries(0)
            if delivery.reply.startswith("$JS.ACK.")
        ]
        known = [held for held in self._held if held[0] <= seq]
        if known:
            self._nats.publish(max(known)[1], b"+ACK")
            self._held = [held for held in self._held if held[0] > seq]


def _frames_of(stream: str, consumer: str) -> re.Pattern[bytes]:
    """Give what a consumer's deliveries begin with: subject, seq, number, time, sizes."""
    where = rf"\$JS\.ACK\.(?:[^. ]+\.[^. ]+\.)?{re.escape(stream)}\.{re.escape(consumer)}"
    told = r"\.\d+\.(\d+)\.(\d+)\.(\d+)\d{6}\.\d+(?:\.\S+)?"
    return re.compile(rf"H?MSG (\S+) \S+ {where}{told} (?:(\d+) )?(\d+)\r\n".encode())


@lru_cache(maxsize=REMEMBERED)
def _text(subject: bytes) -> str:
    return subject.decode(errors="replace")  # a topic may hold any bytes


def _streamed(delivery: Delivery) -> tuple[Streamed, str, int]:
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

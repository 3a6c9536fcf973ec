"""
A small NATS client: one connection, requests, and what comes.

The client protocol of NATS (docs.nats.io, Client Protocol) is lines ended by CRLF:

    PUB subject [reply] bytes    HPUB …    SUB subject sid    PING / PONG
    MSG subject sid [reply] bytes          HMSG subject sid [reply] header-bytes total-bytes
"""

import json
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from time import monotonic
from typing import Any, NamedTuple, Self

from dure.kernel.errors import Unavailable

CRLF = b"\r\n"
CHUNK = 1 << 20
REMEMBERED = 1 << 16  # subjects: machines say few and say them often
FRAMES = (b"MSG", b"HMSG")
EVERYTHING = 1 << 30


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

    def subscribe(self, subject: str) -> None:
        """Have what comes on a subject delivered."""
        self._send(f"SUB {subject} 2".encode() + CRLF)

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
            self.receive(wait)
        return self.arrived()

    def arrived(self, most: int = EVERYTHING) -> list[Delivery]:
        """Give what has come already: what was set aside, else so many frames at most."""
        kept, self._kept = self._kept, []
        return kept or self._parse(most)

    def eat(self, eaten: Callable[[bytes], int]) -> None:
        """
        Let somebody who knows what to expect take frames off the front of what has come.

        eaten is given the bytes and says how many of them it took: whole frames. While
        something was set aside, that comes first.
        """
        if self._buffer and not self._kept:
            del self._buffer[: eaten(bytes(self._buffer))]

    def _greet(self, user: str, password: str) -> None:
        deadline = monotonic() + self._timeout
        try:
            while CRLF not in self._buffer and monotonic() < deadline:
                self.receive(self._timeout)
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
                self.receive(self._timeout)
            except Lost as gone:
                raise Unavailable("make.broker_refuses", said=str(gone)) from gone
        raise Unavailable("make.broker_deaf", subject="PING")

    def _send(self, data: bytes) -> None:
        try:
            self._socket.settimeout(self._timeout)
            self._socket.sendall(data)
        except OSError as broken:
            raise Lost(str(broken)) from broken

    def receive(self, wait: float) -> None:
        """Wait at most so many seconds for bytes; raises Lost where the connection broke."""
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

    def _parse(self, most: int) -> list[Delivery]:
        """Take whole frames off the buffer; what is left of an unfinished one stays."""
        data = bytes(self._buffer)
        read: list[Delivery] = []
        place = 0
        while len(read) < most and (end := data.find(CRLF, place)) >= 0:
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


@lru_cache(maxsize=REMEMBERED)
def _text(subject: bytes) -> str:
    return subject.decode(errors="replace")  # a topic may hold any bytes

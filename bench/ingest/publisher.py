"""
Machines as fast as they go: edge nodes over raw MQTT 3.1.1 sockets, in a process of their own.

    python -m bench.ingest.publisher DOORS SECONDS RATE QOS MESSAGES

DOORS is JSON: host, port, user, password and group of each edge node. Every message is a
DDATA of 30 metrics by alias, each with its own timestamp, as Sparkplug asks; all are made
before the first is sent. RATE is messages a second over all nodes, 0 for as fast as the
broker takes them. Prints what it did as JSON.
"""

import json
import resource
import socket
import sys
from collections.abc import Iterator
from time import perf_counter, sleep, time_ns

import numpy as np

METRICS = 30
DEVICES = 25
CHUNK = 64
IN_FLIGHT = 8_192
ALIASES = 128  # the first alias: all take two bytes
TIME_AT, VALUE_AT, METRIC_SIZE = 5, 14, 23  # within a metric; see _metric


class Node:
    """One edge node's connection and its messages, one row of bytes each."""

    def __init__(self, door: dict[str, str], edge: str, qos: int):
        self.group, self.edge, self.qos = door["group"], edge, qos
        self.socket = socket.create_connection((door["host"], int(door["port"])))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connect(door["user"], door["password"])
        self.sent = self.acknowledged = 0
        self._half = b""

    def _connect(self, user: str, password: str) -> None:
        words = [f"{self.group}-{self.edge}".encode(), user.encode(), password.encode()]
        body = b"\x00\x04MQTT\x04\xc2\x00\x00" + b"".join(_word(word) for word in words)
        self.socket.sendall(b"\x10" + _varint(len(body)) + body)
        answer = self.socket.recv(4)
        assert answer == b"\x20\x02\x00\x00", f"the broker refuses: {answer!r}"

    def say_births(self, at_ms: int) -> None:
        bd_seq = b"\x0a\x05bdSeq" + b"\x18" + _varint(at_ms) + b"\x20\x04\x58\x00"
        births = [("NBIRTH", "", _payload(at_ms, 0, [bd_seq]))]
        for device in range(DEVICES):
            metrics = [
                b"\x0a\x09" + f"metric-{place:02d}".encode()
                + _metric(ALIASES + device * METRICS + place, at_ms)
                for place in range(METRICS)
            ]  # fmt: skip
            births.append(("DBIRTH", f"device-{device:02d}", _payload(at_ms, device + 1, metrics)))
        for verb, device_id, body in births:
            self.socket.sendall(_publish(self._topic(verb, device_id), body, self.qos))
        while self.qos and self.acknowledged < len(births):
            self.hear(1)
        self.acknowledged = 0

    def prepare(self, count: int, at_ms: int) -> None:
        """Make all messages: one row of bytes each, numbers set in place."""
        rows = [self._row(device, at_ms) for device in range(DEVICES)]
        places = np.arange(count)
        self.rows = np.array([np.frombuffer(row, np.uint8) for row in rows])[places % DEVICES]
        start = len(rows[0]) - METRICS * METRIC_SIZE
        steps = places // DEVICES
        times = _varints(at_ms + 1 + steps, 6)
        self.rows[:, start - 7 - 3 + 1 : start - 3] = times
        self.rows[:, start - 2 : start] = _varints((places + DEVICES + 1) % 256, 2)
        for metric in range(METRICS):
            at = start + metric * METRIC_SIZE
            self.rows[:, at + TIME_AT + 1 : at + TIME_AT + 7] = times
            self.rows[:, at + VALUE_AT + 1 :][:, :8] = _doubles(places, steps, metric)
        if self.qos:
            ids = ((places % 65_535) + 1).astype(">u2")
            where = start - 7 - 3 - 2
            self.rows[:, where : where + 2] = ids.view(np.uint8).reshape(-1, 2)

    def _row(self, device: int, at_ms: int) -> bytes:
        metrics = [_metric(ALIASES + device * METRICS + place, at_ms) for place in range(METRICS)]
        body = b"\x08" + _varint(at_ms) + b"\x18\x80\x00" + b"".join(map(_field_2, metrics))
        return _publish(self._topic("DDATA", f"device-{device:02d}"), body, self.qos)

    def _topic(self, verb: str, device: str) -> str:
        return f"spBv1.0/{self.group}/{verb}/{self.edge}/{device}".rstrip("/")

    def send(self, most: int) -> int:
        """Send the next messages, at most so many; gives how many."""
        room = IN_FLIGHT - (self.sent - self.acknowledged) if self.qos else most
        chunk = self.rows[self.sent : self.sent + min(most, room)]
        if len(chunk):
            self.socket.sendall(chunk.tobytes())
            self.sent += len(chunk)
        return len(chunk)

    def hear(self, wait: float) -> None:
        """Count acknowledgements: four bytes each."""
        self.socket.settimeout(wait or 0.000_1)
        try:
            heard = self._half + self.socket.recv(1 << 16)
        except TimeoutError:
            return
        finally:
            self.socket.settimeout(None)
        self.acknowledged += len(heard) // 4
        self._half = heard[len(heard) // 4 * 4 :]


def run(nodes: list[Node], seconds: float, rate: float) -> dict[str, float]:
    """Send for so long; at a rate, or as fast as it goes."""
    began, cpu = perf_counter(), _cpu()
    ends = [len(node.rows) for node in nodes]
    while (spent := perf_counter() - began) < seconds:
        allowed = spent * rate if rate else float("inf")
        sent = 0
        for node, end in zip(nodes, ends, strict=True):
            if node.sent < min(end, allowed / len(nodes)):
                sent += node.send(CHUNK)
            if node.qos:
                node.hear(0)
        if all(node.sent == end for node, end in zip(nodes, ends, strict=True)):
            break
        if not sent:
            sleep(0.001)
    for node in nodes:
        while node.qos and node.acknowledged < node.sent:
            node.hear(1)
    return {
        "messages": sum(node.sent for node in nodes),
        "seconds": perf_counter() - began,
        "cpu_seconds": _cpu() - cpu,
    }


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _metric(alias: int, at_ms: int) -> bytes:
    """A metric's fields: alias, timestamp, datatype double, value. 23 bytes with two of alias."""
    times = b"\x18" + _varint(at_ms)
    return b"\x10" + _varint(alias) + times + b"\x20\x0a\x69" + bytes(8)


def _payload(at_ms: int, seq: int, metrics: list[bytes]) -> bytes:
    return b"\x08" + _varint(at_ms) + b"\x18" + _varint(seq) + b"".join(map(_field_2, metrics))


def _field_2(body: bytes) -> bytes:
    return b"\x12" + _varint(len(body)) + body


def _publish(topic: str, body: bytes, qos: int) -> bytes:
    packet = _word(topic.encode()) + (b"\x00\x01" if qos else b"") + body
    return (b"\x32" if qos else b"\x30") + _varint(len(packet)) + packet


def _word(word: bytes) -> bytes:
    return len(word).to_bytes(2, "big") + word


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def _varints(numbers: "np.ndarray", width: int) -> "np.ndarray":
    """Varints padded to one width, which protobuf allows."""
    shifts = np.arange(width) * 7
    parts = (numbers[:, None] >> shifts) & 127
    parts[:, :-1] |= 128
    return parts.astype(np.uint8)


def _doubles(places: "np.ndarray", steps: "np.ndarray", metric: int) -> "np.ndarray":
    values = np.round(100 + metric + ((places * 7919 + steps * 31 + metric * 3) % 97) / 10, 1)
    return values.astype("<f8").view(np.uint8).reshape(-1, 8)


def _nodes(doors: list[dict[str, str]], qos: int) -> Iterator[Node]:
    for number, door in enumerate(doors, 1):
        yield Node(door, f"line-{number}", qos)


if __name__ == "__main__":
    doors, seconds, rate, qos = json.loads(sys.argv[1]), *map(float, sys.argv[2:5])
    now_ms = time_ns() // 1_000_000
    nodes = list(_nodes(doors, int(qos)))
    each = int(sys.argv[5]) // len(nodes)
    for node in nodes:
        node.prepare(each, now_ms)
        node.say_births(now_ms)
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(run(nodes, seconds, rate)), flush=True)

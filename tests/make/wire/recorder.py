"""A broker that only writes down what a client sends: enough MQTT 3.1.1 to see its packets."""

import socket
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

CONNECT, PUBLISH, PUBACK, SUBSCRIBE, PINGREQ, DISCONNECT = 1, 3, 4, 8, 12, 14


@dataclass
class Packet:
    kind: int
    flags: int
    body: bytes

    @property
    def topic(self):
        size = int.from_bytes(self.body[:2], "big")
        return self.body[2 : 2 + size].decode()

    @property
    def payload(self):
        return self.body[2 + len(self.topic.encode()) + (2 if self.qos else 0) :]

    @property
    def qos(self):
        return self.flags >> 1 & 3

    @property
    def retain(self):
        return bool(self.flags & 1)


@dataclass
class Will:
    topic: str
    payload: bytes
    qos: int
    retain: bool
    clean_session: bool


@dataclass
class Recorder:
    """What came, in order."""

    port: int
    packets: list = field(default_factory=list)
    sockets: list = field(default_factory=list)
    ended: Event = field(default_factory=Event)

    def of(self, kind):
        return [packet for packet in self.packets if packet.kind == kind]

    def will(self):
        (connect,) = self.of(CONNECT)
        flags, fields, place = connect.body[7], [], 10
        while place < len(connect.body):
            size = int.from_bytes(connect.body[place : place + 2], "big")
            fields.append(connect.body[place + 2 : place + 2 + size])
            place += 2 + size
        return Will(
            fields[1].decode(), fields[2], flags >> 3 & 3, bool(flags & 32), bool(flags & 2)
        )

    def say(self, topic, payload):
        name = topic.encode()
        body = len(name).to_bytes(2, "big") + name + payload
        self.sockets[-1].sendall(bytes([0x30, len(body)]) + body)

    def serve(self, listener):
        client, _ = listener.accept()
        self.sockets.append(client)
        with client, client.makefile("rb") as stream:
            while packet := _read(stream):
                self.packets.append(packet)
                _answer(client, packet)
                if packet.kind == DISCONNECT:
                    break
        self.ended.set()


@contextmanager
def recording():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        recorder = Recorder(listener.getsockname()[1])
        thread = Thread(target=recorder.serve, args=(listener,))
        thread.start()
        try:
            yield recorder
        finally:
            for each in recorder.sockets:
                each.close()
            thread.join(10)


def _read(stream):
    head = stream.read(1)
    if not head:
        return None
    size = shift = 0
    while True:
        (byte,) = stream.read(1)
        size |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return Packet(head[0] >> 4, head[0] & 15, stream.read(size))


def _answer(client, packet):
    if packet.kind == CONNECT:
        client.sendall(b"\x20\x02\x00\x00")
    elif packet.kind == SUBSCRIBE:
        client.sendall(b"\x90\x03" + packet.body[:2] + b"\x01")
    elif packet.kind == PINGREQ:
        client.sendall(b"\xd0\x00")

"""A message that is sent again because its acknowledgement was lost is history once."""

import socket

import pytest

from dure.make.consumers.capture import Capture
from dure.make.engine.host import Host
from dure.make.engine.manifest import Range
from dure.make.history.health import read_health
from dure.make.history.manifest import open_manifest
from dure.stack.nats import running_nats
from tests.make.consumers.machines import connected, counts, ingesting, until
from tests.make.wire.payloads import born, message, payload

DATA = "spBv1.0/F001/DDATA/line-1/kiln"


class House:
    """One member's messages at quality 1, committed as they come."""

    def __init__(self, folder, manifest):
        self.folder, self.manifest, self.place = folder, manifest, 0
        self.restart()
        self.commit(*born(metrics=[("count", 8, 0)]))

    def restart(self):
        self.capture = Capture.recalled(self.manifest, Host())

    def commit(self, *messages, source="qos1/F001"):
        numbered = []
        for each in messages:
            self.place += 1
            numbered.append(each._replace(seq=self.place, source=source))
        span = Range(epoch="e", lo=self.place - len(messages) + 1, hi=self.place)
        self.capture.commit(numbered, {source: span})

    def counts(self):
        class Home:
            history = self.folder

        return counts(Home)

    def troubles(self):
        rows = read_health(self.folder, "F001")["troubles"]
        return {row["code"]: row["count"] for row in rows}


@pytest.fixture
def house(tmp_path):
    with open_manifest(tmp_path) as manifest:
        yield House(tmp_path, manifest)


def data(seq, count, at=2_000):
    return message(DATA, payload(seq % 256, [(None, 8, count)], at=at))


def test_a_message_sent_again_counts_once_and_is_told(house):
    house.commit(data(2, 1), data(3, 2), data(2, 1), data(3, 2), data(4, 3))

    assert [0, 1, 2, 3] == house.counts()
    assert {"make.sent_again": 2} == house.troubles()


def test_it_is_known_in_the_next_commit_and_after_a_restart(house):
    house.commit(data(2, 1), data(3, 2))
    house.commit(data(3, 2))
    house.restart()
    house.commit(data(2, 1), data(4, 3))

    assert [0, 1, 2, 3] == house.counts()


def test_what_was_never_committed_is_no_repetition(house, monkeypatch):
    def torn(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as here:
        here.setattr(type(house.manifest), "commit", torn)
        with pytest.raises(KeyboardInterrupt):
            house.commit(data(2, 1))
    house.place -= 1
    house.restart()
    house.commit(data(9, 5), source="machines")  # another line takes the number of that one
    house.place -= 1
    house.restart()

    house.commit(data(2, 1))

    assert {1, 5} <= set(house.counts())


def test_the_same_value_said_anew_is_another_message(house):
    house.commit(data(2, 7), data(3, 7), data(4, 7, at=3_000))

    assert [0, 7, 7, 7] == house.counts()


def test_what_nobody_acknowledges_is_never_taken_for_a_repetition(house):
    house.commit(*born(metrics=[("count", 8, 0)]), data(2, 1), data(2, 1), source="machines")

    assert [0, 0, 1, 1] == house.counts()


def test_a_whole_turn_of_numbers_later_the_same_number_is_new(house):
    for first in range(0, 300, 20):
        house.commit(*[data(n + 2, n % 256) for n in range(first, first + 20)])

    assert 301 == len(house.counts())


@pytest.fixture
def broker(tmp_path, monkeypatch):
    with running_nats(tmp_path, ["F001"]) as running:
        monkeypatch.setenv("DURE_NATS_PORT", str(running.broker.port))
        monkeypatch.setenv("DURE_MQTT_PORT", str(running.broker.mqtt_port))
        yield running


def word(text):
    return len(text).to_bytes(2, "big") + text


def varint(number):
    low = number & 127
    return bytes([low]) if number < 128 else bytes([low | 128]) + varint(number >> 7)


def packet(kind, body):
    return bytes([kind]) + varint(len(body)) + body


def publish_and_hear_nothing(door, topic, body, *, again):
    """Publish at quality 1 and hang up before the acknowledgement is heard."""
    words = b"".join(word(each.encode()) for each in ("F001-deaf", door.user, door.password))
    with socket.create_connection((door.host, door.port)) as client:
        client.sendall(packet(0x10, b"\x00\x04MQTT\x04\xc0\x00\x3c" + words))
        assert b"\x20\x02" == client.recv(4)[:2]
        kind = 0x3A if again else 0x32
        client.sendall(packet(kind, word(topic.encode()) + b"\x00\x07" + body))
        assert b"\x40" == client.recv(4)[:1]  # it came; the machine's side never learns of it


def test_over_a_real_broker_a_lost_acknowledgement_doubles_nothing(broker):
    body = payload(2, [(None, 8, 41)], at=4_000)
    with ingesting(broker.home), connected(broker.door("F001"), qos=1) as edge:
        assert edge.host_online.wait(20)
        edge.born()
        until(lambda: counts(broker.home))
        for again in (False, True):
            publish_and_hear_nothing(
                broker.door("F001"), edge.topic("DDATA", "kiln"), body, again=again
            )
        edge.next_seq()
        edge.data(42)
        until(lambda: 42 in counts(broker.home))

    assert [0, 41, 42] == counts(broker.home)

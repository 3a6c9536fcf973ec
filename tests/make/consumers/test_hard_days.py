"""What a broker, a disk and an odd name do to ingest: each is counted, and the rest goes on."""

import os
import shutil
import socket
import subprocess
from contextlib import contextmanager, suppress
from select import select
from unicodedata import normalize

import pytest

from dure.kernel.errors import Unavailable
from dure.make.consumers.sources import Sources
from dure.make.engine.health import THE_HOUSE
from dure.make.history.health import read_health
from dure.stack.broker import read_members
from dure.stack.home import Home
from dure.stack.nats import MEMBERS, admit, running_nats
from tests.make.consumers.machines import Edge, connected, counts, ingesting, until
from tests.make.consumers.test_resends import packet, word
from tests.make.wire.payloads import payload


@pytest.fixture
def broker(tmp_path, monkeypatch):
    with running_nats(tmp_path, ["F001"]) as running:
        monkeypatch.setenv("DURE_NATS_PORT", str(running.broker.port))
        monkeypatch.setenv("DURE_MQTT_PORT", str(running.broker.mqtt_port))
        yield running


def troubles(home, group="F001"):
    rows = read_health(home.history, group).get("troubles", ())
    return {row["code"]: row["count"] for row in rows}


@pytest.mark.parametrize(
    ("device", "body", "code"),
    [
        ("kiln", bytes(10_000_000), "make.too_large"),
        ("가마 1호", payload(2, [(None, 8, 1)]), "make.not_mqtt"),
    ],
    ids=["a payload of 10 MB", "a name with a space"],
)
def test_what_the_broker_hangs_up_on_is_counted_and_the_rest_goes_on(broker, device, body, code):
    home = broker.home
    with ingesting(home):
        with connected(broker.door("F001")) as edge:
            assert edge.host_online.wait(20)
            edge.born()
            until(lambda: counts(home))
            edge.say(edge.topic("DDATA", device), body)
            until(lambda: {"make.went_offline", code} <= set(troubles(home)))
        with connected(broker.door("F001"), edge="line-2") as other:
            other.born()
            other.data(7)
            until(lambda: 7 in counts(home))


def test_what_the_broker_says_on_any_connection_is_heard_while_no_machine_says_anything(broker):
    """Its pings left unanswered, it hangs up: the first word after a quiet night would cut."""
    with Sources(broker.home, {}) as sources:
        hold = sources.stored["F001"].hold
        hold._nats.publish("$JS.API.INFO", b"", reply=hold._nats.new_inbox())
        asked, _, _ = select([hold], [], [], 20)

        sources.gather(1.0)

        assert [hold] == asked
        assert ([], [], []) == select([hold], [], [], 0)


@pytest.mark.parametrize("device", [normalize("NFD", "가마-1호"), "가마-1호"])
def test_hangul_letter_by_letter_is_the_same_machine_and_stops_nothing(broker, device):
    edge_name = normalize("NFD", "구로공장")
    with (
        ingesting(broker.home),
        connected(broker.door("F001"), edge=edge_name, device=device) as edge,
    ):
        assert edge.host_online.wait(20)
        edge.born()
        edge.next_seq()
        edge.data(3)
        until(lambda: 3 in counts(broker.home))
        until(lambda: "make.messages_lost" in troubles(broker.home))

    latest = (broker.home.history / "latest/F001.json").read_text()
    assert "구로공장/가마-1호" in latest


def test_a_topic_that_is_no_text_stops_nothing(broker):
    door = broker.door("F001")
    with ingesting(broker.home), connected(door, qos=1) as edge:
        assert edge.host_online.wait(20)
        edge.born()
        words = b"".join(word(each.encode()) for each in ("F001-odd", door.user, door.password))
        with socket.create_connection((door.host, door.port)) as client:
            client.sendall(packet(0x10, b"\x00\x04MQTT\x04\xc0\x00\x3c" + words))
            client.recv(4)
            topic = b"spBv1.0/F001/DDATA/line-1/\xff\xfe"
            client.sendall(packet(0x30, word(topic) + payload(2, [(None, 8, 1)])))
        edge.data(5)
        until(lambda: 5 in counts(broker.home))


@contextmanager
def mounted(folder, size):
    """Let a folder lie on a small disk of its own; skips where none can be had."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def small_disk(broker):
    """Let the history lie on a disk of two megabytes."""
    with mounted(broker.home.history, "2m"):
        yield broker.home.history


def fill(path):
    """Take all the room that there is."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT)
    with suppress(OSError):
        while os.write(handle, bytes(4_096)):
            pass
    os.close(handle)
    assert shutil.disk_usage(path.parent).free == 0


def test_a_full_disk_makes_ingest_wait_loses_nothing_and_is_counted(broker, small_disk, caplog):
    home = broker.home
    with ingesting(home), connected(broker.door("F001"), qos=1) as edge:
        assert edge.host_online.wait(20)
        edge.born()
        until(lambda: counts(home))
        ballast = small_disk / "ballast"
        fill(ballast)
        for count in range(1, 401):
            edge.data(count)
        until(lambda: all(sent.is_published() for sent in edge.sent))
        until(lambda: "stack.disk_full" in caplog.text, "a full disk")
        before = len(counts(home))

        ballast.unlink()
        until(lambda: len(counts(home)) == 401)
        until(lambda: "make.disk_full" in troubles(home, THE_HOUSE))

    assert before < 401
    assert list(range(401)) == counts(home)


@pytest.fixture
def full_store(tmp_path, monkeypatch):
    """Run a broker whose streams lie on a disk of four megabytes; gives it and the ballast."""
    folder = Home(tmp_path / "small").prepare().nats / "streams"
    folder.mkdir(parents=True)
    with mounted(folder, "4m"), running_nats(tmp_path / "small") as running:
        monkeypatch.setenv("DURE_NATS_PORT", str(running.broker.port))
        monkeypatch.setenv("DURE_MQTT_PORT", str(running.broker.mqtt_port))
        fill(folder / "ballast")
        yield running, folder / "ballast"


def test_a_firm_that_joins_while_the_disk_is_full_is_let_in_once_there_is_room(full_store):
    broker, ballast = full_store
    home = broker.home
    admit(home, "F001", broker=broker.broker, waits=True)
    broker.tend()
    with pytest.raises(Unavailable), Sources(home, {}) as sources:
        sources._open_both("F001")  # just what it tries again with each turn
    stood_outside = waits(home)

    with ingesting(home):
        ballast.unlink()
        broker.stop()
        broker.start()
        until(lambda: not waits(home), "a way in")

    assert stood_outside


def waits(home):
    return all(member.waits for member in read_members(home.nats / MEMBERS))


def test_a_burst_that_nobody_acknowledges_is_read_whole(broker):
    """The server's queue is large enough: past its usual 10,000 it would drop without a word."""
    many, each = 60_000, 100
    with ingesting(broker.home, seal_seconds=1.0):
        edge = Edge(broker.door("F001")).connect()
        assert edge.host_online.wait(20)
        edge.born()
        until(lambda: counts(broker.home))
        edge.client.loop_stop()
        edge.client.disconnect()
        flood(edge, many, each)
        until(lambda: many * each - each in counts(broker.home), "the last of the burst")

    assert many + 1 == len(counts(broker.home))


def flood(edge, many, each):
    """Send as fast as the socket takes it, as a machine that was offline does."""
    door = edge.door
    words = b"".join(word(each.encode()) for each in ("F001-line-1", door.user, door.password))
    topic = word(edge.topic("DDATA", "kiln").encode())
    with socket.create_connection((door.host, door.port)) as client:
        client.sendall(packet(0x10, b"\x00\x04MQTT\x04\xc0\x00\x3c" + words))
        assert b"\x20\x02\x00\x00" == client.recv(4)
        packets = [
            packet(0x30, topic + payload(edge.next_seq(), [(None, 8, n * each)], at=2_000 + n))
            for n in range(many)
        ]
        client.sendall(b"".join(packets))
        client.sendall(b"\xc0\x00")
        assert b"\xd0\x00" == client.recv(2)

"""Ingest between a real broker and a real disk."""

import shutil
from random import Random

import pytest

from dure.kernel.errors import Refused, Unavailable
from dure.make.consumers.ingest import Ingest
from dure.make.consumers.sources import HOLD, MQTT_STREAM
from dure.make.history import queries
from dure.make.history.index import Index
from dure.make.history.latest import read_latest
from dure.make.history.manifest import open_manifest
from dure.make.wire.nats import Nats
from dure.make.wire.presence import knock
from dure.stack.broker import read_members
from dure.stack.nats import MEMBERS, admit, running_nats
from tests.make.consumers.machines import (
    Edge,
    connected,
    counts,
    ingesting,
    until,
)
from tests.make.consumers.zygote import zygote
from tests.make.wire.payloads import payload


@pytest.fixture
def broker(tmp_path, monkeypatch):
    with running_nats(tmp_path, ["F001", "F002"]) as running:
        monkeypatch.setenv("DURE_NATS_PORT", str(running.broker.port))
        monkeypatch.setenv("DURE_MQTT_PORT", str(running.broker.mqtt_port))
        yield running


@pytest.fixture
def durable_broker(tmp_path, monkeypatch):
    """The broker as `dure up` runs it: what it acknowledges is on the disk."""
    with running_nats(tmp_path, ["F001"], durable=True) as running:
        monkeypatch.setenv("DURE_NATS_PORT", str(running.broker.port))
        monkeypatch.setenv("DURE_MQTT_PORT", str(running.broker.mqtt_port))
        yield running


@pytest.fixture
def home(broker):
    return broker.home


def devices(home, group="F001"):
    return read_latest(home.history, group).get("devices", {})


def quarantined(home, group="F001"):
    return [row.code for row in queries.quarantined(home.history, group)]


@pytest.mark.parametrize("qos", [0, 1])
def test_what_a_machine_says_becomes_history_once(broker, home, qos):
    with ingesting(home), connected(broker.door("F001"), qos=qos) as edge:
        assert edge.host_online.wait(20)
        edge.born()
        for count in range(1, 301):
            edge.data(count)

        until(lambda: 300 in counts(home))

    assert list(range(301)) == counts(home)
    assert [] == quarantined(home)


def test_a_member_has_its_own_files_and_never_anothers(broker, home):
    with (
        ingesting(home),
        connected(broker.door("F001")) as mine,
        connected(broker.door("F002")) as theirs,
    ):
        assert mine.host_online.wait(20)
        mine.born()
        theirs.born()
        mine.data(1)
        theirs.data(2)

        until(lambda: 1 in counts(home, "F001") and 2 in counts(home, "F002"))

    assert [0, 1] == counts(home, "F001")
    assert [0, 2] == counts(home, "F002")


def test_the_latest_values_show_and_a_death_takes_the_devices_offline(broker, home):
    with ingesting(home):
        with connected(broker.door("F001")) as edge:
            assert edge.host_online.wait(20)
            edge.born()
            edge.data(41)
            until(lambda: devices(home).get("line-1/kiln", {}).get("is_online"))
            until(lambda: devices(home)["line-1/kiln"]["metrics"]["count"]["value"] == 41)
            edge.client.publish(edge.topic("NDEATH"), edge.death(), qos=1).wait_for_publish(20)

        until(lambda: not devices(home)["line-1/kiln"]["is_online"])


def test_a_value_that_is_no_number_is_kept_and_shown_as_none(broker, home):
    with ingesting(home), connected(broker.door("F001")) as edge:
        assert edge.host_online.wait(20)
        edge.born()
        nan = payload(edge.next_seq(), [(None, 7, float("nan"))])
        edge.say(edge.topic("DDATA", "kiln"), nan)
        edge.data(1)
        until(lambda: 1 in counts(home))

    rows = queries.readings(home.history, "F001", "kiln", metric="temperature")
    assert "nan" == str(rows[-1].value)
    assert devices(home)["line-1/kiln"]["metrics"]["temperature"]["value"] is None


def test_poison_waits_in_the_quarantine_and_the_rest_goes_on(broker, home):
    with ingesting(home), connected(broker.door("F001")) as edge:
        assert edge.host_online.wait(20)
        edge.born()
        edge.say(edge.topic("DDATA", "kiln"), b"\xff\xff")
        edge.data(1)
        until(lambda: 1 in counts(home) and quarantined(home))

    assert ["make.not_sparkplug"] == quarantined(home)


def test_data_before_birth_waits_and_the_node_is_asked_for_its_births(broker, home):
    with ingesting(home), connected(broker.door("F001")) as edge:
        assert edge.host_online.wait(20)
        edge.data(1)

        assert edge.rebirth.wait(20)
        edge.born()
        edge.data(2)
        until(lambda: 2 in counts(home))

    assert ["make.before_birth"] == quarantined(home)


def test_a_lost_message_is_noticed_and_written_down(broker, home):
    with ingesting(home), connected(broker.door("F001")) as edge:
        assert edge.host_online.wait(20)
        edge.born()
        edge.next_seq()
        edge.data(1)

        assert edge.rebirth.wait(20)
        edge.born()
        until(lambda: [line.gaps for line in Index(home.history).refresh() if line.gaps])

    (gap,) = [gap for line in Index(home.history).refresh() for gap in line.gaps]
    assert ("line-1", 2, 3) == (gap["edge"], gap["expected"], gap["got"])


def test_machines_may_speak_before_ingest_listens(broker, home):
    with connected(broker.door("F001")) as edge:
        with ingesting(home):
            assert edge.host_online.wait(20)
        edge.born()
        for count in range(1, 51):
            edge.data(count)
        edge.client.publish("spBv1.0/F001/NDATA/end", b"", qos=1).wait_for_publish(20)

    with ingesting(home):
        until(lambda: 50 in counts(home))

    assert list(range(51)) == counts(home)


def test_a_firm_that_joins_while_ingest_runs_is_heard_from_its_first_word(broker, home):
    with ingesting(home):
        edge = Edge(admit(home, "F003", broker=broker.broker, waits=True))
        until(lambda: broker.tend() or not _waits(home, "F003"))
        broker.tend()
        until(lambda: _may_enter(edge.door))
        edge.connect()
        edge.born()
        edge.data(1)
        until(lambda: 1 in counts(home, "F003"))
        edge.close()

    assert [0, 1] == counts(home, "F003")


def test_a_firms_machines_are_let_in_once_what_they_say_is_held(broker, home):
    door = admit(home, "F004", broker=broker.broker, waits=True)
    broker.tend()
    with pytest.raises(Unavailable, match="broker_refuses"):
        _enter(door)

    with ingesting(home):
        until(lambda: not _waits(home, "F004"))
        held = _held(broker, "F004")
        broker.tend()
        until(lambda: _may_enter(door))
        with connected(door, qos=1) as edge:
            edge.born().data(1)
            until(lambda: 1 in counts(home, "F004"))

    assert HOLD == held["name"]


def _enter(door):
    knock(door.host, door.port, user=door.user, password=door.password)


def _may_enter(door):
    try:
        _enter(door)
    except Unavailable:
        return False
    return True


def _waits(home, group):
    return {each.group: each.waits for each in read_members(home.nats / MEMBERS)}[group]


def _held(broker, group):
    user, password = broker.broker.cooperative_user(group)
    with Nats("127.0.0.1", broker.broker.port, user=user, password=password) as nats:
        return nats.jetstream(f"CONSUMER.INFO.{MQTT_STREAM}.{HOLD}")


def test_a_broker_made_anew_with_its_stream_at_one_is_read_from_its_beginning(
    tmp_path, monkeypatch
):
    for run, first in enumerate((1, 100)):
        with running_nats(tmp_path, ["F001"]) as broker:
            monkeypatch.setenv("DURE_NATS_PORT", str(broker.broker.port))
            monkeypatch.setenv("DURE_MQTT_PORT", str(broker.broker.mqtt_port))
            with ingesting(broker.home), connected(broker.door("F001"), qos=run) as edge:
                assert edge.host_online.wait(20)
                edge.born()
                edge.data(first)
                until(lambda home=broker.home, last=first: last in counts(home))
            home = broker.home
        shutil.rmtree(home.nats / "streams")

    assert [0, 0, 1, 100] == counts(home)
    with open_manifest(home.history) as manifest:
        epochs = {span.epoch for line in manifest.lines for span in line.sources.values()}
    assert 2 <= len(epochs)


def test_a_payload_past_the_brokers_limit_is_refused_and_the_rest_goes_on(broker, home):
    with ingesting(home):
        with connected(broker.door("F001")) as edge:
            assert edge.host_online.wait(20)
            edge.born()
            edge.say(edge.topic("DDATA", "kiln"), bytes(10_000_000))
        with connected(broker.door("F001")) as edge:
            edge.born()
            edge.data(7)
            until(lambda: 7 in counts(home))


def test_a_device_may_have_a_korean_name(broker, home):
    with (
        ingesting(home),
        connected(broker.door("F001"), edge="구로공장", device="가마.1") as edge,
    ):
        assert edge.host_online.wait(20)
        edge.born()
        edge.data(3)
        until(lambda: 3 in counts(home))

    assert [0, 3] == [
        int(row.value)
        for row in queries.readings(home.history, "F001", "가마.1", metric="count")
        if row.value is not None
    ]


def test_only_one_ingest_has_a_home(broker, home):
    with open_manifest(home.history), pytest.raises(Refused):
        Ingest(home=home, stop=None, now_ms=None, tell=None).run()


def test_a_killed_ingest_loses_nothing_and_doubles_nothing(broker, home):
    chance = Random(4)
    total = 0
    with zygote(home) as ingest, connected(broker.door("F001"), qos=1) as edge:
        ingest.start()
        assert edge.host_online.wait(60)
        edge.born()
        until(lambda: counts(home))
        for _ in range(3):
            for _ in range(chance.randrange(200, 600)):
                total += 1
                edge.data(total)
            enough = chance.randrange(len(counts(home)), total)
            until(lambda enough=enough: len(counts(home)) > enough)
            ingest.kill()
            ingest.start()
        ingest.kill()
        edge.client.publish("spBv1.0/F001/NDATA/end", b"", qos=1).wait_for_publish(20)
        with ingesting(home):
            until(lambda: total in counts(home))

    assert list(range(total + 1)) == counts(home)


def test_a_killed_broker_loses_nothing_that_it_acknowledged(durable_broker):
    """PUBACK covers the member's own store, not our stream: both deaths are survived."""
    broker, home = durable_broker, durable_broker.home
    acknowledged = []
    with ingesting(home):
        edge = Edge(broker.door("F001"), qos=1).connect()
        assert edge.host_online.wait(20)
        edge.born()
        until(lambda: counts(home))
        for killed in range(3):
            sent = []
            for count in range(killed * 500 + 1, killed * 500 + 501):
                body = payload(edge.next_seq(), [(None, 8, count)])
                topic = edge.topic("DDATA", "kiln")
                sent.append((count, edge.client.publish(topic, body, qos=1)))
            sent[200][1].wait_for_publish(20)
            broker.child.kill()
            broker.child.wait()
            edge.client.loop_stop()
            acknowledged += [count for count, info in sent if info.is_published()]
            broker.start()
            edge = Edge(broker.door("F001"), qos=1).connect()
            edge.born()
        edge.data(5_000)
        until(lambda: 5_000 in counts(home))
        edge.close()

    found = counts(home)
    assert set(acknowledged) <= set(found)
    assert len(acknowledged) > 600

from datetime import UTC, datetime, timedelta
from socket import SHUT_RDWR
from threading import Event

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from dure.stack.nats import running_nats
from dure.twin.cooperative import Machine
from dure.twin.gateway import Access, Gateway
from dure.twin.machines import Reading
from tests.twin.test_sparkplug import READ

AT = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
KILN = Machine(code="KILN-1", name="가마", name_en="Kiln", process="ceramic-firing")


class Host:
    """The cooperative's ear: hears every Sparkplug message, and may ask for a rebirth."""

    def __init__(self, nats):
        user, password = nats.broker.cooperative_user()
        self.heard, self.changed = [], Event()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, "host", protocol=mqtt.MQTTv311)
        self.client.username_pw_set(user, password)
        self.client.on_message = self._hear
        ready = Event()
        self.client.on_subscribe = lambda *said: ready.set()
        self.client.connect(nats.broker.mqtt_host, nats.broker.mqtt_port)
        self.client.loop_start()
        self.client.subscribe("spBv1.0/#", qos=0)
        assert ready.wait(10)

    def _hear(self, client, told, message):
        self.heard.append((message.topic, READ(message.payload)))
        self.changed.set()

    def wait_for(self, count):
        """Wait until so many messages were heard."""
        while len(self.heard) < count:
            assert self.changed.wait(10), f"{count} of {verbs(self.heard)}"
            self.changed.clear()
        return self.heard

    def stop(self):
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture(scope="module")
def nats(tmp_path_factory):
    with running_nats(tmp_path_factory.mktemp("nats"), ["F001"]) as nats:
        yield nats


@pytest.fixture
def host(nats):
    host = Host(nats)
    yield host
    host.stop()


def gateway(nats):
    door = nats.door("F001")
    access = Access(
        host=door.host,
        port=door.port,
        user=door.user,
        password=door.password,
        group=door.group,
    )
    return Gateway(access=access, node="A", machines=[KILN], at=AT)


def reading(minute):
    values = {"peak_temperature_c": 1250.0 + minute, "cycles": minute}
    return Reading(device="KILN-1", at=AT + timedelta(minutes=minute), values=values)


def verbs(heard):
    return [topic.split("/")[2] for topic, _ in heard]


def test_a_gateway_is_born_speaks_and_says_goodbye(nats, host):
    with gateway(nats) as machines:
        machines.publish([reading(1), reading(2)])

    heard = host.wait_for(5)
    assert ["NBIRTH", "DBIRTH", "DDATA", "DDATA", "NDEATH"] == verbs(heard)
    assert [0, 1, 2, 3] == [payload.seq for _, payload in heard[:4]]


def test_readings_carry_business_time(nats, host):
    with gateway(nats) as machines:
        machines.publish([reading(7)])

    data = host.wait_for(4)[2][1]
    assert (AT + timedelta(minutes=7)).timestamp() * 1000 == data.timestamp


def test_a_broken_connection_is_healed_by_a_new_session_and_nothing_is_missing(nats, host):
    with gateway(nats) as machines:
        machines.publish([reading(1)])
        machines._client.socket().shutdown(SHUT_RDWR)
        machines.publish([reading(2), reading(3)])

    heard = host.wait_for(8)
    minutes = [p.timestamp for topic, p in heard if "DDATA" in topic]
    assert {(AT + timedelta(minutes=m)).timestamp() * 1000 for m in (1, 2, 3)} == set(minutes)
    sessions = [p.metrics[0].long_value for topic, p in heard if "NBIRTH" in topic]
    assert [0, 1] == sessions

"""The broker as machines meet it: real MQTT clients, a real server."""

import json
import queue
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest

from dure.kernel.errors import Malformed
from dure.stack.broker import Broker, configuration, read_members
from dure.stack.home import Home
from dure.stack.nats import GatewayDoor, Nats, admit, let_in, nats_url, running_nats
from tests.stack.programs import NatsClient

WAIT = 10


@pytest.fixture(scope="module")
def nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nats]:
    with running_nats(tmp_path_factory.mktemp("nats"), ["F001", "F002"]) as running:
        yield running


class Gateway:
    """A member's gateway: one MQTT client that remembers what it heard and was told."""

    def __init__(self, door: GatewayDoor) -> None:
        self.door = door
        self.said: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.answers: queue.Queue[object] = queue.Queue()
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=f"edge-{door.group}")
        self.client.username_pw_set(door.user, door.password)
        self.client.on_message = lambda _c, _u, m: self.said.put((m.topic, m.payload))
        self.client.on_connect = lambda _c, _u, _f, code, _p: self.answers.put(code)
        self.client.on_subscribe = lambda _c, _u, _m, codes, _p: self.answers.put(codes)

    def connect(self) -> object:
        self.client.connect(self.door.host, self.door.port)
        self.client.loop_start()
        return self.answers.get(timeout=WAIT)

    def subscribe(self, topic: str, qos: int = 0) -> object:
        self.client.subscribe(topic, qos)
        return self.answers.get(timeout=WAIT)


@contextmanager
def connected(door: GatewayDoor) -> Iterator[Gateway]:
    gateway = Gateway(door)
    try:
        assert "Success" == str(gateway.connect())
        yield gateway
    finally:
        gateway.client.disconnect()
        gateway.client.loop_stop()


def test_it_carries_a_machines_reading_to_the_cooperative(nats: Nats) -> None:
    with NatsClient(nats.url()) as office, connected(nats.door("F001")) as edge:
        office.subscribe("spBv1//0.>")
        edge.client.publish("spBv1.0/F001/DDATA/edge/press.01", b"reading")

        heard = office.next_message()

    assert ("spBv1//0.F001.DDATA.edge.press//01", b"reading") == heard


@pytest.mark.parametrize("qos", [0, 1])
def test_a_command_reaches_only_its_member(nats: Nats, qos: int) -> None:
    with (
        NatsClient(nats.url()) as office,
        connected(nats.door("F001")) as edge,
        connected(nats.door("F002")) as rival,
    ):
        edge.subscribe("spBv1.0/F001/NCMD/#", qos)
        rival.subscribe("spBv1.0/F002/NCMD/#", qos)
        office.publish("spBv1//0.F001.NCMD.edge", b"rebirth")
        office.publish("spBv1//0.F002.NCMD.edge", b"another")

        assert ("spBv1.0/F001/NCMD/edge", b"rebirth") == edge.said.get(timeout=WAIT)
        assert ("spBv1.0/F002/NCMD/edge", b"another") == rival.said.get(timeout=WAIT)
        assert rival.said.empty()


def test_the_state_of_the_host_reaches_every_member(nats: Nats) -> None:
    with NatsClient(nats.url()) as office, connected(nats.door("F002")) as edge:
        codes = edge.subscribe("spBv1.0/STATE/#", 1)
        office.publish("spBv1//0.STATE.dure", b'{"online":true}')

        assert "[ReasonCode(Suback, 'Granted QoS 1')]" == str(codes)
        assert ("spBv1.0/STATE/dure", b'{"online":true}') == edge.said.get(timeout=WAIT)


def test_a_member_cannot_speak_for_another(nats: Nats) -> None:
    with NatsClient(nats.url()) as office, connected(nats.door("F002")) as rival:
        office.subscribe("spBv1//0.>")
        rival.client.publish("spBv1.0/F001/DDATA/edge/press", b"forged")
        rival.client.publish("spBv1.0/F002/DDATA/edge/press", b"its own")

        heard = office.next_message()

    assert ("spBv1//0.F002.DDATA.edge.press", b"its own") == heard


@pytest.mark.parametrize("topic", ["spBv1.0/F001/#", "#", "spBv1.0/+/DDATA/#"])
def test_a_member_cannot_listen_to_another(nats: Nats, topic: str) -> None:
    with connected(nats.door("F002")) as rival:
        codes = rival.subscribe(topic)

    assert "[ReasonCode(Suback, 'Unspecified error')]" == str(codes)


def test_a_wrong_password_is_refused(nats: Nats) -> None:
    door = nats.door("F001")
    stranger = Gateway(
        GatewayDoor(host=door.host, port=door.port, user="F001", password="x", group="F001")
    )

    answer = stranger.connect()
    stranger.client.loop_stop()

    assert str(answer) in ("Not authorized", "Bad user name or password")


def test_a_gateways_password_does_not_open_the_servers_own_door(nats: Nats) -> None:
    door = nats.door("F001")
    address = f"nats://{door.user}:{door.password}@127.0.0.1:{nats.broker.port}"

    with pytest.raises(ConnectionError):
        NatsClient(address).__enter__()


def test_a_firm_that_joins_at_run_time_enters_and_nobody_is_disconnected(nats: Nats) -> None:
    with NatsClient(nats.url()) as office, connected(nats.door("F001")) as edge:
        office.subscribe("spBv1//0.>")
        nats.admit("새식구")
        with connected(eventually(nats.door("새식구"))) as joined:
            joined.client.publish("spBv1.0/새식구/NBIRTH/edge", b"born")
            first = office.next_message()
        edge.client.publish("spBv1.0/F001/NDATA/edge", b"still here")
        second = office.next_message()

    assert ("spBv1//0.새식구.NBIRTH.edge", b"born") == first
    assert ("spBv1//0.F001.NDATA.edge", b"still here") == second


def eventually(door: GatewayDoor) -> GatewayDoor:
    """Knock until the door is open: the server reads its configuration while it runs."""
    for _ in range(200):
        gateway = Gateway(door)
        answer = gateway.connect()
        gateway.client.disconnect()
        gateway.client.loop_stop()
        if str(answer) == "Success":
            return door
    raise AssertionError("the door stays closed")


def test_the_cooperative_sees_a_members_own_account(nats: Nats) -> None:
    with connected(nats.door("F001")), NatsClient(nats.url("F001")) as guest:
        streams = json.loads(guest.request("$JS.API.STREAM.NAMES"))

    assert "$MQTT_sess" in streams["streams"]


def test_another_process_admits_by_the_home_alone(tmp_path: Path) -> None:
    home = Home(tmp_path).prepare()

    first, second = admit(home, "F001"), admit(home, "F001")

    assert first == second
    assert 1 == (home.nats / "members.json").read_text().count('"group"')
    assert 0o600 == (home.nats / "members.json").stat().st_mode & 0o777


def test_a_firm_that_waits_has_an_account_that_its_machines_cannot_enter_yet(
    tmp_path: Path,
) -> None:
    home = Home(tmp_path).prepare()
    broker = Broker(store="", key="key")
    admit(home, "F001", broker=broker, waits=True)

    def users() -> list[str]:
        written = json.loads(configuration(broker, read_members(home.nats / "members.json")))
        return [user["user"] for user in written["accounts"]["M-F001"]["users"]]

    assert ["cooperative@F001"] == users()
    let_in(home, "F001")
    admit(home, "F001", broker=broker, waits=True)
    assert ["F001", "cooperative@F001"] == users()


@pytest.mark.parametrize("group", ["", "두 레", "a.b", "a/b", "STATE", "+", "COOP", "x" * 65])
def test_a_group_that_no_topic_can_carry_is_refused(tmp_path: Path, group: str) -> None:
    with pytest.raises(Malformed, match=r"stack\.bad_group"):
        admit(Home(tmp_path).prepare(), group)


def test_the_configuration_waits_long_enough_and_exports_verb_by_verb() -> None:
    broker = Broker(store="/streams", key="k")

    written = json.loads(configuration(broker, [broker.member("F001")]))

    assert 1_000_000 == written["jetstream"]["max_buffered_msgs"]
    assert "always" == written["jetstream"]["sync_interval"]
    assert 2_000 == written["mqtt"]["max_ack_pending"]
    assert "spBv1//0.F001.>" not in json.dumps(written)
    assert 6 == len(written["accounts"]["M-F001"]["exports"])


def test_two_members_never_share_a_group() -> None:
    broker = Broker(store="/streams", key="k")

    with pytest.raises(Malformed, match=r"stack\.member_twice"):
        configuration(broker, [broker.member("F001"), broker.member("F001")])


def test_an_address_from_outside_replaces_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DURE_NATS_URL", "nats://elsewhere:4222")

    assert "nats://elsewhere:4222" == nats_url(Home(tmp_path).prepare())

"""
A member's gateway: one MQTT connection, one Sparkplug edge node, all of the firm's machines.

Messages go at QoS 1 and stay here until the broker has acknowledged them. When the
connection breaks the gateway comes back with the next session number, is born again,
and sends what was not acknowledged once more, marked as historical: twice may arrive,
never nothing. It answers a host's request for rebirth.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from time import monotonic
from types import TracebackType
from typing import Any, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from dure.twin.cooperative import Machine
from dure.twin.door import insist
from dure.twin.machines import Reading, born
from dure.twin.sparkplug import EdgeNode, Message, milliseconds

QOS = 1
WINDOW = 200
ANSWER_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What GET /gateway gives an owner."""

    host: str
    port: int
    user: str
    password: str
    group: str


@dataclass(slots=True, kw_only=True)
class Gateway:
    """The machines of one firm on the wire, while the `with` block lasts."""

    access: Access
    node: str
    machines: Iterable[Machine]
    at: datetime
    patience: float = 120.0
    _edge: EdgeNode = field(init=False)
    _client: mqtt.Client | None = field(default=None, init=False)
    _rebirth: Event = field(default_factory=Event, init=False)

    def __post_init__(self) -> None:
        self._edge = EdgeNode(
            group=self.access.group, node=self.node, devices=born(self.machines), session=-1
        )

    def __enter__(self) -> Self:
        insist(self._connected, self.patience, f"MQTT {self.access.host}:{self.access.port}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._client is not None:
            will = self._edge.will(milliseconds(self.at))
            self._send([will])  # where the connection is gone, the broker has said it for us
            self._drop()

    def publish(self, readings: Iterable[Reading]) -> None:
        """Send readings and return once the broker holds them all; raises Silence if it cannot."""
        left = list(readings)
        while left:
            window, left = left[:WINDOW], left[WINDOW:]
            self._publish(window)
            self.at = max(self.at, window[-1].at)

    def _publish(self, window: list[Reading]) -> None:
        tried = False

        def attempt() -> bool | None:
            nonlocal tried
            if self._connected() is None:
                return None
            again, tried = tried, True
            return self._send(self._said(reading, again) for reading in window)

        insist(attempt, self.patience, f"MQTT {self.access.host}:{self.access.port}")

    def _said(self, reading: Reading, again: bool) -> Message:
        return self._edge.data(
            reading.device, milliseconds(reading.at), reading.values, is_historical=again
        )

    def _connected(self) -> bool | None:
        """Give True while connected and born, None where that did not work just now."""
        if self._client is not None and self._client.is_connected():
            if self._rebirth.is_set():
                self._rebirth.clear()
                return self._send(self._edge.births(milliseconds(self.at)))
            return True
        self._drop()
        return self._connect()

    def _connect(self) -> bool | None:
        self._edge.session += 1
        will = self._edge.will(milliseconds(self.at))
        up = Event()
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            f"{self.access.group}-{self.node}",
            protocol=mqtt.MQTTv311,
            reconnect_on_failure=False,  # a new session needs a new will and a new birth
        )
        client.username_pw_set(self.access.user, self.access.password)
        client.will_set(will.topic, will.body, qos=QOS)
        client.max_inflight_messages_set(WINDOW)
        client.on_connect = _on_connect(up, f"spBv1.0/{self.access.group}/NCMD/{self.node}")
        client.on_message = self._on_command
        try:
            client.connect(self.access.host, self.access.port)
        except OSError:
            return None
        client.loop_start()
        self._client = client
        if not up.wait(ANSWER_SECONDS):
            self._drop()
            return None
        self._rebirth.clear()
        return self._send(self._edge.births(milliseconds(self.at)))

    def _send(self, messages: Iterable[Message]) -> bool | None:
        assert self._client is not None, "connected first"
        sent = [self._client.publish(each.topic, each.body, qos=QOS) for each in messages]
        deadline = monotonic() + ANSWER_SECONDS  # for all: a broker without room answers none
        with suppress(RuntimeError, ValueError):  # paho says so of a connection that is gone
            for info in sent:
                info.wait_for_publish(max(0.0, deadline - monotonic()))
            if all(info.is_published() for info in sent):
                return True
        self._drop()
        return None

    def _on_command(self, client: mqtt.Client, told: object, message: mqtt.MQTTMessage) -> None:
        if b"Node Control/Rebirth" in message.payload:
            self._rebirth.set()

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()
            client.loop_stop()


def access(said: Mapping[str, Any]) -> Access:
    """Read what GET /gateway answered."""
    return Access(
        host=said["host"],
        port=int(said["port"]),
        user=said["user"],
        password=said["password"],
        group=said["group"],
    )


def _on_connect(up: Event, commands: str) -> Any:
    def on_connect(
        client: mqtt.Client, told: object, flags: object, reason: ReasonCode, more: object
    ) -> None:
        if not reason.is_failure:
            client.subscribe(commands, qos=0)
            up.set()

    return on_connect

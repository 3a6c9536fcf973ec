"""
The host's presence on MQTT: STATE birth and will (Eclipse Sparkplug 3.0, 5.14 and 6.4.28).

    spBv1.0/STATE/dure    {"online":true,"timestamp":T}     retained

The will carries the same T as the birth. The specification asks for quality of service 1.
Ours is 0, because members live in accounts of their own: what comes from another account
at quality 1 the broker delivers to no MQTT client. Nor does it retain there what the
cooperative published: so the birth is said again every few seconds, and a member that
comes later hears it then.
"""

import json
import ssl
from time import monotonic
from typing import Self

import paho.mqtt.client as mqtt

from dure.kernel.errors import Unavailable
from dure.make.engine.topic import state_topic
from dure.make.wire.mqtt import client, close, connect, turn, until

HOST = "dure"
AGAIN_SECONDS = 5
ANSWER_SECONDS = 5


def state(online: bool, at_ms: int) -> bytes:
    """Write what STATE says."""
    return json.dumps({"online": online, "timestamp": at_ms}, separators=(",", ":")).encode()


class Presence:
    """One MQTT connection that says that the host is there. `tend` it often; it needs no thread."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        user: str,
        password: str,
        at_ms: int,
        tls: ssl.SSLContext | None = None,
    ):
        self._client = client(f"host-{HOST}", user=user, password=password, tls=tls)
        self._client.will_set(state_topic(HOST), state(False, at_ms), qos=0, retain=True)
        self._client.on_message = self._on_state
        self._at_ms = at_ms
        self._said = float("-inf")
        connect(self._client, host, port, seconds=ANSWER_SECONDS)
        self._subscribe()
        self.tend()

    def _subscribe(self) -> None:
        """Hear our own STATE before we say it: tck-id-host-topic-phid-birth-sub-required."""
        granted: list[int] = []
        self._client.on_subscribe = lambda *_: granted.append(1)
        self._client.subscribe(state_topic(HOST), qos=1)
        until(self._client, lambda: bool(granted), ANSWER_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def tend(self) -> None:
        """Read, write and say again that we are there; raises Unavailable when cut off."""
        turn(self._client, 0)
        if not self._client.is_connected():
            raise Unavailable("make.broker_cut", host=HOST)
        if monotonic() - self._said >= AGAIN_SECONDS:
            self._publish(online=True)

    def close(self) -> None:
        """Say that we leave, and leave."""
        if self._client.is_connected():
            self._publish(online=False)
            until(self._client, lambda: not self._client.want_write(), ANSWER_SECONDS)
            self._client.disconnect()
        close(self._client)

    def _publish(self, *, online: bool) -> None:
        self._client.publish(state_topic(HOST), state(online, self._at_ms), qos=0, retain=True)
        self._said = monotonic()

    def _on_state(self, client: mqtt.Client, told: object, message: mqtt.MQTTMessage) -> None:
        """Say it again at once where somebody, an old will of ours, says that we are gone."""
        if b'"online":false' in message.payload:
            self._publish(online=True)


def knock(
    host: str, port: int, *, user: str, password: str, tls: ssl.SSLContext | None = None
) -> None:
    """Connect once and leave: the broker makes an account's MQTT streams at the first knock."""
    knocking = client(f"knock-{user}", user=user, password=password, tls=tls)
    connect(knocking, host, port, seconds=ANSWER_SECONDS)
    knocking.disconnect()
    close(knocking)

"""
One connection of a gateway to the cooperative's broker: births, batches, acknowledgements.

    waits for STATE online -> NBIRTH, DBIRTH each -> DDATA ... PUBACK -> the queue gives it up

All goes at quality of service 1, so that all of it stands in one stream in the order in which
it was sent; a batch is the queue's until the broker acknowledged it. Where the host
application goes offline the session ends with its death, and the next one waits.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

import paho.mqtt.client as mqtt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dure.kernel.errors import Unavailable
from dure.make.engine.batch import sealed
from dure.make.engine.topic import EdgeKey, Topic, Verb, command_topic, state_topic
from dure.make.wire import mqtt as line
from dure.make.wire.gateway import sparkplug
from dure.make.wire.gateway.queue import THE_NODE, Batch, Queue
from dure.stack.mqtt import trusting

ANSWER_SECONDS = 10
WINDOW = 64
FRESH_MS = 10_000
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where and as whom a gateway connects; authority: whom it trusts there, PEM."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    group: str
    tls: bool = False
    authority: str = ""


@dataclass(slots=True, kw_only=True)
class Session:
    """
    One session of one edge node. `step` it until it raises Unavailable or `is_over`.

    now_ms gives the wall clock in milliseconds.
    """

    door: Door
    node: str
    queue: Queue
    key: Ed25519PrivateKey
    now_ms: Callable[[], int]
    host: str = "dure"
    is_over: bool = False
    _client: mqtt.Client = field(init=False)
    _bd_seq: int = 0
    _seq: int = 0
    _sent: int = 0
    _is_born: bool = False
    _flying: dict[int, int] = field(default_factory=dict)
    _acknowledged: list[int] = field(default_factory=list)
    _early: set[int] = field(default_factory=set)
    _metrics: dict[str, dict[str, int]] = field(default_factory=dict)
    _latest: dict[int, int] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._bd_seq = self.queue.next_bd_seq()
        self._client = self._made()
        line.connect(self._client, self.door.host, self.door.port, seconds=ANSWER_SECONDS)
        self._client.subscribe([(command_topic(self._edge), 1), (state_topic(self.host), 1)])
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_born and self._client.is_connected():
            self._publish(Verb.NDEATH, "", self._death())
            line.until(self._client, lambda: not self._client.want_write(), ANSWER_SECONDS)
        self._client.disconnect()
        line.close(self._client)
        self._settle()

    def step(self, wait: float) -> None:
        """Read, write and publish what there is; raises Unavailable when cut off."""
        line.turn(self._client, wait)
        if not self._client.is_connected():
            raise Unavailable("make.broker_cut", host=self.door.host)
        self._settle()
        if self._is_born:
            self._publish_batches()

    @property
    def _edge(self) -> EdgeKey:
        return EdgeKey(self.door.group, self.node)

    def _publish_batches(self) -> None:
        room = WINDOW - len(self._flying)
        if room < WINDOW // 2:
            return
        for batch in self.queue.next_batches(self._sent, room):
            if any(each.metric not in self._aliases(batch.device) for each in batch.readings):
                self._device_birth(batch.device)
            self._flying[self._publish_batch(batch)] = batch.serial
            self._sent = batch.serial

    def _publish_batch(self, batch: Batch) -> int:
        aliases = self._aliases(batch.device)
        verb = Verb.DDATA if batch.device else Verb.NDATA
        topic = str(Topic(self._edge, verb, batch.device))
        now = self.now_ms()
        payload = sparkplug.data(
            batch, aliases, seq=self._next_seq(), at_ms=now, historical=self._late(batch, now)
        )
        body = sealed(topic, payload, queue=self.queue.id, serial=batch.serial, key=self.key)
        return int(self._client.publish(topic, body, qos=1).mid)

    def _late(self, batch: Batch, now: int) -> list[bool]:
        """Say of each reading whether it is a replay, or older than one of its metric before it."""
        waited = now - batch.made_ms > FRESH_MS
        late = []
        for each in batch.readings:
            alias = self._aliases(batch.device)[each.metric]
            newest = self._latest.get(alias, 0)
            late.append(waited or each.at_ms < newest)
            self._latest[alias] = max(newest, each.at_ms)
        return late

    def _births(self) -> None:
        self._is_born, self._seq, self._metrics = True, 0, {}
        metrics = self.queue.metrics()
        own = [each for each in metrics if each.device == THE_NODE]
        self._metrics[THE_NODE] = {each.name: each.alias for each in own}
        birth = sparkplug.node_birth(
            own, seq=self._next_seq(), bd_seq=self._bd_seq, at_ms=self.now_ms()
        )
        self._publish(Verb.NBIRTH, "", birth)
        for device in sorted({each.device for each in metrics} - {THE_NODE}):
            self._device_birth(device)

    def _device_birth(self, device: str) -> None:
        metrics = [each for each in self.queue.metrics() if each.device == device]
        self._metrics[device] = {each.name: each.alias for each in metrics}
        body = sparkplug.device_birth(metrics, seq=self._next_seq(), at_ms=self.now_ms())
        self._publish(Verb.DBIRTH, device, body)

    def _aliases(self, device: str) -> dict[str, int]:
        return self._metrics.get(device, {})

    def _next_seq(self) -> int:
        seq, self._seq = self._seq, (self._seq + 1) % 256
        return seq

    def _publish(self, verb: Verb, device: str, body: bytes) -> None:
        self._client.publish(str(Topic(self._edge, verb, device)), body, qos=1)

    def _death(self) -> bytes:
        return sparkplug.death(bd_seq=self._bd_seq, at_ms=self.now_ms())

    def _settle(self) -> None:
        """Give up what was acknowledged, in order: a later one never before an earlier one."""
        if not self._acknowledged:
            return
        self._early.update(self._acknowledged)
        self._acknowledged.clear()
        oldest = min(self._flying.values(), default=self._sent + 1)
        done = [serial for serial in self._early if serial < oldest]
        self.queue.done(done)
        self._early.difference_update(done)

    def _made(self) -> mqtt.Client:
        client = line.client(
            f"{self.door.group}-{self.node}",
            user=self.door.user,
            password=self.door.password,
            tls=trusting(self.door.authority) if self.door.tls else None,
        )
        client.max_inflight_messages_set(WINDOW * 2)
        client.will_set(str(Topic(self._edge, Verb.NDEATH, "")), self._death(), qos=1)
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        return client

    def _on_publish(self, _client: Any, _told: Any, mid: int, _code: Any, _props: Any) -> None:
        serial = self._flying.pop(mid, None)
        if serial is not None:
            self._acknowledged.append(serial)

    def _on_message(self, _client: Any, _told: Any, message: mqtt.MQTTMessage) -> None:
        if message.topic == state_topic(self.host):
            self._hear_state(b'"online":true' in message.payload.replace(b" ", b""))
        elif sparkplug.wants_rebirth(bytes(message.payload)) and self._is_born:
            log.info("the host asked for births")
            self._births()

    def _hear_state(self, online: bool) -> None:
        if online and not self._is_born:
            self._births()
        elif not online and self._is_born:
            self.is_over = True

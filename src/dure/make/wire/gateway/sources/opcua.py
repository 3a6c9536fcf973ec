"""
OPC UA: a machine's own server, by subscription (IEC 62541-4, monitored items).

The server samples and sends what changed; each notification becomes readings with the
server's source time stamp and a quality: 192 where the status is good, 64 where it is
uncertain, 0 where it is bad. What comes within a second is queued together. A connection that
is lost is sought again; what the server kept for us meanwhile it sends then.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from asyncua import ua
from asyncua.client.client import Client
from asyncua.ua.uaerrors import UaError

from dure.kernel.errors import Unavailable
from dure.make.wire.gateway.queue import Queue, Reading, Value
from dure.make.wire.gateway.sources import Offer, Stop, metric_names, quoted

GOOD, UNCERTAIN, BAD = 192, 64, 0
GATHER_SECONDS = 1.0
KEEP = 1_000  # values that the server keeps for each item while we are away
MOST_OFFERS = 500
DEEPEST = 8
_NUMBERS = (int, float, bool)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One node of the server, and the machine's metric that it is."""

    node: str
    machine: str
    metric: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpcUa:
    """One OPC UA server. every: how often it samples, in seconds."""

    url: str
    items: tuple[Item, ...] = ()
    every: float = 1.0
    user: str = ""
    password: str = field(default="", repr=False)
    gather_seconds: float = GATHER_SECONDS
    now_ms: Callable[[], int]

    @property
    def name(self) -> str:
        """Say which server it is."""
        return f"opc ua {self.url}"

    @property
    def places(self) -> tuple[str, ...]:
        """Say which nodes it reads."""
        return tuple(item.node for item in self.items)

    def run(self, queue: Queue, stop: Stop) -> None:
        """Follow the server until told to stop; raises Unavailable when it goes."""
        asyncio.run(self._follow(queue, stop))

    def offers(self) -> list[Offer]:
        """List the server's variables that hold a number, a text or a state."""
        return asyncio.run(self._browse())

    def settings(self, offers: list[Offer], machine: str) -> list[str]:
        """Write the lines that read these nodes as one machine."""
        lines = ["  - kind: opcua", f"    url: {quoted(self.url)}", "    read:"]
        return lines + [
            f"      - {{node: {quoted(each.place)}, machine: {quoted(machine)},"
            f" metric: {quoted(metric)}}}"
            for each, metric in zip(offers, metric_names(offers), strict=True)
        ]

    async def _follow(self, queue: Queue, stop: Stop) -> None:
        came = _Came(self.items, self.now_ms)
        try:
            async with self._client() as client:
                subscription = await client.create_subscription(self.every * 1_000, came)
                nodes = [client.get_node(item.node) for item in self.items]
                came.number(nodes)
                results = await subscription.subscribe_data_change(
                    nodes, queuesize=KEEP, sampling_interval=ua.Double(self.every * 1_000)
                )
                self._check(results)
                while not stop.is_set():
                    await asyncio.sleep(self.gather_seconds)
                    came.hand_over(queue)
                    await client.check_connection()
        except (TimeoutError, OSError, UaError) as lost:
            raise Unavailable("make.source_silent", source=self.name, problem=str(lost)) from lost
        finally:
            came.hand_over(queue)

    def _check(self, results: Any) -> None:
        """Raise Unavailable where the server does not know a node."""
        for item, result in zip(self.items, results, strict=True):
            if isinstance(result, ua.StatusCode):
                raise Unavailable(
                    "make.source_node", source=self.name, node=item.node, problem=result.name
                )

    def _client(self) -> Client:
        client = Client(self.url, timeout=5)
        if self.user:
            client.set_user(self.user)
            client.set_password(self.password)
        return client

    async def _browse(self) -> list[Offer]:
        try:
            async with self._client() as client:
                found: list[Offer] = []
                await _walk(client.nodes.objects, "", found, 0)
                return found
        except (TimeoutError, OSError, UaError) as lost:
            raise Unavailable("make.source_silent", source=self.name, problem=str(lost)) from lost


@dataclass(slots=True)
class _Came:
    """What the subscription said since it was last handed over."""

    items: tuple[Item, ...]
    now_ms: Callable[[], int]
    readings: list[Reading] = field(default_factory=list)
    of_node: dict[Any, Item] = field(default_factory=dict)

    def number(self, nodes: list[Any]) -> None:
        """Remember which item each node is."""
        self.of_node = {node.nodeid: item for node, item in zip(nodes, self.items, strict=True)}

    def datachange_notification(self, node: Any, value: Any, told: Any) -> None:
        """Take one changed value in; asyncua calls this."""
        item = self.of_node[node.nodeid]
        given = told.monitored_item.Value
        at = given.SourceTimestamp or given.ServerTimestamp
        self.readings.append(
            Reading(
                device=item.machine,
                metric=item.metric,
                at_ms=_ms(at) if at else self.now_ms(),
                value=_value(value),
                quality=_quality(given.StatusCode),
            )
        )

    def hand_over(self, queue: Queue) -> None:
        """Queue what came; where there is no room the queue writes down the gap."""
        came, self.readings = self.readings, []
        if came:
            came.sort(key=lambda each: each.device)
            queue.put_or_gap(came, now_ms=self.now_ms())


async def _walk(node: Any, path: str, found: list[Offer], depth: int) -> None:
    """Find variables below a node, without the server's own."""
    for child in await node.get_children():
        if len(found) >= MOST_OFFERS or depth > DEEPEST:
            return
        if child.nodeid.NamespaceIndex == 0:
            continue
        name = (await child.read_browse_name()).Name
        whole = f"{path}/{name}" if path else name
        if await child.read_node_class() == ua.NodeClass.Variable:
            found.append(
                Offer(place=child.nodeid.to_string(), name=whole, sample=await _sample(child))
            )
        else:
            await _walk(child, whole, found, depth + 1)


async def _sample(node: Any) -> str:
    try:
        return str(_value(await node.read_value()))
    except UaError:
        return ""


def _value(value: Any) -> Value:
    if isinstance(value, float) and not isfinite(value):
        return None
    if value is None or isinstance(value, (*_NUMBERS, str)):
        return value
    return str(value)


def _quality(status: ua.StatusCode | None) -> int | None:
    if status is None or status.is_good():
        return GOOD
    return BAD if status.is_bad() else UNCERTAIN


def _ms(at: datetime) -> int:
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return int(aware.timestamp() * 1_000)

"""
A Sparkplug host application's memory of every edge node (Eclipse Sparkplug 3.0, chapters 5 and 6).

It is told each message once, in the order of arrival, and answers with the names that
the message's aliases stand for, or with the reason why the message cannot be read. It
keeps for each edge node: is it online, its birth's bdSeq, the next seq, what its node
and devices declared. It asks for a rebirth where it has lost the thread, at most once
per edge node in a while and at most so many in a second over all, so that a restart of
the host is no storm.

    NBIRTH seq 0 → names    DDATA seq 1 → names    DDATA seq 3 → names, and after the
    reorder time-out without seq 2: a gap, and a rebirth is asked for

Times are milliseconds since 1970 as the broker saw them; nothing here reads a clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dure.kernel.reason import Reason
from dure.make.engine.health import Tally
from dure.make.engine.topic import EdgeKey, Topic, Verb

SEQS = 256
BEHIND = 128


@dataclass(frozen=True, slots=True)
class Declared:
    """One metric as a birth declares it."""

    name: str
    alias: int | None
    datatype: int


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """What one birth declared; compared and cached by identity."""

    node: EdgeKey
    device: str
    metrics: tuple[Declared, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One message, as far as the host must understand it."""

    topic: Topic
    at_ms: int
    sent_ms: int | None = None
    seq: int | None = None
    bd_seq: int | None = None
    declared: tuple[Declared, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """
    Messages that never came: the seq that was expected, the first that came instead.

    heard_ms is when the last message before it came, since_ms when the first after it did.
    """

    node: EdgeKey
    expected: int
    got: int
    heard_ms: int
    since_ms: int


@dataclass(slots=True)
class Edge:
    """
    What the host knows of one edge node.

    gone are its devices that are dead or not born again yet, and since when; offline_ms
    is when the node itself died. From then on all their metrics are stale.
    """

    online: bool = False
    bd_seq: int | None = None
    next_seq: int | None = None
    names: Names | None = None
    devices: dict[str, Names] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)
    offline_ms: int = 0
    early: set[int] = field(default_factory=set)
    waiting_since_ms: int | None = None
    first_early: int = 0
    heard_ms: int = 0
    asked_ms: int | None = None


@dataclass(slots=True, kw_only=True)
class Host:
    """The memory of one host application. Deterministic: the same messages, the same answers."""

    reorder_ms: int = 2_000
    ask_again_ms: int = 10_000
    asks_per_second: int = 20
    edges: dict[EdgeKey, Edge] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    _wanted: dict[EdgeKey, None] = field(default_factory=dict)
    _waiting: set[EdgeKey] = field(default_factory=set)
    _asked: list[int] = field(default_factory=list)

    def hear(self, heard: Heard) -> Names | Reason:
        """Take one message in: the names to read it by, or why it cannot be read."""
        edge = self.edges.get(heard.topic.node)
        if edge is None:
            edge = self.edges[heard.topic.node] = Edge()
        match heard.topic.verb:
            case Verb.NBIRTH:
                return self._node_born(edge, heard)
            case Verb.NDEATH:
                return self._node_died(edge, heard)
            case Verb.NDATA | Verb.DDATA:
                return self._data(edge, heard)
            case Verb.DBIRTH:
                return self._device_born(edge, heard)
            case Verb.DDEATH:
                return self._device_died(edge, heard)

    def hear_data(
        self, node: EdgeKey, devices: Sequence[str], first: int, count: int, at_ms: int
    ) -> list[Names] | None:
        """
        Take many data messages of one edge node at once, if nothing about them is odd.

        Their seqs run on from first; devices are those that they are of, '' for the node.
        Gives the names of each device; None, and nothing is taken, where one is out of
        order or not to be read: then hear them singly.
        """
        edge = self.edges.get(node)
        if edge is None or not edge.online or edge.early or edge.next_seq != first:
            return None
        names: list[Names] = []
        for device in devices:
            mine = edge.devices.get(device) if device else edge.names
            if mine is None or device in edge.gone:
                return None
            names.append(mine)
        edge.next_seq = (first + count) % SEQS
        edge.heard_ms = at_ms
        return names

    def stale_since(self, node: EdgeKey, device: str) -> int | None:
        """Say since when what a device said last may hold no more; None while it is online."""
        edge = self.edges.get(node)
        if edge is None:
            return 0
        if not edge.online:
            return min(edge.offline_ms, edge.gone.get(device, edge.offline_ms))
        return edge.gone.get(device)

    def lost_the_thread(self, node: EdgeKey) -> None:
        """Want a rebirth of an edge node, for example after an alias that no birth declared."""
        self._wanted[node] = None

    def rebirths_due(self, now_ms: int) -> list[EdgeKey]:
        """Give the edge nodes to ask for a rebirth now; note gaps whose reorder time is over."""
        for node, edge in self.edges.items():
            if edge.waiting_since_ms is not None:
                self._give_up_waiting(node, edge, now_ms)
        self._asked = [asked for asked in self._asked if now_ms - asked < 1_000]
        due = []
        for node in list(self._wanted):
            if len(self._asked) >= self.asks_per_second:
                break
            edge = self.edges.setdefault(node, Edge())
            if self._may_ask(edge, now_ms):
                edge.asked_ms = now_ms
                self._asked.append(now_ms)
                self._forget_wish(node)
                due.append(node)
                self.tally.note(node.group, node.edge, Reason("make.rebirth_asked"), now_ms)
        self._note_waiting(now_ms)
        return due

    def _may_ask(self, edge: Edge, now_ms: int) -> bool:
        return edge.asked_ms is None or now_ms - edge.asked_ms >= self.ask_again_ms

    def _note_waiting(self, now_ms: int) -> None:
        """Count the requests that so many others hold back, each once until it is made."""
        if len(self._asked) < self.asks_per_second:
            return
        for node in self._wanted.keys() - self._waiting:
            if self._may_ask(self.edges.setdefault(node, Edge()), now_ms):
                self._waiting.add(node)
                self.tally.note(node.group, "", Reason("make.rebirth_waits"), now_ms)

    def _forget_wish(self, node: EdgeKey) -> None:
        self._wanted.pop(node, None)
        self._waiting.discard(node)

    def take_gaps(self) -> list[Gap]:
        """Hand over the gaps noted since the last call."""
        gaps, self.gaps = self.gaps, []
        return gaps

    def _node_born(self, edge: Edge, heard: Heard) -> Names | Reason:
        if (wrong := _wrong_birth(heard)) is not None:
            return wrong
        edge.online = True
        edge.bd_seq = heard.bd_seq
        edge.names = Names(heard.topic.node, "", heard.declared)
        edge.gone |= {device: heard.at_ms for device in edge.devices if device not in edge.gone}
        assert heard.seq is not None, "a birth without seq is refused above"
        edge.next_seq = (heard.seq + 1) % SEQS
        edge.heard_ms = heard.at_ms
        edge.early.clear()
        edge.waiting_since_ms = None
        self._forget_wish(heard.topic.node)
        return edge.names

    def _node_died(self, edge: Edge, heard: Heard) -> Names | Reason:
        """Mark the node offline, unless the death belongs to an earlier birth (its bdSeq)."""
        node = heard.topic.node
        if edge.bd_seq is None or edge.bd_seq == heard.bd_seq:
            edge.online, edge.offline_ms = False, heard.at_ms
            self.tally.note(node.group, node.edge, Reason("make.went_offline"), heard.at_ms)
        return edge.names or Names(node, "")

    def _device_born(self, edge: Edge, heard: Heard) -> Names | Reason:
        if edge.names is None or not edge.online:
            return self._before_birth(heard)
        if (wrong := _wrong_birth(heard)) is not None:
            return wrong
        self._follow(edge, heard)
        names = Names(heard.topic.node, heard.topic.device, heard.declared)
        edge.devices[heard.topic.device] = names
        edge.gone.pop(heard.topic.device, None)
        return names

    def _data(self, edge: Edge, heard: Heard) -> Names | Reason:
        device = heard.topic.device
        names = edge.devices.get(device) if device else edge.names
        trailing = heard.seq is not None and heard.seq == edge.next_seq
        if names is None or not (edge.online or trailing) or device in edge.gone:
            return self._before_birth(heard)
        wrong = self._follow(edge, heard)
        return names if wrong is None else wrong

    def _device_died(self, edge: Edge, heard: Heard) -> Names | Reason:
        device = heard.topic.device
        if device not in edge.devices or not edge.online:
            return self._before_birth(heard)
        if (wrong := self._follow(edge, heard)) is not None:
            return wrong
        edge.gone[device] = heard.sent_ms or heard.at_ms
        return edge.devices[device]

    def _before_birth(self, heard: Heard) -> Reason:
        self.lost_the_thread(heard.topic.node)
        return Reason("make.before_birth", {"topic": str(heard.topic)})

    def _follow(self, edge: Edge, heard: Heard) -> Reason | None:
        """Check a seq against the expected one. Late ones are waited for, repeated ones are odd."""
        seq = heard.seq
        if seq is None:
            return None
        if not 0 <= seq < SEQS:
            return Reason("make.seq_range", {"seq": seq})
        if edge.next_seq is None:
            edge.next_seq = seq
        ahead = (seq - edge.next_seq) % SEQS
        if ahead == 0:
            _advance(edge)
            edge.heard_ms = heard.at_ms
        elif ahead < BEHIND:
            if edge.waiting_since_ms is None:
                edge.waiting_since_ms, edge.first_early = heard.at_ms, seq
            edge.early.add(seq)
        else:
            self._repeated(heard, seq)
        return None

    def _repeated(self, heard: Heard, seq: int) -> None:
        node = heard.topic.node
        reason = Reason("make.seq_repeated", {"topic": str(heard.topic), "seq": seq})
        self.tally.note(node.group, node.edge, reason, heard.at_ms)
        self.lost_the_thread(node)

    def _give_up_waiting(self, node: EdgeKey, edge: Edge, now_ms: int) -> None:
        since = edge.waiting_since_ms
        if since is None or now_ms - since < self.reorder_ms:
            return
        assert edge.next_seq is not None, "waiting means that a seq was expected"
        self.gaps.append(
            Gap(
                node=node,
                expected=edge.next_seq,
                got=edge.first_early,
                heard_ms=edge.heard_ms or since,
                since_ms=since,
            )
        )
        lost = (edge.first_early - edge.next_seq) % SEQS
        reason = Reason("make.messages_lost", {"lost": lost})
        self.tally.note(node.group, node.edge, reason, since, lost)
        edge.next_seq, edge.waiting_since_ms = None, None
        edge.early.clear()
        self.lost_the_thread(node)


def _advance(edge: Edge) -> None:
    assert edge.next_seq is not None, "advanced only from a known seq"
    edge.next_seq = (edge.next_seq + 1) % SEQS
    while edge.next_seq in edge.early:
        edge.early.discard(edge.next_seq)
        edge.next_seq = (edge.next_seq + 1) % SEQS
    if not edge.early:
        edge.waiting_since_ms = None


def _wrong_birth(heard: Heard) -> Reason | None:
    if heard.seq is None or not 0 <= heard.seq < SEQS:
        return Reason("make.seq_range", {"seq": -1 if heard.seq is None else heard.seq})
    if any(not metric.name for metric in heard.declared):
        return Reason("make.nameless", {"topic": str(heard.topic)})
    aliases = [metric.alias for metric in heard.declared if metric.alias is not None]
    if len(set(aliases)) != len(aliases):
        return Reason("make.alias_twice", {"topic": str(heard.topic)})
    return None


def births_as_json(host: Host) -> dict[str, Any]:
    """Write down what the births declared, to go on after a restart."""
    return {
        "edges": [
            {
                "group": node.group,
                "edge": node.edge,
                "online": edge.online,
                "bd_seq": edge.bd_seq,
                "names": _names_json(edge.names),
                "devices": [[device, _names_json(names)] for device, names in edge.devices.items()],
                "offline_ms": edge.offline_ms,
                "gone": dict(sorted(edge.gone.items())),
            }
            for node, edge in sorted(host.edges.items(), key=lambda item: item[0])
            if edge.names is not None
        ]
    }


def recall_births(host: Host, written: Mapping[str, Any]) -> None:
    """Take back what `births_as_json` wrote."""
    for row in written["edges"]:
        node = EdgeKey(row["group"], row["edge"])
        host.edges[node] = Edge(
            online=row["online"],
            bd_seq=row["bd_seq"],
            names=_names(node, "", row["names"]),
            devices={name: _names(node, name, rows) for name, rows in row["devices"]},
            gone=row["gone"],
            offline_ms=row["offline_ms"],
        )


def _names_json(names: Names | None) -> list[list[Any]]:
    metrics = () if names is None else names.metrics
    return [[metric.name, metric.alias, metric.datatype] for metric in metrics]


def _names(node: EdgeKey, device: str, rows: Sequence[Sequence[Any]]) -> Names:
    return Names(node, device, tuple(Declared(*row) for row in rows))

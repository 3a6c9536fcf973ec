"""
Where machine messages come from: two streams of each member, both in the member's own account.

What machines say goes to the member's stream `MACHINES`, at any quality of service. At quality of
service 1 the broker acknowledges it once it stands in the member's `$MQTT_msgs`, which may be
before it stands in `MACHINES`: after a broker's sudden death that may never have it. So those are
read where they were acknowledged. A durable consumer holds them there until we have committed and
give them up; their copies in `MACHINES` are passed over from the moment at which that hold began.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import datetime
from selectors import EVENT_READ, DefaultSelector
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import numpy as np

from dure.kernel.errors import Unavailable
from dure.kernel.reason import Reason
from dure.make.consumers.hangups import HangUps
from dure.make.engine.manifest import Range
from dure.make.engine.topic import topic_of_subject
from dure.make.wire.hold import Hold
from dure.make.wire.messages import Messages, Told, told_of
from dure.make.wire.nats import Nats
from dure.make.wire.presence import knock
from dure.make.wire.reader import Lot, Reader, Subjects
from dure.stack.broker import ROOT, UP, read_members
from dure.stack.home import Home
from dure.stack.mqtt import own_context
from dure.stack.nats import MEMBERS, broker_of, let_in, nats_url, reachable

STREAM = "MACHINES"
MACHINES = "machines/"
QOS1 = "qos1/"
MQTT_STREAM = "$MQTT_msgs"
MQTT_PREFIX = "$MQTT.msgs."
HOLD = "dure_hold"
LARGEST_STREAM = 16 << 30


@dataclass(frozen=True, slots=True)
class Missing:
    """Messages that a stream lost before we had them: first, last, and when it goes on."""

    lo: int
    hi: int
    hi_ms: int


@dataclass(slots=True)
class Source:
    """
    One stream as ingest reads it: what is committed, and what was taken since.

    What was cut off for a commit may still be on its way to the disk while more is taken.
    """

    name: str
    group: str
    nats: Nats
    stream: str
    reader: Reader
    committed: Range
    missing: Missing | None = None
    hold: Hold | None = None
    _last: int = 0
    _cut: int = 0
    _subjects: list[str] = field(default_factory=list)
    _topics: list[Told] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._last = self._cut = self.committed.hi
        self.reader.begin(self._last)

    def pull(self, held_since_ms: int) -> list[Messages]:
        """
        Give what has come since, each message once.

        held_since_ms is from when on what was acknowledged is read where that was done.
        """
        lots = self.reader.pull(0.0)
        if lots:
            self._last = int(lots[-1].seq[-1])
        return [self._ours(lot, held_since_ms) for lot in lots]

    def _ours(self, lot: Lot, held_since_ms: int) -> Messages:
        held = lot.stored_ms >= held_since_ms
        ours = held if self.hold else (lot.qos == 0) | ~held
        whole = Messages(
            [self.name],
            self._read(lot.subjects),
            np.zeros(len(lot), np.int64),
            lot.seq,
            lot.stored_ms,
            lot.subject,
            np.frombuffer(lot.data, np.uint8),
            lot.at,
            lot.size,
        )
        return whole if ours.all() else whole.chosen(np.flatnonzero(ours))

    def _read(self, subjects: list[str]) -> list[Told]:
        """Read subjects as topics; of a list that grew only what is new."""
        if subjects is not self._subjects:
            self._subjects, self._topics = subjects, []
        new = subjects[len(self._topics) :]
        self._topics += [told_of(topic_of_subject(each.removeprefix(MQTT_PREFIX))) for each in new]
        return self._topics

    def cut(self) -> "Cut | None":
        """Give the range that was taken since the last cut; None where there is nothing."""
        if self._last == self._cut:
            return None
        span = Range(epoch=self.committed.epoch, lo=self._cut + 1, hi=self._last)
        missing, self.missing, self._cut = self.missing, None, self._last
        return Cut(self, span, missing)

    def settle(self, span: Range) -> None:
        """Note that a range is committed; the broker may forget it where it waits for us."""
        self.committed = span
        if self.hold is not None:
            self.hold.give_up(span.hi)


@dataclass(frozen=True, slots=True)
class Cut:
    """What goes into one commit of one source."""

    source: Source
    span: Range
    missing: Missing | None

    def missing_rows(self) -> list[dict[str, Any]]:
        """Write down what the broker no longer had, for the manifest."""
        return [{"source": self.source.name, **asdict(self.missing)}] if self.missing else []


@dataclass(slots=True)
class Sources:
    """All sources of one home, connected. Raises Lost or Unavailable when the broker goes."""

    home: Home
    ends: Mapping[str, Range]
    machines: dict[str, Source] = field(default_factory=dict)
    stored: dict[str, Source] = field(default_factory=dict)
    held_since_ms: dict[str, int] = field(default_factory=dict)
    _subjects: Subjects = field(default_factory=Subjects)
    _hang_ups: HangUps = field(init=False)
    _open: ExitStack = field(default_factory=ExitStack)
    _selector: DefaultSelector = field(default_factory=DefaultSelector)

    def __enter__(self) -> Self:
        self._open.callback(self._selector.close)
        try:
            self._hang_ups = self._open.enter_context(HangUps(self.home))
            if self._hang_ups.is_open:
                self._selector.register(self._hang_ups, EVENT_READ, self._hang_ups)
            self.admit()
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def all(self) -> list[Source]:
        """All sources."""
        return [*self.machines.values(), *self.stored.values()]

    def hung_up(self) -> list[tuple[str, Reason]]:
        """Give whom the broker hung up on since the last call, by group, and why."""
        return self._hang_ups.take()

    def made_anew(self) -> list[str]:
        """Name the sources that count from one again: their broker lost or remade its store."""
        return [
            source.name
            for source in self.all
            if source.name in self.ends and self.ends[source.name].epoch != source.committed.epoch
        ]

    def commands(self, group: str) -> Nats | None:
        """Give the connection over which commands go to a member's edge nodes: in its account."""
        source = self.machines.get(group)
        return source.nats if source else None

    def admit(self) -> None:
        """Open the sources of members that joined since, and let in those that wait for it."""
        for member in read_members(self.home.nats / MEMBERS):
            if member.group in self.stored:
                continue
            try:
                self._open_both(member.group)
            except Unavailable:  # the broker does not know it yet, or its disk is full
                if not member.waits:
                    raise
                continue
            if member.waits:
                let_in(self.home, member.group)

    def gather(self, wait: float) -> list[Messages]:
        """Give what has come from all sources, each message once; wait so long for the first."""
        for source in self.all:
            source.reader.ask()
        came: list[Messages] = []
        for key, _ in self._selector.select(wait):
            if isinstance(key.data, (Hold, HangUps)):
                key.data.heed()
            else:
                came += key.data.pull(self.held_since_ms[key.data.group])
        return came

    def _open_both(self, group: str) -> None:
        with ExitStack() as opened:
            machines = self._machines(group, opened)
            stored, held_since_ms = self._stored(group, opened)
            self._open.enter_context(opened.pop_all())
        self.held_since_ms[group] = held_since_ms
        self.machines[group], self.stored[group] = machines, stored
        for source in (machines, stored):
            self._selector.register(source.nats, EVENT_READ, source)
        assert stored.hold is not None, "what was acknowledged is held"
        self._selector.register(stored.hold, EVENT_READ, stored.hold)

    def _machines(self, group: str, opened: ExitStack) -> Source:
        nats = opened.enter_context(self._connect(group))
        config = {
            "name": STREAM,
            "subjects": [f"{ROOT}.{group}.{verb}.>" for verb in UP],
            "storage": "file",
            "discard": "old",
            "max_bytes": LARGEST_STREAM,
        }
        made = nats.jetstream(f"STREAM.CREATE.{STREAM}", config)
        if "error" in made and "already in use" not in made["error"]["description"]:
            raise Unavailable("make.stream_refuses", problem=made["error"]["description"])
        name = f"{MACHINES}{group}"
        committed, missing = self._place(nats, STREAM, name)
        reader = Reader(nats, stream=STREAM, subjects=self._subjects)
        return Source(name, group, nats, STREAM, reader, committed, missing)

    def _stored(self, group: str, opened: ExitStack) -> tuple[Source, int]:
        broker = broker_of(self.home)
        user, password = broker.cooperative_user(group)
        nats = opened.enter_context(self._connect(group))
        if "error" in nats.jetstream(f"STREAM.INFO.{MQTT_STREAM}"):
            tls = own_context(self.home) if broker.mqtt_tls else None
            host, port = reachable(broker.mqtt_host), broker.mqtt_port
            knock(host, port, user=user, password=password, tls=tls)
        subject = f"{MQTT_PREFIX}{ROOT}.>"
        waiting = opened.enter_context(self._connect(group))
        hold = Hold(waiting, stream=MQTT_STREAM, name=HOLD, subject=subject)
        name = f"{QOS1}{group}"
        committed, missing = self._place(nats, MQTT_STREAM, name)
        reader = Reader(nats, stream=MQTT_STREAM, filters=[subject], subjects=self._subjects)
        source = Source(name, group, nats, MQTT_STREAM, reader, committed, missing, hold)
        return source, _milliseconds(hold.since)

    def _connect(self, group: str) -> Nats:
        parts = urlsplit(nats_url(self.home, group))
        assert parts.hostname, "an address of the broker names a host"
        return Nats(
            parts.hostname,
            parts.port or 4222,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )

    def _place(self, nats: Nats, stream: str, name: str) -> tuple[Range, Missing | None]:
        """
        Find where to go on in a stream, and which messages it lost before we had them.

        A stream made anew, or one that ends before what we committed (its last messages
        were lost with the power), counts from a new epoch.
        """
        info = nats.jetstream(f"STREAM.INFO.{stream}")
        created, state = info["created"], info["state"]
        before = self.ends.get(name)
        if before is None or before.epoch.split("#")[0] != created:
            start = Range(epoch=created, lo=0, hi=0)
        elif state["last_seq"] < before.hi:
            cut = int(before.epoch.partition("#")[2] or 0) + 1
            start = Range(epoch=f"{created}#{cut}", lo=0, hi=state["last_seq"])
        else:
            start = before
        return _past_the_missing(start, state, is_ours=name.startswith(MACHINES))


def _past_the_missing(
    start: Range, state: Mapping[str, Any], *, is_ours: bool
) -> tuple[Range, Missing | None]:
    """Skip what the stream no longer has; only our own stream loses what nobody purged."""
    first = int(state["first_seq"])
    if not is_ours or first <= start.hi + 1:
        return start, None
    missing = Missing(start.hi + 1, first - 1, _milliseconds(state["first_ts"]))
    return Range(epoch=start.epoch, lo=0, hi=first - 1), missing


def _milliseconds(rfc3339: str) -> int:
    whole, _, fraction = rfc3339.removesuffix("Z").partition(".")
    seconds = datetime.fromisoformat(f"{whole}+00:00").timestamp()
    return int(seconds) * 1_000 + int((fraction + "000")[:3])

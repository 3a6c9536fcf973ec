"""
From messages to tables of readings: one row a metric, a table a member, sorted by machine.

Messages of one edge node are told to the host in the order of their arrival; the host
says by which names a payload is read. What it cannot read is quarantined whole, with its
bytes and the reason. Everything else becomes rows; none is dropped for being late.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dure.kernel.reason import Reason
from dure.make.engine.host import SEQS, Heard, Host, Names
from dure.make.engine.topic import BIRTHS, EdgeKey, Topic, Verb
from dure.make.wire.alike import LONGEST, Block, Shape, laid, lengths_of, shape_of
from dure.make.wire.columns import Part, cut, of_rows
from dure.make.wire.messages import Array, Message, Messages, Quarantined
from dure.make.wire.series import UNKNOWN, UNREAD, Register
from dure.make.wire.sparkplug import Decoded, Rows, bd_seq_in, declared_in, decode, rows_of
from dure.make.wire.tables import Columns, in_order, tables_by_group

LEAST_ALIKE = 8  # fewer are sooner parsed
REMEMBERED = 1 << 16  # shapes
DAY_MS = 86_400_000
CLOCK_OFF_MS = DAY_MS
NONE = -1  # of seqs and names
MOST_SEQ = 2**62
_DATA = (Verb.NDATA, Verb.DDATA)


@dataclass(frozen=True, slots=True)
class Understood:
    """What a batch of messages came to: readings by group, and what could not be read."""

    readings: Mapping[str, pa.Table]
    quarantined: Sequence[Quarantined]
    has_births: bool
    nodes: frozenset[EdgeKey]


@dataclass(slots=True)
class _Batch:
    """
    Messages in order, and what becomes known of each: its seq, its names, why it is refused.

    node is an edge node's place in nodes, names a place in told.
    """

    messages: Messages
    topics: Sequence[Topic]
    nodes: Sequence[EdgeKey]
    node: Array
    is_data: Array
    seqs: Array = field(init=False)
    names: Array = field(init=False)
    told: list[Names] = field(default_factory=list)
    refused: dict[int, Reason] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.seqs = np.full(len(self.messages), NONE, np.int64)
        self.names = np.full(len(self.messages), NONE, np.int64)

    def topic(self, place: int) -> Topic:
        """Give a message's topic."""
        return self.topics[self.messages.topic[place]]

    def names_of(self, place: int) -> Names | None:
        """Give the names by which a message is read; None where it is not."""
        number = int(self.names[place])
        return None if number == NONE else self.told[number]


class _Alike(NamedTuple):
    """Messages whose payloads are alike: where they stand in the batch, in order."""

    places: Array
    block: Block


@dataclass(frozen=True, slots=True)
class _Parsed:
    """Messages that were parsed: where they stand in the batch, and where their rows begin."""

    places: Array
    decoded: Decoded
    rows: Rows
    starts: Array


@dataclass(slots=True)
class Reading:
    """Reads batches of messages with one host's memory."""

    host: Host
    least_alike: int = LEAST_ALIKE
    _register: Register = field(default_factory=Register)
    _shapes: dict[tuple[Topic, int], Shape | None] = field(default_factory=dict)
    _sources: dict[str, int] = field(default_factory=dict)

    def read(self, messages: Sequence[Message]) -> Understood:
        """Understand a batch. Every message ends in its member's rows or in the quarantine."""
        given = Messages.of(messages)
        is_read = np.array([told.topic is not None for told in given.topics], bool)[given.topic]
        batch = self._in_order(given.chosen(np.flatnonzero(is_read)))
        alike, loose = self._alike(batch)
        parsed = _parsed(batch, loose)
        _number(batch, alike, parsed)
        self._hear(batch, parsed)
        cut = [self._cut(batch, each) for each in alike]
        odd = [each.places for each, part in zip(alike, cut, strict=True) if part is None]
        parts = [*(part for part in cut if part is not None), self._rows(batch, parsed)]
        if odd:
            parts.append(self._rows(batch, _parsed(batch, np.sort(np.concatenate(odd)))))
        strays = (given[place] for place in np.flatnonzero(~is_read).tolist())
        return Understood(
            readings=self._tables(batch, [part for part in parts if len(part.series)]),
            quarantined=[
                *(Quarantined(batch.messages[place], why) for place, why in batch.refused.items()),
                *(_stray(message) for message in strays),
            ],
            has_births=not batch.is_data.all(),
            nodes=frozenset(batch.nodes[number] for number in np.unique(batch.node).tolist()),
        )

    def _in_order(self, known: Messages) -> _Batch:
        """Put messages by edge node, each node's in the order in which they were stored."""
        numbers: dict[EdgeKey, int] = {}
        topics = [told.topic or _NO_TOPIC for told in known.topics]
        nodes = [numbers.setdefault(topic.node, len(numbers)) for topic in topics]
        ranks = [self._sources.setdefault(each, len(self._sources)) for each in known.sources]
        node = np.array(nodes, np.int64)[known.topic]
        source = np.array(ranks, np.int64)[known.source]
        order = np.lexsort([known.seq, source, known.stored_ms, node])
        is_data = np.array([topic.verb in _DATA for topic in topics], bool)
        messages = known.chosen(order)
        return _Batch(messages, topics, list(numbers), node[order], is_data[messages.topic])

    def _alike(self, batch: _Batch) -> tuple[list[_Alike], Array]:
        """Find the data whose payloads are alike; gives them, and the places of all others."""
        messages = batch.messages
        lengths = lengths_of(messages.arena, messages.at, messages.size)
        data = np.flatnonzero(batch.is_data & (lengths < LONGEST))
        kinds = messages.topic[data] * LONGEST + lengths[data]
        known, kind, counts = np.unique(kinds, return_inverse=True, return_counts=True)
        data = data[np.argsort(kind, kind="stable")]
        ends = np.cumsum(counts)
        alike = [
            each
            for number in np.flatnonzero(counts >= self.least_alike).tolist()
            if (
                each := self._block(
                    batch,
                    int(known[number]) % LONGEST,
                    data[ends[number] - counts[number] : ends[number]],
                )
            )
        ]
        is_loose = np.ones(len(messages), bool)
        for each in alike:
            is_loose[each.places] = False
        return alike, np.flatnonzero(is_loose)

    def _block(self, batch: _Batch, length: int, places: Array) -> _Alike | None:
        messages, topic = batch.messages, batch.topic(places[0])
        rows = laid(messages.arena, messages.at[places], messages.size[places], length)
        shape = self._shapes.get((topic, length))
        if shape is None or not shape.fits(rows[:1]).all():
            if len(self._shapes) >= REMEMBERED:
                self._shapes.clear()
            shape = self._shapes[topic, length] = shape_of(rows[0])
        if shape is None:
            return None
        fits = shape.fits(rows)
        if not fits.all():
            rows, places = rows[fits], places[fits]
        return _Alike(places, Block(shape, rows))

    def _hear(self, batch: _Batch, parsed: _Parsed) -> None:
        """Tell the host every message: by which names to read each, or why it is not read."""
        numbers = {place: number for number, place in enumerate(parsed.places.tolist())}
        is_plain = batch.is_data & (batch.messages.size > 0)
        is_plain[parsed.places[list(parsed.decoded.poison)]] = False
        for lo, hi in _runs(batch.node * 2 + is_plain):
            if is_plain[lo] and self._hear_run(batch, lo, hi):
                continue
            for place in range(lo, hi):
                self._hear_one(batch, place, parsed, numbers.get(place))

    def _hear_run(self, batch: _Batch, lo: int, hi: int) -> bool:
        """Tell the host data of one edge node at once; False where one must be heard singly."""
        seqs = batch.seqs[lo:hi]
        first = int(seqs[0])
        if first == NONE or (seqs != (first + np.arange(hi - lo)) % SEQS).any():
            return False
        said, topic = np.unique(batch.messages.topic[lo:hi], return_inverse=True)
        devices = [batch.topics[number].device for number in said.tolist()]
        node, at_ms = batch.nodes[batch.node[lo]], int(batch.messages.stored_ms[hi - 1])
        names = self.host.hear_data(node, devices, first, hi - lo, at_ms)
        if names is None:
            return False
        batch.names[lo:hi] = topic + len(batch.told)
        batch.told += names
        return True

    def _hear_one(self, batch: _Batch, place: int, parsed: _Parsed, number: int | None) -> None:
        """Tell the host one message; number is its place among those that were parsed."""
        wrong = None
        if number is not None:
            wrong = _unreadable(batch.messages[place], parsed.decoded, number)
        answer = wrong or self.host.hear(_heard(batch, place, parsed, number))
        if isinstance(answer, Reason):
            batch.refused[place] = answer
        else:
            batch.names[place] = len(batch.told)
            batch.told.append(answer)

    def _cut(self, batch: _Batch, alike: _Alike) -> Part | None:
        """Cut the columns out of payloads that are alike; None where they must be parsed."""
        used = np.unique(batch.names[alike.places]).tolist()
        names = batch.told[used[0]] if used[0] != NONE else None
        if names is None or any(batch.told[number] is not names for number in used):
            return None
        told = self._register.told(names, alike.block.shape)
        if told is None:
            return None
        return cut(alike.block, alike.places, batch.messages.stored_ms[alike.places], told)

    def _rows(self, batch: _Batch, parsed: _Parsed) -> Part:
        """Make rows of what was parsed; refuses messages with an alias that nobody declared."""
        names = [batch.names_of(place) for place in parsed.places.tolist()]
        series, datatypes = self._register.resolve(parsed.rows, names)
        for number in np.unique(parsed.rows.message[series == UNKNOWN]).tolist():
            place = int(parsed.places[number])
            topic = batch.topic(place)
            self.host.lost_the_thread(topic.node)
            batch.refused[place] = Reason("make.unknown_alias", {"topic": str(topic)})
            series[parsed.starts[number] : parsed.starts[number + 1]] = UNREAD
        return of_rows(parsed.rows, parsed.places, series, datatypes)

    def _tables(self, batch: _Batch, parts: Sequence[Part]) -> dict[str, pa.Table]:
        if not parts:
            return {}
        known = self._register.known
        present, mine, message, columns = in_order(batch.messages, known, parts)
        self._note_oddities(batch, message, columns)
        return dict(tables_by_group(known, present, mine, columns))

    def _note_oddities(self, batch: _Batch, message: Array, columns: Columns) -> None:
        """Count messages with a clock far off and values that are no numbers; all are kept."""
        at, received = (columns[name].cast(pa.int64()).to_numpy() for name in ("at", "received"))
        off = at - received
        if off.max() > CLOCK_OFF_MS or off.min() < -CLOCK_OFF_MS:
            historical = columns["is_historical"].to_numpy(zero_copy_only=False)
            for place in np.unique(message[(np.abs(off) > CLOCK_OFF_MS) & ~historical]).tolist():
                days = abs(int(off[np.flatnonzero(message == place)[0]])) // DAY_MS
                self._note(batch, place, Reason("make.clock_off", {"days": days}))
        finite = pc.is_finite(columns["value"])
        if not pc.all(finite, min_count=0).as_py():
            odd = ~pc.fill_null(finite, True).to_numpy(zero_copy_only=False)
            for place in np.unique(message[odd]).tolist():
                self._note(batch, place, Reason("make.not_a_number"))

    def _note(self, batch: _Batch, place: int, reason: Reason) -> None:
        node, at_ms = batch.topic(place).node, int(batch.messages.stored_ms[place])
        self.host.tally.note(node.group, node.edge, reason, at_ms)


_NO_TOPIC = Topic(EdgeKey("", ""), Verb.NDEATH, "")


def _parsed(batch: _Batch, places: Array) -> _Parsed:
    decoded = decode([batch.messages.payload(place) for place in places.tolist()])
    rows = rows_of(decoded.batch, batch.messages.stored_ms[places])
    return _Parsed(places, decoded, rows, np.searchsorted(rows.message, np.arange(len(places) + 1)))


def _number(batch: _Batch, alike: Sequence[_Alike], parsed: _Parsed) -> None:
    """Note the seq of each message that has one."""
    given = parsed.decoded.batch.column("seq")
    seqs = np.minimum(pc.fill_null(given, 0).to_numpy(zero_copy_only=False), MOST_SEQ)
    is_given = given.is_valid().to_numpy(zero_copy_only=False)
    batch.seqs[parsed.places] = np.where(is_given, seqs.astype(np.int64), NONE)
    for each in alike:
        if (slot := each.block.shape.seq) is not None:
            batch.seqs[each.places] = each.block.numbers([slot])[0].astype(np.int64)


def _runs(numbers: Array) -> Iterator[tuple[int, int]]:
    """Give the runs of equal numbers: first, past the last."""
    if len(numbers):
        starts = [0, *(np.flatnonzero(numbers[1:] != numbers[:-1]) + 1).tolist()]
        yield from zip(starts, [*starts[1:], len(numbers)], strict=True)


def _unreadable(message: Message, decoded: Decoded, place: int) -> Reason | None:
    problem = decoded.poison.get(place)
    if problem is None and message.payload:
        return None
    return Reason("make.not_sparkplug", {"topic": message.text, "problem": problem or "no bytes"})


def _stray(message: Message) -> Quarantined:
    return Quarantined(message, Reason("make.topic", {"topic": message.text[:200]}))


def _heard(batch: _Batch, place: int, parsed: _Parsed, number: int | None) -> Heard:
    """Give a message as the host hears it: of data only its seq, of births and deaths all."""
    topic, at_ms = batch.topic(place), int(batch.messages.stored_ms[place])
    seq = None if batch.seqs[place] == NONE else int(batch.seqs[place])
    verb, rows = topic.verb, parsed.rows
    if verb in _DATA or number is None:
        return Heard(topic=topic, at_ms=at_ms, seq=seq)
    lo, hi = parsed.starts[number : number + 2].tolist()
    return Heard(
        topic=topic,
        at_ms=at_ms,
        sent_ms=parsed.decoded.batch.column("timestamp")[number].as_py(),
        seq=seq,
        bd_seq=bd_seq_in(rows, lo, hi) if verb in (Verb.NBIRTH, Verb.NDEATH) else None,
        declared=declared_in(rows, lo, hi) if verb in BIRTHS else (),
    )

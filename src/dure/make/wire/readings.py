"""
From messages to tables of readings: one row a metric, a table a member, sorted by machine.

Messages of one edge node are told to the host in the order of their arrival; the host
says by which names a payload is read. What it cannot read is quarantined whole, with its
bytes and the reason. Everything else becomes rows; none is dropped for being late.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from unicodedata import normalize

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dure.kernel.errors import Malformed
from dure.kernel.reason import Reason
from dure.make.engine.host import Heard, Host, Names
from dure.make.engine.topic import BIRTHS, EdgeKey, Topic, Verb, parse_topic
from dure.make.wire.alike import Block, Shape, joined, length_of, rows_of_bytes, shape_of
from dure.make.wire.columns import MOMENT, Part, cut, joined_columns, of_rows, order_of
from dure.make.wire.series import UNKNOWN, UNREAD, Register, Series
from dure.make.wire.sparkplug import (
    Array,
    Decoded,
    Rows,
    bd_seq_in,
    declared_in,
    decode,
    rows_of,
)

WORD = pa.dictionary(pa.int32(), pa.string())
READINGS = pa.schema(
    [
        ("edge", WORD),
        ("device", WORD),  # '' is the edge node itself
        ("metric", WORD),
        ("at", MOMENT),  # by the device's clock
        ("received", MOMENT),  # by the broker's clock
        ("value", pa.float64()),
        ("text", pa.string()),
        ("raw", pa.binary()),
        ("datatype", pa.uint8()),
        ("is_null", pa.bool_()),
        ("is_historical", pa.bool_()),
        ("quality", pa.int32()),
        ("grade", WORD),  # machine, hand or laboratory
        ("source", WORD),
        ("seq", pa.int64()),  # with source, epoch and position: what makes a row unique
        ("position", pa.int32()),
    ]
)
QUARANTINE = pa.schema(
    [
        ("topic", pa.string()),
        ("received", MOMENT),
        ("code", pa.string()),
        ("problem", pa.string()),
        ("payload", pa.binary()),
        ("source", WORD),
        ("seq", pa.int64()),
    ]
)
LEAST_ALIKE = 8  # fewer are sooner parsed
REMEMBERED = 1 << 16  # shapes
_DATA = (Verb.NDATA, Verb.DDATA)
SMALL = 2**16
DAY_MS = 86_400_000
CLOCK_OFF_MS = DAY_MS


class Message(NamedTuple):
    """One message as a source gave it. topic is None where its text is no Sparkplug topic."""

    source: str
    seq: int
    stored_ms: int
    text: str
    topic: Topic | None
    payload: bytes

    @property
    def group(self) -> str:
        """Whose message it is: the account that it came by vouches for that."""
        return self.text.split("/")[1]


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A message that could not be read, and why."""

    message: Message
    reason: Reason


@dataclass(frozen=True, slots=True)
class Understood:
    """What a batch of messages came to: readings by group, and what could not be read."""

    readings: Mapping[str, pa.Table]
    quarantined: Sequence[Quarantined]
    has_births: bool
    nodes: frozenset[EdgeKey]


@dataclass(slots=True)
class _Batch:
    """Messages in order, and what becomes known of each: its seq, its names, why it is refused."""

    messages: Sequence[Message]
    topics: Sequence[Topic]
    stored: Array
    seqs: list[int | None] = field(default_factory=list)
    names: list[Names | None] = field(default_factory=list)
    refused: dict[int, Reason] = field(default_factory=dict)


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
    _nodes: dict[EdgeKey, int] = field(default_factory=dict)
    _sources: dict[str, int] = field(default_factory=dict)

    def read(self, messages: Sequence[Message]) -> Understood:
        """Understand a batch. Every message ends in its member's rows or in the quarantine."""
        batch = self._in_order([message for message in messages if message.topic])
        alike, loose = self._alike(batch)
        parsed = _parsed(batch, loose)
        batch.seqs = _seqs(batch, alike, parsed)
        self._hear(batch, parsed)
        cut = [self._cut(batch, each) for each in alike]
        odd = [each.places for each, part in zip(alike, cut, strict=True) if part is None]
        parts = [*(part for part in cut if part is not None), self._rows(batch, parsed)]
        if odd:
            parts.append(self._rows(batch, _parsed(batch, np.sort(np.concatenate(odd)))))
        return Understood(
            readings=dict(self._tables(batch, [part for part in parts if len(part.series)])),
            quarantined=[
                *(Quarantined(batch.messages[place], why) for place, why in batch.refused.items()),
                *(_stray(message) for message in messages if message.topic is None),
            ],
            has_births=any(topic.verb not in _DATA for topic in set(batch.topics)),
            nodes=frozenset(topic.node for topic in set(batch.topics)),
        )

    def _in_order(self, known: Sequence[Message]) -> _Batch:
        """Put messages by edge node, each node's in the order in which they were stored."""
        topics = [message.topic for message in known if message.topic]
        nodes = [self._nodes.setdefault(topic.node, len(self._nodes)) for topic in topics]
        sources = [
            self._sources.setdefault(message.source, len(self._sources)) for message in known
        ]
        stored = np.array([each.stored_ms for each in known], np.int64)
        keys = ([message.seq for message in known], sources, stored, nodes)
        order = np.lexsort([np.array(key, np.int64) for key in keys])
        places = order.tolist()
        return _Batch(
            [known[place] for place in places], [topics[place] for place in places], stored[order]
        )

    def _alike(self, batch: _Batch) -> tuple[list[_Alike], Array]:
        """Find the data whose payloads are alike; gives them, and the places of all others."""
        found: dict[tuple[int, int], list[int]] = {}
        for place, (topic, message) in enumerate(zip(batch.topics, batch.messages, strict=True)):
            found.setdefault((id(topic), length_of(message.payload)), []).append(place)
        alike = [
            each
            for (_, length), places in found.items()
            if len(places) >= self.least_alike
            and (topic := batch.topics[places[0]]).verb in _DATA
            and (each := self._block(batch, topic, length, places)) is not None
        ]
        is_loose = np.ones(len(batch.messages), bool)
        for each in alike:
            is_loose[each.places] = False
        return alike, np.flatnonzero(is_loose)

    def _block(
        self, batch: _Batch, topic: Topic, length: int, places: Sequence[int]
    ) -> _Alike | None:
        payloads = [batch.messages[place].payload for place in places]
        buffer = joined(payloads)
        rows = rows_of_bytes(buffer, len(places))
        shape = self._shapes.get((topic, length))
        if shape is None or not shape.fits(rows[:1]).all():
            if len(self._shapes) >= REMEMBERED:
                self._shapes.clear()
            shape = self._shapes[topic, length] = shape_of(payloads[0])
        if shape is None:
            return None
        fits = shape.fits(rows)
        if not fits.all():
            buffer = joined([one for one, is_fit in zip(payloads, fits, strict=True) if is_fit])
        return _Alike(np.array(places)[fits], Block(shape, buffer, int(fits.sum())))

    def _hear(self, batch: _Batch, parsed: _Parsed) -> None:
        """Tell the host every message: by which names to read each, or why it is not read."""
        numbers = {place: number for number, place in enumerate(parsed.places.tolist())}
        for lo, hi, (node, is_plain) in _runs(_streaks(batch, parsed, numbers)):
            devices = [topic.device for topic in batch.topics[lo:hi]]
            heard = is_plain and self.host.hear_data(
                node, devices, batch.seqs[lo:hi], batch.messages[hi - 1].stored_ms
            )
            if heard:
                batch.names += heard
                continue
            for place in range(lo, hi):
                self._hear_one(batch, place, parsed, numbers.get(place))

    def _hear_one(self, batch: _Batch, place: int, parsed: _Parsed, number: int | None) -> None:
        """Tell the host one message; number is its place among those that were parsed."""
        message = batch.messages[place]
        wrong = None if number is None else _unreadable(message, parsed.decoded, number)
        answer = wrong or self.host.hear(_heard(batch, place, parsed, number))
        if isinstance(answer, Reason):
            batch.refused[place] = answer
        batch.names.append(answer if isinstance(answer, Names) else None)

    def _cut(self, batch: _Batch, alike: _Alike) -> Part | None:
        """Cut the columns out of payloads that are alike; None where they must be parsed."""
        places = alike.places.tolist()
        names = batch.names[places[0]]
        if names is None or any(batch.names[place] is not names for place in places):
            return None
        told = self._register.told(names, alike.block.shape)
        if told is None:
            return None
        return cut(alike.block, alike.places, batch.stored[alike.places], told)

    def _rows(self, batch: _Batch, parsed: _Parsed) -> Part:
        """Make rows of what was parsed; refuses messages with an alias that nobody declared."""
        names = [batch.names[place] for place in parsed.places.tolist()]
        series, datatypes = self._register.resolve(parsed.rows, names)
        for number in np.unique(parsed.rows.message[series == UNKNOWN]).tolist():
            place = int(parsed.places[number])
            topic = batch.topics[place]
            self.host.lost_the_thread(topic.node)
            batch.refused[place] = Reason("make.unknown_alias", {"topic": str(topic)})
            series[parsed.starts[number] : parsed.starts[number + 1]] = UNREAD
        return of_rows(parsed.rows, parsed.places, series, datatypes)

    def _tables(self, batch: _Batch, parts: Sequence[Part]) -> Iterator[tuple[str, pa.Table]]:
        if not parts:
            return
        known = self._register.known
        series = np.concatenate([part.series for part in parts])
        present = np.flatnonzero(np.bincount(series)).tolist()
        present.sort(key=known.__getitem__)
        ranks = np.zeros(len(known), np.uint16 if len(present) < SMALL else np.int32)
        ranks[present] = np.arange(len(present))
        parts = sorted(parts, key=lambda part: int(ranks[part.series[0]]))
        mine = ranks[np.concatenate([part.series for part in parts])]
        message = np.concatenate([part.message for part in parts])
        order = order_of(mine, message)
        if order is not None:
            mine, message = mine[order], message[order]
        columns = {**joined_columns(parts, order), **_of_message(batch, message)}
        self._note_oddities(batch, message, columns)
        for first, last, group in _runs([known[number][0] for number in present]):
            lo, hi = np.searchsorted(mine, [first, last]).tolist()
            words = [known[number] for number in present[first:last]]
            yield group, _group_table(words, mine[lo:hi] - first, columns, lo, hi)

    def _note_oddities(self, batch: _Batch, message: Array, columns: Mapping[str, Any]) -> None:
        """Count messages with a clock far off and values that are no numbers; all are kept."""
        off = columns["at"].cast(pa.int64()).to_numpy() - batch.stored[message]
        if off.max() > CLOCK_OFF_MS or off.min() < -CLOCK_OFF_MS:
            historical = columns["is_historical"].to_numpy(zero_copy_only=False)
            for place in np.unique(message[(np.abs(off) > CLOCK_OFF_MS) & ~historical]).tolist():
                days = int(off[np.flatnonzero(message == place)[0]]) // DAY_MS
                self._note(batch.messages[place], Reason("make.clock_off", {"days": days}))
        finite = pc.is_finite(columns["value"])
        if not pc.all(finite, min_count=0).as_py():
            odd = ~pc.fill_null(finite, True).to_numpy(zero_copy_only=False)
            for place in np.unique(message[odd]).tolist():
                self._note(batch.messages[place], Reason("make.not_a_number"))

    def _note(self, message: Message, reason: Reason) -> None:
        assert message.topic is not None, "only what could be read has rows"
        node = message.topic.node
        self.host.tally.note(node.group, node.edge, reason, message.stored_ms)


def message_from(source: str, seq: int, stored_ms: int, text: str, payload: bytes) -> Message:
    """Make a message of what a source gave, whatever its topic's text is."""
    text, topic = read_topic(text)
    return Message(source, seq, stored_ms, text, topic, payload)


def read_topic(text: str) -> tuple[str, Topic | None]:
    """
    Give a topic's text and what it says; None where it is no Sparkplug topic.

    Some systems write Hangul letter by letter (NFD): it is put together, as everybody else does.
    """
    text = text if text.isascii() else normalize("NFC", text)
    try:
        return text, parse_topic(text)
    except Malformed:
        return text, None


def quarantine_table(rows: Sequence[Quarantined]) -> pa.Table:
    """Give quarantined messages as a table, bytes and all."""
    return pa.Table.from_pylist(
        [
            {
                "topic": row.message.text,
                "received": row.message.stored_ms,
                "code": row.reason.code,
                "problem": str(row.reason),
                "payload": row.message.payload,
                "source": row.message.source,
                "seq": row.message.seq,
            }
            for row in rows
        ],
        schema=QUARANTINE,
    )


def sorted_readings(tables: Sequence[pa.Table]) -> pa.Table:
    """Put tables of one member together, sorted by machine and metric as every segment is."""
    table = pa.concat_tables(tables).unify_dictionaries()
    plain = [table.column(name).cast(pa.string()) for name in ("edge", "device", "metric")]
    keys = pa.table(dict(zip("edm", plain, strict=True)))
    keys = keys.append_column("place", pa.array(np.arange(len(table))))
    order = [(name, "ascending") for name in ("e", "d", "m", "place")]
    return table.take(pc.sort_indices(keys, order)).combine_chunks()


def _parsed(batch: _Batch, places: Array) -> _Parsed:
    decoded = decode([batch.messages[place].payload for place in places.tolist()])
    rows = rows_of(decoded.batch, batch.stored[places])
    return _Parsed(places, decoded, rows, np.searchsorted(rows.message, np.arange(len(places) + 1)))


def _seqs(batch: _Batch, alike: Sequence[_Alike], parsed: _Parsed) -> list[int | None]:
    seqs: list[int | None] = [None] * len(batch.messages)
    for place, seq in zip(
        parsed.places.tolist(), parsed.decoded.batch.column("seq").to_pylist(), strict=True
    ):
        seqs[place] = seq
    for each in alike:
        if (slot := each.block.shape.seq) is not None:
            told = each.block.numbers([slot])[0].tolist()
            for place, seq in zip(each.places.tolist(), told, strict=True):
                seqs[place] = seq
    return seqs


def _streaks(
    batch: _Batch, parsed: _Parsed, numbers: Mapping[int, int]
) -> Sequence[tuple[EdgeKey, bool]]:
    """Say of each message which edge node's it is, and whether it is data that can be read."""
    odd = {
        place
        for place, number in numbers.items()
        if number in parsed.decoded.poison or not batch.messages[place].payload
    }
    return [
        (topic.node, topic.verb in _DATA and place not in odd)
        for place, topic in enumerate(batch.topics)
    ]


def _unreadable(message: Message, decoded: Decoded, place: int) -> Reason | None:
    problem = decoded.poison.get(place)
    if problem is None and message.payload:
        return None
    return Reason("make.not_sparkplug", {"topic": message.text, "problem": problem or "no bytes"})


def _stray(message: Message) -> Quarantined:
    return Quarantined(message, Reason("make.topic", {"topic": message.text[:200]}))


def _heard(batch: _Batch, place: int, parsed: _Parsed, number: int | None) -> Heard:
    """Give a message as the host hears it: of data only its seq, of births and deaths all."""
    topic, at_ms, seq = batch.topics[place], batch.messages[place].stored_ms, batch.seqs[place]
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


def _runs(items: Sequence[Any]) -> Iterator[tuple[int, int, Any]]:
    """Give the runs of equal items, without those of None: first, past the last, item."""
    first = 0
    for place in range(1, len(items) + 1):
        if place == len(items) or items[place] != items[first]:
            if items[first] is not None:
                yield first, place, items[first]
            first = place


def _of_message(batch: _Batch, message: Array) -> dict[str, Any]:
    """Give the columns that rows have from their messages."""
    sources = sorted({one.source for one in batch.messages})
    numbers = {source: number for number, source in enumerate(sources)}
    source = np.array([numbers[one.source] for one in batch.messages], np.int32)
    seq = np.array([one.seq for one in batch.messages], np.int64)
    return {
        "received": pa.array(batch.stored[message], pa.int64()).cast(MOMENT),
        "source": pa.DictionaryArray.from_arrays(source[message], sources),
        "seq": pa.array(seq[message]),
    }


def _group_table(
    known: Sequence[Series], ranks: Array, columns: Mapping[str, Any], lo: int, hi: int
) -> pa.Table:
    """Make one member's table. Its dictionaries hold its own words only."""
    words = {
        name: _words([series[place] for series in known], ranks)
        for place, name in ((1, "edge"), (2, "device"), (3, "metric"))
    }
    sliced = {name: column.slice(lo, hi - lo) for name, column in columns.items()}
    parts = {**words, **sliced}
    return pa.table([parts[name] for name in READINGS.names], schema=READINGS)


def _words(given: Sequence[str], ranks: Array) -> pa.Array:
    different = sorted(set(given))
    numbers = {word: number for number, word in enumerate(different)}
    by_rank = np.array([numbers[word] for word in given], np.int32)
    return pa.DictionaryArray.from_arrays(by_rank[ranks], different)

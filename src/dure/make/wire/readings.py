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
from dure.make.wire.grades import grades_of
from dure.make.wire.sparkplug import (
    Array,
    Decoded,
    Rows,
    bd_seq_in,
    declared_in,
    decode,
    qualities_of,
    raws_of,
    rows_of,
    texts_of,
    values_of,
)

WORD = pa.dictionary(pa.int32(), pa.string())
MOMENT = pa.timestamp("ms", tz="UTC")
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
UNREAD, UNKNOWN = -2, -1
_DATA = (Verb.NDATA, Verb.DDATA)
SMALL = 2**16
DAY_MS = 86_400_000
CLOCK_OFF_MS = DAY_MS

Series = tuple[str, str, str, str]  # group, edge, device, metric


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


@dataclass(frozen=True, slots=True)
class _Aliases:
    """One birth's aliases, sorted, with the series and the datatype that each stands for."""

    names: Names
    aliases: Array
    series: Array
    datatypes: Array


@dataclass(slots=True)
class Reading:
    """Reads batches of messages with one host's memory."""

    host: Host
    _series: dict[Series, int] = field(default_factory=dict)
    _known: list[Series] = field(default_factory=list)
    _aliases: dict[tuple[EdgeKey, str], _Aliases] = field(default_factory=dict)
    _nodes: dict[EdgeKey, int] = field(default_factory=dict)
    _sources: dict[str, int] = field(default_factory=dict)

    def read(self, messages: Sequence[Message]) -> Understood:
        """Understand a batch. Every message ends in its member's rows or in the quarantine."""
        ordered, topics = self._in_order([message for message in messages if message.topic])
        stored = np.array([message.stored_ms for message in ordered], np.int64)
        decoded = decode([message.payload for message in ordered])
        rows = rows_of(decoded.batch, stored)
        starts = np.searchsorted(rows.message, np.arange(len(ordered) + 1))
        names, refused = self._hear(ordered, topics, decoded, rows, starts)
        series, datatypes = self._resolve(rows, names)
        for place in np.unique(rows.message[series == UNKNOWN]).tolist():
            self.host.lost_the_thread(topics[place].node)
            refused[place] = Reason("make.unknown_alias", {"topic": str(topics[place])})
            series[starts[place] : starts[place + 1]] = UNREAD
        return Understood(
            readings=dict(self._tables(ordered, stored, rows, series, datatypes)),
            quarantined=[
                *(Quarantined(ordered[place], why) for place, why in refused.items()),
                *(_stray(message) for message in messages if message.topic is None),
            ],
            has_births=any(topic.verb not in _DATA for topic in topics),
            nodes=frozenset(topic.node for topic in topics),
        )

    def _in_order(self, known: Sequence[Message]) -> tuple[list[Message], list[Topic]]:
        """Put messages by edge node, each node's in the order in which they were stored."""
        topics = [message.topic for message in known if message.topic]
        nodes = [self._nodes.setdefault(topic.node, len(self._nodes)) for topic in topics]
        sources = [
            self._sources.setdefault(message.source, len(self._sources)) for message in known
        ]
        keys = (
            [message.seq for message in known],
            sources,
            [each.stored_ms for each in known],
            nodes,
        )
        order = np.lexsort([np.array(key, np.int64) for key in keys]).tolist()
        return [known[place] for place in order], [topics[place] for place in order]

    def _hear(
        self,
        ordered: Sequence[Message],
        topics: Sequence[Topic],
        decoded: Decoded,
        rows: Rows,
        starts: Array,
    ) -> tuple[list[Names | None], dict[int, Reason]]:
        """Tell the host every message; gives the names to read each by, or why it is not read."""
        names: list[Names | None] = []
        refused: dict[int, Reason] = {}
        seqs = decoded.batch.column("seq").to_pylist()
        sent = decoded.batch.column("timestamp").to_pylist()
        plain = _plain_data(ordered, topics, decoded)
        for lo, hi in _streaks(topics, plain):
            devices = [topic.device for topic in topics[lo:hi]]
            heard = plain[lo] and self.host.hear_data(
                topics[lo].node, devices, seqs[lo:hi], ordered[hi - 1].stored_ms
            )
            if heard:
                names += heard
                continue
            for place in range(lo, hi):
                answer = _unreadable(ordered[place], decoded, place) or self.host.hear(
                    _heard(
                        ordered[place],
                        topics[place],
                        (seqs[place], sent[place]),
                        rows,
                        starts[place : place + 2],
                    )
                )
                if isinstance(answer, Reason):
                    refused[place] = answer
                names.append(answer if isinstance(answer, Names) else None)
        return names, refused

    def _resolve(self, rows: Rows, names: Sequence[Names | None]) -> tuple[Array, Array]:
        """Give each row's series and datatype: UNREAD where its message is not, UNKNOWN aliases."""
        series = np.full(len(rows.message), UNREAD, np.int32)
        datatypes = rows.datatype.astype(np.uint8)
        for mine, index in _by_names(rows, names):
            series[index] = self._series_of(mine, rows, index, datatypes)
        return series, datatypes

    def _series_of(self, names: Names, rows: Rows, index: Array, datatypes: Array) -> Array:
        table = self._table(names)
        found = np.full(len(index), UNKNOWN, np.int32)
        has_alias = rows.has_alias[index]
        if len(table.aliases):
            given = rows.alias[index]
            place = np.searchsorted(table.aliases, given).clip(max=len(table.aliases) - 1)
            known = has_alias & (table.aliases[place] == given)
            found[known] = table.series[place[known]]
            untold = known & (datatypes[index] == 0)
            datatypes[index[untold]] = table.datatypes[place[untold]]
        by_name = np.flatnonzero(~has_alias)
        if len(by_name):
            said = rows.name.take(pa.array(index[by_name])).to_pylist()
            found[by_name] = [self._number(names, name) for name in said]
        return found

    def _table(self, names: Names) -> _Aliases:
        table = self._aliases.get((names.node, names.device))
        if table is None or table.names is not names:
            metrics = [metric for metric in names.metrics if metric.alias is not None]
            metrics.sort(key=lambda metric: metric.alias or 0)
            table = _Aliases(
                names,
                np.array([metric.alias for metric in metrics], np.uint64),
                np.array([self._number(names, metric.name) for metric in metrics], np.int32),
                np.array([metric.datatype for metric in metrics], np.uint8),
            )
            self._aliases[names.node, names.device] = table
        return table

    def _number(self, names: Names, metric: str | None) -> int:
        if not metric:
            return UNKNOWN
        key = (names.node.group, names.node.edge, names.device, metric)
        number = self._series.get(key)
        if number is None:
            number = self._series[key] = len(self._known)
            self._known.append(key)
        return number

    def _tables(
        self,
        ordered: Sequence[Message],
        stored: Array,
        rows: Rows,
        series: Array,
        datatypes: Array,
    ) -> Iterator[tuple[str, pa.Table]]:
        kept = np.flatnonzero(series >= 0)
        present = (
            np.flatnonzero(np.bincount(series[kept], minlength=1)).tolist() if len(kept) else []
        )
        if not present:
            return
        present.sort(key=self._known.__getitem__)
        ranks = np.zeros(len(self._known), np.uint16 if len(present) < SMALL else np.int32)
        ranks[present] = np.arange(len(present))
        mine = ranks[series[kept]]
        order = np.argsort(mine, kind="stable")  # by radix where 16 bits hold the ranks
        mine, taken = mine[order], kept[order]
        columns = _columns(ordered, stored, rows, taken, datatypes)
        self._note_oddities(ordered, stored, rows, taken, columns)
        for first, last, group in _runs([self._known[number][0] for number in present]):
            lo, hi = np.searchsorted(mine, [first, last]).tolist()
            known = [self._known[number] for number in present[first:last]]
            yield group, _group_table(known, mine[lo:hi] - first, columns, lo, hi)

    def _note_oddities(
        self,
        ordered: Sequence[Message],
        stored: Array,
        rows: Rows,
        taken: Array,
        columns: Mapping[str, Any],
    ) -> None:
        """Count messages with a clock far off and values that are no numbers; all are kept."""
        message = rows.message[taken]
        off = rows.at_ms[taken] - stored[message]
        if off.max() > CLOCK_OFF_MS or off.min() < -CLOCK_OFF_MS:
            historical = columns["is_historical"].to_numpy(zero_copy_only=False)
            for place in np.unique(message[(np.abs(off) > CLOCK_OFF_MS) & ~historical]).tolist():
                days = int(off[np.flatnonzero(message == place)[0]]) // DAY_MS
                self._note(ordered[place], Reason("make.clock_off", {"days": days}))
        finite = pc.is_finite(columns["value"])
        if not pc.all(finite, min_count=0).as_py():
            odd = ~pc.fill_null(finite, True).to_numpy(zero_copy_only=False)
            for place in np.unique(message[odd]).tolist():
                self._note(ordered[place], Reason("make.not_a_number"))

    def _note(self, message: Message, reason: Reason) -> None:
        assert message.topic is not None, "only what could be read has rows"
        node = message.topic.node
        self.host.tally.note(node.group, node.edge, reason, message.stored_ms)


def message_from(source: str, seq: int, stored_ms: int, text: str, payload: bytes) -> Message:
    """
    Make a message of what a source gave, whatever its topic's text is.

    Some systems write Hangul letter by letter (NFD): it is put together, as everybody else does.
    """
    text = text if text.isascii() else normalize("NFC", text)
    try:
        topic = parse_topic(text)
    except Malformed:
        topic = None
    return Message(
        source=source, seq=seq, stored_ms=stored_ms, text=text, topic=topic, payload=payload
    )


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


def _plain_data(
    ordered: Sequence[Message], topics: Sequence[Topic], decoded: Decoded
) -> list[bool]:
    """Say which messages are data that could be decoded: most of them."""
    plain = [topic.verb is Verb.DDATA or topic.verb is Verb.NDATA for topic in topics]
    for place in decoded.poison:
        plain[place] = False
    return [is_data and bool(one.payload) for is_data, one in zip(plain, ordered, strict=True)]


def _streaks(topics: Sequence[Topic], plain: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Give the runs of plain data of one edge node, and of what is not, as first and past last."""
    keys = [(topic.node, is_plain) for topic, is_plain in zip(topics, plain, strict=True)]
    yield from ((lo, hi) for lo, hi, _ in _runs(keys))


def _unreadable(message: Message, decoded: Decoded, place: int) -> Reason | None:
    problem = decoded.poison.get(place)
    if problem is None and message.payload:
        return None
    return Reason("make.not_sparkplug", {"topic": message.text, "problem": problem or "no bytes"})


def _stray(message: Message) -> Quarantined:
    return Quarantined(message, Reason("make.topic", {"topic": message.text[:200]}))


def _heard(
    message: Message, topic: Topic, said: tuple[int | None, int | None], rows: Rows, span: Array
) -> Heard:
    seq, sent_ms = said
    verb = topic.verb
    lo, hi = span.tolist()
    if verb in _DATA:
        return Heard(topic=topic, at_ms=message.stored_ms, seq=seq)
    return Heard(
        topic=topic,
        at_ms=message.stored_ms,
        sent_ms=sent_ms,
        seq=seq,
        bd_seq=bd_seq_in(rows, lo, hi) if verb in (Verb.NBIRTH, Verb.NDEATH) else None,
        declared=declared_in(rows, lo, hi) if verb in BIRTHS else (),
    )


def _by_names(rows: Rows, names: Sequence[Names | None]) -> Iterator[tuple[Names, Array]]:
    """Give for each birth's names the rows that are to be read by them."""
    numbers: dict[Names, int] = {}
    which = [-1 if mine is None else numbers.setdefault(mine, len(numbers)) for mine in names]
    kind = np.int16 if len(numbers) < SMALL // 2 else np.int32
    of_row = np.array(which, kind)[rows.message]
    order = np.argsort(of_row, kind="stable")
    bounds = np.searchsorted(of_row[order], np.arange(len(numbers) + 1))
    for mine, number in numbers.items():
        yield mine, order[bounds[number] : bounds[number + 1]]


def _runs(items: Sequence[Any]) -> Iterator[tuple[int, int, Any]]:
    """Give the runs of equal items, without those of None: first, past the last, item."""
    first = 0
    for place in range(1, len(items) + 1):
        if place == len(items) or items[place] != items[first]:
            if items[first] is not None:
                yield first, place, items[first]
            first = place


def _columns(
    ordered: Sequence[Message], stored: Array, rows: Rows, taken: Array, datatypes: Array
) -> dict[str, Any]:
    metrics = _taken(rows.metrics, taken)
    message, types = rows.message[taken], datatypes[taken]
    sources = sorted({one.source for one in ordered})
    numbers = {source: number for number, source in enumerate(sources)}
    source = np.array([numbers[one.source] for one in ordered], np.int32)
    seq = np.array([one.seq for one in ordered], np.int64)
    return {
        "at": pa.array(rows.at_ms[taken], pa.int64()).cast(MOMENT),
        "received": pa.array(stored[message], pa.int64()).cast(MOMENT),
        "value": _or_null(values_of(metrics, types), metrics),
        "text": texts_of(metrics, types),
        "raw": raws_of(metrics),
        "datatype": pa.array(types, pa.uint8()),
        "is_null": metrics.field("is_null").fill_null(False),
        "is_historical": metrics.field("is_historical").fill_null(False),
        "quality": qualities_of(metrics),
        "grade": grades_of(metrics),
        "source": pa.DictionaryArray.from_arrays(source[message], sources),
        "seq": pa.array(seq[message]),
        "position": pa.array(rows.position[taken]),
    }


def _taken(metrics: pa.StructArray, places: Array) -> pa.StructArray:
    """Take some rows; a field that no row has, as most have not, costs nothing."""
    where = pa.array(places)
    fields = list(metrics.type)
    columns = [metrics.field(place) for place in range(len(fields))]
    return pa.StructArray.from_arrays(
        [
            pa.nulls(len(places), one.type) if one.null_count == len(one) else one.take(where)
            for one in columns
        ],
        fields=[field.with_nullable(True) for field in fields],
    )


def _or_null(values: Array, metrics: pa.StructArray) -> pa.Array:
    """Tell a number that is not one (NaN, said by the machine) from no number at all."""
    kinds = ("double_value", "float_value", "int_value", "long_value", "boolean_value")
    given = np.zeros(len(values), bool)
    for name in kinds:
        column = metrics.field(name)
        if column.null_count < len(column):
            given |= column.is_valid().to_numpy(zero_copy_only=False)
    return pa.array(values, mask=~given)


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

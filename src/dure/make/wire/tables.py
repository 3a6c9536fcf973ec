"""Rows of many messages put together: a table a member, sorted by machine and metric."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dure.kernel.reason import Reason
from dure.make.engine.told import METRIC, read
from dure.make.wire.columns import Part, joined_columns, order_of
from dure.make.wire.messages import Array, Messages, Quarantined
from dure.make.wire.schema import MOMENT, QUARANTINE, READINGS
from dure.make.wire.series import Series

SMALL = 2**16
Columns = Mapping[str, Any]


def in_order(
    messages: Messages, known: Sequence[Series], parts: Sequence[Part]
) -> tuple[list[int], Array, Array, Columns]:
    """
    Put all rows in order of group, edge, device and metric, and within a series of arrival.

    Gives the series that have rows, in order; each row's place among them; its message; and
    the columns.
    """
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
    columns = {**joined_columns(parts, order), **_of_message(messages, message)}
    return present, mine, message, columns


def tables_by_group(
    known: Sequence[Series], present: Sequence[int], mine: Array, columns: Columns
) -> Iterator[tuple[str, pa.Table]]:
    """Cut what `in_order` gives into a table a group. Its dictionaries hold its own words only."""
    groups = [known[number][0] for number in present]
    starts = [0, *(place for place in range(1, len(groups)) if groups[place] != groups[place - 1])]
    for first, last in zip(starts, [*starts[1:], len(groups)], strict=True):
        lo, hi = np.searchsorted(mine, [first, last]).tolist()
        words = [known[number] for number in present[first:last]]
        yield groups[first], _group_table(words, mine[lo:hi] - first, columns, lo, hi)


def quarantine_table(rows: Sequence[Quarantined]) -> pa.Table:
    """Give quarantined messages as a table, bytes and all."""
    return pa.Table.from_pylist(
        [
            {
                "topic": row.message.text,
                "received": row.message.stored_ms,
                "code": row.reason.code,
                "problem": json.dumps(dict(row.reason.parameters), ensure_ascii=False),
                "payload": row.message.payload,
                "source": row.message.source,
                "seq": row.message.seq,
            }
            for row in rows
        ],
        schema=QUARANTINE,
    )


def troubles_told(table: pa.Table) -> Iterator[tuple[str, Reason, int, int]]:
    """Give what gateways said went wrong at their sites: edge, trouble, how often, when."""
    metric = table.column("metric")
    words = metric.chunk(0).dictionary if metric.num_chunks else pa.array([], pa.string())
    if METRIC not in words.to_pylist():
        return
    mine = pc.and_(pc.equal(metric.cast(pa.string()), METRIC), pc.invert(table.column("is_null")))
    for row in table.filter(mine).select(["edge", "device", "text", "at"]).to_pylist():
        told = read(row["text"]) if not row["device"] else None
        if told is not None:
            yield row["edge"], *told, int(row["at"].timestamp() * 1_000)


def sorted_readings(tables: Sequence[pa.Table]) -> pa.Table:
    """Put tables of one member together, sorted by machine and metric as every segment is."""
    table = pa.concat_tables(tables).unify_dictionaries()
    plain = [table.column(name).cast(pa.string()) for name in ("edge", "device", "metric")]
    keys = pa.table(dict(zip("edm", plain, strict=True)))
    keys = keys.append_column("place", pa.array(np.arange(len(table))))
    order = [(name, "ascending") for name in ("e", "d", "m", "place")]
    return table.take(pc.sort_indices(keys, order)).combine_chunks()


def _of_message(messages: Messages, message: Array) -> Columns:
    """Give the columns that rows have from their messages."""
    sources = sorted(messages.sources)
    numbers = np.array([sources.index(source) for source in messages.sources], np.int32)
    source = numbers[messages.source]
    return {
        "received": pa.array(messages.stored_ms[message]).cast(MOMENT),
        "source": pa.DictionaryArray.from_arrays(source[message], sources),
        "seq": pa.array(messages.seq[message]),
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

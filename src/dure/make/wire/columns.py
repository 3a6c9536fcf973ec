"""
Rows of readings as parallel columns: parts are made apart, then put together and in order.

The rows of a part know their series and their message; what a row has from its message (when
it was received, its source and seq) is filled in at the end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from dure.make.engine.grade import GRADES
from dure.make.wire.alike import BOOLEAN, DOUBLE, FLOAT, INT, Block, Field
from dure.make.wire.grades import grades_of
from dure.make.wire.schema import MOMENT
from dure.make.wire.series import Told
from dure.make.wire.sparkplug import (
    Array,
    Rows,
    qualities_of,
    raws_of,
    sane,
    signed,
    texts_of,
    values_of,
)

UINT32 = 0xFFFFFFFF
SMALL = 2**16
NUMBERS = ("double_value", "float_value", "int_value", "long_value", "boolean_value")
Others = Mapping[str, pa.Array]


@dataclass(frozen=True, slots=True)
class Part:
    """Rows: series and message are numbers; others are columns that most parts do not need."""

    series: Array
    message: Array
    at_ms: Array
    value: pa.Array
    datatype: Array
    position: Array
    others: Others = field(default_factory=dict)


def of_rows(rows: Rows, places: Array, series: Array, datatype: Array) -> Part:
    """Make a part of the rows that have a series. places are where their messages stand."""
    kept = np.flatnonzero(series >= 0)
    metrics = rows.metrics if len(kept) == len(series) else _taken(rows.metrics, kept)
    types = datatype[kept]
    return Part(
        series[kept],
        places[rows.message[kept]],
        rows.at_ms[kept],
        _or_null(values_of(metrics, types), metrics),
        types,
        rows.position[kept],
        _others(metrics, types),
    )


def cut(block: Block, places: Array, stored: Array, told: Told) -> Part:
    """Make a part of payloads that are alike. stored is when each message came."""
    fields = [block.shape.metrics[place] for place in told.order]
    types = np.array(told.datatypes, np.uint8)
    return Part(
        np.repeat(np.array(told.series, np.int32), len(block)),
        np.tile(places, len(fields)),
        _times(block, fields, stored).ravel(),
        pa.array(_values(block, fields, types).ravel()),
        np.repeat(types, len(block)),
        np.repeat(np.array(told.order, np.int32), len(block)),
    )


def order_of(ranks: Array, message: Array) -> Array | None:
    """Give the places of rows by rank, then by message; None where they stand so already."""
    rising = ranks[1:] > ranks[:-1]
    rising |= (ranks[1:] == ranks[:-1]) & (message[1:] >= message[:-1])
    if rising.all():
        return None
    if (message[1:] >= message[:-1]).all():
        return np.argsort(ranks, kind="stable")  # by radix where 16 bits hold the ranks
    few = message.max(initial=0) < SMALL
    first = np.argsort(message.astype(np.uint16) if few else message, kind="stable")
    return first[np.argsort(ranks[first], kind="stable")]


def joined_columns(parts: Sequence[Part], order: Array | None) -> dict[str, Any]:
    """Put the columns that rows have of their own together, in order."""
    counts = [len(part.series) for part in parts]

    def numbers(name: str) -> Any:
        whole = np.concatenate([getattr(part, name) for part in parts])
        return whole if order is None else whole[order]

    def column(name: str, absent: pa.Scalar) -> Any:
        if not any(name in part.others for part in parts):
            return pa.repeat(absent, sum(counts))
        whole = pa.concat_arrays(
            [
                part.others.get(name, pa.repeat(absent, count))
                for part, count in zip(parts, counts, strict=True)
            ]
        )
        return whole if order is None else whole.take(pa.array(order))

    value = pa.concat_arrays([part.value for part in parts])
    return {
        "at": pa.array(numbers("at_ms"), pa.int64()).cast(MOMENT),
        "value": value if order is None else value.take(pa.array(order)),
        "text": column("text", pa.scalar(None, pa.string())),
        "raw": column("raw", pa.scalar(None, pa.binary())),
        "datatype": pa.array(numbers("datatype"), pa.uint8()),
        "is_null": column("is_null", pa.scalar(False)),
        "is_historical": column("is_historical", pa.scalar(False)),
        "quality": column("quality", pa.scalar(None, pa.int32())),
        "grade": pa.DictionaryArray.from_arrays(column("grade", pa.scalar(0, pa.int32())), GRADES),
        "position": pa.array(numbers("position"), pa.int32()),
    }


def _others(metrics: pa.StructArray, types: Array) -> Others:
    """Give the columns that say anything at all."""
    given = {
        "text": texts_of(metrics, types),
        "raw": raws_of(metrics),
        "quality": qualities_of(metrics),
    }
    said = {name: column for name, column in given.items() if column.null_count < len(column)}
    for name in ("is_null", "is_historical"):
        column = metrics.field(name)
        if column.null_count < len(column):
            said[name] = column.fill_null(False)
    properties = metrics.field("properties")
    if properties.null_count < len(properties):
        said["grade"] = grades_of(properties)
    return said


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
    given = np.zeros(len(values), bool)
    for name in NUMBERS:
        column = metrics.field(name)
        if column.null_count < len(column):
            given |= column.is_valid().to_numpy(zero_copy_only=False)
    return pa.array(values, mask=~given)


def _times(block: Block, fields: Sequence[Field], stored: Array) -> Array:
    """Give each metric's time: its own, else its payload's, else the broker's."""
    shape = block.shape
    sent = sane(block.numbers([shape.sent])[0], stored) if shape.sent else stored
    own = [(row, each.at) for row, each in enumerate(fields) if each.at]
    times = np.broadcast_to(sent, (len(fields), len(block)))
    if own:
        rows = [row for row, _ in own]
        times = times.copy()
        times[rows] = sane(block.numbers([slot for _, slot in own]), times[rows])
    return times


def _values(block: Block, fields: Sequence[Field], types: Array) -> Array:
    values = np.empty((len(fields), len(block)))
    for kind in {each.kind for each in fields}:
        rows = [row for row, each in enumerate(fields) if each.kind == kind]
        slots = [fields[row].value for row in rows]
        if kind == DOUBLE:
            values[rows] = block.doubles(slots)
        elif kind == FLOAT:
            values[rows] = block.floats(slots)
        elif kind == BOOLEAN:
            values[rows] = block.numbers(slots) != 0
        elif kind == INT:
            given = (block.numbers(slots) & UINT32).astype(np.uint32)
            wide = np.broadcast_to(types[rows][:, None], given.shape)
            values[rows] = signed(given, wide)
        else:
            values[rows] = block.numbers(slots)
    return values

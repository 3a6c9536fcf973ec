"""
Sparkplug B payloads to and from bytes, and whole batches of them to Arrow.

`decode` turns thousands of payloads into one Arrow batch in one call and sets aside
those that are no Sparkplug; `rows_of` flattens their metrics into one row each, with
typed values and without names: those are the host's to know.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from google.protobuf.message import DecodeError
from ptars import HandlerPool

from dure.kernel.errors import Malformed
from dure.make.engine.host import Declared
from dure.make.wire import spb_flat_pb2 as pb

INT8, INT16, INT32, INT64 = 1, 2, 3, 4
UINT64, FLOAT, DOUBLE, BOOLEAN, STRING = 8, 9, 10, 11, 12
BITS = {
    INT8: (8, True), INT16: (16, True), INT32: (32, True), INT64: (64, True),
    5: (8, False), 6: (16, False), 7: (32, False), UINT64: (64, False),
}  # fmt: skip
_FIELDS = {
    **{code: "long_value" if bits == 64 else "int_value" for code, (bits, _) in BITS.items()},
    FLOAT: "float_value",
    DOUBLE: "double_value",
    BOOLEAN: "boolean_value",
    STRING: "string_value",
}
EXACT = 2**53
LATEST_MS = 253_402_300_799_000  # the end of the year 9999
BD_SEQ = "bdSeq"
REBIRTH = "Node Control/Rebirth"

Array = np.ndarray[Any, Any]
Value = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Decoded:
    """A batch of payloads: one row each, and what was wrong with those that could not be read."""

    batch: pa.RecordBatch
    poison: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Rows:
    """
    All metrics of a batch, one row each, as parallel columns.

    message: which payload a row belongs to; position: which metric of it. alias and
    datatype are 0 where the payload gives none (has_alias tells an alias 0 from none).
    """

    message: Array
    position: Array
    name: pa.Array
    alias: Array
    has_alias: Array
    datatype: Array
    at_ms: Array
    metrics: pa.StructArray


@cache
def _handler() -> Any:
    return HandlerPool([pb.DESCRIPTOR]).get_for_message(pb.Payload.DESCRIPTOR)


def decode(payloads: Sequence[bytes]) -> Decoded:
    """
    Decode payloads to one Arrow batch, row by row as given.

    One bad payload would fail the batch: bad ones are found singly, told with their
    problem, and stand in the batch as empty payloads.
    """
    try:
        return Decoded(_handler().list_to_record_batch(list(payloads)), {})
    except ValueError:
        poison = {
            place: problem
            for place, payload in enumerate(payloads)
            if (problem := _problem(payload)) is not None
        }
    sound = [b"" if place in poison else payload for place, payload in enumerate(payloads)]
    return Decoded(_handler().list_to_record_batch(sound), poison)


def rows_of(batch: pa.RecordBatch, received_ms: Array) -> Rows:
    """
    Flatten a decoded batch into one row a metric.

    A metric's time is its own, else its payload's, else the broker's; times past the
    year 9999 are no times.
    """
    lists = batch.column("metrics")
    counts = np.diff(lists.offsets.to_numpy())
    metrics = lists.flatten()
    message = np.repeat(np.arange(len(batch), dtype=np.int32), counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    alias = metrics.field("alias")
    return Rows(
        message=message,
        position=np.arange(len(metrics), dtype=np.int32) - first.astype(np.int32),
        name=metrics.field("name"),
        alias=_numbers(alias, np.uint64),
        has_alias=alias.is_valid().to_numpy(zero_copy_only=False),
        datatype=_numbers(metrics.field("datatype"), np.uint32),
        at_ms=_times(batch, metrics, message, received_ms),
        metrics=metrics,
    )


def values_of(metrics: pa.StructArray, datatype: Array) -> Array:
    """
    Give each metric's number, NaN where it has none.

    Signed integers travel in unsigned fields and are turned back by their datatype.
    """
    values = np.full(len(metrics), np.nan)
    for name in ("double_value", "float_value", "boolean_value"):
        _place(values, metrics.field(name), lambda numbers, _: numbers)
    _place(values, metrics.field("int_value"), lambda given, at: signed(given, datatype[at]))
    _place(values, metrics.field("long_value"), lambda given, at: _long(given, datatype[at]))
    return values


def texts_of(metrics: pa.StructArray, datatype: Array) -> pa.Array:
    """Give each metric's text; whole numbers that a float would round stand here, exactly."""
    texts = metrics.field("string_value")
    longs = metrics.field("long_value")
    if longs.null_count == len(longs):
        return texts
    given = _numbers(longs, np.uint64)
    signed = np.where(datatype == INT64, given.view(np.int64), 0)
    size = np.where(datatype == INT64, np.abs(signed.astype(np.float64)), given.astype(np.float64))
    wide = np.flatnonzero(longs.is_valid().to_numpy(zero_copy_only=False) & (size > EXACT))
    if not len(wide):
        return texts
    listed = texts.to_pylist()
    for place in wide:
        listed[place] = str(signed[place] if datatype[place] == INT64 else given[place])
    return pa.array(listed, pa.string())


def raws_of(metrics: pa.StructArray) -> pa.Array:
    """Give the bytes of what is neither number nor text: files, data sets, templates."""
    kinds = ("bytes_value", "dataset_value", "template_value", "extension_value")
    return pc.coalesce(*(metrics.field(name) for name in kinds))


def qualities_of(metrics: pa.StructArray) -> pa.Array:
    """Give the 'Quality' property where a metric carries one (192 is good), else null."""
    properties = metrics.field("properties")
    if properties.null_count == len(properties):
        return pa.nulls(len(properties), pa.int32())
    return pa.array([_quality(given) for given in properties.to_pylist()], pa.int32())


def declared_in(rows: Rows, lo: int, hi: int) -> tuple[Declared, ...]:
    """Read rows lo to hi, one birth's metrics, as what it declares."""
    names = rows.name.slice(lo, hi - lo).to_pylist()
    return tuple(
        Declared(
            name or "",
            int(rows.alias[lo + place]) if rows.has_alias[lo + place] else None,
            int(rows.datatype[lo + place]),
        )
        for place, name in enumerate(names)
    )


def bd_seq_in(rows: Rows, lo: int, hi: int) -> int | None:
    """Find the birth and death sequence number among rows lo to hi."""
    for place, name in enumerate(rows.name.slice(lo, hi - lo).to_pylist()):
        if name == BD_SEQ:
            metric = rows.metrics[lo + place].as_py()
            given = metric["long_value"]
            return metric["int_value"] if given is None else given
    return None


def rebirth_command(now_ms: int) -> bytes:
    """Write the command by which a host asks an edge node for its births again."""
    return command(Declared(REBIRTH, None, BOOLEAN), True, now_ms)


def command(metric: Declared, value: Value, now_ms: int) -> bytes:
    """
    Write a command that sets one metric: by its alias where its birth gave one, without a seq.

    Raises Malformed for a value that its datatype cannot hold.
    """
    payload = pb.Payload(timestamp=now_ms)
    written = payload.metrics.add(timestamp=now_ms, datatype=metric.datatype)
    if metric.alias is None:
        written.name = metric.name
    else:
        written.alias = metric.alias
    try:
        setattr(written, _FIELDS[metric.datatype], _as_sent(metric.datatype, value))
    except (KeyError, TypeError, ValueError) as odd:
        raise Malformed("make.command_value", metric=metric.name, value=str(value)) from odd
    return payload.SerializeToString()


def _as_sent(datatype: int, value: Value) -> Value:
    """Turn a value into what the wire carries: signed integers in two's complement."""
    bits = BITS.get(datatype)
    if bits is None:
        return float(value) if datatype in (FLOAT, DOUBLE) else value
    width, signed = bits
    lo, hi = (-(1 << width - 1), 1 << width - 1) if signed else (0, 1 << width)
    if isinstance(value, bool) or not isinstance(value, int) or not lo <= value < hi:
        raise ValueError(value)
    return value % (1 << max(width, 32))


def _problem(payload: bytes) -> str | None:
    try:
        _handler().list_to_record_batch([payload])
    except ValueError as problem:
        return str(problem)
    return None


def _numbers(column: pa.Array, kind: Any) -> Array:
    return pc.fill_null(column, 0).to_numpy(zero_copy_only=False).astype(kind, copy=False)


def _times(
    batch: pa.RecordBatch, metrics: pa.StructArray, message: Array, received_ms: Array
) -> Array:
    sent = sane(_numbers(batch.column("timestamp"), np.uint64), received_ms)
    return sane(_numbers(metrics.field("timestamp"), np.uint64), sent[message])


def sane(given: Array, otherwise: Array) -> Array:
    """Take times past the year 9999, and none, for no times."""
    return np.where((given > 0) & (given <= LATEST_MS), given.astype(np.int64), otherwise)


def _place(values: Array, column: pa.Array, turn: Any) -> None:
    if column.null_count == len(column):
        return
    at = np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False))
    values[at] = turn(column.drop_null().to_numpy(zero_copy_only=False), at)


def signed(given: Array, datatype: Array) -> Array:
    """Turn two's complement back; some send a narrow integer in its own width, some in 32 bits."""
    narrow = {INT8: np.int8, INT16: np.int16, INT32: np.int32}
    values = given.astype(np.float64)
    for code, kind in narrow.items():
        mine = datatype == code
        if mine.any():
            values[mine] = given[mine].astype(kind)
    return values


def _long(given: Array, datatype: Array) -> Array:
    return np.where(
        datatype == INT64, given.view(np.int64).astype(np.float64), given.astype(np.float64)
    )


def _quality(properties: bytes | None) -> int | None:
    if properties is None:
        return None
    try:
        read = pb.PropertySet.FromString(properties)
    except DecodeError:
        return None
    for key, value in zip(read.keys, read.values, strict=False):
        if key == "Quality":
            return min(int(value.int_value or value.long_value), 2**31 - 1)
    return None

"""
What a segment says, as one hash that no file format enters: the commitment over its rows.

A segment may be written anew, together with others, in other row groups and encodings, by
another version of Parquet: as long as its rows are the same, so is this hash. The manifest
holds it beside the SHA-256 of the file that was sealed first.

    content = SHA-256( head ‖ columns )

Rows are put in order of edge, device, metric, source, seq and position, as far as the table
has these columns. Columns of words (dictionaries) go into the head: JSON without blanks, keys
sorted, everything outside ASCII escaped.

    {"columns":[["at","full",1795396000000,2],["raw","none"],["value","some"]],
     "rows":3,"runs":[[["line-1","kiln","temperature","machine","machines"],3]]}

A run is a longest stretch of rows with the same words, in the table's order of columns. Then
follow the other columns in the table's order: none of their bytes where all rows are null
("none"), one byte a row (1 valid, 0 null) where some are ("some"), and the values. Whole
numbers, truths and times (milliseconds) are what they exceed the least of them by, in the 0, 1,
2, 4 or 8 bytes that the greatest needs; both stand in the head, and a null counts as the
least. Fractions are 64 bits, null is 0. Text and bytes are their lengths (32 bits each, null
is 0), then themselves one after the other. All numbers are little-endian.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

WORDS = ("edge", "device", "metric")
ORDER = (*WORDS, "source", "seq", "position")
Array = np.ndarray[Any, Any]
_PLAIN = {pa.timestamp("ms").id: pa.int64(), pa.bool_().id: pa.uint8()}


def content_of(table: pa.Table) -> str:
    """Give the hash of a segment's rows."""
    keys = _keys(table)
    if not _is_in_order(keys):
        table = table.take(pa.array(np.lexsort(keys[::-1])))
    columns = [_column(_one(column)) for column in table.columns]
    return _hash(table.column_names, columns, 0, len(table))


def contents_by_line(table: pa.Table) -> dict[int, str]:
    """Give the hash of each segment whose rows stand in a table with a column `line`."""
    lines = table.column("line").to_numpy()
    table = table.drop_columns(["line"])
    order = _by_line(lines, _keys(table))
    table, lines = table.take(pa.array(order)), lines[order]
    columns = [_column(_one(column)) for column in table.columns]
    starts = [0, *(np.flatnonzero(lines[1:] != lines[:-1]) + 1).tolist()]
    bounds = zip(starts, [*starts[1:], len(lines)], strict=True)
    return {int(lines[lo]): _hash(table.column_names, columns, lo, hi) for lo, hi in bounds}


def _by_line(lines: Array, keys: Sequence[Array]) -> Array:
    """Give the rows' places by line, and within a line in order."""
    order = _stable(lines)
    if _is_in_order([each[order] for each in (lines, *keys)]):
        return order
    order = np.arange(len(lines))
    for each in (*reversed(keys[: len(WORDS)]), lines):  # compacted files stand by metric first
        order = order[_stable(each[order])]
    if _is_in_order([each[order] for each in (lines, *keys)]):
        return order
    return np.lexsort([*keys[::-1], lines])


def _stable(key: Array) -> Array:
    """Sort by one key; by radix where 16 bits hold what its values differ by."""
    if not len(key):
        return np.zeros(0, np.int64)
    first = int(key.min())
    near = int(key.max()) - first < 2**16
    return np.argsort((key - first).astype(np.uint16) if near else key, kind="stable")


def _keys(table: pa.Table) -> list[Array]:
    return [_ranks(table.column(name)) for name in ORDER if name in table.column_names]


def _is_in_order(keys: Sequence[Array]) -> bool:
    """Say whether rows stand in the order of these keys, the first weighing most."""
    for number, key in enumerate(keys):
        falls = np.flatnonzero(key[1:] < key[:-1])
        for before in keys[:number]:  # a key may fall where one that weighs more has changed
            falls = falls[before[falls] == before[falls + 1]]
        if len(falls):
            return False
    return True


def _ranks(column: pa.ChunkedArray) -> Array:
    """Give numbers that sort as a column's values do."""
    one = _one(column)
    if not pa.types.is_dictionary(one.type):
        if pa.types.is_string(one.type):
            one = one.dictionary_encode()
        else:
            return np.asarray(one.to_numpy(zero_copy_only=False))
    words = one.dictionary.to_pylist()
    if words == sorted(words):
        return np.asarray(one.indices.to_numpy(zero_copy_only=False))
    ranks = np.empty(len(words), np.int32)
    ranks[sorted(range(len(words)), key=words.__getitem__)] = np.arange(len(words))
    return ranks[one.indices.to_numpy(zero_copy_only=False)]


@dataclass(frozen=True, slots=True)
class _Words:
    """A column of words: a number a row, and what each number stands for."""

    codes: Array
    words: list[str]


@dataclass(frozen=True, slots=True)
class _Numbers:
    """A column of fixed width. valid is None where no row is null."""

    values: Array
    valid: Array | None


@dataclass(frozen=True, slots=True)
class _Bytes:
    """A column of text or bytes."""

    lengths: Array
    offsets: Array
    data: memoryview
    valid: Array | None


def _one(column: pa.ChunkedArray) -> Any:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _column(given: Any) -> _Words | _Numbers | _Bytes:
    kind = given.type
    if pa.types.is_dictionary(kind):
        words = given.dictionary.to_pylist()
        assert len(set(words)) == len(words), "a dictionary says each word once"
        return _Words(given.indices.to_numpy(zero_copy_only=False), words)
    valid = given.is_valid().to_numpy(zero_copy_only=False) if given.null_count else None
    if pa.types.is_string(kind) or pa.types.is_binary(kind):
        return _bytes(given.cast(pa.binary()), valid)
    values = given.cast(_PLAIN.get(kind.id, kind))
    if valid is not None:
        values = pc.fill_null(values, 0)
    return _Numbers(np.ascontiguousarray(values.to_numpy(zero_copy_only=False)), valid)


def _bytes(given: Any, valid: Array | None) -> _Bytes:
    if given.null_count == len(given):
        zeros = np.zeros(len(given) + 1, np.int32)
        return _Bytes(zeros[:-1], zeros, memoryview(b""), valid)
    filled = pc.fill_null(given, b"") if valid is not None else given
    offsets = np.frombuffer(filled.buffers()[1], np.int32)[filled.offset :][: len(filled) + 1]
    data = filled.buffers()[2]
    lengths = np.ascontiguousarray(np.diff(offsets)).astype("<i4")
    return _Bytes(lengths, offsets, memoryview(data) if data else memoryview(b""), valid)


def _hash(
    names: Sequence[str], columns: Sequence[_Words | _Numbers | _Bytes], lo: int, hi: int
) -> str:
    heads: list[list[Any]] = []
    parts: list[Any] = []
    for name, one in zip(names, columns, strict=True):
        if not isinstance(one, _Words):
            head, mine = _said(one, lo, hi)
            heads.append([name, *head])
            parts += mine
    words = [one for one in columns if isinstance(one, _Words)]
    whole = {"columns": heads, "rows": hi - lo, "runs": list(_runs(words, lo, hi))}
    hashed = sha256(json.dumps(whole, sort_keys=True, separators=(",", ":")).encode())
    for part in parts:
        hashed.update(part)
    return hashed.hexdigest()


def _said(column: _Numbers | _Bytes, lo: int, hi: int) -> tuple[list[Any], list[Any]]:
    """Give what the head says of a column, and its bytes."""
    mark, parts = "full", []
    valid = None if column.valid is None else column.valid[lo:hi]
    if valid is not None and not valid.all():
        if not valid.any():
            return ["none"], []
        mark, parts = "some", [valid.astype(np.uint8).data]
    if isinstance(column, _Bytes):
        data = column.data[int(column.offsets[lo]) : int(column.offsets[hi])]
        return [mark], [*parts, column.lengths[lo:hi].data, data]
    values = column.values[lo:hi]
    if values.dtype.kind == "f":
        return [mark], [*parts, values.data]
    least, width, narrow = _narrow(values, valid if mark == "some" else None)
    return [mark, least, width], [*parts, narrow]


def _narrow(values: Array, valid: Array | None) -> tuple[int, int, Any]:
    """Give the least value, the width of what others exceed it by, and those."""
    known = values if valid is None else values[valid]
    least = int(known.min()) if len(known) else 2**63 - 1
    most = int(known.max()) - least if len(known) else 0
    width = next(each for each in (0, 1, 2, 4, 8) if most < 1 << 8 * each)
    if not width:
        return least, width, b""
    over = values - values.dtype.type(least)  # what runs over comes right again in its width
    if valid is not None:
        over[~valid] = 0
    return least, width, over.astype(f"<u{width}").data


def _runs(columns: Sequence[_Words], lo: int, hi: int) -> Iterator[list[Any]]:
    """Give the longest stretches of equal words, and how many rows each has."""
    if not columns or lo == hi:
        return
    codes = [one.codes[lo:hi] for one in columns]
    changes = np.zeros(hi - lo, bool)
    changes[0] = True
    for one in codes:
        changes[1:] |= one[1:] != one[:-1]
    starts = np.flatnonzero(changes)
    counts = np.diff(np.r_[starts, hi - lo]).tolist()
    words = [
        [one.words[code] for code in mine[starts].tolist()]
        for one, mine in zip(columns, codes, strict=True)
    ]
    for said, count in zip(zip(*words, strict=True), counts, strict=True):
        yield [list(said), count]

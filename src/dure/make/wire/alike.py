"""
Payloads that are alike: cut into columns all at once instead of being parsed one by one.

A machine says the same metrics again and again, so payloads of one topic and one length mostly
differ in times, values and seq alone. The first of them gives a shape:

    08 <time> 12 17  10 83 01  18 <time>  20 0a  69 <8 bytes>  …  18 <seq>
    free are the bits in <>, but for the highest bit of each byte of a varint;
    fixed is all the rest: tags, lengths, names, aliases, datatypes, and how wide a varint is

A payload that agrees with the shape in every fixed bit has the same fields at the same places:
that is a comparison of bytes, and its numbers are then read off their places. What carries more
than numbers (text, properties, history, nulls, a seal) has no shape, and is parsed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from dure.make.wire import compiled

Array = np.ndarray[Any, Any]

VARINT, EIGHT_BYTES, MEMBERS, FOUR_BYTES = 0, 1, 2, 5  # wire types of protobuf
TIMESTAMP, METRICS, SEQ = 1, 2, 3  # fields of a payload
NAME, ALIAS, AT, DATATYPE = 1, 2, 3, 4  # fields of a metric
INT, LONG, FLOAT, DOUBLE, BOOLEAN = 10, 11, 12, 13, 14  # its value
PAYLOAD = {TIMESTAMP: VARINT, METRICS: MEMBERS, SEQ: VARINT}
METRIC = {
    NAME: MEMBERS, ALIAS: VARINT, AT: VARINT, DATATYPE: VARINT, INT: VARINT, LONG: VARINT,
    FLOAT: FOUR_BYTES, DOUBLE: EIGHT_BYTES, BOOLEAN: VARINT,
}  # fmt: skip
VALUES = (INT, LONG, FLOAT, DOUBLE, BOOLEAN)
WIDEST = 7  # bytes of a varint that is read as a number: 49 bits, which a float holds exactly
SEQ_TAG = 0x18
HIGHEST_TYPE = 255
LONGEST = 1 << 16


class Slot(NamedTuple):
    """Where in a payload the bytes of a number stand."""

    start: int
    width: int


class Field(NamedTuple):
    """One metric of a shape. datatype is 0 where the payload gives none."""

    name: str | None
    alias: int | None
    datatype: int
    at: Slot | None
    kind: int
    value: Slot


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What is fixed in payloads that are alike: `first` is one of them; compared by identity."""

    first: Array
    fixed: Array
    sent: Slot | None
    seq: Slot | None
    metrics: tuple[Field, ...]

    def fits(self, payloads: Array) -> Array:
        """Say which rows of bytes have this shape."""
        fitting = np.empty(len(payloads), bool)
        compiled.fits(payloads, self.first, self.fixed, fitting)
        return fitting


@dataclass(frozen=True, slots=True)
class Block:
    """Payloads of one shape, a row of bytes each."""

    shape: Shape
    rows: Array

    def __len__(self) -> int:
        return len(self.rows)

    def numbers(self, slots: Sequence[Slot]) -> Array:
        """Read varints: a row a slot, a column a payload."""
        read = np.empty((len(slots), len(self)), np.uint64)
        starts, widths = np.array(slots, np.int64).reshape(-1, 2).T
        compiled.varints(self.rows, starts.copy(), widths.copy(), read)
        return read

    def doubles(self, slots: Sequence[Slot]) -> Array:
        """Read fractions of eight bytes: a row a slot, a column a payload."""
        read = np.empty((len(slots), len(self), 8), np.uint8)
        compiled.eights(self.rows, _starts(slots), read)
        return read.view("<f8")[:, :, 0]

    def floats(self, slots: Sequence[Slot]) -> Array:
        """Read fractions of four bytes: a row a slot, a column a payload."""
        read = np.empty((len(slots), len(self), 4), np.uint8)
        compiled.fours(self.rows, _starts(slots), read)
        return read.view("<f4")[:, :, 0]


def lengths_of(arena: Array, at: Array, size: Array) -> Array:
    """
    Give the lengths by which payloads are put together: a short seq at the end is widened.

    What ends so may be something else; then the widened payload has no shape or does not fit:
    its last member would end too early.
    """
    has_two = size > 1
    last, before = (arena[np.where(has_two, at + size - back, 0)] for back in (1, 2))
    return size + (has_two & (last < 128) & (before == SEQ_TAG))


def laid(arena: Array, at: Array, size: Array, length: int) -> Array:
    """Lay payloads of one length of `lengths_of` side by side, a row of bytes each."""
    rows = np.empty((len(at), length), np.uint8)
    compiled.lay(arena, at, size, rows)
    return rows


def shape_of(row: Array) -> Shape | None:
    """Give the shape of a payload as it is laid; None where it has none, or cannot be read."""
    try:
        return _shape(row.tobytes()) if len(row) < LONGEST else None
    except (_NoShape, UnicodeDecodeError):
        return None


def _starts(slots: Sequence[Slot]) -> Array:
    return np.array([slot.start for slot in slots], np.int64)


class _NoShape(Exception):
    """Raised of a payload that must be parsed."""


def _shape(payload: bytes) -> Shape:
    free: list[tuple[Slot, int]] = []
    plain: dict[int, Slot] = {}
    metrics: list[Field] = []
    for number, slot in _members(payload, Slot(0, len(payload)), PAYLOAD):
        if number == METRICS:
            metrics.append(_metric(payload, slot, free))
        elif number in plain or slot.width > WIDEST:
            raise _NoShape
        else:
            plain[number] = slot
            free.append((slot, 128))
    fixed = np.full(len(payload), 255, np.uint8)
    for slot, bits in free:
        fixed[slot.start : slot.start + slot.width] = bits
    if not metrics:
        raise _NoShape
    first = np.frombuffer(payload, np.uint8).copy()
    return Shape(first, fixed, plain.get(TIMESTAMP), plain.get(SEQ), tuple(metrics))


def _metric(payload: bytes, within: Slot, free: list[tuple[Slot, int]]) -> Field:
    said: dict[int, Slot] = {}
    for number, slot in _members(payload, within, METRIC):
        if number in said:
            raise _NoShape
        said[number] = slot
    values = [number for number in VALUES if number in said]
    if len(values) != 1 or (ALIAS not in said and NAME not in said):
        raise _NoShape
    kind = values[0]
    for number in (AT, kind):
        if number in said:
            is_varint = METRIC[number] == VARINT
            if is_varint and said[number].width > (1 if number == BOOLEAN else WIDEST):
                raise _NoShape
            free.append((said[number], 128 if is_varint else 0))
    name, alias, datatype = (said.get(number) for number in (NAME, ALIAS, DATATYPE))
    code = _varint(payload, *datatype)[0] if datatype else 0
    if code > HIGHEST_TYPE:
        raise _NoShape
    return Field(
        payload[name.start : name.start + name.width].decode() if name else None,
        _varint(payload, *alias)[0] if alias else None,
        code,
        said.get(AT),
        kind,
        said[kind],
    )


def _members(payload: bytes, within: Slot, known: dict[int, int]) -> Iterator[tuple[int, Slot]]:
    """Give the fields of a message, each with the place of its bytes."""
    place, end = within.start, within.start + within.width
    while place < end:
        tag, place = _varint(payload, place, end - place)
        if known.get(tag >> 3) != tag & 7:
            raise _NoShape
        width = {EIGHT_BYTES: 8, FOUR_BYTES: 4}.get(tag & 7, 0)
        if tag & 7 == VARINT:
            width = _varint(payload, place, end - place)[1] - place
        elif tag & 7 == MEMBERS:
            width, place = _varint(payload, place, end - place)
        if place + width > end:
            raise _NoShape
        yield tag >> 3, Slot(place, width)
        place += width


def _varint(payload: bytes, place: int, most: int) -> tuple[int, int]:
    """Read a varint and where it ends."""
    number = 0
    for step in range(min(most, 10)):
        byte = payload[place + step]
        number |= (byte & 127) << 7 * step
        if byte < 128:
            if number >= 1 << 63:
                raise _NoShape
            return number, place + step + 1
    raise _NoShape

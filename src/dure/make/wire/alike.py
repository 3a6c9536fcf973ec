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
WORD = 8
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
        wrong = (payloads ^ self.first) & self.fixed
        if not wrong.any():
            return np.ones(len(payloads), bool)
        return np.asarray(~wrong.any(axis=1))


@dataclass(frozen=True, slots=True)
class Block:
    """Payloads of one shape, one after the other in one buffer."""

    shape: Shape
    buffer: bytes
    count: int

    def numbers(self, slots: Sequence[Slot]) -> Array:
        """Read varints: a row a slot, a column a payload."""
        words = self.words(slots)
        widths = np.array([slot.width for slot in slots], np.uint64)
        words &= (np.uint64(0x7F7F7F7F7F7F7F7F) >> (np.uint64(64) - widths * 8))[:, None]
        words = words & 0x007F007F007F007F | (words & 0x7F007F007F007F00) >> 1
        words = words & 0x00003FFF00003FFF | (words & 0x3FFF00003FFF0000) >> 2
        return words & 0x000000000FFFFFFF | (words & 0x0FFFFFFF00000000) >> 4

    def words(self, slots: Sequence[Slot]) -> Array:
        """Read the eight bytes at each slot: a row a slot, a column a payload."""
        size = len(self.shape.first)
        read = np.empty((len(slots), self.count), np.uint64)
        for row, slot in zip(read, slots, strict=True):
            row[:] = np.ndarray((self.count,), "<u8", self.buffer, slot.start, (size,))
        return read


def length_of(payload: bytes) -> int:
    """Give the length by which payloads are put together: a short seq at the end is widened."""
    return len(payload) + _ends_short(payload)


def joined(payloads: Sequence[bytes]) -> bytes:
    """Put payloads of one `length_of` one after the other, with room for a word behind them."""
    return b"".join([*(_widened(one) for one in payloads), bytes(WORD)])


def rows_of_bytes(buffer: bytes, count: int) -> Array:
    """Look at joined payloads as one row each."""
    return np.frombuffer(buffer, np.uint8)[:-WORD].reshape(count, -1)


def shape_of(payload: bytes) -> Shape | None:
    """Give a payload's shape; None where it has none, or cannot be read at all."""
    try:
        return _shape(_widened(payload)) if len(payload) < LONGEST else None
    except (_NoShape, UnicodeDecodeError):
        return None


class _NoShape(Exception):
    """Raised of a payload that must be parsed."""


def _ends_short(payload: bytes) -> bool:
    """
    Say whether a payload ends in what may be a seq of one byte.

    Where it is something else, the widened payload has no shape or does not fit: its last
    member would end too early.
    """
    return payload[-1] < 128 and payload[-2] == SEQ_TAG if len(payload) > 1 else False


def _widened(payload: bytes) -> bytes:
    """Write a seq of one byte at the end in two, as protobuf allows."""
    if not _ends_short(payload):
        return payload
    return payload[:-1] + bytes((payload[-1] | 128, 0))


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
    first = np.frombuffer(payload, np.uint8)
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

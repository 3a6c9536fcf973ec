"""
What ingest does with every byte, compiled: frames found, payloads laid side by side, numbers read.

numba compiles it in some seconds, once for a machine, and keeps the result beside the source or,
where that cannot be written, in the user's cache folder; it is loaded together with this module,
so that no message waits for it. It lets go of Python's lock.
Nothing here is trusted to be well formed: what does not look as it must is left where it stands.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numba import njit, types

SEQ, STORED_MS, SUBJECT, AT, SIZE, QOS = range(6)  # columns of what `frames` finds
FOUND = 6
COUNT, TEXT_END = 0, 1  # numbers of what `Subjects` keeps
SPACE, CR, DOT, COLON, ZERO, NINE = 32, 13, 46, 58, 48, 57
UPPER_H, UPPER_P, LOWER_B, ONE = 72, 80, 98, 49
NANOSECONDS = 1_000_000


_BYTES, _ROWS, _NUMBERS = types.uint8[::1], types.uint8[:, ::1], types.int64[::1]
_CAME = types.Array(types.uint8, 1, "C", readonly=True)
_KNOWN = types.Tuple((types.int32[::1], _NUMBERS, _BYTES, _NUMBERS))  # type: ignore[no-untyped-call]
_TWO = types.UniTuple(types.int64, 2)  # type: ignore[no-untyped-call]


def _compiled(*given: Any) -> Callable[[Callable[..., Any]], Any]:
    """Compile for what is given; where nothing is, for whoever calls it here."""
    make: Any = partial(njit, *given, nogil=True, error_model="numpy")

    def compiled(function: Callable[..., Any]) -> Any:
        try:
            return make(cache=True)(function)
        except RuntimeError:  # numba's word for: no folder here can be written
            return make()(function)

    return compiled


@_compiled()
def _after(data: Any, place: int, end: int, byte: int) -> int:
    """Give the place after the next such byte; past the end where there is none."""
    while place < end and data[place] != byte:
        place += 1
    return place + 1


@_compiled()
def _number(data: Any, place: int, end: int) -> Any:
    """Read digits: the number, and the place of what is none."""
    number = np.int64(0)
    while place < end and ZERO <= data[place] <= NINE:
        number = number * 10 + (np.int64(data[place]) - ZERO)
        place += 1
    return number, place


@_compiled()
def _has(data: Any, place: int, end: int, words: Any) -> bool:
    """Say whether these bytes stand at a place."""
    if place + len(words) > end:
        return False
    step = 0
    while step < len(words) and data[place + step] == words[step]:
        step += 1
    return step == len(words)


@_compiled()
def _subject(data: Any, lo: int, hi: int, known: Any) -> int:
    """Number a subject: as before where it is known, else the next; -1 where no room is left."""
    slots, starts, text, counts = known
    mark = np.uint64(14695981039346656037)  # FNV-1a; equal is what has equal bytes
    for place in range(lo, hi):
        mark = (mark ^ np.uint64(data[place])) * np.uint64(1099511628211)
    slot = np.int64((mark ^ (mark >> np.uint64(32))) & np.uint64(len(slots) - 1))
    while slots[slot]:
        number = slots[slot] - 1
        start = starts[number]
        if starts[number + 1] - start == hi - lo:
            step = 0
            while step < hi - lo and text[start + step] == data[lo + step]:
                step += 1
            if step == hi - lo:
                return number
        slot = (slot + 1) & (len(slots) - 1)
    number, end = counts[COUNT], counts[TEXT_END]
    if number + 2 > len(starts) or end + hi - lo > len(text) or 2 * number > len(slots):
        return -1
    for place in range(lo, hi):
        text[end + place - lo] = data[place]
    counts[COUNT], counts[TEXT_END] = number + 1, end + hi - lo
    starts[number + 1] = counts[TEXT_END]
    slots[slot] = number + 1
    return number


@_compiled()
def _quality(data: Any, lo: int, hi: int) -> int:
    """Give 1 where a header says `Nmqtt-Pub:1`, else 0."""
    for place in range(lo + 3, hi - 1):
        is_pub = data[place - 1] == LOWER_B and data[place - 3] == UPPER_P
        if data[place] == COLON and is_pub:
            said = place + 2 if data[place + 1] == SPACE else place + 1
            return 1 if said < hi and data[said] == ONE else 0
    return 0


@_compiled(_TWO(_CAME, _CAME, _CAME, types.int64, _KNOWN, types.int64[:, ::1]))
def frames(  # noqa: PLR0917  # compiled code takes arrays by their places
    data: Any, ack: Any, mark: Any, number: int, known: Any, found: Any
) -> Any:
    """
    Find the deliveries of one consumer at the front of what came, in the consumer's order.

    [H]MSG <subject> <sid> $JS.ACK.[<domain>.<account>.]<stream>.<consumer>.<deliveries>.<seq>
    .<number>.<ns>.<pending>[.<token>] [<header>] <size>CRLF <header and payload>CRLF

    ack is `$JS.ACK.`, mark `<stream>.<consumer>.`, number that of the last delivery before.
    Stops at the first frame that is not whole or anything else. Gives how many there are, and
    where they end.
    """
    place, count, limit = 0, 0, len(data)
    while count < len(found) and place < limit:
        end = _after(data, place, limit, CR) - 1
        if end + 2 > limit:
            break
        headed = data[place] == UPPER_H
        lo = _after(data, place, end, SPACE)
        hi = _after(data, lo, end, SPACE) - 1
        at = _after(data, hi + 1, end, SPACE)
        if not _has(data, at, end, ack):
            break
        at += len(ack)
        if not _has(data, at, end, mark):
            at = _after(data, _after(data, at, end, DOT), end, DOT)
            if not _has(data, at, end, mark):
                break
        at = _after(data, at + len(mark), end, DOT)
        seq, at = _number(data, at, end)
        this, at = _number(data, at + 1, end)
        stored, at = _number(data, at + 1, end)
        at = _after(data, at, end, SPACE)
        split = np.int64(0)
        if headed:
            split, at = _number(data, at, end)
            at += 1
        size, at = _number(data, at, end)
        head = end + 2
        if this != number + 1 or at != end or head + size + 2 > limit or split > size:
            break
        subject = _subject(data, lo, hi, known)
        if subject < 0:
            break
        row = found[count]
        row[SEQ], row[STORED_MS], row[SUBJECT] = seq, stored // NANOSECONDS, subject
        row[AT], row[SIZE] = head + split, size - split
        row[QOS] = _quality(data, head, head + split)
        place, number, count = head + size + 2, this, count + 1
    return count, place


@_compiled(types.void(_BYTES, _NUMBERS, _NUMBERS, _ROWS))
def lay(arena: Any, at: Any, size: Any, rows: Any) -> None:
    """
    Lay payloads side by side, a row each, all of one length.

    One that is a byte shorter ends in a seq of one byte, which is written in two.
    """
    length = rows.shape[1]
    for row in range(len(at)):
        start, mine = at[row], size[row]
        for step in range(mine):
            rows[row, step] = arena[start + step]
        if mine < length:
            rows[row, mine - 1] |= 128
            rows[row, mine] = 0


@_compiled(types.void(_ROWS, _BYTES, _BYTES, types.boolean[::1]))
def fits(rows: Any, first: Any, fixed: Any, out: Any) -> None:
    """Say of which rows all fixed bits are those of the first."""
    for row in range(len(rows)):
        wrong = np.uint8(0)
        for step in range(len(first)):
            wrong |= (rows[row, step] ^ first[step]) & fixed[step]
        out[row] = wrong == 0


@_compiled(types.void(_ROWS, _NUMBERS, _NUMBERS, types.uint64[:, ::1]))
def varints(rows: Any, starts: Any, widths: Any, out: Any) -> None:
    """Read varints: a row a slot, a column a payload."""
    for slot in range(len(starts)):
        start, width = starts[slot], widths[slot]
        for row in range(len(rows)):
            number = np.uint64(0)
            for step in range(width):
                low = np.uint64(rows[row, start + step] & np.uint8(127))
                number |= low << np.uint64(7 * step)
            out[slot, row] = number


@_compiled(types.void(_ROWS, _NUMBERS, types.uint8[:, :, ::1]))
def eights(rows: Any, starts: Any, out: Any) -> None:
    """Copy the eight bytes at each slot: a row a slot, a column a payload."""
    for slot in range(len(starts)):
        start = starts[slot]
        for row in range(len(rows)):
            for step in range(8):
                out[slot, row, step] = rows[row, start + step]


@_compiled(types.void(_ROWS, _NUMBERS, types.uint8[:, :, ::1]))
def fours(rows: Any, starts: Any, out: Any) -> None:
    """Copy the four bytes at each slot."""
    for slot in range(len(starts)):
        start = starts[slot]
        for row in range(len(rows)):
            for step in range(4):
                out[slot, row, step] = rows[row, start + step]

"""Readings that come by HTTP or by hand: checked, put where ingest takes them in, never twice."""

from collections.abc import Iterable
from hashlib import sha256
from math import isfinite

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from dure.kernel.errors import Malformed, NotFound
from dure.kernel.time import Instant
from dure.make.engine.grade import Grade
from dure.make.history import inbox
from dure.make.public import group_of
from dure.make.services.jobs import acting_firm
from dure.make.wire.outside import SAID, read_outside
from dure.make.wire.schema import READINGS
from dure.members import public as members
from dure.stack.ids import new_id

BY_HTTP, BY_HAND = "http", "hand"
DOUBLE, STRING = 10, 12
LONGEST = 128


def take_upload(data: bytes, content_type: str, *, at: Instant) -> tuple[str, int]:
    """
    Take a file of readings of one's own machines; gives its id and how many rows it has.

    The id is the file's own fingerprint: the same file again is one file. Raises Malformed
    for a file that cannot be read, NotFound for a machine that is not one's own.
    """
    said = read_outside(data, content_type)
    _check_machines(pc.unique(said.column("device")).to_pylist())
    entry_id = sha256(data).hexdigest()[:32]
    if len(said):
        _put(entry_id, said, BY_HTTP, at)
    return entry_id, len(said)


def enter_by_hand(
    *, device: str, metric: str, value: float | str, grade: Grade, at: Instant
) -> None:
    """Write down what somebody saw, counted or measured at one's own machine."""
    if not 0 < len(metric) <= LONGEST or (isinstance(value, str) and len(value) > LONGEST):
        raise Malformed("make.hand_words", most=LONGEST)
    if isinstance(value, float) and not isfinite(value):
        raise Malformed("make.hand_number")
    _check_machines([device])
    row = {
        "device": device,
        "metric": metric,
        "at": int(at.timestamp() * 1_000),
        "value": None if isinstance(value, str) else value,
        "text": value if isinstance(value, str) else None,
        "grade": str(grade),
    }
    _put(f"hand-{new_id().hex}", pa.Table.from_pylist([row], schema=SAID), BY_HAND, at)


def _check_machines(devices: Iterable[str]) -> None:
    mine = {each.code for each in members.equipment(acting_firm())}
    for device in devices:
        if device not in mine:
            raise NotFound("make.no_such_machine", device=device[:64])


def _put(entry_id: str, said: pa.Table, edge: str, at: Instant) -> None:
    group = group_of(members.firm(acting_firm()).number)
    table = _readings(said, edge, f"{inbox.FOLDER}/{group}/{entry_id}", int(at.timestamp() * 1_000))
    inbox.put(settings.HOME.history, group, entry_id, table)


def _readings(said: pa.Table, edge: str, source: str, received_ms: int) -> pa.Table:
    """Give rows as history keeps them."""
    count = len(said)
    has_text = pc.is_valid(said.column("text"))
    columns = {
        "edge": _same(edge, count),
        "device": said.column("device").combine_chunks().dictionary_encode(),
        "metric": said.column("metric").combine_chunks().dictionary_encode(),
        "at": said.column("at").cast(READINGS.field("at").type),
        "received": pa.array(np.full(count, received_ms)).cast(READINGS.field("received").type),
        "value": said.column("value"),
        "text": said.column("text"),
        "raw": pa.nulls(count, pa.binary()),
        "datatype": pc.if_else(has_text, pa.scalar(STRING), pa.scalar(DOUBLE)).cast(pa.uint8()),
        "is_null": pc.and_(pc.is_null(said.column("value")), pc.invert(has_text)),
        "is_historical": pa.array(np.full(count, edge == BY_HTTP)),
        "quality": said.column("quality"),
        "grade": said.column("grade").combine_chunks().dictionary_encode(),
        "source": _same(source, count),
        "seq": pa.array(np.zeros(count, np.int64)),
        "position": pa.array(np.arange(count, dtype=np.int32)),
    }
    return pa.table([columns[name] for name in READINGS.names], schema=READINGS)


def _same(word: str, count: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(np.zeros(count, np.int32), [word])

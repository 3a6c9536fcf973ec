"""
The last value of every series of a compacted file, in the file's own footer.

A compacted file never changes, so what it comes to last is written down with it: under the key
`dure.last` stands an Arrow stream (zstd, base64) with a row a series. A question for the last
values of all series then reads footers and no rows.

    device   metric        at (last reading)   value_at (last with a value)   value
    kiln     temperature   2026-11-22 03:00    2026-11-22 02:59               1240.5
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

KEY = b"dure.last"
SERIES = ("edge", "device", "metric")
SHOWN = ("device", "metric", "at", "value_at", "value")
REMEMBERED = 256  # files


def lasts_of(table: pa.Table) -> pa.Table:
    """Give the last reading and the last value of each series; rows stand by series and time."""
    said = table.select([*SERIES, "at", "value"])
    last = _last_rows(said)
    valued = _last_rows(said.filter(pc.is_valid(said.column("value"))))
    valued = valued.rename_columns([*SERIES, "value_at", "value"])
    whole = last.drop_columns(["value"]).join(valued, list(SERIES), join_type="left outer")
    return whole.select(list(SHOWN))


def footer_of(tables: list[pa.Table]) -> Mapping[bytes, bytes]:
    """Give what goes into a file's footer."""
    if not tables:
        return {}
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    whole = pa.concat_tables(tables)
    with pa.ipc.new_stream(sink, whole.schema, options=options) as stream:
        stream.write_table(whole)
    return {KEY: b64encode(sink.getvalue())}


@lru_cache(maxsize=REMEMBERED)
def read_lasts(path: Path) -> pa.Table | None:
    """Give the last values that a file's footer tells; None where it tells none."""
    told = (pq.read_metadata(path).metadata or {}).get(KEY)
    if told is None:
        return None
    with pa.ipc.open_stream(b64decode(told)) as stream:
        return stream.read_all()


def _last_rows(table: pa.Table) -> pa.Table:
    table = table.combine_chunks()
    if not len(table):
        return _plain(table)
    changes = np.zeros(len(table) - 1, bool)
    for name in SERIES:
        codes = table.column(name).chunk(0).indices.to_numpy()
        changes |= codes[1:] != codes[:-1]
    return _plain(table.take(pa.array(np.append(np.flatnonzero(changes), len(table) - 1))))


def _plain(table: pa.Table) -> pa.Table:
    """Write words out: they are joined by, and each part of a file has its own numbers for them."""
    plain = pa.schema(
        [pa.field(each.name, pa.string()) if each.name in SERIES else each for each in table.schema]
    )
    return table.cast(plain)

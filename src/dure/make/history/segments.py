"""Segments: tables of readings as Parquet, one file a member a commit, never changed afterwards."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dure.make.engine.manifest import SegmentEntry
from dure.make.history.content import content_of
from dure.make.history.manifest import Manifest

ROW_GROUP = 262_144  # as many as in compacted files, see compacted.py
LEVEL = 3
STEADY = ("at", "received", "seq", "position", "line")  # they rise by little: kept as differences
PRUNED_BY = ("device", "metric", "at", "line")


def parquet(table: pa.Table) -> bytes:
    """Write a table as Parquet; what is never null is declared so, and written in half the time."""
    fields = zip(table.schema, table.columns, strict=True)
    declared = pa.schema([field.with_nullable(column.null_count > 0) for field, column in fields])
    sink = pa.BufferOutputStream()
    pq.write_table(table.cast(declared), sink, row_group_size=ROW_GROUP, **manner(declared))
    return sink.getvalue().to_pybytes()


def manner(schema: pa.Schema) -> dict[str, Any]:
    """Give how readings are written: zstd, dictionaries, statistics on what questions prune by."""
    names = set(schema.names)
    return {
        "compression": "zstd",
        "compression_level": LEVEL,
        "use_dictionary": sorted(names.difference(STEADY)),
        "column_encoding": dict.fromkeys(names.intersection(STEADY), "DELTA_BINARY_PACKED"),
        "write_statistics": sorted(names.intersection(PRUNED_BY)),
    }


def seal(manifest: Manifest, table: pa.Table, *, group: str, kind: str) -> SegmentEntry:
    """Write one member's table durably under the next line's number; gives its entry."""
    file = f"{kind}/{group}/{manifest.next_number}.parquet"
    received = _bounds(table, "received")
    at = _bounds(table, "at") if "at" in table.column_names else received
    return SegmentEntry(
        group=group,
        kind=kind,
        file=file,
        sha256=manifest.store(file, parquet(table)),
        content=content_of(table),
        rows=len(table),
        at_lo=at[0],
        at_hi=at[1],
        received_lo=received[0],
        received_hi=received[1],
    )


def _bounds(table: pa.Table, column: str) -> tuple[int, int]:
    bounds: Any = pc.min_max(table.column(column).cast(pa.int64())).as_py()
    return bounds["min"], bounds["max"]

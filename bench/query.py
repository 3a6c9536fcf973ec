"""Queries over 20 million points: 250 machines, 10 metrics, 8,000 seconds; DuckDB in place."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from bench import Figure, seconds
from dure.make.engine.manifest import Line, Range
from dure.make.history import fleet, queries, segments
from dure.make.history.compacted import Compacted, CompactedFile, compact, write_compacted
from dure.make.history.index import index_of
from dure.make.history.latest import latest_path, read_latest
from dure.make.history.manifest import Manifest, open_manifest
from dure.make.wire.schema import READINGS

MACHINES = int(os.environ.get("DURE_BENCH_MACHINES", "250"))
METRICS, SECONDS, PARTS = 10, 8_000, 10
START_MS = 1_795_000_000_000
END_MS = START_MS + SECONDS * 1_000
GROUP, METRIC, DEVICE = "F001", "metric-3", "MACHINE-017"
HOUR_MS, TEN_MINUTES_MS = 3_600_000, 600_000
ROW_GROUP = 131_072  # of the peer's file
SCAN = "pyarrow scan of one sorted Parquet file"
DUCKDB = "DuckDB, one sorted Parquet file, new connection"
_BY_MINUTE = """
select device, epoch_ms("at") // 60000 as minute, avg(value) as mean, min(value) as least,
       max(value) as most
  from read_parquet($files)
 where metric = $metric
   and {within}
 group by all
"""
_QUANTILE = """
select device, quantile_cont(value, $share) as value from read_parquet($files)
 where metric = $metric
 group by device
"""


def figures() -> Iterator[Figure]:
    """Measure the four queries, the latest value, and one series at a page's zoom."""
    with tempfile.TemporaryDirectory() as folder:
        fresh, compacted, single = (Path(folder) / name for name in ("b", "g", "one.parquet"))
        _fresh(fresh)
        _compacted(compacted, fresh)
        _single(single, fresh)
        yield from _bytes_a_point(fresh, compacted, single)
        yield from _four("compacted", compacted, (130, 80, 330, 10), single)
        yield from _four("fresh, ten segments", fresh, (None,) * 4, single)
        yield _latest(compacted)
        yield _zoom(compacted, single)


def _bytes_a_point(fresh: Path, compacted: Path, single: Path) -> Iterator[Figure]:
    points = MACHINES * METRICS * SECONDS
    peer = single.stat().st_size / points
    for layout, history, reach in (("fresh", fresh, 3.0), ("compacted", compacted, 3.5)):
        places = queries.segments_of(history, GROUP, "readings")
        size = sum((history / one.file).stat().st_size for one in places)
        yield Figure(
            name=f"bytes a point ({layout}, {len(places)} files)",
            value=size / points,
            unit="B",
            reach=reach,
            peer="the same rows as pyarrow writes them, zstd, sorted",
            peer_value=peer,
        )


def _four(
    layout: str, history: Path, reaches: tuple[float | None, ...], single: Path
) -> Iterator[Figure]:
    span = {"lo_ms": START_MS, "hi_ms": END_MS}
    hour = {"lo_ms": END_MS - HOUR_MS, "hi_ms": END_MS}
    ten = {"lo_ms": END_MS - TEN_MINUTES_MS, "hi_ms": END_MS}
    asked: list[tuple[str, Callable[[], object]]] = [
        (
            "last hour by machine and minute",
            lambda: fleet.by_minute(history, GROUP, METRIC, **hour),
        ),
        ("p95 by machine", lambda: fleet.quantile(history, GROUP, METRIC, 0.95, **span)),
        ("last value of every series", lambda: fleet.last_values(history, GROUP, **span)),
        (
            "one series, ten minutes",
            lambda: fleet.series(history, GROUP, DEVICE, METRIC, **ten),
        ),
    ]
    for number, ((name, ask), reach) in enumerate(zip(asked, reaches, strict=True)):
        yield Figure(
            name=f"{name} ({layout})",
            value=_milliseconds(ask),
            unit="ms",
            reach=reach,
            peer=SCAN if number == 3 else DUCKDB,
            peer_value=_milliseconds(lambda number=number: _peer(number, single)),
        )  # fmt: skip


def _peer(number: int, single: Path) -> object:
    if number == 3:
        at = pa.scalar(END_MS - TEN_MINUTES_MS, pa.timestamp("ms", "UTC"))
        chosen = (pc.field("device") == DEVICE) & (pc.field("metric") == METRIC)
        return ds.dataset(single).to_table(["at", "value"], filter=chosen & (pc.field("at") >= at))
    asked = (_BY_MINUTE, _QUANTILE, fleet._LAST)[number]
    lo = END_MS - HOUR_MS if number == 0 else START_MS
    given = {"files": [str(single)], "lo": lo, "hi": END_MS, "metric": METRIC, "share": 0.95}
    asked = asked.format(within=fleet._WITHIN)
    wanted = {name: value for name, value in given.items() if f"${name}" in asked}
    with duckdb.connect(config={"threads": 2}) as connection:
        return connection.sql(asked, params=wanted).to_arrow_table()


def _latest(history: Path) -> Figure:
    rows = fleet.last_values(history, GROUP, lo_ms=START_MS, hi_ms=END_MS).to_pylist()
    devices: dict[str, dict[str, object]] = {}
    for row in rows:
        metrics = devices.setdefault(f"site/{row['device']}", {"is_online": True, "metrics": {}})
        metrics["metrics"][row["metric"]] = {"value": row["value"], "at": 1, "text": None}
    path = latest_path(history, GROUP)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"line": 1, "devices": devices}))
    return Figure(
        name="latest values of all series, as a page reads them",
        value=_milliseconds(lambda: read_latest(history, GROUP)),
        unit="ms",
        reach=5,
        peer="reading the file's bytes alone",
        peer_value=_milliseconds(path.read_bytes),
    )


def _zoom(history: Path, single: Path) -> Figure:
    def whole() -> object:
        return queries.zoomed(
            history, GROUP, DEVICE, METRIC, lo_ms=START_MS, hi_ms=END_MS, width=600
        )

    def plain() -> object:
        chosen = (pc.field("device") == DEVICE) & (pc.field("metric") == METRIC)
        return ds.dataset(single).to_table(["at", "value"], filter=chosen).to_pylist()

    return Figure(
        name="one series, 8,000 readings, as a picture of 600",
        value=_milliseconds(whole),
        unit="ms",
        reach=None,
        peer="pyarrow scan of the same series, every reading",
        peer_value=_milliseconds(plain),
    )


def _milliseconds(work: Callable[[], object]) -> float:
    work()
    return 1_000 * seconds(work, times=5)


def _fresh(history: Path) -> None:
    with open_manifest(history) as manifest:
        for part in range(PARTS):
            _commit(manifest, _part(part), part + 1)


def _compacted(history: Path, fresh: Path) -> None:
    """Put all segments into one file, as the house does it at night."""
    shutil.copytree(fresh, history)
    segments_by_line = {line.number: line.segments[0] for line in index_of(history).lines}
    sources = [(entry.file, line) for line, entry in segments_by_line.items()]
    file = f"compacted/{GROUP}/readings-1-{PARTS}.parquet"
    _, rows = compact(history, file, sources, segments_by_line)
    one = CompactedFile(
        kind="readings", first=1, last=PARTS, file=file, rows=rows, at_lo=START_MS, at_hi=END_MS
    )
    write_compacted(history, GROUP, Compacted(until=PARTS, files=(one,)))
    with open_manifest(history) as manifest:
        manifest.close_chapter_if_due(2**42)


def _single(path: Path, fresh: Path) -> None:
    pq.write_table(_whole(fresh), path, compression="zstd", row_group_size=ROW_GROUP)


def _whole(fresh: Path) -> pa.Table:
    """Read all back: each part holds its series one after the other, so slices suffice."""
    files = sorted((fresh / "readings" / GROUP).glob("*.parquet"), key=lambda each: int(each.stem))
    table = pa.concat_tables([pq.read_table(file) for file in files]).combine_chunks()
    table = table.unify_dictionaries()
    run = SECONDS // PARTS
    series = MACHINES * METRICS
    order = np.arange(len(table)).reshape(PARTS, series, run).transpose(1, 0, 2).ravel()
    return table.take(pa.array(order)).combine_chunks()


def _commit(manifest: Manifest, table: pa.Table, number: int) -> None:
    entry = segments.seal(manifest, table, group=GROUP, kind="readings")
    span = {"machines": Range(epoch="bench", lo=number, hi=number)}
    manifest.commit(
        Line(number=manifest.next_number, prev=manifest.prev, sources=span, segments=(entry,))
    )


def _part(part: int) -> pa.Table:
    """Give 800 seconds of all machines, each series a slow wave with noise, sorted by series."""
    chance = np.random.default_rng(part)
    run = SECONDS // PARTS
    series = MACHINES * METRICS
    count = series * run
    at = START_MS + (part * run + np.arange(run)) * 1_000
    base = np.repeat(np.arange(series) % 97 * 10.0, run)
    wave = np.tile(np.sin(np.arange(run) / 60.0), series)
    value = np.round(base + wave + chance.normal(0, 0.1, count), 2)
    devices = [f"MACHINE-{n:03d}" for n in range(MACHINES)]
    metrics = [f"metric-{n}" for n in range(METRICS)]
    zeros = np.zeros(count, np.int32)
    columns = {
        "edge": pa.DictionaryArray.from_arrays(zeros, ["site"]),
        "device": pa.DictionaryArray.from_arrays(
            np.repeat(np.arange(MACHINES, dtype=np.int32), METRICS * run), devices
        ),
        "metric": pa.DictionaryArray.from_arrays(
            np.tile(np.repeat(np.arange(METRICS, dtype=np.int32), run), MACHINES), metrics
        ),
        "at": pa.array(np.tile(at, series), pa.int64()).cast(pa.timestamp("ms", "UTC")),
        "received": pa.array(np.tile(at, series), pa.int64()).cast(pa.timestamp("ms", "UTC")),
        "value": pa.array(value),
        "datatype": pa.array(np.full(count, 10, np.uint8)),
        "is_null": pa.array(np.zeros(count, bool)),
        "is_historical": pa.array(np.zeros(count, bool)),
        "grade": pa.DictionaryArray.from_arrays(zeros, ["machine"]),
        "source": pa.DictionaryArray.from_arrays(zeros, ["machines"]),
        "seq": pa.array(np.tile(np.arange(run, dtype=np.int64), series)),
        "position": pa.array(np.tile(np.repeat(np.arange(METRICS, dtype=np.int32), run), MACHINES)),
    }
    arrays = [columns.get(each.name, pa.nulls(count, each.type)) for each in READINGS]
    return pa.table(arrays, schema=READINGS)

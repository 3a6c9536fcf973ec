"""Questions over all machines of a member: the same answers before and after compaction."""

from math import inf, nan
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.make.engine.manifest import Line, Range
from dure.make.history import fleet
from dure.make.history.compacted import Compacted, CompactedFile, compact, write_compacted
from dure.make.history.lasts import read_lasts
from dure.make.history.manifest import open_manifest
from dure.make.history.one_metric import each_group
from dure.make.history.one_series import Wanted
from dure.make.history.order import in_order
from dure.make.history.runs import minutes_of, minutes_together, quantiles, values_of
from dure.make.history.segments import parquet, seal
from dure.make.wire.schema import READINGS

SPAN = {"lo_ms": 0, "hi_ms": 10**9}
FILE = "compacted/F001/readings-1-3.parquet"


def table(part):
    """Give ten seconds of two machines with two metrics; one of them says no number at its end."""
    rows = [
        (device, metric, 10_000 * part + 1_000 * second)
        for device in ("kiln", "press")
        for metric in ("power", "temperature")
        for second in range(10)
    ]
    return table_of(
        (*row, None if row == ("press", "power", 29_000) else float(place + 100 * part))
        for place, row in enumerate(rows)
    )


def table_of(readings):
    """Give readings (device, metric, time, value) as the table of a segment."""
    rows = list(readings)
    count = len(rows)
    at = np.array([at for _, _, at, _ in rows], np.int64)
    columns = {
        "edge": pa.array(["line-1"] * count).dictionary_encode(),
        "device": pa.array([device for device, *_ in rows]).dictionary_encode(),
        "metric": pa.array([metric for _, metric, *_ in rows]).dictionary_encode(),
        "at": pa.array(at).cast(pa.timestamp("ms", "UTC")),
        "received": pa.array(at).cast(pa.timestamp("ms", "UTC")),
        "value": pa.array([value for *_, value in rows], pa.float64()),
        "grade": pa.array(["machine"] * count).dictionary_encode(),
        "source": pa.array(["machines"] * count).dictionary_encode(),
        "seq": pa.array(np.arange(count)),
    }
    filled = [columns.get(each.name, pa.nulls(count, each.type)) for each in READINGS]
    return pa.table(filled, schema=READINGS)


@pytest.fixture
def sealed(tmp_path):
    with open_manifest(tmp_path) as manifest:
        for part in range(3):
            entry = seal(manifest, table(part), group="F001", kind="readings")
            span = Range(epoch="e1", lo=part + 1, hi=part + 1)
            manifest.commit(
                Line(
                    number=manifest.next_number,
                    prev=manifest.prev,
                    sources={"machines": span},
                    segments=(entry,),
                )
            )
        yield manifest


def compacted(manifest, lines):
    """Put the segments of the first lines into one file."""
    entries = {line.number: line.segments[0] for line in manifest.lines[:lines]}
    sources = [(entry.file, number) for number, entry in entries.items()]
    _, rows = compact(manifest.folder, FILE, sources, entries)
    at_hi = max(entry.at_hi for entry in entries.values())
    one = CompactedFile(
        kind="readings", first=1, last=lines, file=FILE, rows=rows, at_lo=0, at_hi=at_hi
    )
    manifest.close_chapter_if_due(2**42)
    write_compacted(
        manifest.folder, "F001", Compacted(until=manifest.lines[0].number, files=(one,))
    )
    return manifest.folder


def lasts(history, **span):
    found = fleet.last_values(history, "F001", **{**SPAN, **span})
    rows = found.to_pylist() if found is not None else []
    return {
        (row["device"], row["metric"]): (round(row["at"].timestamp()), row["value"]) for row in rows
    }


EXPECTED = {
    ("kiln", "power"): (29, 209.0),
    ("kiln", "temperature"): (29, 219.0),
    ("press", "power"): (29, 228.0),  # the last that was a number
    ("press", "temperature"): (29, 239.0),
}


def test_the_last_values_are_found_in_sealed_segments(sealed):
    assert EXPECTED == lasts(sealed.folder)


def test_the_last_values_stand_in_the_footer_of_a_compacted_file(sealed):
    history = compacted(sealed, 3)

    assert 4 == len(read_lasts(history / FILE))
    assert EXPECTED == lasts(history)


def test_last_values_of_a_part_of_its_time_are_read_from_the_rows(sealed):
    history = compacted(sealed, 3)

    assert (15, 105.0) == lasts(history, hi_ms=15_000)["kiln", "power"]
    assert {} == lasts(history, lo_ms=30_000)


def test_what_was_compacted_and_what_came_after_are_asked_together(sealed):
    history = compacted(sealed, 3)
    with_more = table(3)
    entry = seal(sealed, with_more, group="F001", kind="readings")
    span = Range(epoch="e1", lo=4, hi=4)
    sealed.commit(
        Line(
            number=sealed.next_number,
            prev=sealed.prev,
            sources={"machines": span},
            segments=(entry,),
        )
    )

    assert (39, 309.0) == lasts(history)["kiln", "power"]


@pytest.mark.parametrize("is_compacted", [False, True])
def test_means_quantiles_and_series_are_those_of_the_rows(sealed, is_compacted):
    history = compacted(sealed, 3) if is_compacted else sealed.folder

    minutes = fleet.by_minute(history, "F001", "power", **SPAN).to_pylist()
    median = fleet.quantile(history, "F001", "power", 0.5, **SPAN).to_pylist()
    series = fleet.series(history, "F001", "kiln", "power", lo_ms=5_000, hi_ms=11_000).to_pylist()

    assert {"kiln": (0.0, 209.0), "press": (20.0, 228.0)} == {
        row["device"]: (row["least"], row["most"]) for row in minutes
    }
    assert 104.5 == {row["device"]: row["value"] for row in median}["kiln"]
    assert [5.0, 6.0, 7.0, 8.0, 9.0, 100.0, 101.0] == [row["value"] for row in series]


ASKED_OF_DUCKDB = """
select device, epoch_ms("at") // 60000 as minute, avg(value) as mean, min(value) as least,
       max(value) as most
  from rows where metric = 'power' and epoch_ms("at") between 20000 and 200000
 group by all order by all
"""
QUANTILES_OF_DUCKDB = """
select device, quantile_cont(value, 0.3) as value
  from rows where metric = 'power' and epoch_ms("at") between 20000 and 200000
 group by all order by all
"""
NUMBERS = st.none() | st.sampled_from([nan, inf, -inf]) | st.integers(-9, 9).map(float)
READING = st.tuples(
    st.sampled_from(["kiln", "lathe", "press"]),
    st.sampled_from(["power", "temperature"]),
    st.integers(0, 240_000),
    NUMBERS,
)


@given(st.lists(READING, min_size=1), st.booleans())
def test_minutes_and_quantiles_are_those_that_duckdb_gives(readings, is_sorted):
    rows = table_of(sorted(readings, key=lambda each: each[:3]) if is_sorted else readings)
    wanted = Wanted(None, "power", 20_000, 200_000)

    with TemporaryDirectory() as folder:
        files = [Path(folder) / "1.parquet", Path(folder) / "2.parquet"]
        half = len(rows) // 2
        pq.write_table(rows.slice(0, half), files[0], row_group_size=7)
        files[1].write_bytes(parquet(rows.slice(half)))
        minutes = minutes_together(each_group(files, wanted, minutes_of, timed=True))
        found = quantiles(each_group(files, wanted, values_of, timed=False), 0.3)

    with duckdb.connect() as connection:
        connection.register("rows", rows)
        assert told(connection.sql(ASKED_OF_DUCKDB)) == told(minutes)
        assert told(connection.sql(QUANTILES_OF_DUCKDB)) == told(found)


def told(answer):
    """Give the rows so that they can be compared: fractions to nine places, NaN as a word."""
    whole = answer if isinstance(answer, pa.Table) else answer.to_arrow_table()
    return [
        tuple(f"{each:.9f}" if isinstance(each, float) else each for each in row.values())
        for row in whole.to_pylist()
    ]


def test_a_compacted_file_has_row_groups_of_one_metric(tmp_path, monkeypatch):
    monkeypatch.setattr("dure.make.history.order.FULL_GROUP", 20)
    (tmp_path / "1.parquet").write_bytes(parquet(table(0)))

    (part,) = in_order([(tmp_path / "1.parquet", 1)])

    assert [
        ({"power"}, ["kiln"] * 10 + ["press"] * 10),
        ({"temperature"}, ["kiln"] * 10 + ["press"] * 10),
    ] == [
        (set(group.column("metric").to_pylist()), group.column("device").to_pylist())
        for group in part.groups()
    ]


@pytest.mark.parametrize("most", [10, 45, 10**6])
def test_files_that_memory_does_not_hold_are_put_together_in_parts(sealed, monkeypatch, most):
    monkeypatch.setattr("dure.make.history.order.FULL_GROUP", 20)
    monkeypatch.setattr("dure.make.history.order.MOST_ROWS", most)

    entries = {line.number: line.segments[0] for line in sealed.lines}
    two = {number: entries[number] for number in (1, 2)}
    names = [FILE, "compacted/F001/readings-3-3.parquet"]

    compact(sealed.folder, names[0], [(one.file, line) for line, one in two.items()], two)
    compact(sealed.folder, names[1], [(entries[3].file, 3)], {3: entries[3]})
    _, rows = compact(sealed.folder, "day.parquet", [(name, None) for name in names], entries)

    assert 120 == rows
    assert 4 == len(read_lasts(sealed.folder / "day.parquet"))

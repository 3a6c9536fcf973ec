"""Files from outside are read behind a wall."""

import io
import os
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dure.kernel.errors import Malformed
from dure.make.wire import outside
from dure.make.wire.outside import normal, read_outside

PARQUET = "application/vnd.apache.parquet"
STREAM = "application/vnd.apache.arrow.stream"
SOUND = {"device": ["PRESS-1"], "metric": ["force"], "at": [1_795_000_000_000], "value": [1.5]}


def parquet(columns):
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def stream(columns):
    table = pa.table(columns)
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


@pytest.mark.parametrize(("kind", "write"), [(PARQUET, parquet), (STREAM, stream)])
def test_a_sound_file_comes_back_as_rows(kind, write):
    moment = datetime(2026, 11, 22, tzinfo=UTC)
    columns = {**SOUND, "at": pa.array([moment], pa.timestamp("us", "UTC"))}

    (row,) = read_outside(write(columns), kind).to_pylist()

    assert ("PRESS-1", "force", 1.5, "machine") == tuple(
        row[name] for name in ("device", "metric", "value", "grade")
    )
    assert int(moment.timestamp() * 1_000) == row["at"]


@pytest.mark.parametrize(
    ("data", "kind", "code"),
    [
        (b"", PARQUET, "make.upload_odd"),
        (b"PAR1" + os.urandom(400) + b"PAR1", PARQUET, "make.upload_odd"),
        (os.urandom(400), STREAM, "make.upload_odd"),
        (b"{}", "application/json", "make.upload_kind"),
    ],
)
def test_what_is_no_table_is_refused(data, kind, code):
    with pytest.raises(Malformed) as told:
        read_outside(data, kind)

    assert code == told.value.reason.code


def test_a_file_that_blows_up_takes_only_its_own_process_with_it():
    """Two million kilobyte texts that zstd makes small would take 2 GB and more."""
    word = pa.DictionaryArray.from_arrays(pa.array([0] * 2_000_000, pa.int32()), ["x" * 4_096])
    bomb = pa.table({**{n: pa.array(v * 2_000_000) for n, v in SOUND.items()}, "text": word})
    sink = io.BytesIO()
    pq.write_table(bomb, sink, compression="zstd", store_schema=False)

    with pytest.raises(Malformed) as told:
        read_outside(sink.getvalue(), PARQUET)

    assert "make.upload_odd" == told.value.reason.code


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"device": None}, "missing column: device"),
        ({"value": None}, "missing column: value or text"),
        ({"at": [0]}, "at lies outside"),
        ({"at": [2**60]}, "at lies outside"),
        ({"grade": ["rumour"]}, "unknown grade"),
        ({"metric": pa.array([None], pa.string())}, "empty cells"),
    ],
)
def test_what_is_wrong_with_a_table_is_said(change, words):
    columns = {name: value for name, value in {**SOUND, **change}.items() if value is not None}

    with pytest.raises(ValueError, match=words):
        normal(pa.table(columns))


def test_too_large_a_file_is_not_even_looked_at(monkeypatch):
    monkeypatch.setattr(outside, "MOST_BYTES", 10)

    with pytest.raises(Malformed) as told:
        read_outside(b"x" * 11, PARQUET)

    assert "make.upload_large" == told.value.reason.code

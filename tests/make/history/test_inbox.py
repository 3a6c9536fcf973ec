"""What comes by HTTP or by hand becomes history once, whatever stops."""

import pyarrow as pa
import pytest

from dure.make.consumers.capture import Capture
from dure.make.engine.host import Host
from dure.make.history import inbox, queries
from dure.make.history.manifest import open_manifest
from dure.make.services.entering import _readings
from dure.make.wire.outside import normal


def rows(*values):
    said = normal(
        pa.table(
            {
                "device": ["PRESS-1"] * len(values),
                "metric": ["force"] * len(values),
                "at": [1_000 + at for at in range(len(values))],
                "value": [float(value) for value in values],
            }
        )
    )
    return _readings(said, "hand", "inbox/F001/x", 5_000)


@pytest.fixture
def capture(tmp_path):
    with open_manifest(tmp_path) as manifest:
        yield Capture.recalled(manifest, Host())


def taken_in(capture):
    entries = list(inbox.waiting(capture.manifest.folder, capture.batches.ends))
    return capture.take_in(entries) if entries else None


def test_an_entry_becomes_history_and_leaves_the_inbox(tmp_path, capture):
    inbox.put(tmp_path, "F001", "a", rows(1, 2))

    line = taken_in(capture)

    assert {"inbox/F001/a": (1, 2)} == {name: (s.lo, s.hi) for name, s in line.sources.items()}
    assert [1.0, 2.0] == [row.value for row in queries.readings(tmp_path, "F001", "PRESS-1")]
    assert taken_in(capture) is None
    assert [] == list((tmp_path / "inbox" / "F001").iterdir())


def test_an_entry_that_is_found_again_after_a_stop_is_known(tmp_path, capture):
    inbox.put(tmp_path, "F001", "a", rows(1))
    taken_in(capture)
    inbox.put(tmp_path, "F001", "a", rows(1))

    again = Capture.recalled(capture.manifest, Host())

    assert taken_in(again) is None
    assert 1 == len(queries.readings(tmp_path, "F001", "PRESS-1"))


def test_entries_of_several_members_stay_apart(tmp_path, capture):
    inbox.put(tmp_path, "F001", "a", rows(1))
    inbox.put(tmp_path, "F002", "b", rows(2))
    inbox.put(tmp_path, "F001", "c", rows(3))

    line = taken_in(capture)

    assert [("F001", 2), ("F002", 1)] == [(each.group, each.rows) for each in line.segments]


def test_any_zoom_keeps_the_peak_and_a_whole_history_leaves_as_one_file(tmp_path, capture):
    values = [0.0] * 5_000
    values[3_333] = 9.0
    inbox.put(tmp_path, "F001", "a", rows(*values))
    taken_in(capture)

    zoomed = queries.zoomed(
        tmp_path, "F001", "PRESS-1", "force", lo_ms=1_000, hi_ms=6_000, width=50
    )
    count = queries.export(tmp_path, "F001", tmp_path / "out.parquet")

    assert (5_000, 192) == (zoomed.readings, zoomed.worst_quality)
    assert (4_333, 9.0) in zoomed.points
    assert len(zoomed.points) <= 100
    assert 5_000 == count == pa.parquet.read_metadata(tmp_path / "out.parquet").num_rows


def test_what_came_in_a_moment_is_drawn_whole_however_long_the_span(tmp_path, capture):
    inbox.put(tmp_path, "F001", "a", rows(*[float(n % 7) for n in range(60)]))
    taken_in(capture)

    zoomed = queries.zoomed(
        tmp_path, "F001", "PRESS-1", "force", lo_ms=0, hi_ms=3_600_000, width=60
    )

    assert [float(n % 7) for n in range(60)] == [value for _, value in zoomed.points]


def test_a_clock_that_was_never_set_stretches_no_picture(tmp_path, capture):
    inbox.put(tmp_path, "F001", "a", rows(1))
    taken_in(capture)

    first, last = queries.span_of(tmp_path, "F001")

    assert (queries.EARLIEST_MS, 1_000) == (first, last)

import json

import pyarrow as pa
import pytest

from dure.kernel.errors import Refused, Unproven
from dure.make.engine.manifest import Line, Range
from dure.make.history.manifest import Index, open_manifest, read_committed
from dure.make.history.segments import seal


def table(*times):
    moments = pa.array(times, pa.int64()).cast(pa.timestamp("ms", tz="UTC"))
    return pa.table({"at": moments, "received": moments, "value": [1.0] * len(times)})


def commit(manifest, lo, hi, times=(1, 2)):
    entry = seal(manifest, table(*times), group="F001", kind="readings")
    line = Line(
        number=manifest.next_number,
        prev=manifest.prev,
        sources={"machines": Range(epoch="e1", lo=lo, hi=hi)},
        segments=(entry,),
    )
    manifest.commit(line)
    return entry


def test_what_was_committed_is_there_for_the_next_writer(tmp_path):
    with open_manifest(tmp_path) as manifest:
        first = commit(manifest, 1, 10, (5, 3))
    with open_manifest(tmp_path) as manifest:
        commit(manifest, 11, 20)

        assert {"machines": Range(epoch="e1", lo=11, hi=20)} == manifest.ends()
        assert first == manifest.lines[0].segments[0]

    assert (3, 5, 2) == (first.at_lo, first.at_hi, first.rows)
    assert b"PAR1" == read_committed(tmp_path, first.file, first.sha256)[:4]


def test_only_one_process_writes(tmp_path):
    with open_manifest(tmp_path), pytest.raises(Refused), open_manifest(tmp_path):
        pass


@pytest.mark.parametrize("tail", [b"{", b'{"number":2', b"\xff\x00"])
def test_a_torn_tail_is_cut_off_and_the_work_goes_on(tmp_path, tail):
    with open_manifest(tmp_path) as manifest:
        commit(manifest, 1, 10)
    with (tmp_path / "manifest").open("ab") as file:
        file.write(tail)

    with open_manifest(tmp_path) as manifest:
        commit(manifest, 11, 20)

    assert 2 == len(Index(tmp_path).refresh())


def test_files_that_no_line_names_are_removed(tmp_path):
    with open_manifest(tmp_path) as manifest:
        kept = commit(manifest, 1, 10)
        seal(manifest, table(9), group="F001", kind="readings")
        manifest.store("births/2.json", b"{}")
        (tmp_path / "readings/F001/3.parquet.tmp").write_bytes(b"half")

    with open_manifest(tmp_path):
        files = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}

    assert {"manifest", "lock", kept.file} == files


def test_a_changed_line_stops_the_writer(tmp_path):
    with open_manifest(tmp_path) as manifest:
        commit(manifest, 1, 10)
        commit(manifest, 11, 20)
    path = tmp_path / "manifest"
    lines = path.read_bytes().splitlines()
    row = json.loads(lines[0])
    row["segments"][0]["rows"] = 3
    lines[0] = json.dumps(row, sort_keys=True, separators=(",", ":")).encode()
    path.write_bytes(b"\n".join(lines) + b"\n")

    with pytest.raises(Unproven), open_manifest(tmp_path):
        pass


def test_a_changed_or_missing_segment_is_found(tmp_path):
    with open_manifest(tmp_path) as manifest:
        entry = commit(manifest, 1, 10)
    path = tmp_path / entry.file
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.write_bytes(bytes(body))

    with pytest.raises(Unproven):
        read_committed(tmp_path, entry.file, entry.sha256)
    path.unlink()
    with pytest.raises(Unproven):
        read_committed(tmp_path, entry.file, entry.sha256)


def test_an_index_follows_a_growing_manifest_and_waits_for_whole_lines(tmp_path):
    index = Index(tmp_path)
    assert [] == index.refresh()

    with open_manifest(tmp_path) as manifest:
        commit(manifest, 1, 10)
        assert 1 == len(index.refresh())
        with (tmp_path / "manifest").open("ab") as file:
            file.write(b'{"half')
        assert 1 == len(index.refresh())

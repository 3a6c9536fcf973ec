import json
from time import time

import pyarrow as pa
import pytest

from dure.kernel.canonical import canonical
from dure.kernel.errors import Refused, Unproven
from dure.make.engine.manifest import Line, Range
from dure.make.history.index import Index, index_of
from dure.make.history.manifest import (
    chapters_of,
    check_chapters,
    open_manifest,
    read_committed,
)
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


DAY_MS = 86_400_000


def close_chapter(manifest):
    manifest.close_chapter_if_due(int(time() * 1_000) + DAY_MS)


def numbers(lines):
    return [line.number for line in lines]


def test_a_chapter_ends_with_its_day_and_the_next_goes_on_from_it(tmp_path):
    with open_manifest(tmp_path) as manifest:
        commit(manifest, 1, 10)
        commit(manifest, 11, 20)
        manifest.close_chapter_if_due(int(time() * 1_000))
        before = numbers(manifest.lines)
        close_chapter(manifest)
        commit(manifest, 21, 30)

    with open_manifest(tmp_path) as manifest:
        commit(manifest, 31, 40)

        assert ([1, 2], [3, 4, 5]) == (before, numbers(manifest.lines))
        assert {"machines": Range(epoch="e1", lo=31, hi=40)} == manifest.ends()
        assert [1, 2, 3, 4, 5] == numbers(manifest.since(0)) == numbers(check_chapters(tmp_path))
        assert [2, 3, 4, 5] == numbers(manifest.since(1)) == numbers(index_of(tmp_path).since(1))
        assert [5] == numbers(manifest.since(4))


def test_a_chapter_ends_when_it_is_long(tmp_path):
    with open_manifest(tmp_path) as manifest:
        manifest.most_lines = 3
        for number in range(9):
            manifest.close_chapter_if_due(int(time() * 1_000))
            commit(manifest, number * 10 + 1, number * 10 + 10)

        assert [(1, 3), (4, 6), (7, 9)] == [
            (each.first, each.last) for each in chapters_of(tmp_path)
        ]
        assert 12 == len(list(check_chapters(tmp_path)))


def test_an_index_follows_a_manifest_through_its_chapters(tmp_path):
    index = Index(tmp_path)
    with open_manifest(tmp_path) as manifest:
        first = commit(manifest, 1, 10)
        index.refresh()
        close_chapter(manifest)
        second = commit(manifest, 11, 20)
        index.refresh()

        assert [first.file, second.file] == [
            place.file for place in index.places("F001", "readings", 0, 9)
        ]


def test_a_writer_that_was_stopped_while_it_closed_a_chapter_closes_it_again(tmp_path):
    with open_manifest(tmp_path) as manifest:
        kept = commit(manifest, 1, 10)
        whole = (tmp_path / "manifest").read_bytes()
        close_chapter(manifest)
    (tmp_path / "manifest").write_bytes(whole)

    with open_manifest(tmp_path) as manifest:
        left = chapters_of(tmp_path)
        commit(manifest, 11, 20)
        close_chapter(manifest)

        assert [] == left
        assert [1, 2, 3] == numbers(check_chapters(tmp_path))
    assert (tmp_path / kept.file).exists()


def test_files_of_earlier_chapters_are_left_alone_by_whoever_opens_the_next(tmp_path):
    with open_manifest(tmp_path) as manifest:
        kept = commit(manifest, 1, 10)
        close_chapter(manifest)
        commit(manifest, 11, 20)
        seal(manifest, table(9), group="F001", kind="readings")

    with open_manifest(tmp_path):
        files = {path.name for path in (tmp_path / "readings/F001").iterdir()}

    assert {kept.file.rpartition("/")[2], "3.parquet"} == files


def test_entries_by_hand_are_known_no_longer_than_their_files_wait(tmp_path):
    (tmp_path / "inbox/F001").mkdir(parents=True)
    (tmp_path / "inbox/F001/hand-b.arrow").touch()
    names = ("inbox/F001/hand-a", "inbox/F001/hand-b", "inbox/F001/upload", "machines")
    with open_manifest(tmp_path) as manifest:
        manifest.commit(
            Line(
                number=1,
                prev=manifest.prev,
                sources={name: Range(epoch="e", lo=1, hi=2) for name in names},
            )
        )
        close_chapter(manifest)

        assert set(names[1:]) == set(manifest.ends())
        assert 2 == len(list(check_chapters(tmp_path)))


def test_a_chapter_that_carries_something_else_is_found(tmp_path):
    with open_manifest(tmp_path) as manifest:
        commit(manifest, 1, 10)
        close_chapter(manifest)
    path = tmp_path / "manifest"
    row = json.loads(path.read_bytes())
    row["carried"]["ends"][0]["hi"] = 99
    path.write_bytes(canonical(row) + b"\n")

    with pytest.raises(Unproven):
        list(check_chapters(tmp_path))


def test_a_chapter_that_was_dropped_is_found(tmp_path):
    with open_manifest(tmp_path) as manifest:
        for number in range(3):
            commit(manifest, number * 10 + 1, number * 10 + 10)
            close_chapter(manifest)
    (tmp_path / chapters_of(tmp_path)[0].file).unlink()

    with pytest.raises(Unproven):
        list(check_chapters(tmp_path))

"""CSV and Excel as factories keep them."""

import os
from datetime import UTC, datetime

import pytest
from openpyxl import Workbook

from dure.kernel.errors import Malformed, Unavailable
from dure.make.engine.told import read
from dure.make.wire.gateway.queue import THE_NODE, Queue
from dure.make.wire.gateway.sheet import moment_ms, numbers, read_sheet
from dure.make.wire.gateway.sources.folder import Folder
from tests.make.gateway.site import now_ms

NINE = int(datetime(2026, 11, 22, 0, 0, tzinfo=UTC).timestamp() * 1_000)  # 9 in Seoul
MINUTE = 60_000


@pytest.fixture
def queue(tmp_path):
    with Queue(tmp_path / "state", budget=1 << 24) as opened:
        yield opened


@pytest.fixture
def inbox(tmp_path):
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def folder(path, **manner):
    return Folder(path=path, machine="PRESS-1", now_ms=now_ms, **manner)


def put(path, data, *, quiet=True):
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    if quiet:
        os.utime(path, (1_700_000_000, 1_700_000_000 + hash(path.name) % 1_000))
    return path


def said(queue):
    return [
        (each.device, each.metric, each.at_ms - NINE, each.value)
        for batch in queue.next_batches(0, 1_000)
        for each in batch.readings
        if each.device != THE_NODE
    ]


def told(queue):
    """Give the troubles that are to be shown, with how often each came up."""
    return [
        (reason.code, dict(reason.parameters), count)
        for batch in queue.next_batches(0, 1_000)
        for each in batch.readings
        if each.device == THE_NODE
        for reason, count in [read(each.value)]
    ]


def look(queue, source):
    source.look(queue, {})
    return said(queue)


def test_a_table_in_the_encoding_of_korean_windows_is_read(queue, inbox):
    text = "시각,하중(kN),상태\r\n2026-11-22 09:00,120.5,가동\r\n2026-11-22 09:01,121,정지\r\n"
    put(inbox / "일지.csv", text.encode("cp949"))

    columns = {"하중(kN)": "force", "상태": "state"}

    assert [
        ("PRESS-1", "force", 0, 120.5),
        ("PRESS-1", "state", 0, "가동"),
        ("PRESS-1", "force", MINUTE, 121.0),
        ("PRESS-1", "state", MINUTE, "정지"),
    ] == look(queue, folder(inbox, columns=columns))


def test_the_same_file_again_under_any_name_says_nothing_twice(queue, inbox):
    text = "time,force\n2026-11-22 09:00,1\n2026-11-22 09:01,2\n"
    put(inbox / "a.csv", text)
    once = look(queue, folder(inbox))
    put(inbox / "copy.csv", text)
    put(inbox / "longer.csv", text + "2026-11-22 09:02,3\n")

    again = look(queue, folder(inbox))

    assert 2 == len(once)
    assert [*once, ("PRESS-1", "force", 2 * MINUTE, 3.0)] == again


def test_a_half_written_line_waits_for_its_end(queue, inbox):
    text = "time,force\n2026-11-22 09:00,1\n2026-11-22 09:01,12"
    path = put(inbox / "log.csv", text, quiet=False)
    source, tried = folder(inbox), {}
    source.look(queue, tried)
    half = said(queue)
    put(path, f"{text}.75\n", quiet=False)

    source.look(queue, tried)

    assert [("PRESS-1", "force", 0, 1.0)] == half
    assert [*half, ("PRESS-1", "force", MINUTE, 12.75)] == said(queue)


def test_rows_out_of_order_come_in_the_order_of_time(queue, inbox):
    put(inbox / "a.csv", "time,force\n2026-11-22 09:01,2\n2026-11-22 09:00,1\n")

    assert [1.0, 2.0] == [row[3] for row in look(queue, folder(inbox))]


def test_merged_headers_of_a_workbook_name_their_columns(queue, inbox):
    book = Workbook()
    sheet = book.active
    sheet.append(["11월 생산일지"])
    sheet.append([None, "프레스 1호기", None, "도장 라인"])
    sheet.append(["시각", "하중", "온도", "온도"])
    sheet.append([datetime(2026, 11, 22, 9, 0), 120.5, 35, "41,5"])  # noqa: DTZ001
    sheet.merge_cells("A1:D1")
    sheet.merge_cells("B2:C2")
    book.save(inbox / "일지.xlsx")
    columns = {"프레스 1호기/하중": "force", "도장 라인/온도": "PAINT-1/temperature"}

    read = look(queue, folder(inbox, columns=columns, grade="hand"))

    assert ("시각", "프레스 1호기/하중", "프레스 1호기/온도", "도장 라인/온도") == read_sheet(
        inbox / "일지.xlsx"
    ).columns
    assert [("PAINT-1", "temperature", 0, 41.5), ("PRESS-1", "force", 0, 120.5)] == sorted(read)
    assert {"hand"} == {each.grade for b in queue.next_batches(0, 9) for each in b.readings}


def test_a_workbook_that_is_still_being_saved_waits(queue, inbox):
    path = put(inbox / "a.xlsx", b"PK\x03\x04 half of a workbook")

    with pytest.raises(Unavailable):
        read_sheet(path)
    assert [] == look(queue, folder(inbox))


@pytest.mark.parametrize(
    ("cells", "delimiter", "read"),
    [
        (["35,2", "1.204,5"], ";", [35.2, 1204.5]),
        (["1,204.5", "1,204"], ",", [1204.5, 1204.0]),
        (["1,204", "35,2"], ";", [1.204, 35.2]),
        (["1,204"], ",", [1204.0]),
        (["1,204"], ";", [1.204]),
        (["1,204,567"], ";", [1204567.0]),
        (["12.5%", "-3e2"], ",", [12.5, -300.0]),
        (["가동", None, 4], ",", ["가동", None, 4]),
    ],
)
def test_commas_are_judged_over_the_whole_column(cells, delimiter, read):
    assert read == numbers(cells, delimiter=delimiter)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22 09:00", "2026.11.22 9:00:00", "2026/11/22 오전 9:00", "2026. 11. 22. 09:00",
        "2026년 11월 22일 9시 0분", "2026-11-22T00:00:00Z", "2026-11-22T09:00:00+09:00",
        "2026-11-22 9:00 AM",
    ],
)  # fmt: skip
def test_moments_are_read_as_people_write_them(text):
    assert NINE == moment_ms(text)


@pytest.mark.parametrize("text", ["2026-13-01", "어제", "120.5", "", None, 9])
def test_what_is_no_moment_is_none(text):
    assert moment_ms(text) is None


def test_day_and_hour_in_two_columns_are_one_moment(queue, inbox):
    put(inbox / "a.tsv", "날짜\t시간\t하중\n2026-11-22\t09:01\t7\n")

    read = look(queue, folder(inbox, time=("날짜", "시간"), columns={"하중": "force"}))

    assert [("PRESS-1", "force", MINUTE, 7.0)] == read


def test_a_column_may_name_the_machine(queue, inbox):
    put(inbox / "a.csv", "time,설비,force\n2026-11-22 09:00,PRESS-2,1\n2026-11-22 09:00,,2\n")

    read = look(queue, folder(inbox, machine_column="설비", columns={"force": "force"}))

    assert [("PRESS-1", "force", 0, 2.0), ("PRESS-2", "force", 0, 1.0)] == sorted(read)


def test_a_missing_column_is_named_with_those_that_are_there(inbox):
    path = put(inbox / "a.csv", "time,force\n2026-11-22 09:00,1\n")

    with pytest.raises(Malformed) as told:
        folder(inbox, columns={"압력": "p"}).readings(path, read_sheet(path), [NINE])

    assert {"file": "a.csv", "column": "압력", "there": "time, force"} == dict(
        told.value.reason.parameters
    )


def test_each_of_several_tables_gives_the_columns_that_it_has(queue, inbox):
    put(inbox / "a.csv", "time,force\n2026-11-22 09:00,1\n")
    put(inbox / "b.csv", "time,heat\n2026-11-22 09:00,2\n")

    read = look(queue, folder(inbox, columns={"force": "force", "heat": "heat"}))

    assert [("PRESS-1", "force", 0, 1.0), ("PRESS-1", "heat", 0, 2.0)] == sorted(read)


def test_a_column_that_is_named_later_is_read_from_files_that_were_read_before(queue, inbox):
    put(inbox / "a.csv", "time,force,heat\n2026-11-22 09:00,1,2\n")
    look(queue, folder(inbox, columns={"force": "force"}))

    read = look(queue, folder(inbox, columns={"force": "force", "heat": "heat"}))

    assert [("PRESS-1", "force", 0, 1.0), ("PRESS-1", "heat", 0, 2.0)] == sorted(read)


def test_two_machines_are_read_from_one_folder(queue, inbox):
    put(inbox / "a.csv", "time,force,heat\n2026-11-22 09:00,1,2\n")
    kiln = Folder(path=inbox, machine="KILN-1", now_ms=now_ms, columns={"heat": "heat"})

    look(queue, folder(inbox, columns={"force": "force"}))
    read = look(queue, kiln)

    assert {("PRESS-1", "force", 0, 1.0), ("KILN-1", "heat", 0, 2.0)} == set(read)


def test_a_file_waits_while_the_queue_is_full(tmp_path, inbox):
    rows = "".join(f"2026-11-22 09:00:00.{n:06},{n}\n" for n in range(0, 1_000_000, 50))
    put(inbox / "big.csv", "time,force\n" + rows)
    with Queue(tmp_path / "small", budget=1) as queue:
        queue.budget = 900 << 10
        source = folder(inbox, decimal=".")
        for _ in range(40):
            source.look(queue, {})
            queue.done([batch.serial for batch in queue.next_batches(0, 10_000)])

        assert 20_000 == queue._one("select count(*) from seen")[0]
        assert [] == queue.gaps()


def test_what_a_folder_offers_is_listed_with_a_sample(inbox):
    put(inbox / "a.csv", "time,force,state\n2026-11-22 09:00,1,가동\n")

    put(inbox / "b.csv", "time,heat\n2026-11-22 09:00,2\n")

    offers = folder(inbox).offers()

    assert {("force", "1"), ("state", "가동"), ("heat", "2")} == {
        (each.name, each.sample) for each in offers
    }


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("odd.csv", b"\xb7\xff\xff,1\n", "make.file_encoding"),
        ("words.csv", "name,colour\nPRESS,red\n", None),
        ("notes.txt", "hello\n", "make.file_no_table"),
        ("other.csv", "time,heat\n2026-11-22 09:00,2\n", "make.file_column"),
        ("cut.xlsx", b"PK\x03\x04 not whole", "make.file_not_whole"),
    ],
)
def test_a_file_that_is_left_out_is_told_once_for_each_change(queue, inbox, name, data, code):
    path = put(inbox / name, data)
    source = folder(inbox, columns={"force": "force"})
    for _ in range(3):
        source.look(queue, {})  # as after a restart
    once = [each[0] for each in told(queue)]

    os.utime(path, (1_600_000_000, 1_600_000_000))
    source.look(queue, {})

    assert ([code] if code else []) == once
    assert 2 * once == [each[0] for each in told(queue)]


def test_rows_without_a_moment_are_counted_once_however_often_the_file_grows(queue, inbox):
    text = "time,force\n2026-11-22 09:00,1\n어제쯤,2\n"
    source = folder(inbox)
    put(inbox / "a.csv", text)
    source.look(queue, {})
    put(inbox / "a.csv", text + "2026-11-22 09:01,3\n")
    source.look(queue, {})

    put(inbox / "a.csv", text + "2026-11-22 09:01,3\n합계,6\n소계,6\n")
    source.look(queue, {})

    assert [1.0, 3.0] == [value for *_, value in said(queue)]
    assert [
        ("make.file_rows", {"file": "a.csv", "said": "어제쯤 | 2"}, 1),
        ("make.file_rows", {"file": "a.csv", "said": "소계 | 6"}, 2),
    ] == told(queue)


def test_a_file_that_cannot_be_read_hides_no_other_from_who_looks_for_columns(inbox):
    put(inbox / "odd.csv", b"\xb7\xff\xff,1\n")
    with pytest.raises(Malformed):
        folder(inbox).offers()
    put(inbox / "a.csv", "time,force\n2026-11-22 09:00,1\n")

    offers = folder(inbox).offers()

    assert ["force"] == [each.name for each in offers]

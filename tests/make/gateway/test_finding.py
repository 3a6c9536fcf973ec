"""What a site offers, given to the member's machines and written into the gateway's file."""

import os
from unicodedata import normalize

import pytest
from openpyxl import Workbook
from typer.testing import CliRunner

from dure.cli.gateway import app
from dure.make.wire.gateway.config import read_config
from dure.make.wire.gateway.finding import mapped
from dure.make.wire.gateway.sources import Offer, metric_names
from tests.make.gateway.site import now_ms

KILNS = {"K-1": ["가마 1호", "Kiln 1"], "K-12": ["가마 12호", "Kiln 12"]}


def offer(name):
    return Offer(place="ns=2;i=3", name=name, sample="1")


@pytest.mark.parametrize(
    ("machines", "name", "found"),
    [
        ({"PRESS-1": [], "KILN-1": []}, "line/press_1/하중", "PRESS-1"),
        ({"가마-1호": [], "가마-2호": []}, normalize("NFD", "가마 1호 온도"), "가마-1호"),
        ({"가마-1호": [], "가마-2호": []}, "가마 온도", ""),
        ({"가마-1호": []}, "온도", "가마-1호"),
        ({}, "온도", ""),
        (KILNS, "가마 1호/온도", "K-1"),
        (KILNS, "kiln 12/temperature", "K-12"),
        ({"P-1": ["가마"], "P-2": ["가마"]}, "가마/온도", ""),
    ],
)
def test_what_is_found_is_given_to_the_machine_whose_code_or_name_it_holds(machines, name, found):
    assert {found: [offer(name)]} == mapped([offer(name)], machines)


@pytest.mark.parametrize(
    ("names", "metrics"),
    [
        (["PRESS-1/force", "PRESS-1/온도"], ["force", "온도"]),
        (["프레스/온도", "도장/온도", "도장/압력"], ["프레스 온도", "도장 온도", "압력"]),
        (["프레스/하중(kN/m2)"], ["하중(kN/m2)"]),
        (["속도(m/s)"], ["속도(m/s)"]),
    ],
)
def test_a_metric_takes_its_last_header_or_all_where_two_end_alike(names, metrics):
    assert metrics == metric_names([offer(name) for name in names])


@pytest.fixture
def site(tmp_path):
    """Give a gateway's file with two machines, and a folder of two tables of different shape."""
    folder = tmp_path / "csv"
    folder.mkdir()
    book = Workbook()
    book.active.append([None, "프레스 1호기", None, "도장 라인"])
    book.active.append(["시각", "하중(kN/m2)", "온도", "온도"])
    book.active.append(["2026-11-22 09:00", 1000, 35.5, 41])
    book.active.merge_cells("B1:C1")
    book.save(folder / "일지.xlsx")
    text = "시각,습도\n2026-11-22 09:00,55\n"
    (folder / "습도.csv").write_bytes(text.encode("cp949"))
    for path in folder.iterdir():
        os.utime(path, (1_700_000_000, 1_700_000_000))
    file = tmp_path / "gateway.yaml"
    file.write_text(
        "broker: {host: h, port: 1883, user: F001, password: s, group: F001}\n"
        "machines: {PRESS-1: [프레스 1호기], PAINT-1: [도장 라인]}\nsources:\n",
        encoding="utf-8",
    )
    return folder, file


def discover(folder, file, *words):
    done = CliRunner().invoke(app, ["discover", str(folder), "--file", str(file), *words])
    assert 0 == done.exit_code, done.output
    return done.output


def read(file):
    return {
        source.machine: dict(source.columns) for source in read_config(file, now_ms=now_ms).sources
    }


def test_tables_with_merged_headers_are_given_to_their_machines_by_name(site):
    folder, file = site

    said = discover(folder, file)

    assert {
        "PRESS-1": {"프레스 1호기/하중(kN/m2)": "하중(kN/m2)", "프레스 1호기/온도": "온도"},
        "PAINT-1": {"도장 라인/온도": "온도"},
    } == read(file)
    assert "1 are given to no machine: say --machine CODE. The machines: PRESS-1, PAINT-1." in said


def test_of_a_machine_that_is_named_all_is_read_that_is_no_others(site):
    folder, file = site

    said = discover(folder, file, "--machine", "PRESS-1")

    columns = {
        "프레스 1호기/하중(kN/m2)": "하중(kN/m2)",
        "프레스 1호기/온도": "온도",
        "습도": "습도",
    }
    assert {"PRESS-1": columns} == read(file)
    assert "(not of PRESS-1)" in said


def test_what_is_read_already_is_not_written_twice(site):
    folder, file = site
    discover(folder, file)
    before = file.read_text()

    said = discover(folder, file)

    assert before == file.read_text()
    assert 3 == said.count("(read already)")

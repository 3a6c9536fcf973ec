from datetime import datetime
from io import BytesIO

import pytest
from openpyxl import load_workbook

from dure.desk.engine.sheet import Table, tables_of, workbook

PAGE = """
<h1>수주</h1><p>문장</p><h2>공정</h2>
<table><thead><tr><th>업체</th><th class="num">금액</th><th></th></tr></thead>
<tbody><tr><th>구로<b>도예</b></th><td>1,200원</td><td><form>x<button>수락</button></form></td></tr>
<tr><td colspan="2">합계<br>전체</td><td>3</td></tr></tbody></table>
<table><caption>로트</caption><tr><td>=1+1</td></tr></table>
"""


def read_back(tables):
    return load_workbook(BytesIO(workbook(tables)))


def test_every_table_of_a_page_is_read_under_its_heading():
    steps, lots = tables_of(PAGE)

    assert ("공정", [["업체", "금액", ""]]) == (steps.title, steps.head)
    assert [["구로도예", "1,200원", ""], ["합계전체", "", "3"]] == steps.rows
    assert ("로트", [["=1+1"]]) == (lots.title, lots.rows)


@pytest.mark.parametrize(
    ("text", "value", "shown"),
    [
        ("1,234,000원", 1234000, '#,##0"원"'),
        ("−1,500원", -1500, '#,##0"원"'),
        ("₩8,250,000", 8250000, '"₩"#,##0'),
        ("508개", 508, '#,##0"개"'),
        ("12.50 kg", 12.5, '#,##0.00" kg"'),
        ("2026년 12월 3일(목)", datetime(2026, 12, 3), "yyyy-mm-dd"),  # noqa: DTZ001
        ("Thu 3 Dec 2026", datetime(2026, 12, 3), "yyyy-mm-dd"),  # noqa: DTZ001
        ("000-12", "000-12", "General"),
        ("007", "007", "General"),
        ("2026년", "2026년", "General"),
        ("123-45-67890", "123-45-67890", "General"),
    ],
)
def test_an_amount_stays_a_number_and_a_date_a_date(text, value, shown):
    cell = read_back([Table("t", [], [[text]])]).worksheets[0]["A1"]

    assert (value, shown) == (cell.value, cell.number_format)


def test_text_never_becomes_a_formula():
    cell = read_back([Table("t", [], [["=HYPERLINK(1)"]])]).worksheets[0]["A1"]

    assert ("s", "=HYPERLINK(1)") == (cell.data_type, cell.value)


def test_names_of_sheets_are_short_clean_and_different():
    names = read_back([Table("a/b:" * 20), Table("공정"), Table("공정")]).sheetnames

    assert ["공정", "공정 2"] == names[1:]
    assert len(names[0]) <= 31


def test_a_page_without_tables_gives_an_empty_workbook():
    assert ["-"] == read_back(tables_of("<p>없음</p>")).sheetnames

"""
Spreadsheets out of pages: every table that a page shows, as a sheet of one workbook.

What one may see on the page is what one gets, filters of the address included: the
workbook is made from the page itself. Amounts become numbers that keep their unit as a
format, dates become dates; all other text stays text, also where it begins with "=".

    <h2>공정</h2><table><thead><tr><th>금액</th></tr></thead><tbody><tr><td>1,200원</td>…
    sheet "공정":  A1 금액   A2 1200, shown as 1,200원
"""

import re
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

Row = list[str]

_AMOUNT = re.compile(
    r"([−-]?)(₩?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(\s?(?![년월시분:])[^\d\s]\D{0,7})?"
)
_KOREAN_DAY = re.compile(r"(\d{4})년 (\d{1,2})월 (\d{1,2})일\(.\)")
_ENGLISH_DAY = re.compile(r"\w{3} (\d{1,2}) (\w{3}) (\d{4})")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\']")
_VOID = {"br", "img", "input", "hr", "wbr"}


@dataclass(slots=True)
class Table:
    """One table of a page: its title, its head and its rows, as text."""

    title: str
    head: list[Row] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)


def tables_of(html: str) -> list[Table]:
    """Read every table of a page, in order, under the heading that stands before it."""
    reader = _Reader()
    reader.feed(html)
    return reader.tables


def workbook(tables: list[Table]) -> bytes:
    """Write tables as an .xlsx workbook, a sheet each, with heads that stay in view."""
    from openpyxl import Workbook  # half a second that only who asks for a spreadsheet waits

    book = Workbook()
    book.remove(book.worksheets[0])
    for table in tables:
        sheet = book.create_sheet(_free_title(table.title, book.sheetnames))
        _fill(sheet, table)
    if not tables:
        book.create_sheet("-")
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(sheet: "Worksheet", table: Table) -> None:
    from openpyxl.cell import Cell
    from openpyxl.styles import Font

    for number, row in enumerate(table.head + table.rows, start=1):
        for column, text in enumerate(row, start=1):
            cell = sheet.cell(row=number, column=column)
            assert isinstance(cell, Cell)
            _write(cell, text)
            if number <= len(table.head):
                cell.font = Font(bold=True)
    sheet.freeze_panes = f"A{len(table.head) + 1}"
    for column, cells in enumerate(zip(*_even(table.head + table.rows), strict=True)):
        width = max(_width(text) for text in cells)
        sheet.column_dimensions[_letter(column)].width = min(48, 2 + width)


def _write(cell: "Cell", text: str) -> None:
    day = _day(text)
    amount = _AMOUNT.fullmatch(text)
    if day:
        cell.value, cell.number_format = day, "yyyy-mm-dd"
    elif amount and not (amount[3].startswith("0") and len(amount[3]) > 1):
        minus, won, whole, part, unit = amount.groups(default="")
        number = float(whole.replace(",", "") + part) if part else int(whole.replace(",", ""))
        cell.value = -number if minus else number
        decimals = "." + "0" * (len(part) - 1) if part else ""
        cell.number_format = _quoted(won) + "#,##0" + decimals + _quoted(unit)
    else:
        cell.value = text
        cell.data_type = "s"  # never a formula, whatever it begins with


def _quoted(unit: str) -> str:
    return '"' + unit.replace('"', "") + '"' if unit else ""


def _day(text: str) -> date | None:
    if found := _KOREAN_DAY.fullmatch(text):
        return date(int(found[1]), int(found[2]), int(found[3]))
    found = _ENGLISH_DAY.fullmatch(text)
    if found and found[2] in _MONTHS:
        return date(int(found[3]), _MONTHS.index(found[2]) + 1, int(found[1]))
    return None


def _free_title(title: str, taken: list[str]) -> str:
    """Give a sheet's name: at most 31 letters, none that spreadsheets refuse, none twice."""
    plain = _NOT_IN_TITLES.sub(" ", title).strip()[:28] or "-"
    number = 2
    name = plain
    while name in taken:
        name = f"{plain} {number}"
        number += 1
    return name


def _even(rows: list[Row]) -> list[Row]:
    most = max((len(row) for row in rows), default=0)
    return [row + [""] * (most - len(row)) for row in rows]


def _width(text: str) -> int:
    return sum(2 if ord(letter) > 0x1100 else 1 for letter in text)


def _letter(column: int) -> str:
    return _letter(column // 26 - 1) + _letter(column % 26) if column > 25 else chr(65 + column)


class _Reader(HTMLParser):
    """Follows a page through its headings and tables; nested marks are read as their text."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[Table] = []
        self._title = ""
        self._reading: list[str] | None = None
        self._in_table = self._in_head = False
        self._row: Row = []
        self._span = 1
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a table, a row or a cell; a form in a cell is no part of its text."""
        if self._hidden or (self._in_table and tag in ("form", "details", "script", "style")):
            self._hidden += tag not in _VOID
        elif tag in ("h1", "h2", "h3", "caption"):
            self._reading = []
        elif tag == "table":
            self._in_table, self._in_head = True, False
            self.tables.append(Table(self._title))
        elif self._in_table:
            self._begin_part(tag, dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        """End what has begun."""
        if self._hidden:
            self._hidden -= tag not in _VOID
        elif tag in ("h1", "h2", "h3", "caption") and self._reading is not None:
            self._title = self._text()
            if tag == "caption" and self._in_table:
                self.tables[-1].title = self._title
        elif tag == "table":
            self._in_table = False
        elif self._in_table:
            self._end_part(tag)

    def handle_data(self, data: str) -> None:
        """Keep text of a heading or cell."""
        if self._reading is not None and not self._hidden:
            self._reading.append(data)

    def _begin_part(self, tag: str, attrs: dict[str, str | None]) -> None:
        if tag in ("thead", "tbody", "tfoot"):
            self._in_head = tag == "thead"
        elif tag == "tr":
            self._row = []
        elif tag in ("td", "th"):
            self._reading, self._span = [], int(attrs.get("colspan") or 1)

    def _end_part(self, tag: str) -> None:
        if tag in ("td", "th") and self._reading is not None:
            self._row += [self._text()] + [""] * (self._span - 1)
        elif tag == "tr" and self._row:
            table = self.tables[-1]
            (table.head if self._in_head else table.rows).append(self._row)

    def _text(self) -> str:
        text = " ".join("".join(self._reading or []).split())
        self._reading = None
        return text

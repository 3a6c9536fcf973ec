"""
Tables as factories keep them: CSV and Excel with Korean encodings, merged headers, local numbers.

    생산일지 11월                                    a title: passed over
              프레스 1호기            도장 라인        a merged header over two columns
    시각       하중(kN)   온도         온도
    2026.11.22 오전 9:00  "1,204.5"   35,2   41

gives the columns 시각, 프레스 1호기/하중(kN), 프레스 1호기/온도, 도장 라인/온도 and one row.
Nothing here guesses in silence: what is not understood raises Malformed and names the file.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from python_calamine import CalamineError, CalamineWorkbook

from dure.kernel.errors import Malformed, Unavailable

SEOUL = "Asia/Seoul"
EXCEL = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")
MOST_BYTES = 64 << 20
_MOMENT = re.compile(
    r"(\d{4})\s*[-./년]\s*(\d{1,2})\s*[-./월]\s*(\d{1,2})\s*일?\.?[T\s]*"
    r"(?:(오전|오후|AM|PM)\s*)?"
    r"(?:(\d{1,2})\s*[:시]\s*(?:(\d{1,2})\s*분?)?(?:[:\s]\s*(\d{1,2})(?:\.(\d{1,6}))?\s*초?)?)?"
    r"\s*(AM|PM)?\s*(Z|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[-+]?[\d.,' ]*\d[\d.,' ]*(?:[eE][-+]?\d+)?%?")
_DECIMAL_COMMA = re.compile(r"[-+]?(\d{1,3}(\.\d{3})+|\d+),(\d+)")
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: the names of its columns, and its rows of cells (text, number, moment or None)."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    delimiter: str = ""


def read_sheet(path: Path, *, is_quiet: bool = True) -> Sheet:
    """
    Read a file's first table; is_quiet says that nobody writes to it any more.

    A last line without its end is left out while somebody may still be writing it. Raises
    Malformed for what is no table, Unavailable for a file that is not whole yet.
    """
    data = path.read_bytes()
    if len(data) > MOST_BYTES:
        raise Malformed("make.file_too_large", file=path.name, most=MOST_BYTES)
    if path.suffix.lower() in EXCEL:
        rows = _excel_rows(path, data)
        return _table(path, rows, "")
    text = _text(path, data)
    if not is_quiet and not text.endswith(("\n", "\r")):
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1]
    delimiter = _delimiter(text)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return _table(path, [[cell.strip() or None for cell in line] for line in lines], delimiter)


def moment_ms(cell: Any, zone: str = SEOUL) -> int | None:
    """Read a cell as a moment in milliseconds since 1970; None where it is none."""
    if isinstance(cell, datetime):
        return _ms(cell, zone)
    if isinstance(cell, date):
        return _ms(datetime.combine(cell, time()), zone)
    if not isinstance(cell, str) or not (found := _MOMENT.fullmatch(cell.strip())):
        return None
    try:
        return _ms(_moment(found), zone)
    except ValueError:
        return None


def numbers(cells: Sequence[Any], *, delimiter: str, decimal: str | None = None) -> list[Any]:
    """
    Read one column's cells as numbers; texts stay what they are.

    Whether a comma is a decimal sign is judged over the whole column: 35,2 says so, 1,204.5
    says not. Where no cell tells (1,204), decimal decides, else the file's delimiter:
    beside semicolons a comma is a decimal sign, beside commas it parts thousands.
    """
    texts = [cell for cell in cells if isinstance(cell, str)]
    comma = decimal == "," if decimal else _comma_is_decimal(texts, delimiter)
    return [_number(cell, comma) if isinstance(cell, str) else cell for cell in cells]


def _text(path: Path, data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    for encoding in ("utf-8-sig", "cp949"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Malformed("make.file_encoding", file=path.name)


def _delimiter(text: str) -> str:
    """Find what parts the cells: what most lines hold equally often."""
    lines = [line for line in text.splitlines()[:50] if line.strip()]

    def agreement(delimiter: str) -> tuple[int, int]:
        counts = [len(next(csv.reader([line], delimiter=delimiter))) for line in lines]
        usual = max(set(counts), key=counts.count, default=1)
        return (counts.count(usual) if usual > 1 else 0, usual)

    return max(("\t", ";", ",", "|"), key=agreement)


def _excel_rows(path: Path, data: bytes) -> list[list[Any]]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            rows = [[_cell(each) for each in row] for row in sheet.to_python(skip_empty_area=False)]
            if any(cell is not None for row in rows for cell in row):
                _fill_merged(rows, sheet.merged_cell_ranges or [])
                return rows
    except (CalamineError, OSError, ValueError) as broken:
        raise Unavailable("make.file_not_whole", file=path.name, problem=str(broken)) from broken
    return []


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value


def _fill_merged(rows: list[list[Any]], merged: Sequence[Any]) -> None:
    for (top, left), (bottom, right) in merged:
        for row in rows[top : bottom + 1]:
            row[left : right + 1] = [rows[top][left]] * (min(right + 1, len(row)) - left)


def _table(path: Path, rows: list[list[Any]], delimiter: str) -> Sheet:
    width = max((len(row) for row in rows), default=0)
    rows = [row + [None] * (width - len(row)) for row in rows]
    first = next((place for place, row in enumerate(rows) if _is_data(row)), None)
    if first is None:
        if any(_is_header(row) for row in rows):
            return Sheet((), (), delimiter)
        raise Malformed("make.file_no_table", file=path.name)
    heads = [row for row in rows[:first] if _is_header(row)][-3:]
    columns = _names(heads, width)
    body = tuple(tuple(row) for row in rows[first:] if any(cell is not None for cell in row))
    return Sheet(columns, body, delimiter)


def _is_data(row: Sequence[Any]) -> bool:
    """Say whether a row holds a moment, or a number beside something else."""
    given = [cell for cell in row if cell is not None]
    if len(given) < 2:
        return False
    return any(moment_ms(cell) is not None for cell in given)


def _is_header(row: Sequence[Any]) -> bool:
    """Say whether a row names columns: two different words at least; a title is one word."""
    return len({cell for cell in row if isinstance(cell, str)}) >= 2


def _names(heads: Sequence[Sequence[Any]], width: int) -> tuple[str, ...]:
    """Join header rows column by column; all but the last reach over the empty cells after them."""
    wide = [_carried(head) for head in heads[:-1]] + [list(head) for head in heads[-1:]]
    names: list[str] = []
    for column in range(width):
        parts = [str(head[column]) for head in wide if head[column] is not None]
        name = "/".join(dict.fromkeys(parts)) or f"column {column + 1}"
        names.append(name if name not in names else f"{name} ({column + 1})")
    return tuple(names)


def _carried(head: Sequence[Any]) -> list[Any]:
    carried: list[Any] = []
    for cell in head:
        carried.append(cell if cell is not None or not carried else carried[-1])
    return carried


def _comma_is_decimal(texts: Sequence[str], delimiter: str) -> bool:
    for text in texts:
        if (found := _DECIMAL_COMMA.fullmatch(text)) and (len(found[3]) != 3 or "." in found[1]):
            return True
        if "," in text and ("." in text or text.count(",") > 1) and _THOUSANDS.fullmatch(text):
            return False
    return delimiter in (";", "\t") and not any("." in text for text in texts)


def _number(text: str, comma_is_decimal: bool) -> Any:
    if not _NUMBER.fullmatch(text):
        return text
    plain = text.replace(" ", "").replace("'", "").rstrip("%")
    plain = plain.replace(".", "").replace(",", ".") if comma_is_decimal else plain.replace(",", "")
    try:
        return float(plain)
    except ValueError:
        return text


def _moment(found: re.Match[str]) -> datetime:
    year, month, day, before, hour, minute, second, fraction, after, offset = found.groups()
    hours = int(hour or 0)
    half = (before or after or "").upper()
    if half in ("오후", "PM") and hours < 12:
        hours += 12
    if half in ("오전", "AM") and hours == 12:
        hours = 0
    whole = datetime(int(year), int(month), int(day), hours, int(minute or 0), int(second or 0))  # noqa: DTZ001 - the zone follows
    whole += timedelta(microseconds=int((fraction or "0").ljust(6, "0")))
    if offset:
        sign = "+00:00" if offset in "Zz" else offset
        return whole.replace(tzinfo=datetime.strptime(sign.replace(":", ""), "%z").tzinfo)
    return whole


def _ms(moment: datetime, zone: str) -> int:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return int(moment.astimezone(UTC).timestamp() * 1_000)

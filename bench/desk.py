"""Papers: a page's table made into a spreadsheet."""

from collections.abc import Iterator
from io import BytesIO

from bench import Figure, seconds
from dure.desk.engine.sheet import tables_of, workbook

ROWS = 1_000


def figures() -> Iterator[Figure]:
    """Read a table of a thousand rows out of a page and write it as a workbook."""
    cells = "".join(
        f"<tr><th>{n}</th><td>원두 로스팅</td><td>{n},000원</td></tr>" for n in range(ROWS)
    )
    head = "<tr><th>번호</th><th>공정</th><th>금액</th></tr>"
    page = f"<table><thead>{head}</thead><tbody>{cells}</tbody></table>"
    yield Figure(
        name=f"spreadsheet of {ROWS:,} rows out of a page",
        value=seconds(lambda: workbook(tables_of(page))),
        unit="s",
        reach=None,
        peer="openpyxl writing the same rows as bare text",
        peer_value=seconds(_bare),
    )


def _bare() -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None, "a new workbook has a sheet"
    for n in range(ROWS):
        sheet.append([str(n), "원두 로스팅", f"{n},000원"])
    book.save(written := BytesIO())
    return written.getvalue()

"""The commitment over rows holds however the rows are written, and for no other rows."""

from hashlib import sha256

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.make.history.content import content_of, contents_by_line
from dure.make.wire.schema import READINGS

ROW = {
    "edge": "line-1", "device": "kiln", "metric": "temperature", "at": 1_000, "received": 1_001,
    "value": 1.5, "text": None, "raw": None, "datatype": 10, "is_null": False,
    "is_historical": False, "quality": None, "grade": "machine", "source": "machines",
    "seq": 1, "position": 0,
}  # fmt: skip


def rows(*changes):
    return pa.Table.from_pylist([{**ROW, "seq": n, **c} for n, c in enumerate(changes)], READINGS)


SOME = rows({}, {"metric": "가마"}, {"value": None, "text": "꺼짐"}, {"value": float("nan")})


def test_the_format_is_frozen():
    table = rows({}, {"value": None, "quality": 192, "at": 1_300})

    expected = sha256(
        b'{"columns":[["at","full",1000,2],["received","full",1001,0],["value","some"],'
        b'["text","none"],["raw","none"],["datatype","full",10,0],["is_null","full",0,0],'
        b'["is_historical","full",0,0],["quality","some",192,0],["seq","full",0,1],'
        b'["position","full",0,0]],"rows":2,'
        b'"runs":[[["line-1","kiln","temperature","machine","machines"],2]]}'
        + bytes(2) + (300).to_bytes(2, "little")
        + b"\x01\x00" + bytes(6) + b"\xf8\x3f" + bytes(8)
        + b"\x00\x01"
        + b"\x00\x01"
    ).hexdigest()  # fmt: skip
    assert expected == content_of(table)


def test_text_and_bytes_are_their_lengths_and_themselves():
    texts = [content_of(rows({"text": a}, {"text": b})) for a, b in (("ab", "c"), ("a", "bc"))]

    assert texts[0] != texts[1]


def test_another_way_of_writing_is_the_same_content(tmp_path):
    for name, way in {
        "small": {"row_group_size": 1, "use_dictionary": False},
        "plain": {"compression": "none", "data_page_version": "2.0"},
    }.items():
        pq.write_table(SOME, tmp_path / name, **way)

        assert content_of(SOME) == content_of(pq.read_table(tmp_path / name))


@given(st.permutations(range(4)))
def test_the_order_in_which_rows_stand_in_a_file_does_not_matter(order):
    assert content_of(SOME) == content_of(SOME.take(pa.array(order)))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("edge", "line-2"), ("device", "press"), ("metric", "other"), ("at", 1_002),
        ("received", 7), ("value", 1.5000000000000002), ("value", None), ("text", "x"),
        ("raw", b"x"), ("datatype", 9), ("is_null", True), ("is_historical", True),
        ("quality", 0), ("grade", "hand"), ("source", "other"), ("seq", 9), ("position", 1),
    ],
)  # fmt: skip
def test_any_other_value_is_another_content(column, value):
    assert content_of(rows({}, {})) != content_of(rows({}, {column: value}))


def test_a_row_more_or_less_is_another_content():
    assert 3 == len({content_of(rows(*[{}] * count)) for count in (1, 2, 3)})


@given(st.lists(st.integers(1, 3), min_size=4, max_size=4))
def test_each_segment_of_a_table_gives_its_own_content_again(lines):
    together = SOME.append_column("line", pa.array(lines, pa.int32()))

    found = contents_by_line(together)

    expected = {
        line: content_of(SOME.take(pa.array([n for n in range(4) if lines[n] == line])))
        for line in set(lines)
    }
    assert expected == found

"""What a gateway says of its own site: words of ours with their own parameters, and no others."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.kernel.reason import Reason
from dure.make.engine.told import KNOWN, LONGEST, read, written

NUMBERS = {"since", "until"}


@given(st.sampled_from(sorted(KNOWN)), st.text(), st.integers(0, 2**40), st.integers(1, 2**30))
def test_what_is_written_is_read_back_cut_to_a_length(code, text, number, count):
    given_ = {name: number if name in NUMBERS else text for name in KNOWN[code]}

    reason, times = read(written(Reason(code, given_), count))

    assert (code, count) == (reason.code, times)
    assert {name: number if name in NUMBERS else text[:LONGEST] for name in KNOWN[code]} == dict(
        reason.parameters
    )


FILE = {"code": "make.file_encoding", "parameters": {"file": "a.csv"}, "count": 1}
ROOM = {"code": "make.no_room", "parameters": {"device": "P", "since": 1, "until": 2}, "count": 1}


@pytest.mark.parametrize(
    "row",
    [
        FILE | {"code": "make.wrong_seal"},
        FILE | {"code": ["make.file_encoding"]},
        FILE | {"parameters": {}},
        FILE | {"parameters": {"file": "a.csv", "more": 1}},
        FILE | {"parameters": {"file": ["a.csv"]}},
        FILE | {"parameters": "file"},
        FILE | {"count": 0},
        FILE | {"count": True},
        FILE | {"count": 2**31},
        ROOM | {"parameters": {"device": "P", "since": "then", "until": 2}},
        ROOM | {"parameters": {"device": "P", "since": 1, "until": 2**60}},
        [],
        "make.file_encoding",
    ],
)
def test_anything_else_is_no_trouble(row):
    assert read(json.dumps(row)) is None


@given(st.text())
def test_whatever_the_text_it_raises_nothing(text):
    assert read(text) is None


def test_no_text_is_no_trouble():
    assert read(None) is None

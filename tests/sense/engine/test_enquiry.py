from dataclasses import replace
from datetime import date, timedelta

import pytest

from dure.kernel.errors import DureError
from dure.sense.engine.enquiry import WORTH, Brief, check_brief, completeness, missing

TODAY = date(2026, 11, 23)
WHOLE = Brief(
    text="스테인리스 화분 받침, 지름 300mm, 높이 20mm, 바닥에 물 빠지는 구멍 셋, 옥상 정원에 놓음",
    quantity=40,
    due=TODAY + timedelta(days=30),
    materials="STS304 1.2t",
    finish="헤어라인",
    tolerance="일반 공차",
    purpose="옥상 정원",
    destination="서울 영등포구 문래동",
)


def test_what_is_whole_asks_for_nothing():
    assert 100 == completeness(WHOLE, drawings=1)
    assert () == missing(WHOLE, drawings=1)
    assert 100 == sum(WORTH.values())


def test_what_is_missing_is_asked_for_the_dearest_first():
    asked = missing(replace(WHOLE, quantity=None, finish=" "), drawings=0)

    assert ["sense.brief_drawings", "sense.brief_quantity", "sense.brief_finish"] == [
        reason.code for reason in asked
    ]
    assert 60 == completeness(replace(WHOLE, quantity=None, finish=" "), drawings=0)


def test_a_name_alone_is_hardly_a_request():
    assert "sense.brief_text" in {reason.code for reason in missing(Brief(text="화분"), drawings=0)}
    assert 0 == completeness(Brief(text="화분"), drawings=0)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"text": "  "}, "sense.says_nothing"),
        ({"text": "가" * 4_001}, "sense.too_long"),
        ({"finish": "a\x00b"}, "sense.unwritable"),
        ({"quantity": 0}, "sense.quantity"),
        ({"quantity": 10**9}, "sense.quantity"),
        ({"due": TODAY}, "sense.due_in_past"),
    ],
)
def test_what_cannot_be_is_refused(change, code):
    with pytest.raises(DureError, match=code):
        check_brief(replace(WHOLE, **change), today=TODAY)

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from dure.kernel.quantity import Quantity
from dure.portal.engine import korean


@pytest.mark.parametrize(
    ("expected", "written"),
    [
        ("가마를 멈춥니다", "가마을(를) 멈춥니다"),
        ("컵을 멈춥니다", "컵을(를) 멈춥니다"),
        ("508이 맞습니다", "508이(가) 맞습니다"),
        ("502가 맞습니다", "502이(가) 맞습니다"),
        ("서울로 갑니다", "서울(으)로 갑니다"),
        ("부산으로 갑니다", "부산(으)로 갑니다"),
        ("kg과 m2", "kg과 m2"),
        ("구로도예와 가산인쇄", "구로도예과(와) 가산인쇄"),
    ],
)
def test_a_particle_follows_the_sound_before_it(expected: str, written: str) -> None:
    assert expected == korean.particles(written)


def test_a_sentence_shows_each_value_its_own_way() -> None:
    values = {"n": 1234, "price": 8250000, "due": "2026-12-03", "sent": "520 ea"}
    text = "{n:n} {price:won} {due:day} {sent:qty}"

    assert "1,234 8,250,000원 2026년 12월 3일(목) 520개" == korean.fill(text, values, "ko")
    assert "1,234 ₩8,250,000 Thu 3 Dec 2026 520 pcs" == korean.fill(text, values, "en")


def test_english_counts_one_order_and_two_orders() -> None:
    assert "1 order" == korean.fill("{n:order|orders}", {"n": 1}, "en")
    assert "2 orders" == korean.fill("{n:order|orders}", {"n": 2}, "en")


def test_a_missing_value_is_seen_and_breaks_nothing() -> None:
    assert "{who}의 가마" == korean.fill("{who}의 가마", {}, "ko")


def test_an_instant_is_shown_in_korean_time() -> None:
    at = datetime(2026, 12, 2, 15, 30, tzinfo=UTC)

    assert "2026년 12월 3일(목) 00:30" == korean.moment(at, "ko")
    assert "Thu 3 Dec 2026, 00:30 KST" == korean.moment(at, "en")
    assert "2026년 12월 3일(목)" == korean.day(at, "ko")
    assert "2026년 12월 3일(목)" == korean.day(date(2026, 12, 3), "ko")


def test_a_quantity_never_loses_its_unit() -> None:
    assert "12.5 kg" == korean.qty(Quantity(Decimal("12.50"), "kg"), "", "ko")
    assert "1,000장" == korean.qty(1000, "sheet", "ko")
    assert "1 box" == korean.qty(1, "box", "en")
    assert "3 m²" == korean.qty("3", "m2", "ko")


def test_days_of_the_week_are_told_as_a_run_or_one_by_one() -> None:
    assert "월–금" == korean.weekdays([0, 1, 2, 3, 4], "ko")
    assert "월·수" == korean.weekdays([0, 2], "ko")
    assert "Mon, Wed" == korean.weekdays([0, 2], "en")


def test_a_length_of_time_is_told_in_its_two_largest_units() -> None:
    assert "40분" == korean.span(40, "ko")
    assert "19시간 22분" == korean.span(1162, "ko")
    assert "1일 15시간" == korean.span(2398, "ko")
    assert "0 min" == korean.span(0, "en")


def test_a_negative_amount_has_a_real_minus_sign() -> None:
    assert "−1,500원" == korean.won(-1500, "ko")

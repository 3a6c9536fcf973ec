from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dure.match.engine.quality import Inspected, expected_failures_bp

TODAY = date(2026, 11, 23)


def seen(pieces, failed, days=0):
    return Inspected(on=TODAY - timedelta(days=days), pieces=pieces, failed=failed)


def test_a_newcomer_is_expected_to_be_usual():
    assert 200 == expected_failures_bp([], today=TODAY)


def test_two_lucky_pieces_change_almost_nothing():
    assert 199 == expected_failures_bp([seen(2, 0)], today=TODAY)


def test_old_trouble_fades():
    fresh = expected_failures_bp([seen(500, 100)], today=TODAY)
    old = expected_failures_bp([seen(500, 100, days=720)], today=TODAY)

    assert 1100 == fresh
    assert 200 < old < 400


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 3000)), max_size=12))
def test_it_stays_between_none_and_all(found):
    history = [seen(pieces, pieces // 2, days) for pieces, days in found]

    assert 0 <= expected_failures_bp(history, today=TODAY) <= 10_000

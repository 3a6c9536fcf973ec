from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dure.kernel.time import add_working_days, latest_before

MONDAY = date(2026, 11, 23)
days = st.dates(date(2026, 1, 1), date(2026, 12, 31))
holidays = st.frozensets(days, max_size=40)


def test_it_works():
    friday = MONDAY - timedelta(days=3)

    assert MONDAY == add_working_days(friday, 1, frozenset())
    assert MONDAY - timedelta(days=1) == latest_before(MONDAY, 1, frozenset())
    assert friday - timedelta(days=1) == latest_before(friday, 1, frozenset())
    assert friday - timedelta(days=1) == latest_before(friday, 1, {MONDAY})


@given(day=days, count=st.integers(0, 10), off=holidays)
def test_the_latest_date_is_in_time_and_the_day_after_it_is_not(day, count, off):
    latest = latest_before(day, count, off)

    assert add_working_days(latest, count, off) <= day
    assert add_working_days(latest + timedelta(days=1), count, off) > day

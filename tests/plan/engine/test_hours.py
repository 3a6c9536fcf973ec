"""Working hours, counted by looking only where it matters, against the obvious sum."""

from hypothesis import given
from hypothesis import strategies as st

from dure.plan.engine.hours import back_from, working_minutes
from tests.plan.engine.problems import calendars


@given(calendars(), st.integers(0, 150), st.integers(0, 150))
def test_working_minutes_are_the_minutes_in_windows(calendar, begin, end):
    obvious = sum(
        any(opens <= minute < closes for opens, closes in calendar.windows)
        for minute in range(begin, end)
    )

    assert obvious == working_minutes(calendar, begin, end)


@given(calendars(), st.integers(0, 150))
def test_what_lies_before_a_minute_comes_the_latest_first(calendar, minute):
    cut = [(o, min(c, minute)) for o, c in calendar.windows if o < minute]

    assert cut[::-1] == list(back_from(calendar, minute))

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.kernel.errors import Malformed
from dure.members.engine.calendar import Shift, WorkCalendar
from dure.members.engine.holidays import national_holidays

NINE_TO_SIX = WorkCalendar(
    shifts=tuple(Shift(weekday=day, start_minute=540, end_minute=1080) for day in range(5)),
    holidays=national_holidays(),
)
MONDAY_MIDNIGHT = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


def test_a_week_has_five_days_of_nine_hours():
    week = NINE_TO_SIX.working_minutes(MONDAY_MIDNIGHT, MONDAY_MIDNIGHT + timedelta(days=7))

    assert 5 * 9 * 60 == week


def test_shifts_are_of_korean_time():
    opens, closes = next(NINE_TO_SIX.windows(MONDAY_MIDNIGHT, MONDAY_MIDNIGHT + timedelta(days=1)))

    assert datetime(2026, 11, 23, 0, 0, tzinfo=UTC) == opens
    assert datetime(2026, 11, 23, 9, 0, tzinfo=UTC) == closes


def test_nobody_works_on_christmas_or_its_substitute():
    friday = datetime(2026, 12, 24, 15, 0, tzinfo=UTC)

    assert 0 == NINE_TO_SIX.working_minutes(friday, friday + timedelta(days=1))
    assert date(2027, 12, 27) in national_holidays()


@given(st.integers(1, 20_000))
def test_after_some_working_minutes_just_so_many_have_passed(minutes):
    end = NINE_TO_SIX.after_working(MONDAY_MIDNIGHT, minutes)

    assert minutes == NINE_TO_SIX.working_minutes(MONDAY_MIDNIGHT, end)


def test_an_empty_calendar_never_ends_and_says_so():
    with pytest.raises(Malformed, match=r"members\.no_working_time"):
        WorkCalendar(shifts=()).after_working(MONDAY_MIDNIGHT, 1)


def test_two_shifts_of_a_day_do_not_overlap():
    with pytest.raises(Malformed, match=r"members\.shifts_overlap"):
        WorkCalendar(
            shifts=(
                Shift(weekday=0, start_minute=540, end_minute=800),
                Shift(weekday=0, start_minute=700, end_minute=900),
            )
        )


def test_a_shift_ends_after_it_begins():
    with pytest.raises(Malformed, match=r"members\.shift"):
        Shift(weekday=0, start_minute=600, end_minute=600)

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dure.plan.engine.opening import after_working, joined, lost, overlaps, without

DAY = datetime(2026, 11, 23, tzinfo=UTC)


def at(hour):
    return DAY + timedelta(hours=hour)


windows = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 9)).map(lambda w: (at(w[0]), at(w[0] + w[1]))),
    max_size=6,
)


def hours_in(parts):
    return {hour for hour in range(60) if any(o <= at(hour) < c for o, c in parts)}


@given(windows, windows)
def test_what_is_left_is_what_was_open_and_is_not_closed(opened, closed):
    left = without(joined(opened), closed)

    assert hours_in(opened) - hours_in(closed) == hours_in(left)
    assert list(left) == sorted(left)


@given(windows)
def test_joined_windows_are_the_same_time_and_do_not_touch(some):
    parts = joined(some)

    assert hours_in(some) == hours_in(parts)
    assert all(left[1] < right[0] for left, right in itertools.pairwise(parts))


def test_work_under_way_ends_later_by_what_its_machine_stood():
    assert at(7) == lost(at(1), at(5), [(at(2), at(4))])
    assert at(5) == lost(at(1), at(5), [(at(5), at(9))])
    assert overlaps(at(1), at(5), [(at(4), at(9))])


def test_work_is_done_after_its_minutes_of_open_time():
    open_minutes = [(0, 60), (120, 180)]

    assert 130 == after_working(open_minutes, 50, 20)
    assert after_working(open_minutes, 60, 20) is None
    assert after_working(open_minutes, 150, 31) is None

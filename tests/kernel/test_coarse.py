from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dure.kernel.coarse import STEPS, coarse

AMOUNTS = st.integers(0, 10**12)


def test_it_works():
    assert [0, 7, 50, 100, 105, 105, 490, 500, 1050] == [
        coarse(each) for each in (0, 7, 50, 102, 103, 107, 494, 505, 1030)
    ]


@given(AMOUNTS)
def test_no_step_is_further_than_two_and_a_half_percent(amount):
    assert abs(coarse(amount) - amount) * 40 <= amount


@given(AMOUNTS, AMOUNTS)
def test_who_is_dearer_is_never_taken_for_cheaper(one, other):
    low, high = sorted((one, other))

    assert coarse(low) <= coarse(high)


@given(AMOUNTS)
def test_a_step_stays_where_it_is(amount):
    assert coarse(amount) == coarse(coarse(amount))


def test_past_fifty_steps_are_at_least_two_percent_apart():
    assert all((high - low) * 51 >= low for low, high in pairwise(STEPS[51:]))

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.kernel.money import Won
from dure.sense.engine.price_band import (
    LEAST_JOBS,
    SIMULATED,
    Job,
    StepPrices,
    centre_of,
    ends,
    price_band,
)

FEE = 300
prices = st.dictionaries(
    st.integers(1, 60), st.integers(1, 10**7).map(Won), min_size=2, max_size=40
)


def priced(*won):
    return StepPrices(step="press", prices={number: Won(price) for number, price in enumerate(won)})


def jobs(*ratios):
    return [Job(price=Won(round(ratio * 10_000)), centre=Won(10_000)) for ratio in ratios]


def test_the_centre_is_the_mean_of_the_five_least_prices_with_fee_and_materials():
    step = priced(1_000, 2_000, 3_000, 4_000, 5_000, 90_000)

    centre = centre_of([step, step], materials=Won(500), fee_basis_points=FEE)

    assert 6_000 + 180 + 500 == centre


def test_without_earlier_orders_the_ends_come_from_the_simulated_cooperative():
    band = price_band([priced(*[10_000] * 6)], materials=Won(0), fee_basis_points=0)

    assert 10_000 * SIMULATED[0] // 10_000 == band.low
    assert 10_000 * SIMULATED[1] // 10_000 == band.high
    assert 0 == band.jobs
    assert 90 == band.coverage_percent


def test_earlier_orders_move_the_ends():
    seen = jobs(*[1 + number / 1_000 for number in range(100)])

    low, high = ends(seen)

    assert (10_040, 10_950) == (low, high)


def test_the_next_order_lies_inside_as_often_as_is_said():
    chance = Random(7)
    inside = 0
    for _ in range(400):
        drawn = [chance.lognormvariate(0, 0.3) for _ in range(61)]
        low, high = ends(jobs(*drawn[:-1]))
        inside += low <= drawn[-1] * 10_000 <= high

    assert inside >= 0.88 * 400


@given(steps=st.lists(prices, min_size=1, max_size=4), materials=st.integers(0, 10**7).map(Won))
def test_the_centre_lies_inside_and_the_ends_are_round(steps, materials):
    stepped = [StepPrices(step=str(at), prices=each) for at, each in enumerate(steps)]

    band = price_band(stepped, materials=materials, fee_basis_points=FEE)

    assert band.low <= centre_of(stepped, materials=materials, fee_basis_points=FEE) <= band.high
    digits = 2 if band.firms >= 5 else 1
    assert all(len(str(end).rstrip("0")) <= digits for end in (band.low, band.high))


@pytest.mark.parametrize("steps", [[priced()], [priced(1_000)], [priced(1_000, 2_000), priced()]])
def test_a_step_of_nobody_and_a_single_firm_leave_the_band_open(steps):
    band = price_band(steps, materials=Won(0), fee_basis_points=FEE)

    assert (None, None, 0) == (band.low, band.high, band.coverage_percent)


def test_few_earlier_orders_say_nothing():
    assert ends(jobs(*[5.0] * (LEAST_JOBS - 1))) == SIMULATED

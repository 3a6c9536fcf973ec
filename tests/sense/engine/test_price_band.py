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


def width(both):
    return both[1] - both[0]


def jobs(*ratios):
    return [Job(price=Won(round(ratio * 10_000)), centre=Won(10_000)) for ratio in ratios]


def test_the_centre_is_the_mean_of_the_five_least_prices_with_fee_and_materials():
    step = priced(1_000, 2_000, 3_000, 4_000, 5_000, 90_000)

    centre = centre_of([step, step], materials=Won(500), fee_basis_points=FEE)

    assert 6_000 + 180 + 500 == centre


def test_without_earlier_orders_the_ends_come_from_the_simulated_cooperative():
    band = price_band([priced(*[50_000] * 6)], materials=Won(0), fee_basis_points=0)

    assert (48_000, 52_000) == (band.low, band.high)  # rounded outward
    assert 0 == band.jobs
    assert 90 == band.coverage_percent


def test_earlier_orders_move_the_ends():
    seen = jobs(*[1 + number / 1_000 for number in range(100)])

    low, high = ends(seen)

    assert 10_000 < low < 10_490 < high < 11_000


def test_rounding_counts_so_that_ends_reach_no_further_than_they_must():
    chance = Random(7)
    ratios = [chance.uniform(0.95, 1.05) for _ in range(400)]
    rough = [Job(price=Won(round(r * 10_500)), centre=Won(10_500)) for r in ratios]
    fine = [Job(price=Won(round(r * 99_000)), centre=Won(99_000)) for r in ratios]

    assert width(ends(rough)) < width(ends(fine))


def test_the_next_order_lies_inside_as_often_as_is_said():
    chance = Random(7)
    inside, step = 0, priced(*[10_000] * 6)
    for _ in range(200):
        drawn = jobs(*[chance.lognormvariate(0, 0.3) for _ in range(61)])
        band = price_band([step], materials=Won(0), fee_basis_points=0, jobs=drawn[:-1])
        inside += band.low <= drawn[-1].price <= band.high

    assert 0.86 * 200 <= inside <= 0.97 * 200


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

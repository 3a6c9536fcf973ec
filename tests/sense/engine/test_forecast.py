from datetime import date
from random import Random

import numpy as np
import pytest

from dure.sense.engine import hurdle
from dure.sense.engine.demand import Demand, month_after, months_until
from dure.sense.engine.forecast import AHEAD, LEVELS, forecasts_of
from dure.sense.engine.intermittent import BINS, WIDTHS, Model, _bin_of, _quantiles
from dure.sense.engine.network import train


def demand(*ordered, product="CUP", running=0):
    months = months_until(date(2024, 1, 1), date(2030, 12, 1))[: len(ordered) + 1]
    sold = (*ordered, running)
    return Demand(product=product, months=months, asked=sold, ordered=sold)


def lumpy(chance, months=40):
    return [chance.choice([0, 0, 0, 1, 2, 8]) for _ in range(months)]


def test_it_works():
    (found,) = forecasts_of([demand(0, 10, 0, 0, 20, 0, 0, 10, 0, 0, 0, 10, running=7)])

    assert AHEAD == len(found.months) == len(found.quantiles)
    assert date(2025, 1, 1) == found.months[0]  # the month that is still running
    assert found.quantiles[0][LEVELS.index(0.5)] == 0
    assert found.quantiles[0][LEVELS.index(0.99)] >= 20


@pytest.mark.parametrize("sold", [(), (0,), (0, 0, 0)])
def test_what_never_sold_has_no_forecast(sold):
    assert () == forecasts_of([demand(*sold, running=3)])


def test_more_is_needed_to_suffice_more_often():
    chance = Random(1)
    series = [demand(*lumpy(chance), product=f"P{number}") for number in range(8)]

    for found in forecasts_of(series):
        for month in found.quantiles:
            assert list(month) == sorted(month)
            assert month[0] >= 0


def test_a_young_product_among_old_ones_is_told_by_the_same_networks():
    chance = Random(2)
    histories = [*(lumpy(chance, 60) for _ in range(12)), [0, 0, 3, 0, 1, 0, 2, 0]]

    model = Model.learn(histories, ahead=1, networks=1)

    usual, enough = model.quantiles(histories, (0.5, 0.95))[-1, 0]
    assert 24 == model.lags  # three times its months
    assert 0 <= usual <= enough <= 24


def test_of_few_months_the_hurdle_says_what_was_drawn():
    chance = np.random.default_rng(3)
    slow, fast = chance.poisson(0.4, (60, 12)), chance.poisson(200, (60, 12))

    told = hurdle.quantiles([*slow.tolist(), *fast.tolist()], ahead=1, levels=(0.8, 0.95))

    assert [1, 2] == np.median(told[:60, 0], axis=0).tolist()  # Poisson(0.4)
    assert [212, 224] == pytest.approx(np.median(told[60:, 0], axis=0), rel=0.15)


def test_who_sold_once_borrows_from_the_others():
    alone, among = (
        hurdle.quantiles([[0, 0, 0, 0, 6], *others], ahead=1, levels=(0.9,))[0, 0, 0]
        for others in ([], [[1, 2, 1, 2, 1]] * 20)
    )

    assert among < alone


def test_a_shared_model_says_what_was_drawn():
    chance = np.random.default_rng(3)
    slow, fast = chance.poisson(0.4, (120, 20)), chance.poisson(40, (120, 20))
    histories = [*slow.tolist(), *fast.tolist()]

    told = Model.learn(histories, ahead=2, networks=1).quantiles(histories, (0.8, 0.95))

    assert (240, 2, 2) == told.shape
    assert [1, 2] == np.median(told[:120, 0], axis=0).tolist()  # Poisson(0.4)
    # Poisson(40) has 45 and 51; a mean known from thirty months is off by more than one
    assert [45, 51] == pytest.approx(np.median(told[120:, 0], axis=0), abs=3)


def test_the_same_seed_tells_the_same():
    chance = Random(5)
    histories = [lumpy(chance, 14) for _ in range(40)]

    first, again = (
        Model.learn(histories, ahead=1, seed=9, networks=1).quantiles(histories, (0.9,))
        for _ in range(2)
    )

    assert np.array_equal(first, again)


def test_quantiles_of_slow_movers_are_whole_and_of_wide_bins_between():
    told = np.zeros((1, len(BINS)), np.float32)
    told[0, [0, 1]] = [0.85, 0.15]

    assert [[0, 1]] == _quantiles(told, np.ones(1), (0.8, 0.9)).tolist()
    told[0] = np.eye(len(BINS))[20]
    low, high = _quantiles(told, np.array([2.5]), (0.01, 0.999))[0]
    assert BINS[20] * 2.5 <= low < high <= (BINS[20] + WIDTHS[20]) * 2.5


def test_every_count_has_its_bin():
    counts = np.array([0, 0.4, 1, 15, 16, 1e9])

    assert [0, 0, 1, 15, 16, len(BINS) - 1] == _bin_of(counts).tolist()


def test_a_network_learns_what_follows_from_its_inputs():
    chance = np.random.default_rng(0)
    inputs = chance.standard_normal((2_000, 3)).astype(np.float32)
    classes = (inputs[:, 0] > 0).astype(np.int64)

    network = train(inputs, classes, count=2, hidden=(16,), passes=20, seed=0)

    told = network.probabilities(inputs)
    assert np.mean(told.argmax(1) == classes) > 0.95
    assert np.allclose(told.sum(1), 1, atol=1e-5)


def test_months_follow_each_other_over_the_year():
    assert date(2027, 1, 1) == month_after(date(2026, 12, 1))
    assert 13 == len(months_until(date(2026, 1, 1), date(2027, 1, 1)))

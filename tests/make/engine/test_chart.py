from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.kernel.errors import Refused
from dure.make.engine.chart import Break, Limits, breaks, limits_from, plotted

# NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2: flow rate of ten batches.
FLOW = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
UNIT = Limits(center=0.0, sigma=1.0)


def test_limits_of_individuals_agree_with_the_nist_handbook():
    limits = limits_from(FLOW)

    assert pytest.approx(50.81) == limits.center
    assert pytest.approx(55.8041, abs=1e-4) == limits.upper
    assert pytest.approx(45.8159, abs=1e-4) == limits.lower


def test_limits_of_subgroups_are_the_mean_range_times_a2():
    groups = [10.0, 12.0, 11.0, 13.0, 9.0, 11.0] * 4

    limits = limits_from(groups, subgroup=2)

    assert pytest.approx(1.880 * 2.0, rel=1e-3) == limits.upper - limits.center


def test_a_point_beyond_three_sigma_breaks_rule_1():
    assert [Break(index=1, rule=1)] == breaks([0.0, 3.1, 0.0], UNIT)


def test_nine_on_one_side_break_rule_2():
    points = [0.5, 0.2, 0.6, 0.1, 0.4, 0.5, 0.2, 0.3, 0.1]

    assert [] == breaks(points[:8], UNIT)
    assert [Break(index=8, rule=2)] == breaks(points, UNIT)


def test_six_rising_or_falling_break_rule_3():
    rising = [-1.0, -0.6, -0.2, 0.2, 0.6, 1.0]

    assert [Break(index=5, rule=3)] == breaks(rising, UNIT)
    assert [Break(index=5, rule=3)] == breaks([-point for point in rising], UNIT)


def test_readings_that_are_no_numbers_are_not_plotted():
    assert [1.0, 2.0] == plotted([1.0, nan, inf, 2.0, -inf])


def test_subgroups_are_averaged_and_an_unfinished_one_waits():
    assert [1.5, 3.5] == plotted([1.0, 2.0, 3.0, 4.0, 5.0], subgroup=2)


def test_a_short_or_flat_baseline_sets_no_limits():
    with pytest.raises(Refused):
        limits_from(FLOW[:7])
    with pytest.raises(Refused):
        limits_from([5.0] * 20)


@given(st.lists(st.floats(-100, 100), max_size=60))
def test_a_point_breaks_rule_1_exactly_when_it_is_beyond_the_limits(points):
    beyond = [index for index, point in enumerate(points) if abs(point) > 3]

    assert beyond == [found.index for found in breaks(points, UNIT) if found.rule == 1]

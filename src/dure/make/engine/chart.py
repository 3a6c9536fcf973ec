"""
Control charts: is a machine's characteristic still what it was when all was well?

Individuals with moving ranges for single readings (ISO 7870-2; Montgomery, Introduction
to Statistical Quality Control, 7th ed., section 6.4): center = mean of the baseline,
sigma = mean moving range / 1.128. Averages with ranges for subgroups of 2 to 10
(section 6.2): center = mean of means, sigma of a mean = mean range / d2 / √n. Limits
stand three sigma from the center. The rules are Nelson's 1 to 3 (L. S. Nelson, The
Shewhart Control Chart - Tests for Special Causes, Journal of Quality Technology 16(4),
1984): 1 point beyond three sigma; 9 in a row on one side; 6 in a row rising or falling.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite, sqrt

from dure.kernel.errors import Refused

D2 = {2: 1.128, 3: 1.693, 4: 2.059, 5: 2.326, 6: 2.534, 7: 2.704, 8: 2.847, 9: 2.970, 10: 3.078}
SAME_SIDE = 9
TREND = 6
LEAST_BASELINE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The center line and the sigma of a plotted point, in the characteristic's unit."""

    center: float
    sigma: float

    @property
    def upper(self) -> float:
        """The upper control limit."""
        return self.center + 3 * self.sigma

    @property
    def lower(self) -> float:
        """The lower control limit."""
        return self.center - 3 * self.sigma


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A point that broke a rule: its place in the points, and the lowest rule's number."""

    index: int
    rule: int


def plotted(readings: Sequence[float], subgroup: int = 1) -> list[float]:
    """Give the points that a chart plots: finite readings, averaged in whole subgroups."""
    sound = [reading for reading in readings if isfinite(reading)]
    whole = len(sound) - len(sound) % subgroup
    return [sum(sound[i : i + subgroup]) / subgroup for i in range(0, whole, subgroup)]


def limits_from(baseline: Sequence[float], subgroup: int = 1) -> Limits:
    """
    Set the limits from readings taken while all was well.

    Raises Refused for fewer than eight points, or where they do not vary at all:
    then every later reading would be an alarm.
    """
    points = plotted(baseline, subgroup)
    if len(points) < LEAST_BASELINE:
        raise Refused("make.baseline_short", points=len(points), least=LEAST_BASELINE)
    sigma = _sigma_of_ranges(baseline, subgroup) if subgroup > 1 else _sigma_of_moves(points)
    if sigma == 0:
        raise Refused("make.baseline_flat")
    return Limits(center=sum(points) / len(points), sigma=sigma)


def breaks(points: Sequence[float], limits: Limits) -> list[Break]:
    """Find the points that broke a rule, each with the lowest rule that it broke."""
    found = []
    for index in range(len(points)):
        rule = _rule_broken(points[: index + 1][-SAME_SIDE:], limits)
        if rule:
            found.append(Break(index=index, rule=rule))
    return found


def _rule_broken(window: Sequence[float], limits: Limits) -> int:
    if not limits.lower <= window[-1] <= limits.upper:
        return 1
    if len(window) == SAME_SIDE and (
        all(point > limits.center for point in window)
        or all(point < limits.center for point in window)
    ):
        return 2
    last = window[-TREND:]
    steps = [later - earlier for earlier, later in pairwise(last)]
    if len(last) == TREND and (all(step > 0 for step in steps) or all(step < 0 for step in steps)):
        return 3
    return 0


def _sigma_of_moves(points: Sequence[float]) -> float:
    moves = [abs(later - earlier) for earlier, later in pairwise(points)]
    return sum(moves) / len(moves) / D2[2]


def _sigma_of_ranges(readings: Sequence[float], subgroup: int) -> float:
    assert subgroup in D2, "a subgroup has 2 to 10 readings"
    sound = [reading for reading in readings if isfinite(reading)]
    whole = len(sound) - len(sound) % subgroup
    groups = [sound[i : i + subgroup] for i in range(0, whole, subgroup)]
    mean_range = sum(max(group) - min(group) for group in groups) / len(groups)
    return mean_range / D2[subgroup] / sqrt(subgroup)

"""
Money in steps of two to five percent: what may be compared without being found out.

    100 105 110 … 195 200 210 220 … 490 500 520 540 … 980 1000 1050 …

Whoever sees only steps learns of an amount that it lies within half a step of one, however often
and about whatever quantity is asked. Up to 50 each whole won is a step.
"""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise

MOST = 10**13
_PARTS = ((100, 200, 5), (200, 500, 10), (500, 1000, 20))


def _all() -> Iterator[int]:
    yield from range(50)
    yield from range(50, 100, 2)
    unit = 1
    while unit * 100 < MOST:
        for least, below, step in _PARTS:
            yield from range(least * unit, below * unit, step * unit)
        unit *= 10
    yield MOST


STEPS = tuple(_all())
# The least amount of each step but the first: halfway to the one before, rounded up.
FROM = tuple(-(-(low + high) // 2) for low, high in pairwise(STEPS))


def coarse(amount: int) -> int:
    """Give the step that lies nearest, the higher one of two; what is past the last is the last."""
    assert amount >= 0, "a rate is no debt"
    place = bisect_left(FROM, amount + 1)
    return STEPS[place]

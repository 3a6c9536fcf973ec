"""
What a member's history lets expect: a posterior with decay, never a raw mean.

Failures are Beta distributed a priori, as if PRIOR_PIECES had been seen of which PRIOR_FAILS
failed; each month takes a tenth off the weight of what was seen, so that old trouble
fades and a newcomer is neither saint nor sinner.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

BP = 10_000
PRIOR_PIECES = 500
PRIOR_FAILS = 10
MONTH_DAYS = 30
KEPT_A_MONTH = 900  # of 1000
SCALE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """What an inspection found on a day."""

    on: date
    pieces: int
    failed: int


def expected_failures_bp(history: Iterable[Inspected], *, today: date) -> int:
    """Give the mean of the posterior: pieces in 10,000 that may fail, rounded down."""
    pieces, fails = PRIOR_PIECES * SCALE, PRIOR_FAILS * SCALE
    for found in history:
        weight = faded(found.on, today)
        pieces += found.pieces * weight
        fails += found.failed * weight
    return fails * BP // pieces


def faded(on: date, today: date) -> int:
    """Give what is left of the weight of a day by today, in thousandths."""
    weight, months = SCALE, max(0, (today - on).days) // MONTH_DAYS
    for _ in range(min(months, 120)):
        weight = weight * KEPT_A_MONTH // 1000
    return weight

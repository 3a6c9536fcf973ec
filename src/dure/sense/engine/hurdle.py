"""
Demand of which little is known: whether anything is ordered in a month, and how much if so.

    P(any)     a Beta mean of the months seen, the latest most, as if STRENGTH months of the
               series' own share had been seen before, itself shrunk towards all series' share
    how much   one more than a negative binomial count; its mean is faded and shrunk likewise,
               its spread is the series' own, with one month's weight of what all series show

Counted in pieces, or in parts of the mean month of who sells more than two hundred, so that one
table of counts serves slow movers and fast ones.
What every series lends to the others keeps a product that sold once from being sure of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dure.sense.engine.intermittent import Counts

KEPT_A_MONTH, STRENGTH = 0.9, 3.0
SHARE_LENT, SIZE_LENT, SIZE_STRENGTH = 2.0, 1.0, 2.0
LEAST_MORE, LEAST_DISPERSION, MOST_DISPERSION = 1e-6, 0.2, 1_000.0
FAST = 10.0  # pieces a month, from which on series lend to each other apart from slow ones
UNITS_A_MONTH, TABLE = 200.0, 4_000  # of a mean month, and the most that any month may have


@dataclass(frozen=True, slots=True)
class _Pool:
    """
    What slow or fast series show: how often anything is ordered, how much more than a unit.

    swing: the variance of that within a series over its squared mean, at most a geometric one's.
    """

    share: float
    more: float
    swing: float


def quantiles(
    histories: Sequence[Sequence[float]], *, ahead: int, levels: Sequence[float]
) -> Counts:
    """Give for each series, month ahead and level the count that suffices so often."""
    units = [max(1.0, float(np.mean(each)) / UNITS_A_MONTH) for each in histories]
    counted = [np.round(np.array(each) / unit) for each, unit in zip(histories, units, strict=True)]
    is_fast = [float(np.mean(each)) >= FAST for each in histories]
    pools = {
        kind: _pool([each for each, fast in zip(counted, is_fast, strict=True) if fast is kind])
        for kind in set(is_fast)
    }
    found = np.zeros((len(histories), ahead, len(levels)))
    for row, (each, unit) in enumerate(zip(counted, units, strict=True)):
        reached = np.cumsum(_probabilities(each, pools[is_fast[row]]))
        at = np.searchsorted(reached, np.array(levels) - 1e-9)
        found[row, :] = np.ceil(np.minimum(at, TABLE) * unit - 1e-9)
    return found


def _pool(counted: Sequence[Counts]) -> _Pool:
    whole = np.concatenate(counted)
    more = [each[each > 0] - 1 for each in counted if each.any()] or [np.zeros(1)]
    swings = sum(float(((each - each.mean()) ** 2).sum()) for each in more)
    sizes = sum(len(each) * float(each.mean()) ** 2 for each in more)
    return _Pool(
        share=float((whole > 0).mean()),
        more=float(np.concatenate(more).mean()),
        swing=min(1.0, swings / max(sizes, LEAST_MORE)),
    )


def _probabilities(units: Counts, pool: _Pool) -> Counts:
    """Give the probability of each count of units, up to TABLE."""
    fading = KEPT_A_MONTH ** np.arange(len(units), dtype=float)[::-1]
    moved = units > 0
    own = (moved.sum() + SHARE_LENT * pool.share) / (len(units) + SHARE_LENT)
    any_at_all = ((fading * moved).sum() + STRENGTH * own) / (fading.sum() + STRENGTH)
    more = units[moved] - 1
    usual = (more.sum() + SIZE_LENT * pool.more) / (len(more) + SIZE_LENT)
    weight = (fading * moved).sum() + SIZE_STRENGTH
    mean = ((fading[moved] * more).sum() + SIZE_STRENGTH * usual) / weight
    spread = (((more - mean) ** 2).sum() + mean + pool.swing * mean**2) / (len(more) + 1)
    found = np.zeros(TABLE + 1)
    found[0] = 1 - any_at_all
    found[1:] = any_at_all * _negative_binomial(max(mean, LEAST_MORE), spread)
    return found


def _negative_binomial(mean: float, variance: float) -> Counts:
    """Give the probabilities of 0, 1, ... TABLE - 1: each from the one before."""
    dispersion = float(
        np.clip(mean**2 / max(variance - mean, LEAST_MORE), LEAST_DISPERSION, MOST_DISPERSION)
    )
    counts = np.arange(TABLE - 1)
    steps = (counts + dispersion) / (counts + 1) * (mean / (dispersion + mean))
    first = (dispersion / (dispersion + mean)) ** dispersion
    found: Counts = first * np.concatenate([[1.0], np.cumprod(steps)])
    return found

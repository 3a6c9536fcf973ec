"""
What is likely ordered in the months ahead, as quantiles: for buying ahead and keeping free.

With many products and years the shared model tells (intermittent.py). A young co-op has neither:
then a product's own months tell, the latest most, beside as many months' weight of what all
products did in proportion to their means, so that a product that sold once is not sure of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from dure.sense.engine.demand import Demand, month_after
from dure.sense.engine.intermittent import FIRST_ORIGIN, Counts, Model

LEVELS = (0.5, 0.8, 0.9, 0.95, 0.99)
AHEAD = 3
ENOUGH_MONTHS = 5_000  # months of all series together, before networks are worth training
FADING, SHARED_MONTHS = 0.9, 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """A product's months ahead, and for each the sets that suffice with each of LEVELS."""

    product: str
    months: tuple[date, ...]
    quantiles: tuple[tuple[int, ...], ...]

    @property
    def rows(self) -> list[tuple[date, tuple[int, ...]]]:
        """Give each month with its quantiles."""
        return list(zip(self.months, self.quantiles, strict=True))


def forecasts_of(series: Sequence[Demand]) -> tuple[Forecast, ...]:
    """
    Give what is likely ordered of each product that was ordered before, this month included.

    The month that is still running counts as ahead: what it has seen so far is no month.
    """
    known = [each for each in series if len(each.months) > 1 and any(each.ordered[:-1])]
    histories = [each.ordered[:-1] for each in known]
    if not histories:
        return ()
    if sum(len(each) for each in histories if len(each) > FIRST_ORIGIN) < ENOUGH_MONTHS:
        told = _from_little(histories)
    else:
        told = Model.learn(histories, ahead=AHEAD).quantiles(histories, LEVELS)
    return tuple(
        Forecast(
            product=each.product,
            months=_ahead(each.months[-1]),
            quantiles=tuple(tuple(int(sets) for sets in month) for month in quantiles),
        )
        for each, quantiles in zip(known, told, strict=True)
    )


def _from_little(histories: Sequence[Sequence[int]]) -> Counts:
    """Give quantiles of each series' own months and, weighing like a few, of all series'."""
    means = [float(np.mean(each)) for each in histories]
    shared = np.concatenate(
        [np.array(each) / mean for each, mean in zip(histories, means, strict=True)]
    )
    found = np.zeros((len(histories), AHEAD, len(LEVELS)))
    for row, (each, mean) in enumerate(zip(histories, means, strict=True)):
        own = FADING ** np.arange(len(each))[::-1]
        counts = np.concatenate([np.array(each, dtype=float), shared * mean])
        weights = np.concatenate([own, np.full(len(shared), SHARED_MONTHS / len(shared))])
        found[row, :] = _weighted(counts, weights)
    return found


def _weighted(counts: Counts, weights: Counts) -> Counts:
    """Give the least whole count that reaches each level of the weight."""
    order = np.argsort(counts, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    at = np.searchsorted(reached, np.array(LEVELS) - 1e-9)
    found: Counts = np.ceil(counts[order][np.minimum(at, len(counts) - 1)] - 1e-9)
    return found


def _ahead(running: date) -> tuple[date, ...]:
    months = [running]
    while len(months) < AHEAD:
        months.append(month_after(months[-1]))
    return tuple(months)

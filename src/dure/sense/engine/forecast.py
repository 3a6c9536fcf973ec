"""
What is likely ordered in the months ahead, as quantiles: for buying ahead and keeping free.

With many products and years the shared model tells (intermittent.py). A young co-op has neither:
then each product's own months tell, with what all products lend to it (hurdle.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dure.sense.engine import hurdle
from dure.sense.engine.demand import Demand, month_after
from dure.sense.engine.intermittent import FIRST_ORIGIN, Model

LEVELS = (0.5, 0.8, 0.9, 0.95, 0.99)
AHEAD = 3
ENOUGH_MONTHS = 5_000  # of all series together, before networks are worth training
OLD_ENOUGH = 15  # months of the oldest series: of fewer, networks see too few ends


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
    if _is_little(histories):
        told = hurdle.quantiles(histories, ahead=AHEAD, levels=LEVELS)
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


def _is_little(histories: Sequence[Sequence[int]]) -> bool:
    months = sum(len(each) for each in histories if len(each) > FIRST_ORIGIN)
    return months < ENOUGH_MONTHS or max(map(len, histories)) < OLD_ENOUGH


def _ahead(running: date) -> tuple[date, ...]:
    months = [running]
    while len(months) < AHEAD:
        months.append(month_after(months[-1]))
    return tuple(months)

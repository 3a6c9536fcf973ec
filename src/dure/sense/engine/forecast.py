"""What is likely ordered in the months ahead, as quantiles: for buying ahead and keeping free."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dure.sense.engine.demand import Demand

LEVELS = (0.5, 0.8, 0.9, 0.95, 0.99)


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
    """Give what is likely ordered of each product that was ordered before."""
    return ()

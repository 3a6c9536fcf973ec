"""From rows of requests and orders to series, and from them to what is likely ordered."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from dure.kernel.time import seoul_date
from dure.sense import models
from dure.sense.engine.demand import Demand, month_of, months_until
from dure.sense.engine.forecast import Forecast, forecasts_of


def read_series(today: date) -> tuple[Demand, ...]:
    """Give each product's months up to today's: sets asked for, and sets ordered."""
    asked, ordered = _asked(), _ordered()
    codes = sorted({code for code, _ in asked} | {code for code, _ in ordered})
    found = []
    for code in codes:
        began = min(month for known, month in (*asked, *ordered) if known == code)
        months = months_until(began, month_of(today))
        found.append(
            Demand(
                product=code,
                months=months,
                asked=tuple(asked.get((code, month), 0) for month in months),
                ordered=tuple(ordered.get((code, month), 0) for month in months),
            )
        )
    return tuple(found)


def read_forecasts(today: date) -> tuple[Forecast, ...]:
    """Give what is likely ordered of each product in the months after the last whole one."""
    return forecasts_of(read_series(today))


def _asked() -> Mapping[tuple[str, date], int]:
    rows = models.Request.objects.values_list("product__code", "submitted_at", "quantity")
    return _summed((code, seoul_date(at), sets) for code, at, sets in rows)


def _ordered() -> Mapping[tuple[str, date], int]:
    rows = models.OrderSeen.objects.values_list("product__code", "ordered_on", "quantity")
    return _summed(rows)


def _summed(rows: Iterable[tuple[str, date, int]]) -> Mapping[tuple[str, date], int]:
    found: dict[tuple[str, date], int] = defaultdict(int)
    for code, day, sets in rows:
        found[code, month_of(day)] += sets
    return found

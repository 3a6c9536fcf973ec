"""Demand (수요): what was asked for and ordered of a product, month by month."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """
    A product's months, each by its first day, without gaps; the last one is still running.

    asked: sets in requests, whether an order came of them or not. ordered: sets in orders.
    """

    product: str
    months: tuple[date, ...]
    asked: tuple[int, ...]
    ordered: tuple[int, ...]


def month_of(day: date) -> date:
    """Give the first day of a day's month."""
    return day.replace(day=1)


def month_after(month: date) -> date:
    """Give the first day of the next month."""
    years, months = divmod(month.month, 12)
    return date(month.year + years, months + 1, 1)


def months_until(first: date, last: date) -> tuple[date, ...]:
    """Give every month from the first to the last, both among them."""
    found = [first]
    while found[-1] < last:
        found.append(month_after(found[-1]))
    return tuple(found)

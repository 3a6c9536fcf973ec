"""
One clock: business time, the dates of Seoul, and the days on which Korea works.

Instants are aware datetimes in UTC. Nothing here reads a clock: a Clock is passed
in at the door.
"""

from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta, timezone
from typing import Protocol

# Korea has no summer time. Windows brings no table of zones, and verifiers run there.
SEOUL = timezone(timedelta(hours=9), "KST")

Instant = datetime


class Clock(Protocol):
    """Gives business time."""

    def now(self) -> Instant:
        """Give the present instant, in UTC."""
        ...


def seoul_date(instant: Instant) -> date:
    """Give the date that calendars in Korea show at an instant."""
    return instant.astimezone(SEOUL).date()


def seoul_month(instant: Instant) -> date:
    """Give the first day of the month that calendars in Korea show at an instant."""
    return seoul_date(instant).replace(day=1)


def is_working_day(day: date, holidays: AbstractSet[date]) -> bool:
    """Say whether Korea works on a day: Monday to Friday, and no holiday."""
    return day.weekday() < 5 and day not in holidays


def add_working_days(day: date, count: int, holidays: AbstractSet[date]) -> date:
    """Give the date count working days after day (count >= 0)."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day, holidays)
    return day


def latest_before(day: date, count: int, holidays: AbstractSet[date]) -> date:
    """Give the last date from which count working days lead to day or before (count >= 0)."""
    begin = day
    while add_working_days(begin, count, holidays) > day:
        begin -= timedelta(days=1)
    return begin

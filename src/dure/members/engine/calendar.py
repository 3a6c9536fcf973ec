"""A firm's working time: weekly shifts in Korean time, and the days on which it does not work."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise

from dure.kernel.errors import Malformed
from dure.kernel.time import SEOUL, Instant, seoul_date

DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Shift:
    """Work on one weekday (0 is Monday) between two minutes of the day in Seoul."""

    weekday: int
    start_minute: int
    end_minute: int

    def __post_init__(self) -> None:
        day_holds = 0 <= self.start_minute < self.end_minute <= DAY_MINUTES
        if not (0 <= self.weekday <= 6 and day_holds):
            raise Malformed("members.shift", weekday=self.weekday, start=self.start_minute)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkCalendar:
    """
    When a firm works: shifts of each week, none on holidays (dates of Seoul).

    setup_operators: so many people at each of its sites can set machines up at a time; None
    where that holds nothing up.
    """

    shifts: tuple[Shift, ...]
    holidays: frozenset[date] = field(default_factory=frozenset)
    setup_operators: int | None = None

    def __post_init__(self) -> None:
        ordered = sorted(self.shifts)
        for left, right in pairwise(ordered):
            if left.weekday == right.weekday and right.start_minute < left.end_minute:
                raise Malformed("members.shifts_overlap", weekday=left.weekday)

    def windows(self, start: Instant, end: Instant) -> Iterator[tuple[Instant, Instant]]:
        """Give the working windows between two instants in order, cut to them."""
        day = seoul_date(start)
        while (midnight := _midnight(day)) < end:
            for shift in self._shifts_on(day):
                opens = max(start, midnight + timedelta(minutes=shift.start_minute))
                closes = min(end, midnight + timedelta(minutes=shift.end_minute))
                if opens < closes:
                    yield opens, closes
            day += timedelta(days=1)

    def working_minutes(self, start: Instant, end: Instant) -> int:
        """Count the whole working minutes between two instants."""
        spans = (closes - opens for opens, closes in self.windows(start, end))
        return int(sum(spans, timedelta()).total_seconds()) // 60

    def after_working(self, start: Instant, minutes: int) -> Instant:
        """
        Give the instant at which so many working minutes have passed since start.

        Raises Malformed where a year holds too few of them: an empty calendar never ends.
        """
        left = timedelta(minutes=minutes)
        for opens, closes in self.windows(start, start + timedelta(days=366)):
            if closes - opens >= left:
                return opens + left
            left -= closes - opens
        raise Malformed("members.no_working_time", minutes=minutes)

    def _shifts_on(self, day: date) -> list[Shift]:
        if day in self.holidays:
            return []
        return sorted(shift for shift in self.shifts if shift.weekday == day.weekday())


def _midnight(day: date) -> Instant:
    return datetime(day.year, day.month, day.day, tzinfo=SEOUL)

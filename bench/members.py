"""Members: working time laid over a firm's own calendar."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bench import Figure, seconds
from dure.members.engine.calendar import Shift, WorkCalendar

START = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
MINUTES = 10_000


def figures() -> Iterator[Figure]:
    """Find when 10,000 working minutes are over."""
    shifts = tuple(Shift(weekday=day, start_minute=540, end_minute=1080) for day in range(5))
    calendar = WorkCalendar(shifts=shifts)
    yield Figure(
        name=f"end of {MINUTES:,} working minutes found",
        value=seconds(lambda: calendar.after_working(START, MINUTES)),
        unit="s",
        reach=None,
        peer="the same found by walking minute by minute",
        peer_value=seconds(_walk),
    )


def _walk() -> datetime:
    at, left = START, MINUTES
    while left:
        at += timedelta(minutes=1)
        korean = at + timedelta(hours=9)
        left -= korean.weekday() < 5 and 9 <= korean.hour < 18
    return at

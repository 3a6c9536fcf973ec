"""Working hours as the checker counts them: minutes of a calendar, from its windows alone."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import islice

from dure.plan.engine.problem import FAR, Calendar


def working_minutes(calendar: Calendar, begin: int, end: int) -> int:
    """Give how many of the minutes from one to another a calendar is open."""
    found = 0
    first = max(0, bisect_right(calendar.windows, (begin, FAR)) - 1)
    for opens, closes in islice(calendar.windows, first, None):
        if opens >= end:
            break
        found += max(0, min(end, closes) - max(begin, opens))
    return found


def back_from(calendar: Calendar, minute: int) -> Iterator[tuple[int, int]]:
    """Give what lies before a minute of a calendar's windows, the latest first."""
    last = bisect_left(calendar.windows, (minute, 0))
    for place in range(last - 1, -1, -1):
        opens, closes = calendar.windows[place]
        yield opens, min(closes, minute)

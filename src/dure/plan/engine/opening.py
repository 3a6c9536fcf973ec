"""When machines are open: windows of time, less the time in which something stands still."""

from collections.abc import Iterable, Sequence

from dure.kernel.time import Instant

Window = tuple[Instant, Instant]
"""From an instant to another, the second not included."""


def joined(windows: Iterable[Window]) -> tuple[Window, ...]:
    """Give the same time as windows in order that neither overlap nor touch."""
    apart: list[Window] = []
    for opens, closes in sorted(windows):
        if apart and opens <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(apart[-1][1], closes))
        elif opens < closes:
            apart.append((opens, closes))
    return tuple(apart)


def without(windows: Sequence[Window], closed: Iterable[Window]) -> tuple[Window, ...]:
    """Give what is left of windows, in order, after some time is taken out of them."""
    left = list(windows)
    for begins, ends in closed:
        left = [
            part
            for opens, closes in left
            for part in ((opens, min(closes, begins)), (max(opens, ends), closes))
            if part[0] < part[1]
        ]
    return tuple(sorted(set(left)))


def lost(starts: Instant, ends: Instant, closed: Iterable[Window]) -> Instant:
    """Give the end of work that was under way when its machine stood: later by what it stood."""
    for begins, until in joined(closed):
        if begins < ends and starts < until:
            ends += until - max(begins, starts)
    return ends


def overlaps(starts: Instant, ends: Instant, closed: Iterable[Window]) -> bool:
    """Say whether some of a time is closed."""
    return any(begins < ends and starts < until for begins, until in closed)


def after_working(windows: Sequence[tuple[int, int]], start: int, minutes: int) -> int | None:
    """Give the minute at which so much work is done that starts at a minute; None if closed."""
    if not any(opens <= start < closes for opens, closes in windows):
        return None
    for opens, closes in windows:
        begin = max(opens, start)
        if closes > begin:
            if closes - begin >= minutes:
                return begin + minutes
            minutes -= closes - begin
    return None


def next_opening(windows: Sequence[tuple[int, int]], start: int, minutes: int) -> int | None:
    """Give the first minute after another at which the machine opens and so much can be done."""
    opens = (opens for opens, _ in windows if opens > start)
    return next((each for each in opens if after_working(windows, each, minutes)), None)

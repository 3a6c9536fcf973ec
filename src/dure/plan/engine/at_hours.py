"""
Stretched time beside calendars, trucks, crews and pins: minute n becomes n * times and more.

A stretched minute in the true minute n is at n * times to n * times + times - 1. Whatever lasts
whole minutes and stands in whole hours still does when it begins in its true minute; what came
before something else still does. Only what takes no time loses what it was given.

    true       |  8:00       |  8:01       |          times = 3, an instant and its follower
    stretched  | ii|ffffffff|ffff ...                 the instant at 8:00, the follower at 8:00

Where a shift is full to its last minute there must be room for the instants in it: a window closes
later by less than a true minute, unless set-ups or splittable work count its minutes. An instant
may so stand at the minute at which its machine closes. Pinned work and trucks wait as long.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, pairwise

from dure.plan.engine.opening import after_working
from dure.plan.engine.problem import FAR, Calendar, Problem, Slot


def stretched_calendars(given: Problem, times: int) -> tuple[Calendar, ...]:
    """Give the calendars of stretched time."""
    counted = _counted(given)
    return tuple(
        Calendar(windows=tuple(_windows(calendar, times, 0 if number in counted else times - 1)))
        for number, calendar in enumerate(given.calendars)
    )


def _counted(given: Problem) -> set[int | None]:
    """Give the calendars whose minutes are counted, by set-ups, crews or work that splits."""
    machines = given.machines
    counted = {each.calendar for each in machines if each.setups is not None}
    counted |= {crew.calendar for crew in given.crews}
    return counted | {
        machines[way.machine].calendar
        for job in given.jobs
        for operation in job.operations
        if operation.splittable
        for way in operation.alternatives
    }


def _windows(calendar: Calendar, times: int, room: int) -> Iterator[tuple[int, int]]:
    for (opens, closes), (again, _) in pairwise((*calendar.windows, (FAR, FAR))):
        yield opens * times, min(closes * times + room, again * times)


def stretched_pins(pinned: Sequence[Slot], times: int) -> tuple[Slot, ...]:
    """Give pinned work in stretched time: instants last in their minute, the rest behind them."""
    by_machine = sorted(pinned, key=lambda pin: (pin.machine, pin.start, pin.end))
    found = {}
    for _, row in groupby(by_machine, key=lambda pin: (pin.machine, pin.start)):
        together = list(row)
        last = (together[0].start + 1) * times - 1
        for place, pin in enumerate(together, start=1 - len(together)):
            is_instant = pin.start == pin.end
            begins = last + place - (together[-1].start == together[-1].end)
            end = begins + 1 if is_instant else pin.end * times
            found[pin] = replace(pin, start=begins, end=end)
    return tuple(found[pin] for pin in pinned)


def floored(given: Problem, slots: Iterable[Slot], times: int) -> list[Slot]:
    """Give a plan of stretched time in true minutes; what is pinned stands where it stood."""
    pinned = {(pin.job, pin.operation): pin for pin in given.pinned}
    return [
        pinned.get((slot.job, slot.operation)) or _floored(given, slot, slot.start // times)
        for slot in slots
    ]


def _floored(given: Problem, slot: Slot, start: int) -> Slot:
    operation = given.jobs[slot.job].operations[slot.operation]
    minutes = next(w.minutes for w in operation.alternatives if w.machine == slot.machine)
    calendar = given.machines[slot.machine].calendar
    end: int | None = start + minutes
    if minutes and operation.splittable and calendar is not None:
        end = after_working(given.calendars[calendar].windows, start, minutes)
    assert end is not None, "it stands in the hours of its machine"
    return replace(slot, start=start, end=end)

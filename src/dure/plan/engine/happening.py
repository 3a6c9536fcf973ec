"""
What happens to a plan that is being worked by, and the problem as it is afterwards.

    Closing   a machine cannot work from start to end: a breakdown, an operator who is absent
    Absence   nobody of a crew is there from start to end: machines work, but are not set up
    Lateness  what an operation needs is there only at a minute: material that comes late
    Refusal   an operation's member does not agree that it moves: it is pinned where it stands
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dure.plan.engine.problem import FAR, Calendar, Problem, Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """A machine that cannot work from start to end."""

    machine: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """A crew of which nobody is there from start to end."""

    crew: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """An operation's material that is there only at a minute."""

    job: int
    operation: int
    minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An operation that must stay where it stands."""

    job: int
    operation: int


Happening = Closing | Absence | Lateness | Refusal


def problem_after(
    problem: Problem, happenings: Iterable[Happening], frozen: Sequence[Slot]
) -> Problem:
    """Give the problem as it is once all that happened, with frozen work pinned."""
    for each in happenings:
        if isinstance(each, Closing):
            problem = _closed(problem, each)
        elif isinstance(each, Absence):
            problem = _away(problem, each)
        elif isinstance(each, Lateness):
            problem = _late(problem, each)
    return replace(problem, pinned=_with(problem.pinned, frozen)) if frozen else problem


def _with(pinned: Sequence[Slot], frozen: Sequence[Slot]) -> tuple[Slot, ...]:
    known = {(pin.job, pin.operation) for pin in pinned}
    return (*pinned, *(slot for slot in frozen if (slot.job, slot.operation) not in known))


def _closed(problem: Problem, closing: Closing) -> Problem:
    machine = problem.machines[closing.machine]
    machines = list(problem.machines)
    machines[closing.machine] = replace(machine, calendar=len(problem.calendars))
    cut = _without(problem, machine.calendar, closing)
    return replace(problem, machines=tuple(machines), calendars=(*problem.calendars, cut))


def _away(problem: Problem, absence: Absence) -> Problem:
    crew = problem.crews[absence.crew]
    crews = list(problem.crews)
    crews[absence.crew] = replace(crew, calendar=len(problem.calendars))
    cut = _without(problem, crew.calendar, absence)
    return replace(problem, crews=tuple(crews), calendars=(*problem.calendars, cut))


def _without(problem: Problem, calendar: int | None, closed: Closing | Absence) -> Calendar:
    windows: Sequence[tuple[int, int]] = ((0, FAR - 1),)
    if calendar is not None:
        windows = problem.calendars[calendar].windows
    return Calendar(windows=tuple(_cut(windows, closed.start, closed.end)))


def _cut(windows: Sequence[tuple[int, int]], start: int, end: int) -> Iterable[tuple[int, int]]:
    for opens, closes in windows:
        for left, right in ((opens, min(closes, start)), (max(opens, end), closes)):
            if left < right:
                yield left, right


def _late(problem: Problem, lateness: Lateness) -> Problem:
    job = problem.jobs[lateness.job]
    operations = list(job.operations)
    late = max(operations[lateness.operation].release, lateness.minute)
    operations[lateness.operation] = replace(operations[lateness.operation], release=late)
    jobs = list(problem.jobs)
    jobs[lateness.job] = replace(job, operations=tuple(operations))
    return replace(problem, jobs=tuple(jobs))

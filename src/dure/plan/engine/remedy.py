"""
What would bring a late job in on time: the smallest change of each kind, tried on the board.

    material   what a step waits for comes so many minutes earlier
    overtime   a machine that is closed just then works so many minutes more
    truck      one more truck goes, so many minutes before the one that it waits for
    yield      another job gives way, and ends so many minutes later itself
    date       the job is wanted so many minutes later: always possible

The kinds are tried where the job's chain of reasons (why.py) shows them. A change counts only if
the job, put in anew under it among all that stands, ends when it is due.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from dure.kernel.reason import Reason
from dure.plan.engine.board import Board
from dure.plan.engine.problem import Calendar, Problem
from dure.plan.engine.why import Link, chain

RIVALS = 4
"""How many of those before it on a machine are asked to give way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """A change that is enough, and how many minutes of it."""

    minutes: int
    reason: Reason


def remedies(board: Board, job: int, *, now: int = 0) -> tuple[Remedy, ...]:
    """Give the changes that would each be enough, the smallest first; none for a job on time."""
    own = board.table.of_job(job).values()
    late = board.problem.finish(job, own) - board.problem.jobs[job].due
    if late <= 0:
        return ()
    found = list(_found(board, job, now))
    found.append(Remedy(minutes=late, reason=Reason("plan.remedy_date", {"minutes": late})))
    return tuple(sorted(found, key=lambda remedy: remedy.minutes))


def _found(board: Board, job: int, now: int) -> Iterator[Remedy]:
    for link in chain(board.problem, board.table, job):
        if link.cause == "material":
            yield from _material(board, job, link, now)
        elif link.cause == "calendar":
            yield from _overtime(board, job, link, now)
        elif link.cause == "transport":
            yield from _truck(board, job, link, now)
        elif link.cause == "queue":
            yield from _yields(board, job, link, now)


def _material(board: Board, job: int, link: Link, now: int) -> Iterator[Remedy]:
    def earlier(minutes: int) -> Problem:
        whole = board.problem.jobs[job]
        steps = list(whole.operations)
        step = steps[link.operation]
        steps[link.operation] = replace(step, release=max(0, link.end - minutes))
        changed = replace(whole, operations=tuple(steps))
        jobs = (*board.problem.jobs[:job], changed, *board.problem.jobs[job + 1 :])
        return replace(board.problem, jobs=jobs)

    minutes = _least(link.minutes, lambda most: _in_time(board, earlier(most), job, now))
    if minutes:
        where = {"operation": link.operation, "minutes": minutes}
        yield Remedy(minutes=minutes, reason=Reason("plan.remedy_material", where))


def _overtime(board: Board, job: int, link: Link, now: int) -> Iterator[Remedy]:
    problem = board.problem
    machine = problem.machines[link.machine]
    assert machine.calendar is not None, "the chain says calendar only where there is one"
    windows = problem.calendars[machine.calendar].windows
    begin = next((closes for opens, closes in windows if opens <= link.start < closes), link.start)

    def longer(minutes: int) -> Problem:
        calendar = Calendar(windows=_merged((*windows, (begin, begin + minutes))))
        machines = list(problem.machines)
        machines[link.machine] = replace(machine, calendar=len(problem.calendars))
        calendars = (*problem.calendars, calendar)
        return replace(problem, machines=tuple(machines), calendars=calendars)

    if link.end <= now:
        return
    minutes = _least(link.end - begin, lambda most: _in_time(board, longer(most), job, now))
    if minutes:
        where = {"machine": link.machine, "at": begin, "minutes": minutes}
        yield Remedy(minutes=minutes, reason=Reason("plan.remedy_overtime", where))


def _truck(board: Board, job: int, link: Link, now: int) -> Iterator[Remedy]:
    """One more departure of the line on which a step waits for its truck."""
    problem = board.problem
    pair = _line(board, job, link)
    if pair not in problem.trucks:
        return
    road = problem.transport[pair[0]][pair[1]] if problem.transport else 0
    leaves = link.end - road

    def with_one_more(minutes: int) -> Problem:
        departures = {*problem.trucks[pair], (leaves - minutes) % problem.day}
        trucks = {**problem.trucks, pair: tuple(sorted(departures))}
        return replace(problem, trucks=trucks)

    most = leaves - max(now, link.start)
    minutes = _least(most, lambda least: _in_time(board, with_one_more(least), job, now))
    if minutes:
        where = {"operation": link.operation, "at": leaves - minutes, "minutes": minutes}
        yield Remedy(minutes=minutes, reason=Reason("plan.remedy_truck", where))


def _line(board: Board, job: int, link: Link) -> tuple[int, int]:
    """Give the sites between which a step's way in, or the last one's way home, lies."""
    problem, own = board.problem, board.table.of_job(job)
    here = problem.machines[link.machine].site
    home = problem.jobs[job].destination
    if home is not None and link.end > own[link.operation].end:
        return here, home
    befores = problem.jobs[job].operations[link.operation].after
    last = next(own[n] for n in befores if problem.leaves(own[n]) == link.start)
    return problem.machines[last.machine].site, here


def _yields(board: Board, job: int, link: Link, now: int) -> Iterator[Remedy]:
    row = board.table.on_machine(link.machine)
    before = [slot for slot in row if slot.end > link.start and slot.start < link.end]
    for rival in dict.fromkeys(slot.job for slot in reversed(before[-RIVALS:]) if slot.job != job):
        ends = board.problem.finish(rival, board.table.of_job(rival).values())
        then = board.suppose(board.problem, (job, rival), now=now)
        if then is not None and then[job] <= board.problem.jobs[job].due:
            minutes = max(1, then[rival] - ends)
            where = {"job": rival, "minutes": minutes}
            yield Remedy(minutes=minutes, reason=Reason("plan.remedy_yield", where))


def _in_time(board: Board, problem: Problem, job: int, now: int) -> bool:
    then = board.suppose(problem, (job,), now=now)
    return then is not None and then[job] <= problem.jobs[job].due


def _least(most: int, enough: Callable[[int], bool]) -> int:
    """Give the least number from 1 on that is enough, 0 if not even `most` is."""
    if most < 1 or not enough(most):
        return 0
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        if enough(middle):
            high = middle
        else:
            low = middle + 1
    return high


def _merged(windows: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for opens, closes in sorted(windows):
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], closes))
        else:
            merged.append((opens, closes))
    return tuple(merged)

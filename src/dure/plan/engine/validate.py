"""
What is wrong with a problem before anybody plans it.

`validate` raises Malformed for a problem that contradicts itself (a caller's or a
file's mistake) and names the operation. `impossible` gives the reasons why an
operation can never be done by its own machines' calendars: that is no mistake but
something to say.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from itertools import islice, pairwise
from operator import itemgetter

from dure.kernel.errors import Malformed
from dure.kernel.reason import Reason
from dure.plan.engine.instants import is_plain
from dure.plan.engine.problem import (
    DAY,
    FAR,
    Alternative,
    Calendar,
    Job,
    Operation,
    Problem,
    Slot,
)


def validate(problem: Problem) -> None:
    """Raise Malformed, naming the job and operation, unless the problem makes sense."""
    for number, job in enumerate(problem.jobs):
        check_job(problem, number, job, least=0)
    for number, machine in enumerate(problem.machines):
        _must(machine.site >= 0, "plan.bad_site", machine=number)
        _must(machine.family is None or machine.family >= 0, "plan.bad_setups", machine=number)
        _must(_within(machine.calendar, problem.calendars), "plan.bad_calendar", machine=number)
        _must(_within(machine.setups, problem.setups), "plan.bad_setups", machine=number)
    for number, calendar in enumerate(problem.calendars):
        _must(_in_order(calendar), "plan.bad_windows", calendar=number)
    _check_crews(problem)
    _check_matrices(problem)
    _check_trucks(problem)
    _check_pins(problem)
    _check_instants(problem)
    for each in fields(problem.goal):
        weight = getattr(problem.goal, each.name)
        _must(0 <= weight <= 10**6, "plan.bad_goal")


def impossible(problem: Problem) -> tuple[tuple[int, int, Reason], ...]:
    """Give (job, operation, reason) for each operation that no machine's calendar has room for."""
    return tuple(_impossible(problem))


def check_job(problem: Problem, number: int, job: Job, *, least: int = 1) -> None:
    """Raise Malformed unless a job makes sense; each of its operations takes so many minutes."""
    _must(bool(job.operations), "plan.empty_job", job=number)
    _must(0 <= job.weight <= 10**6, "plan.bad_weight", job=number)
    _must(0 <= job.release < FAR, "plan.bad_release", job=number)
    _must(-FAR <= job.due <= FAR, "plan.bad_due", job=number)
    _must(job.destination is None or job.destination >= 0, "plan.bad_destination", job=number)
    for step, operation in enumerate(job.operations):
        _check_operation(problem, number, step, operation, least)


def _check_instants(problem: Problem) -> None:
    """Where set-ups depend on it, nobody could tell the order of two of no time at one minute."""
    if is_plain(problem):
        return
    for number, job in enumerate(problem.jobs):
        for step, operation in enumerate(job.operations):
            for way in operation.alternatives:
                good = way.minutes > 0 or problem.machines[way.machine].setups is None
                _must(good, "plan.instant_setup", job=number, operation=step, machine=way.machine)


def _check_operation(
    problem: Problem, job: int, step: int, operation: Operation, least: int
) -> None:
    where = {"job": job, "operation": step}
    _must(bool(operation.alternatives), "plan.no_alternative", **where)
    _must(all(0 <= before < step for before in operation.after), "plan.bad_order", **where)
    _must(operation.family >= 0, "plan.bad_family", **where)
    ways, count = operation.alternatives, len(problem.machines)
    machines = [way.machine for way in ways]
    _must(min(machines) >= 0 and max(machines) < count, "plan.bad_machine", **where)
    _must(all(least <= way.minutes < FAR for way in ways), "plan.bad_minutes", **where)
    _must(all(0 <= way.cost < FAR for way in ways), "plan.bad_cost", **where)
    _must(len(set(machines)) == len(machines), "plan.machine_twice", **where)
    _must(0 <= operation.release < FAR, "plan.bad_release", **where)
    _must(0 <= operation.dwell < FAR, "plan.bad_dwell", **where)


def _check_crews(problem: Problem) -> None:
    """Nobody walks between two sites while machines wait: a crew's machines stand at one."""
    for number, crew in enumerate(problem.crews):
        _must(1 <= crew.operators <= 10**6, "plan.bad_operators", crew=number)
        _must(_within(crew.calendar, problem.calendars), "plan.bad_crew_calendar", crew=number)
    sites: dict[int, int] = {}
    for number, machine in enumerate(problem.machines):
        _must(_within(machine.crew, problem.crews), "plan.bad_crew", machine=number)
        if machine.crew is not None:
            at_one = sites.setdefault(machine.crew, machine.site) == machine.site
            _must(at_one, "plan.crew_apart", crew=machine.crew, machine=number)


def _check_matrices(problem: Problem) -> None:
    if problem.transport:
        _must(_square(problem.transport, problem.sites), "plan.bad_transport")
    families = 1 + max(_families(problem), default=0)
    for number, matrix in enumerate(problem.setups):
        _must(_square(matrix, families), "plan.bad_setup_matrix", matrix=number, families=families)


def _families(problem: Problem) -> Iterator[int]:
    yield from (machine.family for machine in problem.machines if machine.family is not None)
    yield from (operation.family for job in problem.jobs for operation in job.operations)


def _check_trucks(problem: Problem) -> None:
    for (origin, target), departures in problem.trucks.items():
        good = bool(departures) and list(departures) == sorted(set(departures))
        good = good and departures[0] >= 0 and departures[-1] < DAY
        good = good and min(origin, target) >= 0 and max(origin, target) < problem.sites
        _must(good, "plan.bad_truck", origin=origin, target=target)


def _check_pins(problem: Problem) -> None:
    seen: dict[tuple[int, int], Slot] = {}
    for pin in problem.pinned:
        where = {"job": pin.job, "operation": pin.operation}
        good = _is_place(problem, pin) and (pin.job, pin.operation) not in seen
        good = good and (pin.start < pin.end or _takes_no_time(problem, pin))
        _must(good, "plan.bad_pin", **where)
        seen[pin.job, pin.operation] = pin
    for slot in problem.published:
        where = {"job": slot.job, "operation": slot.operation}
        _must(_is_place(problem, slot), "plan.bad_published", **where)
    by_machine = sorted(problem.pinned, key=lambda pin: (pin.machine, pin.start, pin.end))
    for left, right in pairwise(by_machine):
        apart = left.machine != right.machine or left.end <= right.start
        _must(apart, "plan.pins_overlap", job=right.job, operation=right.operation)


def _takes_no_time(problem: Problem, pin: Slot) -> bool:
    ways = problem.jobs[pin.job].operations[pin.operation].alternatives
    return any(way.machine == pin.machine and way.minutes == 0 for way in ways)


def _is_place(problem: Problem, slot: Slot) -> bool:
    known = 0 <= slot.job < len(problem.jobs)
    known = known and 0 <= slot.operation < len(problem.jobs[slot.job].operations)
    known = known and 0 <= slot.machine < len(problem.machines)
    return known and -FAR < slot.start <= slot.end < FAR


def _impossible(problem: Problem) -> Iterator[tuple[int, int, Reason]]:
    pinned = {(pin.job, pin.operation) for pin in problem.pinned}
    hours = [_joined(calendar.windows) for calendar in problem.calendars]
    for number, job in enumerate(problem.jobs):
        for step, operation in enumerate(job.operations):
            if (number, step) in pinned:
                continue
            if not any(
                _possible(problem, hours, max(job.release, operation.release), operation, way)
                for way in operation.alternatives
            ):
                where = {"job": number, "operation": step}
                yield number, step, Reason("plan.never_fits", where)


def _possible(
    problem: Problem,
    hours: Sequence[Sequence[tuple[int, int]]],
    ready: int,
    operation: Operation,
    way: Alternative,
) -> bool:
    """Say whether a machine is open long enough after a minute, in one piece unless it splits."""
    calendar = problem.machines[way.machine].calendar
    if calendar is None:
        return True
    windows = hours[calendar]
    left = way.minutes
    for opens, close in islice(windows, bisect_right(windows, ready, key=itemgetter(1)), None):
        piece = close - max(opens, ready)
        if piece >= left:
            return True
        left -= piece if operation.splittable else 0
    return False


def _joined(windows: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for opens, close in windows:
        if joined and joined[-1][1] == opens:
            joined[-1] = (joined[-1][0], close)
        else:
            joined.append((opens, close))
    return joined


def _in_order(calendar: Calendar) -> bool:
    apart = all(left[1] <= right[0] for left, right in pairwise(calendar.windows))
    return apart and all(0 <= opens < close < FAR for opens, close in calendar.windows)


def _within(index: int | None, table: Sequence[object]) -> bool:
    return index is None or 0 <= index < len(table)


def _square(matrix: Sequence[Sequence[int]], least: int) -> bool:
    size = len(matrix)
    whole = size >= least and all(len(row) == size for row in matrix)
    return whole and all(0 <= entry < FAR for row in matrix for entry in row)


def _must(good: bool, code: str, **where: int) -> None:
    if not good:
        raise Malformed(code, **where)

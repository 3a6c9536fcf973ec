"""Lay a problem out in memory, as layout.py says, with nothing planned yet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import log

from dure.plan.engine import layout as at
from dure.plan.engine.problem import Calendar, Machine, Operation, Problem

PATIENCE = [round(-1024 * log((step + 0.5) / 1024)) for step in range(1024)]
"""How much worse a step may be, in 1/1024 of the temperature, by chance: -ln u in integers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """The memory, and where in it jobs, operations and machines of the problem are."""

    memory: list[int]
    jobs: range
    first_operation: list[int]  # by job, and one more
    machines: range

    def operation(self, job: int, step: int) -> int:
        """Give the address of a step of a job."""
        return self.first_operation[job] + step * at.OPERATION


def pack(problem: Problem, *, seed: int) -> Packed:
    """Lay out a problem that has passed validate."""
    steps = [len(job.operations) for job in problem.jobs]
    jobs = range(at.HEADER, at.HEADER + len(steps) * at.JOB_SIZE, at.JOB_SIZE)
    first = list(accumulate((size * at.OPERATION for size in steps), initial=jobs.stop))
    machines = range(
        first[-1], first[-1] + len(problem.machines) * at.MACHINE_SIZE, at.MACHINE_SIZE
    )
    packed = Packed(memory=[0] * machines.stop, jobs=jobs, first_operation=first, machines=machines)
    _write_header(packed, problem, seed)
    _write_jobs(packed, problem)
    _write_machines(packed, problem)
    _write_roads(packed, problem)
    _write_published(packed, problem)
    _write_lists(packed)
    return packed


def _write_header(packed: Packed, problem: Problem, seed: int) -> None:
    memory, goal = packed.memory, problem.goal
    memory[at.DIE_ONE] = seed % 2147483561 + 1
    memory[at.DIE_TWO] = 88172645
    memory[at.TARDINESS] = goal.tardiness
    memory[at.TRANSPORT] = goal.transport
    memory[at.SETUP_WEIGHT] = goal.setup
    memory[at.COST_WEIGHT] = goal.cost
    memory[at.CHANGE] = goal.change
    memory[at.MAKESPAN] = int(goal.makespan)
    memory[at.JOBS], memory[at.JOBS_END] = packed.jobs.start, packed.jobs.stop
    memory[at.OPERATIONS] = packed.first_operation[0]
    memory[at.OPERATIONS_END] = packed.first_operation[-1]
    memory[at.PATIENCE] = _append(memory, PATIENCE)


def _write_jobs(packed: Packed, problem: Problem) -> None:
    memory = packed.memory
    for number, job in enumerate(problem.jobs):
        address = packed.jobs[number]
        memory[address + at.FIRST] = packed.first_operation[number]
        memory[address + at.LAST] = packed.first_operation[number + 1]
        memory[address + at.IS_CHAIN] = int(_is_chain(job.operations))
        memory[address + at.DUE] = job.due
        memory[address + at.WEIGHT] = job.weight
        memory[address + at.DESTINATION] = _or_none(job.destination)
        behind: list[list[int]] = [[] for _ in job.operations]
        for step, operation in enumerate(job.operations):
            here = packed.operation(number, step)
            memory[here + at.JOB] = address
            memory[here + at.RELEASE] = max(job.release, operation.release)
            _write_operation(packed, here, number, operation)
            for before in operation.after:
                behind[before].append(here)
        for step, others in enumerate(behind):
            here = packed.operation(number, step)
            memory[here + at.BEHIND] = _append(memory, others)
            memory[here + at.BEHIND_END] = len(memory)


def _is_chain(operations: Sequence[Operation]) -> bool:
    return all(
        operation.after == ((step - 1,) if step else ())
        for step, operation in enumerate(operations)
    )


def _write_operation(packed: Packed, here: int, job: int, operation: Operation) -> None:
    memory = packed.memory
    memory[here + at.FAMILY] = operation.family
    memory[here + at.SPLIT] = int(operation.splittable)
    memory[here + at.DWELL] = operation.dwell
    befores = [packed.operation(job, before) for before in operation.after]
    memory[here + at.BEFORE] = _append(memory, befores)
    memory[here + at.BEFORE_END] = len(memory)
    memory[here + at.WAYS] = len(memory)
    for way in operation.alternatives:
        memory.extend((packed.machines[way.machine], way.minutes, way.cost, 0))
    memory[here + at.WAYS_END] = len(memory)


def _write_machines(packed: Packed, problem: Problem) -> None:
    memory = packed.memory
    calendars = [_write_calendar(memory, calendar) for calendar in problem.calendars]
    matrices = [
        (_append(memory, [entry for row in matrix for entry in row]), len(matrix))
        for matrix in problem.setups
    ]
    for number, (machine, room) in enumerate(zip(problem.machines, _room(problem), strict=True)):
        here = packed.machines[number]
        memory[here + at.SITE] = machine.site
        memory[here + at.SETUP_AT_START] = _or_none(machine.family)
        _write_rules(memory, here, machine, calendars, matrices)
        memory[here + at.SLOTS] = _append(memory, [0] * room)


def _write_rules(
    memory: list[int],
    here: int,
    machine: Machine,
    calendars: Sequence[tuple[int, int]],
    matrices: Sequence[tuple[int, int]],
) -> None:
    if machine.calendar is not None:
        first, end = calendars[machine.calendar]
        memory[here + at.WINDOWS], memory[here + at.WINDOWS_END] = first, end
    if machine.setups is not None:
        first, size = matrices[machine.setups]
        memory[here + at.SETUPS], memory[here + at.SETUPS_SIZE] = first, size


def _write_calendar(memory: list[int], calendar: Calendar) -> tuple[int, int]:
    begin, done = len(memory), 0
    for opens, closes in joined(calendar):
        memory.extend((opens, closes, done))
        done += closes - opens
    return begin, len(memory)


def joined(calendar: Calendar) -> Iterator[tuple[int, int]]:
    """Give a calendar's windows, those that touch as one: work may run through."""
    cuts = [0]
    cuts += [
        number
        for number, (left, right) in enumerate(pairwise(calendar.windows), start=1)
        if left[1] < right[0]
    ]
    for first, stop in pairwise([*cuts, len(calendar.windows)]):
        if first < stop:
            yield calendar.windows[first][0], calendar.windows[stop - 1][1]


def _room(problem: Problem) -> list[int]:
    """How many operations could stand on each machine at most."""
    room = [0] * len(problem.machines)
    for pin in problem.pinned:
        room[pin.machine] += 1
    for job in problem.jobs:
        for operation in job.operations:
            for way in operation.alternatives:
                room[way.machine] += 1
    return room


def _write_roads(packed: Packed, problem: Problem) -> None:
    memory = packed.memory
    memory[at.SITES] = len(problem.transport) or problem.sites
    if problem.transport:
        memory[at.ROAD] = _append(memory, [entry for row in problem.transport for entry in row])
    if problem.trucks:
        sites = memory[at.SITES]
        memory[at.TRUCK] = table = _append(memory, [0] * sites**2)
        for (origin, target), departures in problem.trucks.items():
            memory[table + origin * sites + target] = len(memory)
            memory.extend((len(departures), *departures))


def _write_published(packed: Packed, problem: Problem) -> None:
    for slot in problem.published:
        here = packed.operation(slot.job, slot.operation)
        packed.memory[here + at.PUBLISHED_MACHINE] = packed.machines[slot.machine]
        packed.memory[here + at.PUBLISHED_START] = slot.start


def _write_lists(packed: Packed) -> None:
    memory, jobs = packed.memory, len(packed.jobs)
    operations = (packed.first_operation[-1] - packed.first_operation[0]) // at.OPERATION
    for head, room in (
        (at.CHOSEN, jobs),
        (at.KEYS, jobs),
        (at.STALE_LIST, jobs),
        (at.REMOVED_LIST, operations),
        (at.LOOSE_LIST, 2 * operations + 1),
    ):
        memory[head] = _append(memory, [0] * room)


def _append(memory: list[int], row: Sequence[int]) -> int:
    begin = len(memory)
    memory.extend(row)
    return begin


def _or_none(number: int | None) -> int:
    return at.NONE if number is None else number

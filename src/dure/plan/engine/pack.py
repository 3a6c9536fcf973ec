"""Lay a problem out in memory, as layout.py says, with nothing planned yet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from math import log

from dure.plan.engine import layout as at
from dure.plan.engine.kernel.moves import TABU_SIZE
from dure.plan.engine.kernel.ruin import MOST
from dure.plan.engine.problem import Calendar, Job, Machine, Operation, Problem

PATIENCE = [round(-1024 * log((step + 0.5) / 1024)) for step in range(1024)]
"""How much worse a step may be, in 1/1024 of the temperature, by chance: -ln u in integers."""

KEEP = 8
"""So many plans are kept to begin new climbs between."""

TWINS = 1000
"""A book of so many operations is improved by twins."""
NOTED = 60_000
"""So many numbers are noted for a twin, and those of a step more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """The memory, and where in it jobs, operations and machines of the problem are."""

    memory: list[int]
    jobs: range
    first_operation: list[int]  # by job, and one more
    machines: range
    room: list[int]  # by machine: how many operations can stand on it
    windows: list[tuple[int, int]]  # by calendar: where its windows begin and end
    crews: range = range(0)

    def operation(self, job: int, step: int) -> int:
        """Give the address of a step of a job."""
        return self.first_operation[job] + step * at.OPERATION


def pack(problem: Problem, *, seed: int, spare_slots: int = 0) -> Packed:
    """
    Lay out a problem that has passed validate.

    Each machine has room for `spare_slots` operations that are not in the book yet.
    """
    steps = [len(job.operations) for job in problem.jobs]
    jobs = range(at.HEADER, at.HEADER + len(steps) * at.JOB_SIZE, at.JOB_SIZE)
    first = list(accumulate((size * at.OPERATION for size in steps), initial=jobs.stop))
    machines = range(
        first[-1], first[-1] + len(problem.machines) * at.MACHINE_SIZE, at.MACHINE_SIZE
    )
    packed = Packed(
        memory=[0] * machines.stop,
        jobs=jobs,
        first_operation=first,
        machines=machines,
        room=[count + spare_slots for count in _room(problem)],
        windows=[],
    )
    _write_header(packed, problem, seed)
    _write_jobs(packed, problem)
    _write_machines(packed, problem)
    packed = _write_crews(packed, problem)
    _write_roads(packed, problem)
    _write_published(packed, problem)
    _write_lists(packed)
    if sum(steps) >= TWINS and not problem.crews and not problem.goal.makespan:
        _write_notes(packed, max(steps))
    if problem.goal.makespan:
        _write_nodes(packed, problem)
    return packed


def _write_header(packed: Packed, problem: Problem, seed: int) -> None:
    memory, goal = packed.memory, problem.goal
    memory[at.DIE_ONE] = seed * 2654435761 % 4294967295 + 1  # small seeds apart
    memory[at.DIE_TWO] = 88172645
    memory[at.TARDINESS] = goal.tardiness
    memory[at.TRANSPORT] = goal.transport
    memory[at.SETUP_WEIGHT] = goal.setup
    memory[at.COST_WEIGHT] = goal.cost
    memory[at.CHANGE] = goal.change
    memory[at.EVENNESS] = 0 if goal.makespan else goal.evenness
    memory[at.MAKESPAN] = int(goal.makespan)
    memory[at.DAY_LENGTH] = problem.day
    memory[at.JOBS], memory[at.JOBS_END] = packed.jobs.start, packed.jobs.stop
    memory[at.OPERATIONS] = packed.first_operation[0]
    memory[at.OPERATIONS_END] = packed.first_operation[-1]
    memory[at.MACHINES], memory[at.MACHINES_END] = packed.machines.start, packed.machines.stop
    memory[at.PATIENCE] = _append(memory, PATIENCE)


def _write_jobs(packed: Packed, problem: Problem) -> None:
    for number, job in enumerate(problem.jobs):
        _write_job(packed, number, job)


def _write_job(packed: Packed, number: int, job: Job) -> None:
    memory, address = packed.memory, packed.jobs[number]
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


def job_records(packed: Packed, job: Job, base: int) -> list[int]:
    """Give the records of a new job for an address: itself, its steps, their lists."""
    first = at.JOB_SIZE
    last = first + len(job.operations) * at.OPERATION
    alone = replace(
        packed,
        memory=[0] * last,
        jobs=range(1),
        first_operation=[*range(first, last + 1, last - first)],
    )
    _write_job(alone, 0, job)
    memory = alone.memory
    for field in (at.FIRST, at.LAST):
        memory[field] += base
    for step in range(first, last, at.OPERATION):
        for begin, end in ((at.BEFORE, at.BEFORE_END), (at.BEHIND, at.BEHIND_END)):
            for index in range(memory[step + begin], memory[step + end]):
                memory[index] += base
        for field in (at.JOB, *range(at.BEFORE, at.WAYS_END + 1)):
            memory[step + field] += base
    return memory


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
    for calendar in problem.calendars:
        begin = _append(memory, window_records(calendar))
        packed.windows.append((begin, len(memory)))
    matrices = [
        (_append(memory, [entry for row in matrix for entry in row]), len(matrix))
        for matrix in problem.setups
    ]
    for number, (machine, room) in enumerate(zip(problem.machines, packed.room, strict=True)):
        here = packed.machines[number]
        memory[here + at.SITE] = machine.site
        memory[here + at.SETUP_AT_START] = _or_none(machine.family)
        _write_rules(memory, here, machine, packed.windows, matrices)
        for row in at.ROWS:
            memory[here + row] = _append(memory, [0] * room)


def _write_crews(packed: Packed, problem: Problem) -> Packed:
    """Lay out the crews; each has room for a set-up of all that can stand on its machines."""
    memory = packed.memory
    begin = _append(memory, [0] * (len(problem.crews) * at.CREW_SIZE))
    crews = range(begin, len(memory), at.CREW_SIZE)
    memory[at.CREWS], memory[at.CREWS_END] = crews.start, crews.stop
    room = [0] * len(crews)
    for number, machine in enumerate(problem.machines):
        if machine.crew is not None:
            memory[packed.machines[number] + at.CREW] = crews[machine.crew]
            room[machine.crew] += packed.room[number]
    for here, crew, count in zip(crews, problem.crews, room, strict=True):
        memory[here + at.OPERATORS] = crew.operators
        if crew.calendar is not None:
            begin, end = packed.windows[crew.calendar]
            memory[here + at.WINDOWS], memory[here + at.WINDOWS_END] = begin, end
        memory[here + at.HOLDS] = _append(memory, [0] * count)
    return replace(packed, crews=crews)


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


def window_records(calendar: Calendar) -> list[int]:
    """Give a calendar's windows as records."""
    records, done = list[int](), 0
    for opens, closes in joined(calendar):
        records += (opens, closes, done)
        done += closes - opens
    return records


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
    if memory[at.EVENNESS]:
        loads = [number for share in problem.even_shares() for number in (0, share)]
        memory[at.LOADS] = _append(memory, loads)
    if problem.transport:
        _write_table(memory, [entry for row in problem.transport for entry in row])
    if problem.trucks:
        sites = memory[at.SITES]
        memory[at.TRUCK] = table = _append(memory, [0] * sites**2)
        for (origin, target), departures in problem.trucks.items():
            memory[table + origin * sites + target] = len(memory)
            memory.extend((len(departures), *departures))


def _write_table(memory: list[int], roads: list[int]) -> None:
    """Write all roads; four in one where they are short: 2,000 sites have four million."""
    memory[at.ROADS_IN_ONE] = 1
    if max(roads) <= at.LONGEST_ROAD:
        import numpy as np  # no other problem needs it to be laid out

        memory[at.ROADS_IN_ONE] = 4
        roads += [0] * (-len(roads) % 4)
        roads = np.asarray(roads, dtype="<u2").view("<i8").tolist()
    memory[at.ROAD] = _append(memory, roads)


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


def _write_notes(packed: Packed, longest: int) -> None:
    """Give room to note steps in, and to put a twin's."""
    size = NOTED + 1 + MOST * longest * at.NOTE
    for head in (at.NOTES, at.OTHERS):
        packed.memory[head] = _append(packed.memory, [0] * size)


def _write_nodes(packed: Packed, problem: Problem) -> None:
    """Lay out a node for each operation, in the same order, and the lists of the tabu search."""
    memory, begin, end = packed.memory, packed.first_operation[0], packed.first_operation[-1]
    count = (end - begin) // at.OPERATION
    memory[at.NODES] = _append(memory, [0] * (count * at.NODE))
    memory[at.NODES_END] = len(memory)

    def nodes(first: int, last: int) -> list[int]:
        places = ((step - begin) // at.OPERATION for step in memory[first:last])
        return [memory[at.NODES] + place * at.NODE for place in places]

    for step, node in zip(
        range(begin, end, at.OPERATION),
        range(memory[at.NODES], memory[at.NODES_END], at.NODE),
        strict=True,
    ):
        memory[node + at.STEP] = step
        before = nodes(memory[step + at.BEFORE], memory[step + at.BEFORE_END])
        memory[node + at.ARRIVES] = _append(memory, before)
        memory[node + at.ARRIVES_END] = len(memory)
        behind = nodes(memory[step + at.BEHIND], memory[step + at.BEHIND_END])
        memory[node + at.LEAVES] = _append(memory, behind)
        memory[node + at.LEAVES_END] = len(memory)
    for here, room in zip(packed.machines, packed.room, strict=True):
        memory[here + at.ROW] = _append(memory, [0] * room)
    far = any(job.destination is not None for job in problem.jobs)
    sinks = [
        node
        for node in range(memory[at.NODES], memory[at.NODES_END], at.NODE)
        if far or memory[node + at.LEAVES] == memory[node + at.LEAVES_END]
    ]
    memory[at.SINKS] = _append(memory, sinks)
    memory[at.SINKS_END] = len(memory)
    memory[at.KEEP] = KEEP
    memory[at.TENURE] = 10 + count // max(1, len(packed.machines))
    for head, room in (
        (at.ORDER, count),
        (at.ORDER_KEYS, count),
        (at.PATH, count),
        (at.SPARE, count),
        (at.TABU, TABU_SIZE),
        (at.ELITES, KEEP * (1 + 2 * count)),
    ):
        memory[head] = _append(memory, [0] * room)


def _append(memory: list[int], row: Sequence[int]) -> int:
    begin = len(memory)
    memory.extend(row)
    return begin


def _or_none(number: int | None) -> int:
    return at.NONE if number is None else number

"""
Large books are cut into regions that are solved side by side, and give the same plan everywhere.

A round cuts the sites into regions of near sites, by roads from sites that chance names. A job
that stands wholly in a region belongs to it; what crosses a border stands still for this round,
and machines of other regions are shut. So no two regions touch the same machine or job: each
works on its own copy of the memory, and what they did is put together by copying. The next round
cuts elsewhere. Chance is thrown by seed, round and region, and how many regions there are depends
on the book alone: the plan is the same on one core as on many.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from dure.plan.engine import layout as at
from dure.plan.engine.budget import WHOLE, Budget
from dure.plan.engine.fanning import functions_for, side_by_side
from dure.plan.engine.pack import Packed

HALF = 0.5
LEAST = 2000
"""So many operations a region has at least, about."""
ROUND = 16384
"""Steps of a region in a round."""
CHUNK = 64
Memory = Any
Run = dict[str, Any]


def region_count(packed: Packed, memory: Memory, run: Run) -> int:
    """
    Say into how many regions a book is cut: as many as leave half of its jobs inside one.

    1 where the book is small, stands at few sites, or where work goes back and forth between all
    of them: then regions would leave too little to each.
    """
    operations = (packed.first_operation[-1] - packed.first_operation[0]) // at.OPERATION
    sites = len({int(memory[machine + at.SITE]) for machine in packed.machines})
    count = min(operations // LEAST, sites // 8)
    while count > 1 and _share_inside(packed, memory, _cut(packed, memory, count, run)) < HALF:
        count //= 2
    return max(1, count)


def _share_inside(packed: Packed, memory: Memory, regions: Any) -> float:
    parts = (_inside(packed, memory, regions == region) for region in range(regions.max() + 1))
    return float(sum(part.mean() for part in parts))


def improve_in_regions(
    packed: Packed,
    memory: Memory,
    run: Run,
    *,
    budget: Budget,
    heat: Callable[[int], int],
    most: int,
    count: int,
    watch: Callable[[int, int], None],
    workers: int | None = None,
) -> None:
    """Ruin and recreate in all regions at once, round after round, until the budget is spent."""
    steps = 0
    while (used := budget.used(steps)) < WHOLE:
        turn = ROUND
        while turn > CHUNK and budget.used(steps + turn * count) >= WHOLE:
            turn //= 2
        regions = _cut(packed, memory, count, run)
        before = (int(memory[at.SETUP]), int(memory[at.UNEVEN]))
        copies = [_copy(packed, memory, regions, region, run) for region in range(count)]
        work = partial(_work, steps=turn, temperature=heat(used), most=most)
        for region, copy in enumerate(side_by_side(work, copies, workers=workers)):
            _put_together(packed, memory, copy, regions == region, before)
        memory[at.STEPS] += turn * count
        steps += turn * count
        if run["value"](memory) < memory[at.BEST]:
            run["keep_all"](memory)
        watch(steps, used)


def _work(copy: Memory, *, steps: int, temperature: int, most: int) -> Memory:
    functions_for(copy)["improve"](copy, steps, temperature, most)
    return copy


def _cut(packed: Packed, memory: Memory, count: int, run: Run) -> Any:
    """Give each machine's region: sites split in two by their distance from one of them, again."""
    sites = memory[np.asarray(packed.machines) + at.SITE]
    roads = _roads(memory)
    region = np.zeros(len(sites), dtype=np.int64)
    parts = [(np.unique(sites), count)]
    number = 0
    while parts:
        here, pieces = parts.pop()
        if pieces == 1:
            region[np.isin(sites, here)] = number
            number += 1
            continue
        pivot = here[run["roll"](memory, len(here))]
        near = here[np.argsort(roads[pivot][here], kind="stable")]
        middle = len(near) * (pieces // 2) // pieces
        parts += [(near[middle:], pieces - pieces // 2), (near[:middle], pieces // 2)]
    return region


def _roads(memory: Memory) -> Any:
    size = int(memory[at.SITES])
    begin = int(memory[at.ROAD])
    if begin == 0:
        return np.zeros((size, size), dtype=np.int64)
    many = int(memory[at.ROADS_IN_ONE])
    table = memory[begin : begin + -(-size * size // many)]
    if many > 1:
        table = table.astype("<i8").view("<u2")
    return table[: size * size].reshape(size, size)


def _copy(packed: Packed, memory: Memory, regions: Any, region: int, run: Run) -> Memory:
    """Give a region its own memory: machines of others shut, jobs that cross its border away."""
    copy = memory.copy()
    copy[at.DIE_ONE] = run["roll"](memory, 2**30) + 1
    copy[at.DIE_TWO] = run["roll"](memory, 2**30) + 1
    copy[at.STALE] = 0
    machines = np.asarray(packed.machines)
    copy[machines + at.SHUT] = regions != region
    copy[np.asarray(packed.jobs) + at.AWAY] = ~_inside(packed, memory, regions == region)
    copy[np.asarray(packed.jobs) + at.IS_STALE] = 0
    return copy


def _inside(packed: Packed, memory: Memory, ours: Any) -> Any:
    """Say of each job whether all of it stands on our machines."""
    first = packed.first_operation
    steps = np.arange(first[0], first[-1], at.OPERATION)
    stands = memory[steps + at.MACHINE]
    index = (stands - packed.machines.start) // at.MACHINE_SIZE
    good = (stands > 0) & ours[np.maximum(index, 0)]
    begins = (np.asarray(first[:-1]) - first[0]) // at.OPERATION
    return np.logical_and.reduceat(good, begins)


def _put_together(
    packed: Packed, memory: Memory, copy: Memory, ours: Any, before: tuple[int, int]
) -> None:
    """Take over what a region did: its jobs, its operations, the rows of its machines."""
    away = copy[np.asarray(packed.jobs) + at.AWAY]
    for number in np.flatnonzero(away == 0):
        job = packed.jobs[int(number)]
        first, last = packed.first_operation[number], packed.first_operation[number + 1]
        memory[first:last] = copy[first:last]
        memory[at.TOTAL] += copy[job + at.COST] - memory[job + at.COST]
        memory[job + at.COST] = copy[job + at.COST]
    for number in np.flatnonzero(ours):
        machine = packed.machines[int(number)]
        count = int(copy[machine + at.COUNT])
        for row in at.ROWS:
            begin = int(copy[machine + row])
            memory[begin : begin + count] = copy[begin : begin + count]
        memory[machine + at.COUNT] = count
        if memory[machine + at.CREW]:
            _take_over_crew(memory, copy, int(memory[machine + at.CREW]))
    memory[at.SETUP] += copy[at.SETUP] - before[0]
    memory[at.UNEVEN] += copy[at.UNEVEN] - before[1]
    if memory[at.EVENNESS]:
        _take_over_loads(packed, memory, copy, ours)


def _take_over_loads(packed: Packed, memory: Memory, copy: Memory, ours: Any) -> None:
    sites = np.unique(memory[np.asarray(packed.machines)[ours] + at.SITE])
    work = int(memory[at.LOADS]) + sites * at.SITE_SIZE + at.WORK
    memory[work] = copy[work]


def _take_over_crew(memory: Memory, copy: Memory, crew: int) -> None:
    """Take over who is bound to what, also where work that stood still got a new neighbour."""
    begin = int(memory[crew + at.HOLDS])
    before = memory[begin : begin + memory[crew + at.HELD_COUNT]]
    memory[before + at.HELD] = 0
    count = int(copy[crew + at.HELD_COUNT])
    held = copy[begin : begin + count]
    memory[begin : begin + count] = held
    memory[crew + at.HELD_COUNT] = count
    memory[crew + at.LONGEST_HELD] = copy[crew + at.LONGEST_HELD]
    for field in (at.HELD, at.HELD_FROM, at.HELD_TO):
        memory[held + field] = copy[held + field]

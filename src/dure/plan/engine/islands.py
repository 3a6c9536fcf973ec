"""
The search for a short makespan on islands: each climbs for itself, and good plans are shared.

Each island works on a copy of the memory with a die of its own. After each round the plans that
any of them keeps are put together, the best of them stay, and all begin new climbs between those.
How many islands there are and how long a round is depend on the problem and the budget alone: the
plan is the same on one core as on many.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from dure.plan.engine import layout as at
from dure.plan.engine.budget import WHOLE, Budget
from dure.plan.engine.fanning import functions_for, side_by_side
from dure.plan.engine.problem import FAR

ISLANDS = 2
CHUNK = 64
"""Turns of an island in the shortest round."""
LONG = 1 << 22
"""A round's most turns, times the operations: some tenths of a second when compiled."""
SHORT = LONG // 8
"""What is shorter is done one after the other: it would not be worth the telling."""
CLIMB = 5000
"""Turns without gain after which an island climbs anew."""
Memory = Any


def search(
    memory: Memory,
    *,
    budget: Budget,
    watch: Callable[[int, int], None],
    workers: int | None = None,
) -> None:
    """Search until the budget is spent, or until nothing can be better."""
    memory[at.BEST] = FAR
    islands = (memory, *(_other(memory) for _ in range(1, ISLANDS)))
    nodes = int(memory[at.NODES_END] - memory[at.NODES]) // at.NODE
    steps = turns = climbs = before = 0
    while memory[at.BEST] > memory[at.BOUND] and (used := budget.used(steps)) < WHOLE:
        turns = _next_round(turns, max(CHUNK, LONG // nodes), used, used - before)
        before = used
        _go_on(islands, turns, 1 if turns * nodes < SHORT else workers)
        climbs = _share(islands, climbs)
        steps += turns * ISLANDS
        watch(steps, used)


def _other(memory: Memory) -> Memory:
    roll, island = functions_for(memory)["roll"], memory[:]
    island = island if isinstance(island, list) else island.copy()
    island[at.DIE_ONE] = roll(memory, 2**30) + 1
    island[at.DIE_TWO] = roll(memory, 2**30) + 1
    return island


def _next_round(turns: int, most: int, used: int, spent: int) -> int:
    """Begin short; double while there is budget for nine more such rounds; end short."""
    if turns == 0:
        return CHUNK
    if used + 9 * spent < WHOLE:
        return min(2 * turns, most)
    while turns > CHUNK and used + spent > WHOLE:
        turns, spent = turns // 2, spent // 2
    return turns


def _go_on(islands: Sequence[Memory], turns: int, workers: int | None) -> None:
    after = side_by_side(partial(_climb, turns=turns), islands, workers=workers)
    for island, done in zip(islands, after, strict=True):
        if done is not island:  # it was done in another process
            island[:] = done


def _climb(island: Memory, *, turns: int) -> Memory:
    functions_for(island)["tabu"](island, turns, CLIMB)
    return island


def _share(islands: Sequence[Memory], climbs: int) -> int:
    """Let all keep the best that any keeps, and the first know the best plan; give climbs done."""
    first = islands[0]
    size = 1 + 2 * (int(first[at.NODES_END] - first[at.NODES]) // at.NODE)
    known = sorted({plan for island in islands for plan in _kept(island, size)})
    best = [number for plan in known[: int(first[at.KEEP])] for number in plan]
    climbs = sum((int(island[at.CLIMBS]) - climbs for island in islands), climbs)
    for island in islands:
        island[at.KEPT], island[at.CLIMBS] = len(best) // size, climbs
        begin = int(island[at.ELITES])
        island[begin : begin + len(best)] = best
    _take_over(first, min(islands, key=lambda island: int(island[at.BEST])))
    first[at.STEPS] = sum(int(island[at.TURN]) for island in islands)
    return climbs


def _kept(island: Memory, size: int) -> list[tuple[int, ...]]:
    begin = int(island[at.ELITES])
    ends = range(begin, begin + size * int(island[at.KEPT]), size)
    return [tuple(int(n) for n in island[here : here + size]) for here in ends]


def _take_over(first: Memory, best: Memory) -> None:
    if best[at.BEST] >= first[at.BEST]:
        return
    first[at.BEST] = best[at.BEST]
    for step in range(int(first[at.OPERATIONS]), int(first[at.OPERATIONS_END]), at.OPERATION):
        for field in (at.BEST_MACHINE, at.BEST_START, at.BEST_END):
            first[step + field] = best[step + field]

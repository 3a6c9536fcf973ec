"""
Twins: a book whose work goes everywhere is improved on two cores, and gives one plan on any number.

Two copies of the memory, with a die of their own each, ruin and recreate for a few milliseconds.
Each notes the steps that changed something; then the second goes back, both go along with the
first's steps, and with those of the second that still can be gone. So both stand alike again. How
long a turn is depends on the book alone: in a short turn few steps get in each other's way.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from dure.plan.engine import layout as at
from dure.plan.engine.budget import WHOLE, Budget
from dure.plan.engine.fanning import functions_for, one_beside
from dure.plan.engine.pack import NOTED

CHUNK = 64
"""Steps in the shortest turn."""
SHARE = 16
"""A step in a turn for so many jobs."""
Memory = Any


def improve_as_twins(
    memory: Memory,
    *,
    jobs: int,
    budget: Budget,
    heat: Callable[[int], int],
    most: int,
    watch: Callable[[int, int], None],
    workers: int | None = None,
) -> None:
    """Ruin and recreate in both until the budget is spent; the memory is the first of them."""
    twin = _twin(memory)
    for each in (memory, twin):
        each[at.NOTES_FULL] = each[at.NOTES] + NOTED
    steps = 0
    with one_beside(workers) as both:
        while (used := budget.used(steps)) < WHOLE:
            turn = max(CHUNK, jobs // SHARE)
            work = partial(_work, steps=turn, temperature=heat(used), most=most)
            both(work, memory, twin)
            _share(memory, twin, both)
            memory[at.STEPS] += turn
            steps += 2 * turn
            watch(steps, used)
    memory[at.NOTES_FULL] = 0


def _twin(memory: Memory) -> Memory:
    roll, twin = functions_for(memory)["roll"], memory.copy()
    twin[at.DIE_ONE] = roll(memory, 2**30) + 1
    twin[at.DIE_TWO] = roll(memory, 2**30) + 1
    return twin


def _work(memory: Memory, *, steps: int, temperature: int, most: int) -> None:
    memory[at.NOTES_END] = memory[at.NOTES]
    functions_for(memory)["improve"](memory, steps, temperature, most)


def _share(memory: Memory, twin: Memory, both: Any) -> None:
    """Let both go along with what the first did, and then with what is left of the other."""
    first, second = _noted(memory), _noted(twin)
    functions_for(twin)["go_back"](twin)
    _go_along(first, twin)
    both(partial(_go_along, second), memory, twin)


def _noted(memory: Memory) -> Any:
    return memory[memory[at.NOTES] : memory[at.NOTES_END]].copy()


def _go_along(steps: Any, memory: Memory) -> None:
    begin = int(memory[at.OTHERS])
    end = begin + len(steps)
    memory[begin:end] = steps
    functions_for(memory)["go_along"](memory, begin, end)

"""
The kernel: one source, run as Python or compiled.

    dice calendars roads      chance, working time, what lies between two operations
    crews machines costs jobs who sets up, places, the goal, gap insertion
    first ruin notes twins    first plans; ruin and recreate, alone or as twins
    graph order moves         the makespan: longest paths, nodes in order of time, moves on them
    balance tabu              loads, tabu search

It is written in the small language that both understand: integers in one row of memory
(layout.py), while and for. No floats, so that the same seed gives the same plan on any
machine; no recursion, which numba's cache does not survive. In what follows `m` is the
memory; a job, an operation, a way (an alternative) and a machine are addresses in it.

Gap insertion puts an operation into the first gap that is long enough on the machine
where the whole job can then end earliest, with transport from wherever the work
before it was done, set-ups on both sides, and the machine's calendar. Ruin and
recreate (after Schrimpf et al. 2000 and SISR, Christiaens and Vanden Berghe 2020)
takes out a late job and its neighbours in machine and time, puts them back in another
order, and keeps what is better or, while it is warm, not much worse.
"""

from types import FunctionType, ModuleType
from typing import Any

from dure.plan.engine.kernel import (
    balance,
    calendars,
    costs,
    crews,
    dice,
    first,
    graph,
    jobs,
    machines,
    moves,
    notes,
    order,
    roads,
    ruin,
    tabu,
    twins,
)

MODULES: tuple[ModuleType, ...] = (
    *(dice, calendars, roads, crews, machines, costs, jobs, first, notes, ruin, twins),
    *(graph, order, moves, balance, tabu),
)


def names() -> dict[str, Any]:
    """Give everything the kernel's modules know, by name; no name means two things."""
    return {name: value for module in MODULES for name, value in vars(module).items()}


def functions() -> dict[str, FunctionType]:
    """Give the kernel's own functions by name."""
    return {
        name: value
        for module in MODULES
        for name, value in vars(module).items()
        if isinstance(value, FunctionType) and value.__module__ == module.__name__
    }

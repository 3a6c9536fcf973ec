"""
Which rows can be part of an optimum: lower bounds on a coarse map of the cooperative.

For each task and each cell of the map, the least that any cluster costs with that task
in that cell: the same recurrence as the optimum, with the cheapest row of each cell
and the shortest road between cells, first from the leaves to the end (value), then
back from the end to the leaves (excess). A row's own bound adds what it costs more
than the cheapest of its cell.

Where an output goes to several places, each place has a copy with a part of the cost;
what is added on the way back then counts for that part only (parts).
"""

from dataclasses import dataclass

import numpy as np

from dure.match.engine.coop import Column
from dure.match.engine.problem import Problem

NEVER = np.int64(2**60)  # the cost of a cell in which nobody can do the task


@dataclass(frozen=True, slots=True)
class Bounds:
    """For each task, the least cost of a cluster with each of its rows."""

    through: tuple[Column, ...]


def bounds(problem: Problem) -> Bounds:
    """Give for each task and row a cost that no cluster with this row goes below."""
    road = problem.coop.cell_road * problem.road_won
    cells = len(road)
    node = [
        _least_in_cells(cost, problem.coop.cell[rows], cells)
        for cost, rows in zip(problem.node, problem.rows, strict=True)
    ]
    value, carried = _forward(problem, node, road)
    excess, parts = _backward(problem, value, carried, road)
    root = int(value[-1].min())
    through = []
    for task, rows in enumerate(problem.rows):
        cell = problem.coop.cell[rows]
        own = (problem.node[task] - node[task][cell]) // parts[task]
        through.append(root + excess[task][cell] + own)
    return Bounds(tuple(through))


def shared(value: Column, places: tuple[int, ...], task: int) -> Column:
    """Give the part of a task's value that one of the places of its output carries."""
    part = value // len(places)
    return value - part * (len(places) - 1) if places[0] == task else part


def _least_in_cells(cost: Column, cell: Column, cells: int) -> Column:
    least = np.full(cells, NEVER, dtype=np.int64)
    np.minimum.at(least, cell, cost)
    return least


def _forward(
    problem: Problem, node: list[Column], road: Column
) -> tuple[list[Column], dict[tuple[int, int], Column]]:
    value: list[Column] = []
    carried: dict[tuple[int, int], Column] = {}
    for task, cost in enumerate(node):
        total = cost.copy()
        for source in problem.before[task]:
            part = shared(value[source], problem.after[source], task)
            carried[source, task] = (road + part[:, None]).min(axis=0)
            total += carried[source, task]
        value.append(np.minimum(total, NEVER))
    return value, carried


def _backward(
    problem: Problem,
    value: list[Column],
    carried: dict[tuple[int, int], Column],
    road: Column,
) -> tuple[list[Column], list[int]]:
    last = len(value) - 1
    excess = [np.zeros_like(each) for each in value]
    parts = [1] * len(value)
    excess[last] = value[last] - value[last].min()
    for source in range(last - 1, -1, -1):
        task = min(problem.after[source], key=lambda place: (parts[place], place))
        part = shared(value[source], problem.after[source], task)
        more = (road + part[:, None] - carried[source, task][None, :]) // parts[task]
        excess[source] = (more + excess[task][None, :]).min(axis=1)
        parts[source] = parts[task] * len(problem.after[source])
    return excess, parts

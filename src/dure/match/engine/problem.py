"""
The optimum that is sought: a member for each task, least won in all.

    node  price + expected remaking + fair share + minutes · won a minute
    edge  minutes on the road from one task's member to the next · won a road minute

Expected remaking is the price times the expected failures. Fair share makes a member
dearer by fair_bp of its price for each full share of the members' work it has had.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dure.match.engine.coop import Column, Coop, Mask
from dure.match.engine.need import Task
from dure.match.engine.weights import Weights

BP = 10_000


@dataclass(frozen=True, slots=True)
class Problem:
    """
    Tasks in order, for each the rows that may do it and what each costs there.

    before, after: places of the neighbouring tasks.
    """

    coop: Coop
    tasks: tuple[Task, ...]
    before: tuple[tuple[int, ...], ...]
    after: tuple[tuple[int, ...], ...]
    rows: tuple[Column, ...]
    node: tuple[Column, ...]
    road_won: int

    def kept(self, masks: Sequence[Mask | Column]) -> "Problem":
        """Give the same problem with only some of the rows of each task."""
        rows = tuple(rows[mask] for rows, mask in zip(self.rows, masks, strict=True))
        node = tuple(node[mask] for node, mask in zip(self.node, masks, strict=True))
        return Problem(self.coop, self.tasks, self.before, self.after, rows, node, self.road_won)

    def cost(self, picks: Sequence[int]) -> int:
        """Give the cost of one row a task, counted anew from nothing but the rows."""
        total = 0
        for task, row in enumerate(picks):
            (place,) = np.flatnonzero(self.rows[task] == row)
            total += int(self.node[task][place])
            for source in self.before[task]:
                here, there = np.array([picks[source]]), np.array([row])
                total += int(self.coop.road_minutes(here, there)[0, 0]) * self.road_won
        return total


def pose(
    coop: Coop,
    tasks: tuple[Task, ...],
    rows: Sequence[Column],
    weights: Weights,
    *,
    fair_bp: int,
    hurried: frozenset[str] = frozenset(),
    dearer: Mapping[str, Mapping[int, int]] | None = None,
) -> Problem:
    """
    Pose the problem of one alternative.

    hurried: the tasks on whose minutes the weight counts. dearer: for each task, basis
    points on top for rows that an earlier alternative used already.
    """
    place = {task.code: number for number, task in enumerate(tasks)}
    before = tuple(tuple(place[code] for code in task.after) for task in tasks)
    after = tuple(
        tuple(later for later, sources in enumerate(before) if number in sources)
        for number in range(len(tasks))
    )
    node = tuple(
        _node(coop, task, found, weights.minute if task.code in hurried else 0, fair_bp)
        + _dearer(coop, task, found, (dearer or {}).get(task.code, {}))
        for task, found in zip(tasks, rows, strict=True)
    )
    return Problem(coop, tasks, before, after, tuple(rows), node, weights.road)


def _node(coop: Coop, task: Task, rows: Column, minute_won: int, fair_bp: int) -> Column:
    price = coop.price(rows, task.quantity)
    remaking = price * coop.at("fails_bp", rows) // BP
    fair = price * fair_bp // BP * coop.at("share_bp", rows) // BP
    return price + remaking + fair + coop.minutes(rows, task.quantity) * minute_won


def _dearer(coop: Coop, task: Task, rows: Column, used: Mapping[int, int]) -> Column:
    extra = np.zeros(len(rows), dtype=np.int64)
    for row, points in used.items():
        extra[rows == row] = points
    return coop.price(rows, task.quantity) * extra // BP

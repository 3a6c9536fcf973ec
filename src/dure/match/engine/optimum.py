"""
The certified optimum: exact dynamic programming on trees, branch and bound on graphs.

A chain or a tree (every output goes to one place) is solved exactly from its leaves to
the end. Where an output goes to several places, each of them first takes a copy of its
own and a part of the cost: a lower bound, and the optimum once the copies agree.
Where they do not, the search branches: the task stays with one of the members that the
copies picked, or with none of these. Likewise where one member's minutes do not
suffice for all that it got.

Before that, rows that cannot be part of an optimum are left out: a good cluster among
the most promising few of each task gives an upper bound; a row stays where the lower
bound of all clusters with it (bounds.py) does not pass it. All optima survive, so the
answer on a tree is that of the whole cooperative. On a graph the search then keeps to
the most promising of these; the least bound of the others joins the certificate.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush

import numpy as np

from dure.match.engine.bounds import NEVER, bounds, shared
from dure.match.engine.coop import Column, Mask
from dure.match.engine.problem import Problem

FIRST_LOOK = 32  # rows of each task in the first, quick look
SECOND_LOOK = 96  # the same in the thorough look at a graph
FEW_BRANCHES = 40
MOST_BRANCHES = 200
BLOCK = 1 << 21  # elements of a matrix of ways that are held at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimum:
    """Rows by task, what they cost, and a bound under which no cluster can be."""

    picks: tuple[int, ...]
    cost: int
    bound: int


@dataclass(frozen=True, slots=True)
class _Look:
    """One relaxed solution: its bound, and for each task the rows that its copies picked."""

    bound: int
    picked: tuple[tuple[int, ...], ...]


def optimum(problem: Problem) -> Optimum | None:
    """
    Give the cheapest choice of a row for each task, with its certificate.

    cost == bound says that it is proven the cheapest; else the branches were used up.
    None where no choice keeps to the members' minutes. Ties go to smaller member numbers.
    """
    if any(len(rows) == 0 for rows in problem.rows):
        return None
    through = bounds(problem).through
    few = problem.kept([_most_promising(least, FIRST_LOOK) for least in through])
    first = _search(few, FEW_BRANCHES)
    limit = first.cost if first else NEVER
    left = [np.flatnonzero(least <= limit) for least in through]
    if _is_tree(problem):
        return _search(problem.kept(left), MOST_BRANCHES)
    return _with_the_rest(problem, through, left, first)


def _with_the_rest(
    problem: Problem, through: Sequence[Column], left: Sequence[Column], first: Optimum | None
) -> Optimum | None:
    """Search a graph among the most promising rows; the others' bounds join the certificate."""
    kept = [
        rows[_most_promising(least[rows], SECOND_LOOK)]
        for least, rows in zip(through, left, strict=True)
    ]
    found = _search(problem.kept(kept), MOST_BRANCHES)
    best = min((each for each in (found, first) if each), key=lambda each: each.cost, default=None)
    if best is None or found is None:
        everything = [np.arange(len(rows)) for rows in problem.rows]
        return _search(problem.kept(everything), MOST_BRANCHES)
    dropped = [
        int(least[out].min())
        for least, rows, keep in zip(through, left, kept, strict=True)
        if len(out := np.setdiff1d(rows, keep))
    ]
    return replace(best, bound=min([best.cost, found.bound, *dropped]))


def _is_tree(problem: Problem) -> bool:
    return all(len(places) <= 1 for places in problem.after)


def _most_promising(least: Column, most: int) -> Column:
    if len(least) <= most:
        return np.arange(len(least))
    return np.sort(np.argpartition(least, most)[:most])


def _search(problem: Problem, most_branches: int) -> Optimum | None:
    root = _look(problem)
    heap: list[tuple[int, int, Problem, _Look]] = [(root.bound, 0, problem, root)]
    best: Optimum | None = None
    serial = 0
    while heap and serial < most_branches and not (best and heap[0][0] >= best.cost):
        _, _, node, look = heappop(heap)
        picks = tuple(rows[0] for rows in look.picked)
        crowded = _crowded(node, picks)
        best = best if crowded else _better(best, node, picks)
        for branch in _branches(node, look, crowded):
            serial += 1
            again = _look(branch)
            heappush(heap, (again.bound, serial, branch, again))
    if best is None:
        return None
    bound = min([best.cost, *(entry[0] for entry in heap[:1])])
    return Optimum(picks=best.picks, cost=best.cost, bound=bound)


def _better(best: Optimum | None, node: Problem, picks: tuple[int, ...]) -> Optimum:
    cost = node.cost(picks)
    if best and best.cost <= cost:
        return best
    return Optimum(picks=picks, cost=cost, bound=0)


def _branches(node: Problem, look: _Look, crowded: Sequence[int]) -> Iterator[Problem]:
    torn = next((task for task, rows in enumerate(look.picked) if len(set(rows)) > 1), None)
    if torn is not None:
        picked = sorted(set(look.picked[torn]))
        for row in picked:
            yield from _only(node, torn, node.rows[torn] == row)
        yield from _only(node, torn, ~np.isin(node.rows[torn], picked))
        return
    stays = [node]
    for task in crowded:  # one of them must leave: the first, or the second while the first stays
        row = look.picked[task][0]
        for problem in stays:
            yield from _only(problem, task, problem.rows[task] != row)
        stays = [
            one for problem in stays for one in _only(problem, task, problem.rows[task] == row)
        ]


def _only(node: Problem, task: int, mask: Mask) -> Iterator[Problem]:
    if mask.any():
        masks = [np.ones(len(rows), dtype=np.bool_) for rows in node.rows]
        masks[task] = mask
        yield node.kept(masks)


def _crowded(node: Problem, picks: Sequence[int]) -> Sequence[int]:
    """Find the tasks on one row whose minutes together do not fit; none where all do."""
    on: dict[int, list[int]] = {}
    for task, row in enumerate(picks):
        on.setdefault(row, []).append(task)
    for row, tasks in on.items():
        here = np.array([row])
        needed = sum(int(node.coop.minutes(here, node.tasks[task].quantity)[0]) for task in tasks)
        if len(tasks) > 1 and needed > int(node.coop.columns["free_minutes"][row]):
            return tasks
    return ()


def _look(problem: Problem) -> _Look:
    """Solve with a copy of each task for each place its output goes to: exact on trees."""
    value: list[Column] = []
    choice: dict[tuple[int, int], Column] = {}
    for task, node in enumerate(problem.node):
        total = node.copy()
        for source in problem.before[task]:
            part = shared(value[source], problem.after[source], task)
            least, choice[source, task] = _least(problem, source, task, part)
            total += least
        value.append(total)
    return _walk_back(problem, value, choice)


def _least(problem: Problem, source: int, task: int, value: Column) -> tuple[Column, Column]:
    here, there = problem.rows[source], problem.rows[task]
    step = max(1, BLOCK // len(here))
    least, chosen = [], []
    for start in range(0, len(there), step):
        block = there[start : start + step]
        ways = problem.coop.road_minutes(here, block) * problem.road_won + value[:, None]
        chosen.append(ways.argmin(axis=0))
        least.append(ways.min(axis=0))
    return np.concatenate(least), np.concatenate(chosen)


def _walk_back(
    problem: Problem, value: Sequence[Column], choice: dict[tuple[int, int], Column]
) -> _Look:
    last = len(problem.tasks) - 1
    end = int(value[last].argmin())
    at: list[list[int]] = [[] for _ in problem.tasks]
    at[last].append(end)
    for task in range(last, -1, -1):
        for source in problem.before[task]:
            at[source].append(int(choice[source, task][at[task][0]]))
    picked = tuple(
        tuple(int(problem.rows[task][place]) for place in places) for task, places in enumerate(at)
    )
    return _Look(int(value[last][end]), picked)

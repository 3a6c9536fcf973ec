"""
Three alternatives that differ (cheap, fast, near), with the reason for each step.

cheap  least money: prices, expected remaking, fair share, the road
fast   the same, and each minute of work on the longest way through the order costs;
       which way is the longest depends on who works, so it is sought in rounds
near   the same, with the road ten times as dear

An alternative that repeats an earlier one is sought again with the members used
there made dearer, until it differs or there is no other way. One that then is no
faster, or no nearer, than the cheapest is not offered. Its gap says how far it is
from the optimum of its own weights: 0 where it is that optimum.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dure.kernel.reason import Reason
from dure.match.engine.coop import Column, Coop
from dure.match.engine.need import Task, in_order
from dure.match.engine.optimum import Optimum, optimum
from dure.match.engine.problem import BP, Problem, pose
from dure.match.engine.sieve import able, blocking
from dure.match.engine.weights import Weights, weights

ROUNDS = 4
DEARER = (500, 1500, 4000)  # basis points on members used before, tried in turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """
    One task given to one member. skill: the place of its capability among those given.

    able: how many members could have done it. road_minutes: from the members before it.
    """

    task: str
    member: int
    skill: int
    price: int
    minutes: int
    road_minutes: int
    able: int
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """
    A cluster that could make the need.

    price: what its members ask together. longest_minutes: work, rest and road on the longest
    way. cost, bound: of its own weights.
    """

    label: str
    choices: tuple[Choice, ...]
    price: int
    longest_minutes: int
    road_minutes: int
    cost: int
    bound: int

    @property
    def gap_bp(self) -> int:
        """How far from the certified optimum at most, in basis points, rounded up."""
        return -(-(self.cost - self.bound) * BP // self.bound) if self.bound else 0

    def members(self) -> tuple[int, ...]:
        """Give the member of each task, in the tasks' order."""
        return tuple(choice.member for choice in self.choices)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The alternatives that were found, or the reasons why there is none."""

    alternatives: tuple[Alternative, ...]
    blocking: tuple[Reason, ...]


def alternatives(
    coop: Coop, tasks: Sequence[Task], *, fair_bp: int, labels: Sequence[str] = ()
) -> Answer:
    """
    Give up to three clusters that differ, the cheapest first.

    Raises Refused for a graph that is none. A task that nobody can do, or members whose
    minutes do not suffice, is an answer without alternatives that says what would have to give.
    """
    ordered = in_order(tasks)
    rows = [able(coop, task) for task in ordered]
    stuck = [task for task, found in zip(ordered, rows, strict=True) if not len(found)]
    if stuck:
        return Answer(alternatives=(), blocking=tuple(blocking(coop, task) for task in stuck))
    search = Search(coop=coop, tasks=ordered, rows=rows, fair_bp=fair_bp)
    found: list[Alternative] = []
    for label in labels or weights():
        found.extend(search.another(weights()[label], found))
    if not found:
        return Answer(alternatives=(), blocking=(Reason("match.no_free_time_together"),))
    return Answer(alternatives=tuple(found), blocking=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """The search for the alternatives of one need: the members' rows that pass the filter."""

    coop: Coop
    tasks: tuple[Task, ...]
    rows: Sequence[Column]
    fair_bp: int

    def another(self, weight: Weights, found: Sequence[Alternative]) -> Iterator[Alternative]:
        """Give the alternative of some weights, made to differ from those found, if it can be."""
        best = self._best(weight)
        if best is None:
            return
        hurried, proven = best
        own = self._posed(weight, hurried)
        used = [each.members() for each in found]
        for points in (0, *DEARER):
            dearer = self._dearer(found, points)
            solved = optimum(self._posed(weight, hurried, dearer)) if points else proven
            if solved and self._members(solved.picks) not in used:
                cost = own.cost(solved.picks)
                made = self._alternative(weight.label, solved.picks, cost, proven.bound)
                yield from [made] if _is_what_it_says(made, found) else []
                return

    def _best(self, weight: Weights) -> tuple[frozenset[str], Optimum] | None:
        """Give the optimum, and the tasks hurried for it: the round with the shortest way."""
        solved = optimum(self._posed(weight, frozenset()))
        if solved is None:
            return None
        hurried: frozenset[str] = frozenset()
        rounds = [(self._longest(solved.picks)[0], 0, hurried, solved)]
        for turn in range(1, ROUNDS if weight.minute else 0):
            more = hurried | self._longest(solved.picks)[1]
            again = optimum(self._posed(weight, more))
            if more == hurried or again is None:
                break
            hurried, solved = more, again
            rounds.append((self._longest(solved.picks)[0], turn, hurried, solved))
        _, _, hurried, solved = min(rounds, key=lambda each: each[:2])
        return hurried, solved

    def _posed(
        self,
        weight: Weights,
        hurried: frozenset[str],
        dearer: Mapping[str, Mapping[int, int]] | None = None,
    ) -> Problem:
        return pose(
            self.coop,
            self.tasks,
            self.rows,
            weight,
            fair_bp=self.fair_bp,
            hurried=hurried,
            dearer=dearer,
        )

    def _dearer(self, found: Sequence[Alternative], points: int) -> dict[str, dict[int, int]]:
        return {
            task.code: {
                int(row): points
                for each in found
                for row in self._rows_of(each.members()[place], place)
            }
            for place, task in enumerate(self.tasks)
        }

    def _rows_of(self, member: int, place: int) -> Column:
        rows = self.rows[place]
        return rows[self.coop.at("member", rows) == member]

    def _members(self, picks: Sequence[int]) -> tuple[int, ...]:
        return tuple(int(self.coop.columns["member"][row]) for row in picks)

    def _minutes(self, picks: Sequence[int]) -> list[int]:
        return [
            int(self.coop.minutes(np.array([row]), task.quantity)[0])
            for task, row in zip(self.tasks, picks, strict=True)
        ]

    def _roads(self, picks: Sequence[int]) -> list[dict[int, int]]:
        """Give for each task the minutes on the road from each task before it."""
        place = {task.code: number for number, task in enumerate(self.tasks)}
        return [
            {
                place[code]: int(
                    self.coop.road_minutes(np.array([picks[place[code]]]), np.array([row]))[0, 0]
                )
                for code in task.after
            }
            for task, row in zip(self.tasks, picks, strict=True)
        ]

    def _longest(self, picks: Sequence[int]) -> tuple[int, frozenset[str]]:
        """Give the minutes of the longest way through the order, and the tasks on it."""
        minutes, roads = self._minutes(picks), self._roads(picks)
        ends: list[int] = []
        came: list[int | None] = []
        for place, before in enumerate(roads):
            arrivals = {
                source: ends[source] + self.tasks[source].rest_minutes + road
                for source, road in before.items()
            }
            last = max(arrivals, key=lambda source: (arrivals[source], -source), default=None)
            came.append(last)
            ends.append(minutes[place] + (arrivals[last] if last is not None else 0))
        way: list[str] = []
        at: int | None = len(self.tasks) - 1
        while at is not None:
            way.append(self.tasks[at].code)
            at = came[at]
        return ends[-1], frozenset(way)

    def _alternative(self, label: str, picks: Sequence[int], cost: int, bound: int) -> Alternative:
        roads = self._roads(picks)
        choices = tuple(
            self._choice(place, row, sum(roads[place].values())) for place, row in enumerate(picks)
        )
        return Alternative(
            label=label,
            choices=choices,
            price=sum(choice.price for choice in choices),
            longest_minutes=self._longest(picks)[0],
            road_minutes=sum(choice.road_minutes for choice in choices),
            cost=cost,
            bound=bound,
        )

    def _choice(self, place: int, row: int, road_minutes: int) -> Choice:
        task, here = self.tasks[place], np.array([row])
        return Choice(
            task=task.code,
            member=int(self.coop.columns["member"][row]),
            skill=int(self.coop.origin[row]),
            price=int(self.coop.price(here, task.quantity)[0]),
            minutes=int(self.coop.minutes(here, task.quantity)[0]),
            road_minutes=road_minutes,
            able=self._able(place),
            reason=self._reason(place, row),
        )

    def _able(self, place: int) -> int:
        """Count the members able to do a task: its rows stand in the order of members."""
        return 1 + int(np.count_nonzero(np.diff(self.coop.at("member", self.rows[place]))))

    def _reason(self, place: int, row: int) -> Reason:
        """Say in one line why this member: the first thing in which nobody able is better."""
        task, rows = self.tasks[place], self.rows[place]
        here = rows == row
        if len(rows) == 1:
            return Reason("match.only_one")
        told = {"able": self._able(place)}
        for code, measure in (
            ("match.least_price", self.coop.price(rows, task.quantity)),
            ("match.least_minutes", self.coop.minutes(rows, task.quantity)),
            ("match.least_work_so_far", self.coop.at("share_bp", rows)),
            ("match.fewest_failures", self.coop.at("fails_bp", rows)),
        ):
            if measure.min() < measure.max() and measure[here][0] == measure.min():
                return Reason(code, told)
        return Reason("match.best_together", told)


def _is_what_it_says(made: Alternative, found: Sequence[Alternative]) -> bool:
    if not found:
        return True
    cheapest = found[0]
    if made.label == "fast":
        return made.longest_minutes < cheapest.longest_minutes
    return made.road_minutes <= cheapest.road_minutes

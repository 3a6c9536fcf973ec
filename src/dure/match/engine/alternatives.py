"""
Three alternatives that differ (cheap, fast, near), with the reason for each lot.

cheap  least money: prices, expected remaking, fair share, the road
fast   the same, and each minute on the longest ways through the order costs
near   the same, with the road five times as dear

Each differs from each before it in at least a third of its lots: where the optimum of its
weights does not, the optimum of all that do is sought. One that then is no faster, or no
nearer, than the cheapest is not offered. Its gap says how far it is from the certified
optimum of its own weights among what differs: 0 where it is that optimum.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dure.kernel.reason import Reason
from dure.match.engine.coop import Coop
from dure.match.engine.need import Need, Task
from dure.match.engine.optimum import Optimum, hurried, optimum
from dure.match.engine.problem import BP, Problem, pose, split
from dure.match.engine.sieve import Sieve, blocking
from dure.match.engine.weights import weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """
    One lot of a task given to one member. skill: the place of its capability among those given.

    able: how many members could have done it. road_minutes: from the members before it.
    way_parts: the parts of 64 with which its minutes weigh.
    """

    task: str
    lot: int
    quantity: int
    member: int
    skill: int
    price: int
    minutes: int
    road_minutes: int
    able: int
    reason: Reason
    way_parts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """
    A cluster that could make the need.

    price: what its members ask together. longest_minutes: work, rest and road on the longest
    way. cost, bound: of its own weights. ways: the codes of the tasks on each way on which
    minutes weigh, and its parts of 64.
    """

    label: str
    choices: tuple[Choice, ...]
    price: int
    longest_minutes: int
    road_minutes: int
    cost: int
    bound: int
    ways: tuple[tuple[tuple[str, ...], int], ...] = ()

    @property
    def gap_bp(self) -> int:
        """How far from the certified optimum at most, in basis points, rounded up."""
        return -(-(self.cost - self.bound) * BP // self.bound) if self.bound else 0

    def members(self) -> tuple[int, ...]:
        """Give the member of each lot, in the tasks' order."""
        return tuple(choice.member for choice in self.choices)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The alternatives that were found, or the reasons why there is none."""

    alternatives: tuple[Alternative, ...]
    blocking: tuple[Reason, ...]


def alternatives(coop: Coop, need: Need, labels: Sequence[str] = ()) -> Answer:
    """
    Give up to three clusters that differ, the cheapest first.

    A task that nobody can do, or members whose minutes do not suffice, is an answer without
    alternatives that says what would have to give.
    """
    sieve = Sieve(coop, need)
    lots = [_lots(sieve, task) for task in need.tasks]
    if stuck := [reason for reason in lots if isinstance(reason, Reason)]:
        return Answer(alternatives=(), blocking=tuple(stuck))
    counts = [count for count in lots if isinstance(count, int)]
    wanted = labels or tuple(weights())
    problem = pose(coop, need, weights()[wanted[0]], counts, sieve)
    return _Search(coop, need, problem).answer(wanted)


class _Search:
    def __init__(self, coop: Coop, need: Need, problem: Problem) -> None:
        self.coop, self.need, self.problem = coop, need, problem
        self.picks: list[tuple[int, ...]] = []
        self.found: list[Alternative] = []

    def answer(self, labels: Sequence[str]) -> Answer:
        for label in labels:
            posed = self.problem.weighed(weights()[label])
            if posed.minute_won:
                begin = self.picks[0] if self.picks else _fastest(posed)
                posed = hurried(posed, begin)
            solved = self._differing(posed)
            if solved is None and not self.found:
                return Answer(alternatives=(), blocking=(self._together(),))
            if solved is not None:
                self._add(label, posed, solved)
        return Answer(alternatives=tuple(self.found), blocking=())

    def _differing(self, posed: Problem) -> Optimum | None:
        """Give the optimum of what differs enough from all alternatives that were found."""
        solved = optimum(posed, self.picks)
        if solved is None or not self.picks:
            return solved
        other = posed.differing([posed.members(picks) for picks in self.picks])
        return solved if other.allows(solved.picks) else optimum(other)

    def _add(self, label: str, posed: Problem, solved: Optimum) -> None:
        made = self._alternative(label, posed, solved)
        if not self.found or _is_what_it_says(made, self.found[0]):
            self.picks.append(solved.picks)
            self.found.append(made)

    def _together(self) -> Reason:
        """
        Say which of the rules between lots would have to give: the first that, alone, is enough.

        Where no single one is, all lots want more of the same machines than there is.
        """
        problem = self.problem
        for region, most in problem.caps.items():
            without = {each: cap for each, cap in problem.caps.items() if each != region}
            if optimum(replace(problem, caps=without)):
                return Reason(
                    "match.region_full", {"most": most, "region": problem.places.regions[region]}
                )
        for task in sorted({problem.slots[u].task for u, _ in problem.lots}):
            others = tuple(pair for pair in problem.lots if problem.slots[pair[0]].task != task)
            if optimum(replace(problem, lots=others)):
                return Reason("match.too_few_firms_together", {"step": self.need.tasks[task].code})
        return Reason("match.no_free_time_together", {"steps": self._crowded()})

    def _crowded(self) -> str:
        """Name the steps that want the same machines: of one process where that is enough."""
        problem = self.problem
        process = [self.need.tasks[slot.task].process for slot in problem.slots]
        alone = [
            name
            for name in sorted({process[u] for u, _ in problem.same})
            if optimum(
                replace(
                    problem, same=tuple(pair for pair in problem.same if process[pair[0]] != name)
                )
            )
        ]
        shared = {
            at for pair in problem.same for at in pair if process[at] in alone[:1] or not alone
        }
        return ", ".join(
            dict.fromkeys(self.need.tasks[problem.slots[at].task].code for at in sorted(shared))
        )

    def _alternative(self, label: str, posed: Problem, solved: Optimum) -> Alternative:
        roads = posed.roads(solved.picks)
        order = sorted(range(len(posed.slots)), key=lambda at: (posed.slots[at].task, at))
        lot: dict[int, int] = {}
        choices = []
        for at in order:
            task = posed.slots[at].task
            lot[task] = lot.get(task, 0) + 1
            choices.append(
                self._choice(posed, at, solved.picks[at], lot[task], sum(roads[at].values()))
            )
        codes = [self.need.tasks[slot.task].code for slot in posed.slots]
        return Alternative(
            label=label,
            choices=tuple(choices),
            price=sum(choice.price for choice in choices),
            longest_minutes=posed.longest(solved.picks)[0],
            road_minutes=sum(choice.road_minutes for choice in choices),
            cost=solved.cost,
            bound=solved.bound,
            ways=tuple((tuple(codes[at] for at in way), n) for way, n in posed.flow.ways),
        )

    def _choice(self, posed: Problem, at: int, pick: int, lot: int, road: int) -> Choice:
        slot = posed.slots[at]
        task = self.need.tasks[slot.task]
        return Choice(
            task=task.code,
            lot=lot,
            quantity=slot.quantity,
            member=int(slot.member[pick]),
            skill=int(self.coop.shelf(task.process).columns["origin"][slot.rows[pick]]),
            price=int(slot.spent[pick]),
            minutes=int(slot.minutes[pick]),
            road_minutes=road,
            able=_able(slot.member),
            reason=self._reason(posed, at, pick),
            way_parts=posed.flow.at[at],
        )

    def _reason(self, posed: Problem, at: int, pick: int) -> Reason:
        """Say in one line why this member: the first thing in which nobody able is better."""
        slot = posed.slots[at]
        task = self.need.tasks[slot.task]
        told = {"able": _able(slot.member)}
        if task.only_new:
            return Reason("match.trial_work", told)
        if len(slot) == 1:
            return Reason("match.only_one")
        shelf = self.coop.shelf(task.process)
        who = shelf.at("who", slot.rows)
        for code, measure in (
            ("match.least_price", slot.spent),
            ("match.least_minutes", slot.minutes),
            ("match.least_work_so_far", self.coop.members.share_bp[who]),
            ("match.fewest_failures", shelf.at("fails_bp", slot.rows)),
        ):
            if measure.min() < measure.max() and measure[pick] == measure.min():
                return Reason(code, told)
        return Reason("match.best_together", told)


def _lots(sieve: Sieve, task: Task) -> int | Reason:
    """Give into how many lots a task goes: as few as can be; or the reason why it goes nowhere."""
    reason: Reason | None = None
    for count in range(task.firms_least, max(task.firms_least, task.lots_most) + 1):
        if count > task.quantity:
            break
        sizes = set(split(task.quantity, count))
        members = sieve.coop.shelf(task.process).columns["member"]
        firms = min(_able(members[sieve.ask(task, size)[1]]) for size in sizes)
        if firms >= count:
            return count
        if reason is None:
            few = Reason(
                "match.too_few_firms_blocks", {"step": task.code, "firms": firms, "least": count}
            )
            reason = few if firms else blocking(sieve.coop, sieve.need, task, max(sizes))
    if reason is None:
        return Reason(
            "match.too_few_pieces",
            {"step": task.code, "quantity": task.quantity, "least": task.firms_least},
        )
    return reason


def _is_what_it_says(made: Alternative, cheapest: Alternative) -> bool:
    if made.label == "fast":
        return made.longest_minutes < cheapest.longest_minutes
    return made.road_minutes < cheapest.road_minutes


def _able(members: np.ndarray) -> int:
    """Count members: they stand in order."""
    return 1 + int(np.count_nonzero(np.diff(members))) if len(members) else 0


def _fastest(posed: Problem) -> tuple[int, ...]:
    return tuple(int(slot.minutes.argmin()) for slot in posed.slots)

"""What a plan costs, part by part, in the weights that members can see."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from dure.plan.engine.problem import Problem, Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The parts of the goal, each in its own unit; `total` weighs them."""

    tardiness: int  # weighted minutes late
    transport: int  # minutes on the road between operations
    setup: int  # minutes of set-up
    cost: int
    change: int  # operations that do not stand as published
    evenness: int  # minutes of work above even shares
    makespan: int
    total: int


def score(problem: Problem, slots: Sequence[Slot]) -> Score:
    """Work out every part for the jobs that are planned; jobs without a place cost nothing here."""
    done = {job: problem.finish(job, own) for job, own in _by_job(slots).items()}
    whole = {job for job, own in _by_job(slots).items() if _is_whole(problem, job, own)}
    tardiness = sum(
        problem.jobs[job].weight * max(0, done[job] - problem.jobs[job].due) for job in whole
    )
    parts = {
        "tardiness": tardiness,
        "transport": _transport(problem, slots),
        "setup": _setup(problem, slots),
        "cost": _cost(problem, slots),
        "change": _change(problem, slots),
        "evenness": _above_shares(problem, slots),
    }
    goal = problem.goal
    makespan = max((done[job] for job in whole), default=0)
    weighed = sum(getattr(goal, part) * amount for part, amount in parts.items())
    return Score(**parts, makespan=makespan, total=makespan if goal.makespan else weighed)


def _by_job(slots: Iterable[Slot]) -> Mapping[int, list[Slot]]:
    by_job: dict[int, list[Slot]] = defaultdict(list)
    for slot in slots:
        by_job[slot.job].append(slot)
    return by_job


def _is_whole(problem: Problem, job: int, own: Sequence[Slot]) -> bool:
    return len(own) == len(problem.jobs[job].operations)


def _transport(problem: Problem, slots: Iterable[Slot]) -> int:
    if not problem.transport:
        return 0
    machine = {(slot.job, slot.operation): slot.machine for slot in slots}
    return sum(
        problem.transport[problem.machines[machine[job, before]].site][problem.machines[here].site]
        for (job, operation), here in machine.items()
        for before in problem.jobs[job].operations[operation].after
        if (job, before) in machine
    )


def _setup(problem: Problem, slots: Iterable[Slot]) -> int:
    by_machine: dict[int, list[Slot]] = defaultdict(list)
    for slot in slots:
        by_machine[slot.machine].append(slot)
    total = 0
    for number, own in by_machine.items():
        machine = problem.machines[number]
        if machine.setups is None:
            continue
        own.sort(key=lambda slot: slot.start)
        families = [problem.jobs[slot.job].operations[slot.operation].family for slot in own]
        if machine.family is not None:
            families.insert(0, machine.family)
        total += sum(problem.setups[machine.setups][a][b] for a, b in pairwise(families))
    return total


def _cost(problem: Problem, slots: Iterable[Slot]) -> int:
    if not problem.goal.cost:
        return 0
    return sum(
        way.cost
        for slot in slots
        for way in problem.jobs[slot.job].operations[slot.operation].alternatives
        if way.machine == slot.machine
    )


def _change(problem: Problem, slots: Iterable[Slot]) -> int:
    stands = {(slot.job, slot.operation): (slot.machine, slot.start) for slot in slots}
    return sum(
        stands.get((old.job, old.operation)) != (old.machine, old.start)
        for old in problem.published
    )


def _above_shares(problem: Problem, slots: Iterable[Slot]) -> int:
    """Minutes of work that sites have above their even shares of all there is to do."""
    if not problem.goal.evenness:
        return 0
    return sum(
        max(0, load - share)
        for load, share in zip(loads(problem, slots), problem.even_shares(), strict=True)
    )


def loads(problem: Problem, slots: Iterable[Slot]) -> tuple[int, ...]:
    """Give the minutes of work that each site has; work that no way is known of by its length."""
    found = [0] * problem.sites
    for slot in slots:
        ways = problem.jobs[slot.job].operations[slot.operation].alternatives
        known = (way.minutes for way in ways if way.machine == slot.machine)
        found[problem.machines[slot.machine].site] += next(known, slot.end - slot.start)
    return tuple(found)

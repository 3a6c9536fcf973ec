"""
What each weight of fair share costs (공평의 값): the frontier that members vote on.

Needs are given out one after the other, each to the cluster that is cheapest under the weight;
what members got so far weighs in the next. Of each weight it is told what all needs cost more than
without it, and how much of the work the ten busiest members have.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from dure.match.engine.alternatives import Alternative, alternatives
from dure.match.engine.coop import Coop
from dure.match.engine.need import Need, Task
from dure.match.engine.problem import BP, WAY, pose
from dure.match.engine.weights import weights

BUSIEST = 10
LONGEST, SHORTEST = 5, 3  # steps of a simulated need
USUAL_LOT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """All needs given out: what they cost in won, the ten busiest's part of the steps, and more."""

    cost: int
    steps: int
    busiest_bp: int
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """
    One weight, in basis points.

    extra_bp: what all needs cost more than with no weight. busiest_bp: the ten busiest's part of
    the steps. members: how many have work.
    """

    weight_bp: int
    extra_bp: int
    busiest_bp: int
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier:
    """
    What each weight costs, over so many needs, as it was found on a day.

    given, tried: the steps accepted until then, and those of all given out that were trial work.
    """

    on: date
    needs: int
    given: int
    tried: int
    is_simulated: bool
    points: tuple[Point, ...]


def frontier(coop: Coop, needs: Sequence[Need], weights_bp: Sequence[int]) -> tuple[Point, ...]:
    """Give a point for no weight and for each of some weights, the least first."""
    usual = given_out(coop, needs, 0)
    if not usual.steps:
        return ()
    points = []
    for weight in sorted({0, *weights_bp}):
        given = given_out(coop, needs, weight) if weight else usual
        extra = (given.cost - usual.cost) * BP // usual.cost
        points.append(
            Point(
                weight_bp=weight,
                extra_bp=extra,
                busiest_bp=given.busiest_bp,
                members=given.members,
            )
        )
    return tuple(points)


def given_out(coop: Coop, needs: Sequence[Need], fair_bp: int) -> Given:
    """Give needs out one after the other; those that nobody can make are left out."""
    had = np.zeros(len(coop.members.number), dtype=np.int64)
    cost = 0
    for each in needs:
        need = replace(each, fair_bp=fair_bp)
        found = alternatives(_with_shares(coop, had), need, ("cheap",)).alternatives
        if found:
            cost += _cost(coop, replace(need, fair_bp=0), found[0])
            for choice in found[0].choices:
                had[coop.members.place[choice.member]] += 1
    steps = int(had.sum())
    busiest = int(np.sort(had)[-BUSIEST:].sum())
    return Given(
        cost=cost // WAY,
        steps=steps,
        busiest_bp=busiest * BP // steps if steps else 0,
        members=int((had > 0).sum()),
    )


def simulated(coop: Coop, count: int, seed: int) -> tuple[Need, ...]:
    """Make needs by chance: short chains of processes that two members or more have."""
    chance = np.random.default_rng(seed)
    known = [name for name, shelf in sorted(coop.shelves.items()) if len(shelf) > 1]
    return tuple(Need(tasks=tuple(_chain(coop, known, chance))) for _ in range(count * bool(known)))


def _chain(coop: Coop, known: Sequence[str], chance: np.random.Generator) -> Iterator[Task]:
    for place in range(int(chance.integers(SHORTEST, LONGEST + 1))):
        process = known[int(chance.integers(len(known)))]
        columns = coop.shelf(process).columns
        row = int(chance.integers(len(columns["member"])))
        least, most = int(columns["lot_min"][row]), int(columns["lot_max"][row])
        yield Task(
            code=f"step-{place + 1}",
            process=process,
            quantity=min(max(USUAL_LOT, least), most),
            after=(f"step-{place}",) if place else (),
        )


def _with_shares(coop: Coop, had: np.ndarray) -> Coop:
    whole = int(had.sum())
    share = had * len(had) * BP // whole if whole else had
    return replace(coop, members=replace(coop.members, share_bp=share))


def _cost(coop: Coop, need: Need, found: Alternative) -> int:
    """Give what a cluster costs without the weight, in parts of a won."""
    lots = [sum(choice.task == task.code for choice in found.choices) for task in need.tasks]
    problem = pose(coop, need, weights()["cheap"], lots)
    skills: dict[tuple[str, int], list[int]] = {}
    for choice in found.choices:
        skills.setdefault((choice.task, choice.quantity), []).append(choice.skill)
    picks = []
    for slot in problem.slots:
        task = need.tasks[slot.task]
        origin = coop.shelf(task.process).columns["origin"][slot.rows]
        skill = skills[task.code, slot.quantity].pop()
        picks.append(int(np.flatnonzero(origin == skill)[0]))
    return problem.cost(picks)

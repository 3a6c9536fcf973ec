"""
Repair a plan after something happened: keep what still holds, move as little as possible.

The problem says how things are now: calendars after the breakdown, releases after the
delay, pinned the work that has started, is frozen, or was refused to be moved. What of
the old plan breaks a rule is loosened, with the steps of the same job behind it, and
goes into the first gap where its job ends earliest. Everything else stays.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from dure.plan.engine.budget import Budget
from dure.plan.engine.plan import Plan
from dure.plan.engine.problem import Problem, Slot
from dure.plan.engine.solve import Floor, Way
from dure.plan.engine.unbroken import exists, unbroken, with_followers


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One operation that stands elsewhere than it stood; None: it has no place in that plan."""

    old: Slot | None
    new: Slot | None

    @property
    def later(self) -> int:
        """By how many minutes it ends later (earlier: less than 0)."""
        return self.new.end - self.old.end if self.old and self.new else 0


def repair(
    problem: Problem,
    published: Sequence[Slot],
    *,
    seed: int,
    budget: Budget | None = None,
    way: Way = "auto",
) -> Plan:
    """
    Give a plan of the problem as it is now that differs from the published one where it must.

    With a budget it is then made better, each operation that moves costing what the
    goal's `change` says.
    """
    standing = tuple(slot for slot in published if exists(problem, slot))
    kept = unbroken(problem, standing)
    floor = Floor(replace(problem, published=standing), seed=seed, way=way)
    floor.keep_standing(kept)
    plan = floor.best()
    behind = _behind_the_missing(problem, kept, plan.unplanned) if plan.unplanned else ()
    if behind:
        floor = Floor(replace(problem, published=standing), seed=seed, way=way)
        floor.keep_standing([slot for slot in kept if (slot.job, slot.operation) not in behind])
    if budget is not None:
        floor.improve(budget)
    return floor.best() if behind or budget is not None else plan


def moves(old: Iterable[Slot], new: Iterable[Slot]) -> tuple[Move, ...]:
    """Give what differs between two plans, in order of job and operation."""
    before = {(slot.job, slot.operation): slot for slot in old}
    after = {(slot.job, slot.operation): slot for slot in new}
    return tuple(
        Move(old=before.get(key), new=after.get(key))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    )


def _behind_the_missing(
    problem: Problem, kept: Sequence[Slot], unplanned: Collection[int]
) -> set[tuple[int, int]]:
    """Give what stands in the way of a step that stood nowhere: the steps behind it, if loose."""
    known = {(slot.job, slot.operation) for slot in (*kept, *problem.pinned)}
    missing = {
        (job, step)
        for job in unplanned
        for step in range(len(problem.jobs[job].operations))
        if (job, step) not in known
    }
    return with_followers(problem, missing) & {(slot.job, slot.operation) for slot in kept}

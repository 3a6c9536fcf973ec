"""
Promise a date (capable-to-promise): the earliest at which a new job can be done, all else kept.

Nothing that stands moves. The date is honest where the plan is: without events the new
job ends when it was promised, because its place is in the plan.
"""

from dataclasses import dataclass, replace

from dure.kernel.reason import Reason
from dure.plan.engine.budget import Steps
from dure.plan.engine.plan import Plan
from dure.plan.engine.problem import Job, Problem, Slot
from dure.plan.engine.solve import Way, solve
from dure.plan.engine.why import reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """When a job can be done, the slots it takes, and what the time goes into."""

    minute: int
    slots: tuple[Slot, ...]
    reasons: tuple[Reason, ...]


def promise(
    problem: Problem,
    kept: tuple[Slot, ...],
    job: Job,
    *,
    seed: int,
    steps: int = 64,
    way: Way = "auto",
) -> Promise | Reason:
    """
    Find the earliest end of a new job among kept work; a Reason where there is none.

    The job is wanted at once: its due date does not make the promise later.
    """
    new = len(problem.jobs)
    wanted = replace(job, due=job.release, weight=max(1, job.weight))
    whole = replace(problem, jobs=(*problem.jobs, wanted), pinned=kept)
    plan: Plan = solve(whole, seed=seed, budget=Steps(steps), way=way)
    if new in plan.unplanned:
        return plan.unplanned[new]
    judged = replace(whole, jobs=(*problem.jobs, job))
    return Promise(
        minute=judged.finish(new, plan.slots),
        slots=plan.of_job(new),
        reasons=reasons(judged, plan.slots, new),
    )

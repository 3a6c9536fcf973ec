"""Draft a version of a plan: pose, solve, have it checked, store it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection

from dure.journal.public import next_number
from dure.journal.services import tell
from dure.kernel.time import Instant
from dure.plan import models
from dure.plan.bridge import plans
from dure.plan.engine import facts
from dure.plan.engine.budget import Steps
from dure.plan.engine.check import check
from dure.plan.engine.fanning import done_by
from dure.plan.engine.plan import Plan
from dure.plan.engine.posed import Key, Placed, Posed
from dure.plan.engine.posing import Work
from dure.plan.engine.problem import Slot
from dure.plan.engine.repair import repair
from dure.plan.engine.solve import solve
from dure.plan.services import explaining

STEPS = 256
PLANNING = 4_700_417  # the name of the lock under which drafts are made one after the other


def one_at_a_time() -> None:
    """Wait until no other plan is being drafted: two quotes must not promise one machine twice."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [PLANNING])


def best_plan(posed: Posed, seed: int, steps: int = STEPS) -> Plan:
    """Plan a posed order anew. Raises Unproven where the checker refuses what the kernel made."""
    plan = solve(posed.problem, seed=seed, budget=Steps(steps))
    check(posed.problem, plan.slots, unplanned=tuple(plan.unplanned))
    return plan


def repaired_plan(posed: Posed, seed: int, steps: int = 0) -> Plan:
    """
    Plan posed orders so that little moves from where their problem has them published.

    With steps it is then made better, where that is worth what moves. Not checked yet: what
    stands frozen may have been in the way.
    """
    budget = Steps(steps) if steps else None
    with done_by(settings.DURE_FAN_OUT):
        return repair(posed.problem, posed.problem.published, seed=seed, budget=budget)


def replay(row: models.Plan | models.Scenario) -> bytes:
    """Make a stored version again from its inputs; the bytes are those of its body."""
    posed, seed, steps = plans.read_inputs(bytes(row.inputs))
    again = repaired_plan if posed.problem.published else best_plan
    return again(posed, seed, steps).body()


def store_draft(
    posed: Posed,
    plan: Plan,
    works: Mapping[Key, Work],
    *,
    request: UUID | None,
    at: Instant,
    **more: object,
) -> models.Plan:
    """Store a plan version as a draft, with more of its columns."""
    number = next_number("plan")
    row, slots = plans.plan_row(posed, plan, works, number=number, request=request, at=at)
    row.remedies = explaining.remedies_of(posed, plan)
    for name, value in more.items():
        setattr(row, name, value)
    tell(
        row,
        facts.PLAN_DRAFTED,
        at=at,
        payload={
            "lower_bound": plan.lower_bound,
            "objective": plan.objective,
            "request": request,
            "seed": plan.seed,
            "steps": plan.steps,
        },
        number=number,
        digest=row.digest,
        state=models.Plan.State.DRAFT,
    )
    models.Slot.objects.bulk_create(slots)
    return row


def retire(plan_id: UUID, state: models.Plan.State, at: Instant) -> None:
    """Say that a version is replaced, or a draft dropped."""
    row = models.Plan.objects.get(id=plan_id)
    if row.state != state:
        tell(row, facts.PLAN_RETIRED, at=at, state=state)


def leaves(posed: Posed, slots: Sequence[Slot], order: UUID) -> Instant:
    """Give the instant at which all of an order is done."""
    return posed.instant(posed.problem.finish(posed.job(order), slots))


def ready(work: Work, placed: Placed) -> Instant:
    """Give the instant at which what a step made may leave."""
    return placed.ends + timedelta(minutes=work.dwell)

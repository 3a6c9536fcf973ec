"""What-if: the office changes a copy of the book, sees what would be, and publishes nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from dure.journal.public import next_number
from dure.journal.services import tell
from dure.kernel.errors import DureError, Malformed
from dure.kernel.fact import Fact
from dure.kernel.time import Instant
from dure.plan import models
from dure.plan.bridge import book, plans, reading
from dure.plan.engine import facts, scenario
from dure.plan.engine.check import check
from dure.plan.engine.plan import Plan
from dure.plan.engine.posed import Key, Posed
from dure.plan.engine.posing import Book
from dure.plan.services import drafting, standing
from dure.plan.services.promising import leaves_by

STEPS = 512
MOST_CHANGES = 20
Scenario = models.Scenario


@transaction.atomic
def ask_scenario(name: str, changes: Sequence[Mapping[str, Any]], at: Instant) -> models.Scenario:
    """Ask what would be if; the worker plans it. Raises Malformed for what makes no sense."""
    if not 0 < len(changes) <= MOST_CHANGES:
        raise Malformed("plan.bad_changes", most=MOST_CHANGES)
    row = Scenario(changes=list(changes), made_at=at)
    _changed(_book(standing.whole_book(at, found={}), at), row)
    tell(
        row,
        facts.SCENARIO_ASKED,
        at=at,
        payload={"changes": row.changes},
        number=next_number("scenario"),
        name=name,
        state=Scenario.State.ASKED,
    )
    return row


def plan_scenario(fact: Fact, at: Instant) -> None:
    """Plan the book as it is and as it would be, and compare; follows ScenarioAsked."""
    row = Scenario.objects.get(id=fact.aggregate_id)
    standings = standing.whole_book(at, found={})
    known = _book(standings, at)
    try:
        base = _planned(book.posed(known, at), standings, row.number)
        posed, plan = _planned(book.posed(_changed(known, row), at), standings, row.number)
    except DureError as no:  # said on the page: the book has moved, or the change makes no sense
        row.reasons = reading.reasons_body((no.reason,))
        tell(row, facts.SCENARIO_PLANNED, at=at, state=Scenario.State.IMPOSSIBLE)
        return
    before, after = scenario.figures(*base), scenario.figures(posed, plan)
    row.inputs, row.body = plans.inputs_of(posed, plan), plan.body()
    row.figures = {
        "before": before.as_json(),
        "after": after.as_json(),
        "orders": _orders(standings, before, after),
    }
    row.reasons = reading.reasons_body(scenario.compared(before, after))
    digest = plans.digest(row.inputs, row.body)
    tell(row, facts.SCENARIO_PLANNED, at=at, digest=digest, state=Scenario.State.PLANNED)


def _book(standings: Sequence[standing.Standing], at: Instant) -> Book:
    if not standings:
        raise Malformed("plan.nothing_to_plan")
    return book.read_book(
        [known.task(at) for known in standings],
        apart=standing.apart(standings, is_change=True),
        at=at,
        stands=[each for known in standings for each in known.stands],
    )


def _changed(known: Book, row: models.Scenario) -> Book:
    return scenario.changed(known, _known(row), leaves_by=leaves_by)


def _known(row: models.Scenario) -> list[dict[str, Any]]:
    """Name orders as the planner does, by their requests."""
    requests = {
        str(order): str(request)
        for order, request in models.Order.objects.values_list("id", "request_id")
    }
    return [
        {**change, "order": requests.get(change["order"], "")} if "order" in change else change
        for change in row.changes
    ]


def _planned(base: Posed, standings: Sequence[standing.Standing], seed: int) -> tuple[Posed, Plan]:
    """Plan with everything free to move that is not a fact: what could be."""
    stands = [each for known in standings for each in known.stands]
    fixed: set[Key] = {key for known in standings for key in known.fixed}
    posed = base.standing(stands, fixed=fixed)
    plan = drafting.repaired_plan(posed, seed, STEPS)
    check(posed.problem, plan.slots, unplanned=tuple(plan.unplanned))
    return posed, plan


def _orders(
    standings: Sequence[standing.Standing], before: scenario.Figures, after: scenario.Figures
) -> list[dict[str, Any]]:
    numbers = {known.request: known for known in standings}
    return [
        {
            "order_number": known.order.number if known and known.order else 0,
            "quote_number": known.quote.number if known else 0,
            "before": _iso(before.leaves.get(request)),
            "after": _iso(leaves),
        }
        for request, leaves in after.leaves.items()
        for known in [numbers.get(request)]
    ]


def _iso(instant: Instant | None) -> str:
    return instant.isoformat() if instant else ""

"""What other rooms may ask about orders: the orders, their job orders, who hands over to whom."""

from uuid import UUID

from django.db.models import QuerySet

from dure.kernel.errors import NotFound
from dure.plan import models
from dure.plan.bridge import events, reading
from dure.plan.engine.events import Change, FreeTime, Incident, Scenario
from dure.plan.engine.values import HandOver, JobOrder, Milestone, Order, Place, Proposal, Quote

__all__ = [
    "Change",
    "FreeTime",
    "HandOver",
    "Incident",
    "JobOrder",
    "Milestone",
    "Order",
    "Place",
    "Proposal",
    "Quote",
    "Scenario",
]


def quote_of(request_id: UUID) -> Quote:
    """Give the latest quote of a request; raises NotFound before there is one."""
    row = models.Quote.objects.filter(request_id=request_id).order_by("-number").first()
    if row is None:
        raise NotFound("plan.no_quote")
    return reading.read_quote(row)


def quotes(*, limit: int = 200) -> tuple[Quote, ...]:
    """Give the quotes that the actor may see, newest first."""
    return tuple(
        reading.read_quote(row) for row in models.Quote.objects.order_by("-number")[:limit]
    )


def open_orders(*, limit: int = 200) -> tuple[Order, ...]:
    """Give the orders that the actor may see and that are not done, newest first."""
    return tuple(each for each in orders(limit=limit) if each.done < len(each.milestones))


def orders(*, limit: int = 200) -> tuple[Order, ...]:
    """Give the orders that the actor may see, newest first."""
    rows = models.Order.objects.select_related("quote").order_by("-number")[:limit]
    return tuple(reading.read_order(row) for row in rows)


def order(order_id: UUID) -> Order:
    """Give one order; raises NotFound where the actor may not see it."""
    row = models.Order.objects.select_related("quote").filter(id=order_id).first()
    if row is None:
        raise NotFound("plan.no_order")
    return reading.read_order(row)


def order_of_request(request_id: UUID) -> Order | None:
    """Give the order that a request became."""
    row = models.Order.objects.select_related("quote").filter(request_id=request_id).first()
    return reading.read_order(row) if row else None


def job_orders_of(order_id: UUID) -> tuple[JobOrder, ...]:
    """Give an order's job orders that the actor may see, in the order of its steps."""
    rows = _standing_job_orders().filter(order_id=order_id).order_by("place")
    return tuple(reading.read_job_order(row) for row in rows)


def job_orders(*, limit: int = 500) -> tuple[JobOrder, ...]:
    """Give the job orders that the actor may see, the latest orders first."""
    rows = _standing_job_orders().order_by("-order_number", "place")[:limit]
    return tuple(reading.read_job_order(row) for row in rows)


def _standing_job_orders() -> QuerySet[models.JobOrder]:
    return models.JobOrder.objects.exclude(state=models.JobOrder.State.WITHDRAWN)


def job_order(job_order_id: UUID) -> JobOrder:
    """Give one job order; raises NotFound where the actor may not see it."""
    row = models.JobOrder.objects.filter(id=job_order_id).first()
    if row is None:
        raise NotFound("plan.no_job_order")
    return reading.read_job_order(row)


def proposals(*, limit: int = 200) -> tuple[Proposal, ...]:
    """Give the proposals that the actor may see, newest first."""
    rows = models.Proposal.objects.order_by("-number")[:limit]
    return tuple(reading.read_proposal(row) for row in rows)


def proposal(proposal_id: UUID) -> Proposal:
    """Give one proposal; raises NotFound where the actor may not see it."""
    row = models.Proposal.objects.filter(id=proposal_id).first()
    if row is None:
        raise NotFound("plan.no_proposal")
    return reading.read_proposal(row)


def changes(*, limit: int = 50) -> tuple[Change, ...]:
    """Give the changes of plans that the actor may see, newest first; the office sees all."""
    rows = models.Plan.objects.filter(is_change=True).order_by("-number")[:limit]
    return tuple(events.read_change(row) for row in rows)


def change(plan_id: UUID) -> Change:
    """Give one change; raises NotFound where the actor may not see it."""
    row = models.Plan.objects.filter(id=plan_id, is_change=True).first()
    if row is None:
        raise NotFound("plan.no_draft")
    return events.read_change(row)


def incidents(*, open_only: bool = False, limit: int = 100) -> tuple[Incident, ...]:
    """Give the incidents that the actor may see, newest first."""
    rows = models.Incident.objects.order_by("-number")
    if open_only:
        rows = rows.filter(state=models.Incident.State.OPEN)
    return tuple(events.read_incident(row) for row in rows[:limit])


def incident(incident_id: UUID) -> Incident:
    """Give one incident; raises NotFound where the actor may not see it."""
    row = models.Incident.objects.filter(id=incident_id).first()
    if row is None:
        raise NotFound("plan.no_incident")
    return events.read_incident(row)


def scenarios(*, limit: int = 50) -> tuple[Scenario, ...]:
    """Give the scenarios that the actor may see, newest first; only the office has any."""
    rows = models.Scenario.objects.order_by("-number")[:limit]
    return tuple(events.read_scenario(row) for row in rows)


def scenario(scenario_id: UUID) -> Scenario:
    """Give one scenario; raises NotFound where the actor may not see it."""
    row = models.Scenario.objects.filter(id=scenario_id).first()
    if row is None:
        raise NotFound("plan.no_scenario")
    return events.read_scenario(row)


def free_time() -> tuple[FreeTime, ...]:
    """Give what is published and stands, as far as the actor may see: a firm its own."""
    rows = models.FreeTime.objects.filter(is_open=True).order_by("process", "capability_id")
    return tuple(events.read_free_time(row) for row in rows)


def frozen_hours() -> int:
    """Say how many hours ahead nothing moves by itself."""
    row = models.PlanningRules.objects.first() or models.PlanningRules()
    return row.frozen_hours

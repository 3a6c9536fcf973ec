"""
Incidents: a machine stands or is not set up, material is late, a job order refused, wanted early.

Whom it happens to tells it, or the office does. The worker then drafts a change of the
whole book that moves as little as possible; where nothing has to move, there is none.
"""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from dure.journal.public import next_number
from dure.journal.services import tell
from dure.kernel.errors import Malformed, NotFound, Refused
from dure.kernel.fact import Fact
from dure.kernel.ids import FirmId
from dure.kernel.reason import Reason
from dure.kernel.time import Instant
from dure.match import public as match
from dure.members import public as members
from dure.plan import models
from dure.plan.engine import facts
from dure.plan.services import changing
from dure.plan.services.replanning import Wish
from dure.stack.tenancy import current_actor

Incident, JobOrder, Order = models.Incident, models.JobOrder, models.Order
RUSH_STEPS = 512
"""How long to look for what makes a rush order earlier and moves little else."""


def stand_still(
    firm: UUID,
    machines: Sequence[UUID],
    *,
    starts: Instant,
    until: Instant,
    at: Instant,
    cause: str = Incident.Kind.BREAKDOWN,
    note: str = "",
) -> models.Incident:
    """
    Say that machines of a firm stand still for a time: broken, or nobody there to run them.

    Where nobody is there to set them up (cause: setter) they go on with what they do, and all
    machines at their sites are meant. Raises NotFound for a machine that is not the firm's,
    Malformed for a time that is over.
    """
    known = {each.id: each.site for each in members.equipment(firm)}
    if not machines or not set(machines) <= known.keys():
        raise NotFound("plan.no_machine")
    if cause == Incident.Kind.SETTER:
        sites = {known[machine] for machine in machines}
        machines = [machine for machine, site in known.items() if site in sites]
    row = Incident(
        kind=Incident.Kind(cause),
        equipment_ids=list(machines),
        starts=starts,
        until=until,
        note=note,
    )
    return _tell(row, firm, at)


def firm_of(machines: Sequence[UUID]) -> UUID:
    """
    Give whose machines they are, as far as the actor may see.

    Raises NotFound for strays, Refused for machines of two firms: each is an incident of its own.
    """
    owners = {each.firm for each in members.equipment() if each.id in machines}
    if len(owners) > 1:
        raise Refused("plan.machines_of_two_firms")
    if not owners:
        raise NotFound("plan.no_machine")
    return owners.pop()


def wait_for(
    job_order_id: UUID, *, until: Instant, at: Instant, is_refusal: bool = False, note: str = ""
) -> models.Incident:
    """
    Say that a job order cannot begin before an instant: material is late, or its firm refuses.

    Raises Refused once it has begun.
    """
    row = JobOrder.objects.filter(id=job_order_id).first()
    if row is None:
        raise NotFound("plan.no_job_order")
    if row.state != row.State.RELEASED:
        raise Refused("plan.begun_already", number=row.number)
    incident = Incident(
        kind=Incident.Kind.REFUSAL if is_refusal else Incident.Kind.MATERIAL,
        order_id=row.order_id,
        job_order_id=row.id,
        step=row.step,
        starts=at,
        until=until,
        note=note,
    )
    return _tell(incident, row.firm_id, at)


def rush(order_id: UUID, *, until: Instant, at: Instant, note: str = "") -> models.Incident:
    """Want an order by an instant, before others. What makes room must agree to it."""
    row = Order.objects.filter(id=order_id).first()
    if row is None:
        raise NotFound("plan.no_order")
    actor = current_actor()
    makers = match.cluster(row.cluster_id).members if row.cluster_id else ()
    members.check_not_recused(actor, makers)
    incident = Incident(kind=Incident.Kind.RUSH, order_id=row.id, starts=at, until=until, note=note)
    firm = actor.firm
    assert firm, "the office acts for the cooperative"
    return _tell(incident, firm, at)


@transaction.atomic
def end_incident(incident_id: UUID, at: Instant) -> models.Incident:
    """Say that something is over: the machine runs, the material is there."""
    row = Incident.objects.filter(id=incident_id).first()
    if row is None:
        raise NotFound("plan.no_incident")
    if row.state != row.State.OPEN:
        raise Refused("plan.over_already", number=row.number)
    tell(row, facts.INCIDENT_OVER, at=at, parties=[row.firm_id], state=row.State.OVER)
    return row


def replan(fact: Fact, at: Instant) -> None:
    """Draft a change of the book; follows IncidentTold."""
    draft_for(fact.aggregate_id, at)


def draft_for(incident_id: UUID, at: Instant) -> models.Plan | None:
    """Draft what has to move because of an incident; None where nothing has to, or it is over."""
    row = Incident.objects.get(id=incident_id)
    return changing.draft_change(_wish(row), at) if row.state == row.State.OPEN else None


def replan_after(fact: Fact, at: Instant) -> None:
    """Draft a change that was open anew, without what is over; follows IncidentOver."""
    row = Incident.objects.get(id=fact.aggregate_id)
    if changing.is_under_way():
        cause = Reason("plan.because_over", {"number": row.number})
        changing.draft_change(Wish(cause=(cause,), firm=FirmId(row.firm_id)), at)


def replan_hours(fact: Fact, at: Instant) -> None:
    """Draft what no longer fits a firm's hours, or who sets up there; follows CalendarSet."""
    for firm in fact.parties:
        rows = JobOrder.objects.filter(firm_id=firm, state=JobOrder.State.RELEASED)
        if orders := frozenset(rows.values_list("order_id", flat=True)):
            cause = Reason("plan.because_hours", _named(firm))
            changing.draft_change(Wish(cause=(cause,), firm=FirmId(firm), orders=orders), at)


def cause_of(row: models.Incident) -> Reason:
    """Say in words what happened: to the firm that it concerns, and to the office."""
    told: dict[str, str | int] = {"until": row.until.isoformat()}
    if row.equipment_ids:
        codes = {each.id: each.code for each in members.equipment(row.firm_id)}
        told["machine"] = ", ".join(codes.get(machine, "") for machine in row.equipment_ids)
        told |= _named(row.firm_id)
    if row.job_order_id:
        told["step"] = JobOrder.objects.get(id=row.job_order_id).name
    if row.kind == row.Kind.RUSH and row.order_id:
        told["number"] = Order.objects.get(id=row.order_id).number
    return Reason(f"plan.because_{row.kind}", told)


def _named(firm: UUID) -> dict[str, str]:
    """Name whose machines or hours it is about, in both languages: codes are not the house's."""
    known = members.firm(firm)
    return {"firm": known.name, "firm_en": known.name_en or known.name}


def _wish(row: models.Incident) -> Wish:
    if row.kind != row.Kind.RUSH or row.order_id is None:
        return Wish(cause=(cause_of(row),), firm=row.firm_id)
    return Wish(cause=(cause_of(row),), thaws=True, steps=RUSH_STEPS)


@transaction.atomic
def _tell(row: models.Incident, firm: UUID, at: Instant) -> models.Incident:
    if row.until <= max(row.starts, at):
        raise Malformed("plan.over_before_it_began")
    row.told_at = at
    tell(
        row,
        facts.INCIDENT_TOLD,
        at=at,
        parties=[firm],
        payload={
            "equipment": row.equipment_ids,
            "job_order": row.job_order_id,
            "note": row.note,
            "order": row.order_id,
            "step": row.step,
        },
        number=next_number("incident"),
        firm_id=firm,
        kind=row.kind,
        starts=row.starts,
        until=row.until,
        state=Incident.State.OPEN,
    )
    return row

"""
Handing over: a member gives a job order back, and another takes its step over.

The job order stands until then: it is withdrawn in the moment in which the other's is released.
The step is put where it can be done earliest; what else has to move is asked of its members, and
the buyer hears of a promise that cannot be kept.
"""

from dataclasses import replace
from uuid import UUID

from django.db import transaction

from dure.journal.public import next_number
from dure.journal.services import tell
from dure.kernel.errors import NotFound, Refused
from dure.kernel.fact import Fact
from dure.kernel.reason import Reason
from dure.kernel.time import Instant
from dure.match import public as match
from dure.plan import models
from dure.plan.bridge import reading
from dure.plan.engine import facts
from dure.plan.services import changing, drafting, ordering, standing
from dure.plan.services.replanning import Replanned, Wish, plan_again
from dure.plan.services.standing import Standing

JobOrder = models.JobOrder


@transaction.atomic
def give_back(job_order_id: UUID, *, at: Instant, note: str = "") -> models.JobOrder:
    """
    Say that one cannot do a job order at all: others are asked, and until then it stands.

    Raises Refused once it has begun, or was given back already.
    """
    row = JobOrder.objects.filter(id=job_order_id).first()
    if row is None:
        raise NotFound("plan.no_job_order")
    if row.state != row.State.RELEASED:
        raise Refused("plan.begun_already", number=row.number)
    if row.given_back:
        raise Refused("plan.given_back_already", number=row.number)
    told = {"cluster": row.cluster_id, "note": note, "order": row.order_id, "step": row.step}
    parties = [row.firm_id]
    tell(row, facts.JOB_ORDER_GIVEN_BACK, at=at, parties=parties, payload=told, given_back=True)
    return row


def take_over(fact: Fact, at: Instant) -> None:
    """Withdraw a job order, and release its step to who took it over; follows StepTakenOver."""
    order, left = _left(fact)
    if left is None or left.state != left.State.RELEASED:
        return  # its firm began after all: then it makes the step
    drafting.one_at_a_time()
    _end_refusals(left, at)
    wish = Wish(cause=(Reason("plan.because_taken_over", {"step": left.name}),), firm=left.firm_id)
    known = standing.standing_order(order.id, at)
    again = plan_again([_without(known, left.step)], wish, at, is_change=False)
    changing.begin_anew(known, again, wish, at)
    if known.request in again.stuck:
        return
    told = {"order": order.id, "step": left.step}
    withdrawn = JobOrder.State.WITHDRAWN
    tell(
        left,
        facts.JOB_ORDER_WITHDRAWN,
        at=at,
        parties=[left.firm_id],
        payload=told,
        state=withdrawn,
    )
    _release(known, again, left, at)
    changing.propose(known, again, wish, at)


def say_nobody_would(fact: Fact, at: Instant) -> None:
    """Tell the buyer that nobody would take a step over; follows StepLeftOpen."""
    order, left = _left(fact)
    if left is None or left.state != left.State.RELEASED:
        return
    order.reasons = reading.reasons_body([Reason("plan.nobody_takes_over", {"step": left.name})])
    told = {"expected_on": None, "reasons": order.reasons}
    tell(order, facts.PROMISE_AT_RISK, at=at, parties=[order.buyer_id], payload=told)


def _end_refusals(left: models.JobOrder, at: Instant) -> None:
    """Let what a firm said of when it can no longer hold up a step that another makes."""
    told = models.Incident.objects.filter(job_order_id=left.id, kind=models.Incident.Kind.REFUSAL)
    for row in told.filter(state=models.Incident.State.OPEN).order_by("number"):
        tell(row, facts.INCIDENT_OVER, at=at, parties=[row.firm_id], state=row.State.OVER)


def _left(fact: Fact) -> tuple[models.Order, models.JobOrder | None]:
    order = models.Order.objects.get(request_id=UUID(str(fact.payload["request"])))
    rows = JobOrder.objects.filter(order_id=order.id, step=fact.payload["step"], given_back=True)
    return order, rows.exclude(state=JobOrder.State.WITHDRAWN).first()


def _without(known: Standing, step: str) -> Standing:
    """Let a step stand nowhere: its maker is another now."""
    return replace(
        known,
        stands=tuple(each for each in known.stands if each.step != step),
        rows={name: row for name, row in known.rows.items() if name != step},
    )


def _release(known: Standing, again: Replanned, left: models.JobOrder, at: Instant) -> None:
    order = known.order
    assert order, "a job order is an order's"
    assert order.cluster_id, "a quote is made of a cluster"
    cluster = match.cluster(order.cluster_id)
    given = next(each for each in cluster.assignments if each.step == left.step)
    work = next(work for work in known.works if work.step == left.step)
    placed = {key[1]: each for key, each in again.placed.items()}
    row = ordering.job_order_row(order, left.place, work, given)
    row.good = left.good
    ordering.lay_hand_overs(row, order, known.works, placed)
    ordering.tell_job_order(
        row,
        facts.JOB_ORDER_RELEASED,
        at,
        number=next_number("job_order"),
        firm_id=work.firm,
        quantity=known.quantities[left.step],
        equipment_id=placed[left.step].machine,
        starts=placed[left.step].starts,
        ends=placed[left.step].ends,
        state=JobOrder.State.RELEASED,
    )

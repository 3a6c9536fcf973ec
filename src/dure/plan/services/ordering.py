"""Job orders: released in writing when an order is accepted; started and done as make tells."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from dure.journal.public import next_number
from dure.journal.services import tell
from dure.kernel.fact import Fact, FactKind
from dure.kernel.time import Instant
from dure.match import public as match
from dure.members import public as members
from dure.plan import models
from dure.plan.bridge import book, plans
from dure.plan.engine import facts
from dure.plan.engine.posed import Placed
from dure.plan.engine.posing import Work
from dure.plan.engine.values import HandOver
from dure.plan.services import drafting

MINUTE = timedelta(minutes=1)


def release_job_orders(fact: Fact, at: Instant) -> None:
    """Release each step's job order in writing to its member; follows OrderAccepted."""
    order = models.Order.objects.get(id=fact.aggregate_id)
    assert order.cluster_id, "a quote is made of a cluster"
    cluster, need = match.cluster(order.cluster_id), match.need(order.request_id)
    works = book.read_works(cluster.assignments, need)
    plan = models.Plan.objects.get(id=order.plan_id)
    placed = plans.read_placed(plan.slots.all(), order.request_id)
    told = {"moved": [], "order": order.id, "order_number": order.number}
    firms = {work.firm for work in works}
    released = models.Plan.State.RELEASED
    if plan.state == plan.State.DRAFT:  # the buyer's yes is what approves it
        tell(plan, facts.PLAN_APPROVED, at=at, state=plan.State.APPROVED)
    tell(plan, facts.PLAN_PUBLISHED, at=at, parties=firms, payload=told, state=released)
    for place, (work, given) in enumerate(zip(works, cluster.assignments, strict=True)):
        row = job_order_row(order, place, work, given)
        lay_hand_overs(row, order, works, placed)
        tell_job_order(
            row,
            facts.JOB_ORDER_RELEASED,
            at,
            number=next_number("job_order"),
            firm_id=work.firm,
            quantity=given.quantity,
            equipment_id=placed[work.step].machine,
            starts=placed[work.step].starts,
            ends=placed[work.step].ends,
            state=models.JobOrder.State.RELEASED,
        )


def note_started(fact: Fact, at: Instant) -> None:
    """Note that a step was started, and shift its bar to when it was; follows JobStarted."""
    row = _job_order(fact)
    if row.state == row.State.RELEASED:
        length = row.ends - row.starts
        ends = max(row.ends, at + MINUTE) if at < row.ends else at + length
        tell(
            row,
            facts.JOB_ORDER_STARTED,
            at=at,
            parties=[row.firm_id],
            starts=at,
            ends=ends,
            state=row.State.STARTED,
        )


def note_finished(fact: Fact, at: Instant) -> None:
    """Note that a step is done; follows JobFinished."""
    row = _job_order(fact)
    if row.state == row.State.DONE:
        return
    row.starts = min(row.starts, at - MINUTE)
    tell(row, facts.JOB_ORDER_DONE, at=at, parties=[row.firm_id], ends=at, state=row.State.DONE)
    order = models.Order.objects.select_for_update().get(id=row.order_id)
    shown = [
        each | {"is_done": each["is_done"] or each["step"] == row.step} for each in order.milestones
    ]
    models.Order.objects.filter(id=order.id).update(milestones=shown)


def tell_job_order(row: models.JobOrder, kind: FactKind, at: Instant, **sets: Any) -> None:
    """Tell a job order's firm what is asked of it, all of it in the fact: it is the paper."""
    tell(
        row,
        kind,
        at=at,
        parties=[row.firm_id],
        payload={field: getattr(row, field) for field in kind.fields},
        **sets,
    )


def lay_hand_overs(
    row: models.JobOrder,
    order: models.Order,
    works: Sequence[Work],
    placed: Mapping[str, Placed],
) -> None:
    """Write into a job order from whom it receives and to whom it hands over, and when."""
    by_step = {work.step: work for work in works}
    own = by_step[row.step]
    behind = [work for work in works if row.step in work.after]
    row.receives = [
        _hand_over(before, by_step[before].firm, drafting.ready(by_step[before], placed[before]))
        for before in own.after
    ]
    leaves = drafting.ready(own, placed[row.step])
    row.hands_over = [_hand_over(work.step, work.firm, leaves) for work in behind] or [
        _hand_over("", order.buyer_id, leaves)
    ]


def _hand_over(step: str, firm_id: UUID, at: Instant) -> dict[str, object]:
    firm = members.firm(firm_id)
    value = HandOver(step=step, firm=firm.id, firm_name=firm.name, firm_name_en=firm.name_en, at=at)
    return dict(value.as_json())


def job_order_row(
    order: models.Order, place: int, work: Work, given: match.Assignment
) -> models.JobOrder:
    """Give the row of a job order, not stored yet; its audited columns are told."""
    return models.JobOrder(
        order_id=order.id,
        order_number=order.number,
        cluster_id=order.cluster_id,
        firm_id=given.firm,
        place=place,
        step=given.step,
        name=given.name,
        name_en=given.name_en,
        family=work.family,
        good=given.good,
        unit=given.unit,
        price=given.price,
    )


def _job_order(fact: Fact) -> models.JobOrder:
    return models.JobOrder.objects.get(id=UUID(str(fact.payload["job_order"])))

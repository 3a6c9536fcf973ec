"""Quotes: what an order costs and when it leaves, and the buyer's yes to it."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction

from dure.journal.public import next_number
from dure.journal.services import tell
from dure.kernel.errors import NotFound, Refused
from dure.kernel.fact import Fact
from dure.kernel.money import Won, percent
from dure.kernel.reason import Reason
from dure.kernel.time import Instant, seoul_date
from dure.match import public as match
from dure.members import public as members
from dure.plan import models
from dure.plan.bridge import book, reading
from dure.plan.engine import facts
from dure.plan.engine.plan import Plan
from dure.plan.engine.posed import Posed
from dure.plan.engine.posing import Task, Work
from dure.plan.engine.why import chain, minutes_by_cause
from dure.plan.services import drafting, standing
from dure.plan.services.promising import leaves_by, promised_on
from dure.sense import public as sense


def compose_quote(fact: Fact, at: Instant) -> None:
    """Compose a formed cluster's quote; follows ClusterFormed."""
    compose(fact.aggregate_id, at)


def compose(cluster_id: UUID, at: Instant) -> models.Quote:
    """
    Compose a cluster's quote: price, promised date, reasons, and a hold on its machines.

    Where the work cannot be done at all the quote says why, and holds nothing.
    """
    cluster = match.cluster(cluster_id)
    request, need = sense.request(cluster.request), match.need(cluster.request)
    drafting.one_at_a_time()
    waits = book.materials_at(need, at)
    works = book.read_works(cluster.assignments, need, not_before=waits)
    due = leaves_by(request.terms.due)
    task = Task(order=request.id, works=works, release=at, due=due)
    apart = book.Apart(requests=frozenset({request.id}))
    posed = book.read_posed_anew(task, apart=apart, at=at)
    plan = drafting.best_plan(posed, request.number)
    keyed = {(request.id, work.step): work for work in works}
    draft = drafting.store_draft(posed, plan, keyed, request=request.id, at=at)
    row = _quote_row(request, cluster, draft, at)
    if 0 in plan.unplanned:
        _tell(row, at, _impossible(posed, plan), None)
        return row
    row.leaves_at = drafting.leaves(posed, plan.slots, request.id)
    row.milestones = milestones(posed, plan, works, need)
    promised = promised_on(row.leaves_at)
    _tell(row, at, reasons(posed, plan, request.terms.due), promised)
    return row


@transaction.atomic
def accept_quote(quote_id: UUID, *, buyer: UUID, at: Instant) -> models.Order:
    """
    Make an order of a quote, at its price and for its date.

    Raises Refused where it no longer stands: its machines may be promised to others.
    """
    row = models.Quote.objects.filter(id=quote_id, buyer_id=buyer).first()
    if row is None:
        raise NotFound("plan.no_quote")
    if row.state != models.Quote.State.OPEN or row.valid_until < at:
        raise Refused("plan.quote_not_open", number=row.number, state=row.state)
    order = _order_row(row, at)
    tell(row, facts.QUOTE_ACCEPTED, at=at, payload={"order": order.id}, state=row.State.ACCEPTED)
    tell(
        order,
        facts.ORDER_ACCEPTED,
        at=at,
        parties=[row.buyer_id],
        payload={"cluster": row.cluster_id, "quote": row.id, "request": row.request_id},
        number=next_number("order"),
        buyer_id=row.buyer_id,
        price=row.price,
        promised_on=row.promised_on,
        quantity=row.quantity,
        state=models.Order.State.ACCEPTED,
    )
    return order


def expire_quotes(at: Instant) -> int:
    """Let quotes go that nobody accepted in time: their machines are free; gives how many."""
    late = models.Quote.objects.filter(state=models.Quote.State.OPEN, valid_until__lt=at)
    rows = list(late.select_for_update(skip_locked=True).order_by("number"))
    for row in rows:
        expire_quote(row, Reason("plan.nobody_accepted"), at)
    return len(rows)


def expire_quote(row: models.Quote, why: Reason, at: Instant) -> None:
    """Say that a quote no longer stands, and why; what it held is free."""
    row.reasons = reading.reasons_body((why,))
    tell(
        row,
        facts.QUOTE_EXPIRED,
        at=at,
        parties=[row.buyer_id],
        payload={"reasons": row.reasons},
        state=row.State.EXPIRED,
    )
    drafting.retire(row.plan_id, models.Plan.State.DROPPED, at)


def milestones(
    posed: Posed, plan: Plan, works: Sequence[Work], need: sense.Need
) -> list[dict[str, object]]:
    """Give the steps as the buyer sees them: what, and by which date."""
    placed = {each.step: each for each in posed.placed(plan.slots)}
    return [
        {
            "step": work.step,
            "name": need.step(work.step).name,
            "name_en": need.step(work.step).name_en,
            "by": seoul_date(drafting.ready(work, placed[work.step])).isoformat(),
            "is_done": False,
        }
        for work in works
    ]


def reasons(posed: Posed, plan: Plan, due: date) -> tuple[Reason, ...]:
    """Give what the time goes into, the longest first, and how the date stands to the wish."""
    spent = minutes_by_cause(chain(posed.problem, plan.slots, 0))
    found = [Reason(f"plan.took_{cause}", {"minutes": spent[cause]}) for cause in spent]
    day = promised_on(posed.instant(posed.problem.finish(0, plan.slots)))
    days = (day - due).days
    if days > 0:
        return Reason("plan.after_due", {"days": days, "due": due.isoformat()}), *found
    return Reason("plan.by_due", {"days": -days, "due": due.isoformat()}), *found


def why_late(
    posed: Posed, plan: Plan, request: UUID, due: date, stuck: Reason | None
) -> tuple[Reason, ...]:
    """Give why an order would miss its date: what holds it, or what its time goes into."""
    if stuck is not None:
        return (Reason("plan.pinned_cannot_wait"),)
    job = posed.job(request)
    spent = minutes_by_cause(chain(posed.problem, plan.slots, job))
    day = promised_on(posed.instant(posed.problem.finish(job, plan.slots)))
    late = Reason("plan.promise_late", {"days": (day - due).days})
    return late, *(Reason(f"plan.took_{cause}", {"minutes": spent[cause]}) for cause in spent)


def _impossible(posed: Posed, plan: Plan) -> tuple[Reason, ...]:
    why = plan.unplanned[0]
    step = why.parameters.get("operation")
    named = posed.orders[0][1][step] if isinstance(step, int) else ""
    return (Reason(why.code + "_step" if named else why.code, {"step": named}),)


def _quote_row(
    request: sense.Request, cluster: match.Cluster, draft: models.Plan, at: Instant
) -> models.Quote:
    work = Won(sum(each.price for each in cluster.assignments))
    materials = request.band.materials if request.band else Won(0)
    return models.Quote(
        request_id=request.id,
        cluster_id=cluster.id,
        plan_id=draft.id,
        quantity=request.terms.quantity,
        band_low=request.band.low if request.band else None,
        band_high=request.band.high if request.band else None,
        work=work,
        materials=materials,
        fee=percent(work, members.bylaws().fee_basis_points),
        due=request.terms.due,
        buyer_id=request.buyer,
        composed_at=at,
        valid_until=at + timedelta(days=standing.rules().hold_days),
    )


def _tell(
    row: models.Quote, at: Instant, reasons: tuple[Reason, ...], promised: date | None
) -> None:
    row.reasons = reading.reasons_body(reasons)
    state = row.State.OPEN if promised else row.State.IMPOSSIBLE
    tell(
        row,
        facts.QUOTE_COMPOSED,
        at=at,
        parties=[row.buyer_id],
        payload={
            "band": [row.band_low, row.band_high],
            "cluster": row.cluster_id,
            "fee": row.fee,
            "materials": row.materials,
            "plan": row.plan_id,
            "reasons": row.reasons,
            "request": row.request_id,
            "valid_until": row.valid_until,
            "work": row.work,
        },
        number=next_number("quote"),
        buyer_id=row.buyer_id,
        price=row.work + row.materials + row.fee,
        promised_on=promised,
        state=state,
    )


def _order_row(quote: models.Quote, at: Instant) -> models.Order:
    assert quote.leaves_at, "a quote that stands has its plan"
    return models.Order(
        request_id=quote.request_id,
        quote=quote,
        cluster_id=quote.cluster_id,
        plan_id=quote.plan_id,
        leaves_at=quote.leaves_at,
        reasons=quote.reasons,
        milestones=quote.milestones,
        accepted_at=at,
    )

"""
Changes: when a lot is held, fails or comes out small, the plan is repaired and proposed.

Started and done work stands as it happened; what its firm refused to move is pinned;
other orders' released work is frozen. The rest moves as little as possible, and each
firm whose job order would change is asked. Nothing changes before all have agreed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from dure.journal.public import next_number
from dure.journal.services import tell
from dure.kernel.errors import NotFound, Refused
from dure.kernel.fact import Fact
from dure.kernel.reason import Reason
from dure.kernel.time import Instant, seoul_date
from dure.match import public as match
from dure.plan import bridge, models
from dure.plan.engine import facts
from dure.plan.engine.lots import Share, left_over, shrink
from dure.plan.engine.posing import Placed, Posed, Work, end_of
from dure.plan.engine.values import Place
from dure.plan.services import drafting, ordering, quoting
from dure.sense import public as sense

HELD_FOR = timedelta(hours=4)
"""How long a held lot takes to be looked at, until somebody says more."""
ANSWER_WITHIN = timedelta(hours=24)
MINUTE = timedelta(minutes=1)

Proposal, JobOrder = models.Proposal, models.JobOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """An order as it stands: what was given to whom, its job orders, how many pieces are left."""

    order: models.Order
    works: tuple[Work, ...]
    rows: Mapping[str, models.JobOrder]
    quantities: Mapping[str, int]
    pieces: int


def propose_repair(fact: Fact, at: Instant) -> None:
    """Repair an order's plan and ask whom it touches; follows what happens to a lot."""
    row = JobOrder.objects.filter(id=UUID(str(fact.payload["job_order"]))).first()
    if row is None:
        return
    held = fact.sets.get("state") == "held"
    if held and row.state != row.State.DONE:
        row.ends = max(row.ends, at + HELD_FOR)  # kept in this transaction only
    found = {row.step: int(str(fact.sets["good"]))} if fact.kind == "LotReleased" else {}
    cause = Reason(f"plan.because_{_snake(fact.kind)}", {"step": row.name})
    _propose(row.order_id, at, cause, found=found, as_it_is={row.step: row})


def answer_proposal(proposal_id: UUID, *, agree: bool, firm: UUID, at: Instant) -> models.Proposal:
    """Agree to a change or refuse it. Refused, the job order is pinned where it stands."""
    with transaction.atomic():
        row = Proposal.objects.filter(id=proposal_id, firm_id=firm).first()
        if row is None:
            raise NotFound("plan.no_proposal")
        if row.state != row.State.OPEN:
            raise Refused("plan.answered_already", number=row.number, state=row.state)
        agree = agree and at <= row.answer_by  # silence was a refusal, without penalty
        _answer(row, agree=agree, at=at)
        return row


def expire_proposals(at: Instant) -> int:
    """Take proposals that nobody answered in time as refused, without penalty; gives how many."""
    late = Proposal.objects.filter(state=Proposal.State.OPEN, answer_by__lt=at)
    rows = list(late.select_for_update(skip_locked=True).order_by("number"))
    for row in rows:
        _answer(row, agree=False, at=at)
    return len(rows)


def _answer(row: models.Proposal, *, agree: bool, at: Instant) -> None:
    kind = facts.PROPOSAL_AGREED if agree else facts.PROPOSAL_REFUSED
    told = {"job_order": row.job_order_id, "order": row.order_id}
    state = row.State.AGREED if agree else row.State.REFUSED
    tell(row, kind, at=at, parties=[row.firm_id], payload=told, state=state)


def settle_answers(fact: Fact, at: Instant) -> None:
    """
    Once all have answered, publish the change; or plan around what was refused.

    Follows ProposalAgreed and ProposalRefused.
    """
    answered = Proposal.objects.get(id=fact.aggregate_id)
    asked = list(Proposal.objects.filter(plan_id=answered.plan_id))
    plan = models.Plan.objects.get(id=answered.plan_id)
    if plan.state != plan.State.DRAFT or any(row.state == row.State.OPEN for row in asked):
        return
    refused = [row.job_order_id for row in asked if row.state == row.State.REFUSED]
    if not refused:
        _publish(plan, _situation(answered.order_id, plan.found, {}), at)
        return
    JobOrder.objects.filter(id__in=refused).update(pinned=True)
    cause = Reason("plan.because_refused", {"count": len(refused)})
    known = _expected(answered.order_id, plan)
    _propose(answered.order_id, at, cause, found=plan.found, as_it_is=known)


def _propose(
    order_id: UUID,
    at: Instant,
    cause: Reason,
    *,
    found: Mapping[str, int],
    as_it_is: Mapping[str, models.JobOrder],
) -> None:
    drafting.one_at_a_time()
    now = _situation(order_id, found, as_it_is)
    posed = _pose_again(now, at)
    plan = drafting.repaired_plan(posed, now.order.number)
    _withdraw_open(order_id, at)
    possible = 0 not in plan.unplanned and not _comes_too_early(now)
    _warn(now, drafting.leaves(posed, plan.slots) if possible else None, cause, at)
    if not possible:
        return
    placed = {each.step: each for each in posed.placed(plan.slots)}
    touched = [row for row in now.rows.values() if _is_touched(row, placed, now.quantities)]
    if not touched:
        return
    request = now.order.request_id
    draft = drafting.store_draft(posed, plan, now.works, request=request, at=at, found=found)
    asked = [
        _ask(row, draft, placed[row.step], now.quantities[row.step], cause=cause, at=at)
        for row in touched
    ]
    if all(row.state == row.State.AGREED for row in asked):
        _publish(draft, now, at)


def _comes_too_early(now: Situation) -> bool:
    """Say whether a pinned step stands before what it needs is there: two pins are both facts."""
    by_step = {work.step: work for work in now.works}
    return any(
        drafting.ready(by_step[before], _placed(now.rows[before])) > row.starts
        for row in now.rows.values()
        if row.pinned and row.state == row.State.RELEASED
        for before in by_step[row.step].after
    )


def _expected(order_id: UUID, draft: models.Plan) -> dict[str, models.JobOrder]:
    """Give job orders under way as a draft expected them: a held lot ends later than planned."""
    ends = {slot.step: slot.ends for slot in draft.slots.all()}
    rows = {
        row.step: row
        for row in JobOrder.objects.filter(order_id=order_id, state=JobOrder.State.STARTED)
    }
    for row in rows.values():
        row.ends = max(row.ends, ends[row.step])
    return rows


def _situation(
    order_id: UUID, found: Mapping[str, int], as_it_is: Mapping[str, models.JobOrder]
) -> Situation:
    order = models.Order.objects.select_related("quote").get(id=order_id)
    assert order.cluster_id, "a quote is made of a cluster"
    assignments = match.cluster(order.cluster_id).assignments
    need = sense.need(order.request_id)
    rows = {row.step: row for row in JobOrder.objects.filter(order_id=order_id).order_by("place")}
    shares = [
        Share(step=step.code, after=step.after, quantity=row.quantity, good=row.good)
        for step in need.steps
        for row in [rows[step.code]]
    ]
    quantities = shrink(shares, found)
    return Situation(
        order=order,
        works=bridge.read_works(assignments, need, quantities),
        rows=rows | dict(as_it_is),
        quantities=quantities,
        pieces=left_over(shares, found),
    )


def _pose_again(now: Situation, at: Instant) -> Posed:
    """Pose an order as it stands: what is done or pinned as a fact, the rest as published."""
    order = now.order
    posed = bridge.read_posed_order(
        now.works,
        order=order.id,
        request=order.request_id,
        at=at,
        due=end_of(order.promised_on),
    )
    fixed = {row.step for row in now.rows.values() if row.pinned or row.state != row.State.RELEASED}
    return posed.standing([_placed(row) for row in now.rows.values()], fixed=fixed)


def _placed(row: models.JobOrder) -> Placed:
    return Placed(step=row.step, machine=row.equipment_id, starts=row.starts, ends=row.ends)


def _is_touched(
    row: models.JobOrder, placed: Mapping[str, Placed], quantities: Mapping[str, int]
) -> bool:
    if row.state != row.State.RELEASED:
        return False
    return placed[row.step] != _placed(row) or quantities[row.step] != row.quantity


def _ask(
    row: models.JobOrder,
    draft: models.Plan,
    there: Placed,
    quantity: int,
    *,
    cause: Reason,
    at: Instant,
) -> models.Proposal:
    """Propose a change to a job order's firm, unless it agreed to exactly that before."""
    old = Place(
        starts=row.starts, ends=row.ends, equipment=row.equipment_id, quantity=row.quantity
    ).as_json()
    new = Place(
        starts=there.starts, ends=there.ends, equipment=there.machine, quantity=quantity
    ).as_json()
    said = Proposal.objects.filter(job_order_id=row.id, state=Proposal.State.AGREED, new=new)
    known = said.filter(old=old).first()
    if known:
        return known
    proposal = Proposal(
        order_id=row.order_id,
        order_number=row.order_number,
        plan_id=draft.id,
        job_order_id=row.id,
        name=row.name,
        name_en=row.name_en,
        old=old,
        new=new,
        reasons=bridge.reasons_body(_diff(row, there, quantity, cause)),
        proposed_at=at,
        answer_by=at + ANSWER_WITHIN,
    )
    tell(
        proposal,
        facts.PLAN_CHANGE_PROPOSED,
        at=at,
        parties=[row.firm_id],
        payload={
            "job_order": row.id,
            "new": new,
            "old": old,
            "order": row.order_id,
            "order_number": row.order_number,
            "plan": draft.id,
            "reasons": proposal.reasons,
        },
        number=next_number("proposal"),
        firm_id=row.firm_id,
        state=Proposal.State.OPEN,
    )
    return proposal


def _diff(row: models.JobOrder, there: Placed, quantity: int, cause: Reason) -> tuple[Reason, ...]:
    """Say what a change means for one firm: only its own step, and what caused it."""
    found = [cause]
    later = int((there.starts - row.starts) // MINUTE)
    if later:
        code = "plan.starts_later" if later > 0 else "plan.starts_earlier"
        found.append(Reason(code, {"minutes": abs(later)}))
    if there.machine != row.equipment_id:
        found.append(Reason("plan.other_machine", {}))
    if quantity != row.quantity:
        found.append(Reason("plan.other_quantity", {"old": row.quantity, "new": quantity}))
    return tuple(found)


def _publish(plan: models.Plan, now: Situation, at: Instant) -> None:
    """Make a draft the order's plan: job orders change, the old version is replaced."""
    placed = bridge.read_placed(plan.slots.all())
    order = now.order
    moved = [row for row in now.rows.values() if _moves(row, placed, now)]
    told = {
        "moved": sorted(row.step for row in moved),
        "order": order.id,
        "order_number": order.number,
    }
    firms = {row.firm_id for row in moved}
    released = models.Plan.State.RELEASED
    tell(plan, facts.PLAN_PUBLISHED, at=at, parties=firms, payload=told, state=released)
    drafting.retire(order.plan_id, models.Plan.State.REPLACED, at)
    for row in moved:
        ordering.lay_hand_overs(row, order, now.works, placed)
        row.good = row.good * now.quantities[row.step] // row.quantity
        there = placed[row.step]
        ordering.tell_job_order(
            row,
            facts.JOB_ORDER_CHANGED,
            at,
            quantity=now.quantities[row.step],
            equipment_id=there.machine,
            starts=there.starts,
            ends=there.ends,
        )
    _show_buyer(order, now.works, placed, plan)


def _moves(row: models.JobOrder, placed: Mapping[str, Placed], now: Situation) -> bool:
    if row.state != row.State.RELEASED:
        return False
    order, works = now.order, now.works
    before = list(row.receives), list(row.hands_over)
    ordering.lay_hand_overs(row, order, works, placed)
    return _is_touched(row, placed, now.quantities) or before != (row.receives, row.hands_over)


def _show_buyer(
    order: models.Order,
    works: Sequence[Work],
    placed: Mapping[str, Placed],
    plan: models.Plan,
) -> None:
    by = {
        work.step: seoul_date(drafting.ready(work, placed[work.step])).isoformat() for work in works
    }
    shown = [each | {"by": by[each["step"]]} for each in order.milestones]
    last = works[-1]
    leaves_at = drafting.ready(last, placed[last.step])
    models.Order.objects.filter(id=order.id).update(
        plan_id=plan.id, milestones=shown, leaves_at=leaves_at
    )


def _warn(now: Situation, leaves_at: Instant | None, cause: Reason, at: Instant) -> None:
    """Tell the buyer where the promise cannot be kept, and why. A kept promise needs no word."""
    order = now.order
    found = [cause]
    expected = quoting.promised_on(leaves_at) if leaves_at else None
    if expected is None:
        found.append(Reason("plan.pinned_cannot_wait", {}))
    elif expected > order.promised_on:
        found.append(Reason("plan.promise_late", {"days": (expected - order.promised_on).days}))
    if now.pieces < order.quantity:
        found.append(Reason("plan.short", {"pieces": order.quantity - now.pieces}))
    if len(found) > 1:
        order.reasons = bridge.reasons_body(found)
        told = {"expected_on": expected, "reasons": order.reasons}
        tell(order, facts.PROMISE_AT_RISK, at=at, parties=[order.buyer_id], payload=told)


def _withdraw_open(order_id: UUID, at: Instant) -> None:
    """Withdraw what was asked before this happened and is not answered yet."""
    rows = Proposal.objects.filter(order_id=order_id, state=Proposal.State.OPEN)
    for row in rows.order_by("number"):
        told = {"job_order": row.job_order_id, "order": row.order_id}
        state = row.State.WITHDRAWN
        kind = facts.PROPOSAL_WITHDRAWN
        tell(row, kind, at=at, parties=[row.firm_id], payload=told, state=state)
    drafts = models.Plan.objects.filter(
        id__in=Proposal.objects.filter(order_id=order_id).values_list("plan_id", flat=True),
        state=models.Plan.State.DRAFT,
    )
    for draft in drafts.order_by("number"):
        drafting.retire(draft.id, models.Plan.State.DROPPED, at)


def _snake(kind: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in kind)[1:]

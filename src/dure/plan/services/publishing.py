"""Publishing a change: job orders move, the buyer hears of a promise in danger, old plans go."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from dure.journal.services import tell
from dure.kernel.reason import Reason
from dure.kernel.time import Instant, seoul_date
from dure.plan import models
from dure.plan.bridge import plans, reading
from dure.plan.engine import facts
from dure.plan.engine.posed import Placed
from dure.plan.engine.posing import Work
from dure.plan.services import drafting, ordering, promising, quoting, standing
from dure.plan.services.standing import Standing

Plan, Proposal = models.Plan, models.Proposal


def publish(plan: models.Plan, at: Instant) -> None:
    """Make an approved change the plan of each order in it; to be done where all have agreed."""
    slots = list(plan.slots.order_by("starts", "step"))
    for request in dict.fromkeys(slot.request_id for slot in slots):
        placed = plans.read_placed(slots, request)
        order = models.Order.objects.filter(request_id=request).first()
        if order is not None:
            found = plan.found.get(str(order.id))
            _publish_order(plan, standing.standing_order(order.id, at, found=found), placed, at)
        else:
            _move_quote(plan, request, placed, at)
    if plan.state == plan.State.APPROVED:  # nothing but quotes moved
        tell(plan, facts.PLAN_RETIRED, at=at, state=plan.State.RELEASED)


def withdraw(plan: models.Plan, at: Instant) -> None:
    """Drop a change that was asked for, and withdraw what nobody answered yet."""
    rows = Proposal.objects.filter(plan_id=plan.id, state=Proposal.State.OPEN)
    for row in rows.order_by("number"):
        told = {"job_order": row.job_order_id, "order": row.order_id}
        state = row.State.WITHDRAWN
        kind = facts.PROPOSAL_WITHDRAWN
        tell(row, kind, at=at, parties=[row.firm_id], payload=told, state=state)
    drafting.retire(plan.id, Plan.State.DROPPED, at)


def warn(known: Standing, leaves_at: Instant | None, cause: Sequence[Reason], at: Instant) -> None:
    """Tell the buyer where the promise cannot be kept, and why. A kept promise needs no word."""
    order = known.order
    assert order, "only orders are promised"
    found = list(cause)
    expected = promising.promised_on(leaves_at) if leaves_at else None
    if expected is None:
        found.append(Reason("plan.pinned_cannot_wait", {}))
    elif expected > order.promised_on:
        found.append(Reason("plan.promise_late", {"days": (expected - order.promised_on).days}))
    if known.pieces < order.quantity:
        found.append(Reason("plan.short", {"pieces": order.quantity - known.pieces}))
    if len(found) > len(cause):
        order.reasons = reading.reasons_body(found)
        told = {"expected_on": expected, "reasons": order.reasons}
        tell(order, facts.PROMISE_AT_RISK, at=at, parties=[order.buyer_id], payload=told)


def _publish_order(
    plan: models.Plan, known: Standing, placed: Mapping[str, Placed], at: Instant
) -> None:
    order = known.order
    assert order, "it is an order's"
    moved = [row for row in known.rows.values() if _moves(row, placed, known)]
    told = {
        "moved": sorted(row.step for row in moved),
        "order": order.id,
        "order_number": order.number,
    }
    firms = {row.firm_id for row in moved}
    tell(plan, facts.PLAN_PUBLISHED, at=at, parties=firms, payload=told, state=Plan.State.RELEASED)
    old = order.plan_id
    by_hand = {move["job_order"] for move in plan.moves if move["is_by_hand"]}
    for row in moved:
        ordering.lay_hand_overs(row, order, known.works, placed)
        row.good = row.good * known.quantities[row.step] // row.quantity
        there = placed[row.step]
        ordering.tell_job_order(
            row,
            facts.JOB_ORDER_CHANGED,
            at,
            quantity=known.quantities[row.step],
            equipment_id=there.machine,
            starts=there.starts,
            ends=there.ends,
            pinned=row.pinned or str(row.id) in by_hand,
        )
    leaves_at = _show_buyer(order, known.works, placed, plan)
    _retire_unused(old, at)
    if plan.request_id is None:
        warn(known, leaves_at, reading.read_reasons(_cause_for_buyer(plan)), at)


def _cause_for_buyer(plan: models.Plan) -> list[dict[str, object]]:
    """Give what a buyer reads of a change of the whole book: that, not whose machine it was."""
    return [{"code": "plan.because_elsewhere", "parameters": {}}] if plan.cause else []


def _moves(row: models.JobOrder, placed: Mapping[str, Placed], known: Standing) -> bool:
    if row.state != row.State.RELEASED:
        return False
    assert known.order, "it is an order's"
    before = list(row.receives), list(row.hands_over)
    ordering.lay_hand_overs(row, known.order, known.works, placed)
    is_elsewhere = placed[row.step] != standing.place_of(row, known.request)
    is_other = known.quantities[row.step] != row.quantity
    return is_elsewhere or is_other or before != (row.receives, row.hands_over)


def _show_buyer(
    order: models.Order, works: Sequence[Work], placed: Mapping[str, Placed], plan: models.Plan
) -> Instant:
    shown, leaves_at = _milestones(order.milestones, works, placed)
    order.plan_id, order.milestones, order.leaves_at = plan.id, shown, leaves_at
    order.save(update_fields=["plan_id", "milestones", "leaves_at"])
    return leaves_at


def _milestones(
    milestones: Sequence[Mapping[str, object]],
    works: Sequence[Work],
    placed: Mapping[str, Placed],
) -> tuple[list[dict[str, object]], Instant]:
    done = {work.step: drafting.ready(work, placed[work.step]) for work in works}
    shown = [dict(each) | {"by": _day(done[str(each["step"])])} for each in milestones]
    return shown, max(done.values())


def _day(instant: Instant) -> str:
    return seoul_date(instant).isoformat()


def _move_quote(
    plan: models.Plan, request: UUID, placed: Mapping[str, Placed], at: Instant
) -> None:
    """Let a quote hold other machines, if its date still holds; else it no longer stands."""
    row = models.Quote.objects.filter(request_id=request, state=models.Quote.State.OPEN).first()
    if row is None:
        return
    known = standing.standing_quote(row)
    shown, leaves_at = _milestones(row.milestones, known.works, placed)
    assert row.promised_on, "a quote that stands has its date"
    if promising.promised_on(leaves_at) > row.promised_on:
        quoting.expire_quote(row, Reason("plan.machines_gone"), at)
        return
    old = row.plan_id
    models.Quote.objects.filter(id=row.id).update(
        plan_id=plan.id, milestones=shown, leaves_at=leaves_at
    )
    _retire_unused(old, at)


def _retire_unused(plan_id: UUID, at: Instant) -> None:
    """Say that a version is replaced once neither an order nor a quote that stands is in it."""
    quotes = models.Quote.objects.filter(plan_id=plan_id, state=models.Quote.State.OPEN)
    if not models.Order.objects.filter(plan_id=plan_id).exists() and not quotes.exists():
        drafting.retire(plan_id, Plan.State.REPLACED, at)

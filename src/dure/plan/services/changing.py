"""
Changes: when something happens, plans are repaired and proposed to whom they touch.

What concerns one order's own lots is proposed to its members at once. What concerns more
is a draft first, which the office approves or refuses. A released job order moves only
when its member agrees; nothing changes before all have agreed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from dure.journal.services import tell
from dure.kernel.errors import NotFound, Refused
from dure.kernel.fact import Fact
from dure.kernel.reason import Reason
from dure.kernel.time import Instant
from dure.members import public as members
from dure.plan import models
from dure.plan.bridge import book, reading
from dure.plan.engine import facts
from dure.plan.engine.change import ELSEWHERE, diff, for_member, why_moved
from dure.plan.engine.opening import overlaps
from dure.plan.engine.posed import Placed
from dure.plan.engine.values import Place
from dure.plan.services import (
    asking,
    concerned,
    drafting,
    promising,
    publishing,
    quoting,
    standing,
)
from dure.plan.services.replanning import Replanned, Wish, plan_again
from dure.plan.services.standing import Standing
from dure.stack.tenancy import current_actor

HELD_FOR = timedelta(hours=4)
"""How long a held lot takes to be looked at, until somebody says more."""

BETTER_STEPS = 1024
"""How long to look for a better plan when the office asks for one."""
WIDER = 4
"""So often a change takes in what is in its way; then it is made of the whole book."""

JobOrder, Plan = models.JobOrder, models.Plan


def propose_repair(fact: Fact, at: Instant) -> None:
    """Repair an order's plan and ask whom it touches; follows what happens to a lot."""
    row = JobOrder.objects.filter(id=UUID(str(fact.payload["job_order"]))).first()
    if row is None:
        return
    if fact.sets.get("state") == "held" and row.state != row.State.DONE:
        JobOrder.objects.filter(id=row.id).update(expected_at=at + HELD_FOR)
    found = {row.step: int(str(fact.sets["good"]))} if fact.kind == "LotReleased" else {}
    cause = Reason(f"plan.because_{_snake(fact.kind)}", {"step": row.name})
    wish = Wish(cause=(cause,), firm=row.firm_id, found={str(row.order_id): found})
    repair_order(row.order_id, wish, at)


def repair_order(order_id: UUID, wish: Wish, at: Instant) -> models.Plan | None:
    """
    Plan one order again, all others frozen, and ask its members; None where nothing moves.

    Where the office has a change of the whole book under way, that is made anew instead.
    """
    drafting.one_at_a_time()
    if is_under_way():
        return draft_change(wish, at)
    known = standing.standing_order(order_id, at, found=wish.found.get(str(order_id)))
    again = plan_again([known], wish, at, is_change=False)
    begin_anew(known, again, wish, at)
    return propose(known, again, wish, at) if _touched(again) else None


def propose(known: Standing, again: Replanned, wish: Wish, at: Instant) -> models.Plan | None:
    """Ask the members of an order whom its new plan moves; publish it where that is nobody."""
    touched = _touched(again)
    if touched and is_under_way():
        return draft_change(wish, at)
    draft = _store(again, touched, wish, at, request=known.request)
    asking.ask_members(draft, at)
    return draft


def begin_anew(known: Standing, again: Replanned, wish: Wish, at: Instant) -> None:
    """Withdraw what was asked for an order before; tell its buyer if the promise is in danger."""
    for plan in _open_changes().filter(request_id=known.request):
        publishing.withdraw(plan, at)
    stuck = known.request in again.stuck
    leaves = None if stuck else drafting.leaves(again.posed, again.plan.slots, known.request)
    publishing.warn(known, leaves, wish.cause, at)


@transaction.atomic
def draft_change(wish: Wish, at: Instant) -> models.Plan | None:
    """
    Plan what does not hold any more again, as a draft for the office; None where nothing moves.

    A draft that was made before, and what was asked for it, is withdrawn: the new one
    knows all that has happened.
    """
    drafting.one_at_a_time()
    for plan in _open_changes():
        publishing.withdraw(plan, at)
    again = _planned(wish, at)
    if again is None:
        return None
    refuse_impossible(again, wish)
    for each in again.standings:
        if each.order and each.request in again.stuck:
            publishing.warn(each, None, (ELSEWHERE,), at)  # a buyer hears of no machine
    touched = _touched(again)
    return _store(again, touched, wish, at, request=None) if touched else None


def _planned(wish: Wish, at: Instant) -> Replanned | None:
    """Plan what a wish concerns, and what turns out to be in the way; None for nothing."""
    wanted = None if wish.is_for_all else _concerned(wish, at)
    rounds = 0
    while True:
        known = standing.whole_book(at, found=wish.found, only=wanted)
        if not known:
            return None
        refuse_taken(known, wish)
        again = plan_again(known, wish, at, is_change=True)
        if wanted is None or again.beside <= wanted:
            return again
        rounds += 1
        wanted = wanted | again.beside if rounds < WIDER else None


def _concerned(wish: Wish, at: Instant) -> set[UUID]:
    found = concerned.concerned(at, by_hand=wish.by_hand)
    found |= wish.orders | {UUID(order) for order in wish.found}
    if wish.thaws:
        found |= concerned.rivals(standing.whole_book(at, found=wish.found, only=found), at)
    return found


def draft_better(at: Instant) -> models.Plan | None:
    """Plan the book again to make it better; None where nothing is worth moving."""
    cause = Reason("plan.because_asked")
    return draft_change(Wish(cause=(cause,), steps=BETTER_STEPS, is_for_all=True), at)


def settle_answers(fact: Fact, at: Instant) -> None:
    """
    Once all have answered, publish the change; or plan around what was refused.

    Follows ProposalAgreed and ProposalRefused.
    """
    answered = models.Proposal.objects.get(id=fact.aggregate_id)
    asked = list(models.Proposal.objects.filter(plan_id=answered.plan_id))
    plan = Plan.objects.get(id=answered.plan_id)
    if plan.state != plan.State.APPROVED or any(row.state == row.State.OPEN for row in asked):
        return
    refused = [row.job_order_id for row in asked if row.state == row.State.REFUSED]
    if not refused:
        publishing.publish(plan, at)
        return
    for row in JobOrder.objects.filter(id__in=refused, pinned=False).order_by("number"):
        tell(row, facts.JOB_ORDER_PINNED, at=at, parties=[row.firm_id], pinned=True)
    cause = Reason("plan.because_refused", {"count": len(refused)})
    moved = frozenset(UUID(move["order"]) for move in plan.moves if move["order"])
    wish = Wish(cause=(cause,), found=plan.found, orders=moved)
    if plan.request_id is None:
        draft_change(wish, at)
    else:
        repair_order(answered.order_id, wish, at)


def refuse_taken(known: Sequence[Standing], wish: Wish) -> None:
    """Raise Refused where work that stays stands where a step is put by hand."""
    there = wish.by_hand
    if there is None:
        return
    for each in (placed for order in known for placed in order.stands):
        stays = any(each.key in order.fixed for order in known) and each.key != there.key
        meets = overlaps(each.starts, each.ends, [(there.starts, there.ends)])
        if stays and each.machine == there.machine and meets:
            raise Refused("plan.cannot_capacity", step=there.step)


def refuse_impossible(again: Replanned, wish: Wish) -> None:
    """Raise Refused, with the rule in the way, where a step cannot stand where it was put."""
    if wish.by_hand is None:
        return
    why = again.stuck.get(wish.by_hand.order)
    if why is None and again.placed[wish.by_hand.key] != wish.by_hand:
        why = Reason("plan.rule_capacity")
    if why is not None:
        code = "plan.cannot_once" if why.code == "plan.no_room" else why.code
        raise Refused(code.replace("plan.rule_", "plan.cannot_"), step=wish.by_hand.step)


@transaction.atomic
def approve_change(plan_id: UUID, at: Instant) -> models.Plan:
    """
    Approve a draft: each member whose released job order would move is asked.

    Raises Refused where it is no draft any more, or things moved since it was made.
    """
    drafting.one_at_a_time()
    row = _draft(plan_id)
    for move in row.moves:
        if move["job_order"] and not _stands_as_then(move):
            raise Refused("plan.draft_stale", number=row.number)
    asking.ask_members(row, at)
    return row


@transaction.atomic
def refuse_change(plan_id: UUID, at: Instant) -> models.Plan:
    """Refuse a draft: nothing moves. Raises Refused where it is no draft any more."""
    row = _draft(plan_id)
    tell(row, facts.PLAN_RETIRED, at=at, state=Plan.State.DROPPED)
    return row


def is_under_way() -> bool:
    """Say whether a change of the whole book is drafted or asked for."""
    return _open_changes().filter(request_id=None).exists()


def _open_changes() -> QuerySet[models.Plan]:
    states = (Plan.State.DRAFT, Plan.State.APPROVED)
    return Plan.objects.filter(is_change=True, state__in=states).order_by("number")


def _draft(plan_id: UUID) -> models.Plan:
    row = Plan.objects.filter(id=plan_id, is_change=True).first()
    if row is None:
        raise NotFound("plan.no_draft")
    if row.state != row.State.DRAFT:
        raise Refused("plan.not_a_draft", number=row.number, state=row.state)
    members.check_not_recused(current_actor(), [UUID(move["firm"]) for move in row.moves])
    return row


def _stands_as_then(move: Mapping[str, Any]) -> bool:
    row = JobOrder.objects.get(id=move["job_order"])
    return (
        row.state == row.State.RELEASED
        and as_place(standing.place_of(row, row.id), row.quantity) == move["old"]
    )


@dataclass(frozen=True, slots=True)
class _Touched:
    """A step that a new plan moves: of which order or quote, from where to where."""

    known: Standing
    old: Placed
    new: Placed

    @property
    def row(self) -> models.JobOrder | None:
        return self.known.rows.get(self.old.step)

    @property
    def quantities(self) -> tuple[int, int]:
        return (self.row.quantity, self.known.quantities[self.old.step]) if self.row else (0, 0)


def _touched(again: Replanned) -> list[_Touched]:
    placed = again.placed
    found = []
    for known in again.standings:
        for old in known.stands if known.request not in again.stuck else ():
            row = known.rows.get(old.step)
            was = standing.place_of(row, known.request) if row else old
            each = _Touched(known, was, placed[old.key])
            is_open = row is None or row.state == row.State.RELEASED
            if is_open and (each.old != each.new or each.quantities[0] != each.quantities[1]):
                found.append(each)
    return found


def _store(
    again: Replanned, touched: list[_Touched], wish: Wish, at: Instant, *, request: UUID | None
) -> models.Plan:
    requests = {each.known.request for each in touched} | {request}
    changed = [known for known in again.standings if known.request in requests]
    works = {key: work for known in changed for key, work in known.keyed().items()}
    closed = book.closures(at)
    is_own = request is not None
    return drafting.store_draft(
        again.posed,
        again.plan,
        works,
        request=request,
        at=at,
        is_change=True,
        cause=reading.reasons_body(wish.cause),
        moves=[_move(each, again, wish, closed, is_own=is_own) for each in touched],
        risks=[risk for known in again.standings if (risk := _risk(known, again))],
        found=dict(wish.found),
    )


def _move(
    each: _Touched,
    again: Replanned,
    wish: Wish,
    closed: tuple[Mapping[UUID, Any], Mapping[UUID, Any]],
    *,
    is_own: bool,
) -> dict[str, Any]:
    """
    Give what moves, as it is stored: old and new place, and why, in full and for its firm.

    closed: when machines stand still, and when nobody is there to set them up.
    """
    known, row = each.known, each.row
    still, unset = closed
    works = {work.step: work for work in known.works}
    work = works[each.old.step]
    placed = again.placed
    ready = {
        step: drafting.ready(other, placed[known.request, step]) for step, other in works.items()
    }
    change = diff(each.old, each.new, each.quantities)
    is_by_hand = bool(wish.by_hand and wish.by_hand.key == each.old.key)
    why = why_moved(
        each.old,
        work,
        still=still,
        unset=unset.get(each.old.machine, ()),
        ready=ready,
        is_by_hand=is_by_hand,
        is_rush=known.rush is not None,
    )
    said = for_member(wish.cause, why, change, is_its_own=wish.firm == work.firm)
    return {
        "request": str(known.request),
        "order": str(known.order.id) if known.order else "",
        "order_number": known.order.number if known.order else 0,
        "quote_number": known.quote.number,
        "job_order": str(row.id) if row else "",
        "number": row.number if row else 0,
        "firm": str(work.firm),
        "step": work.step,
        "name": row.name if row else work.step,
        "name_en": row.name_en if row else "",
        "unit": row.unit if row else "",
        "is_by_hand": is_by_hand,
        "old": as_place(each.old, each.quantities[0]),
        "new": as_place(each.new, each.quantities[1]),
        "why": reading.reasons_body([why, *change]),
        "said": reading.reasons_body((*wish.cause, *change) if is_own else said),
    }


def as_place(placed: Placed, quantity: int) -> dict[str, Any]:
    """Give a place as it is stored."""
    return Place(
        starts=placed.starts, ends=placed.ends, equipment=placed.machine, quantity=quantity
    ).as_json()


def _risk(known: Standing, again: Replanned) -> dict[str, Any] | None:
    """Give an order or quote whose promise the plan would not keep, and why."""
    promised = known.order.promised_on if known.order else known.quote.promised_on
    why = again.stuck.get(known.request)
    slots = again.plan.of_job(again.posed.job(known.request))
    expected = promising.promised_on(drafting.leaves(again.posed, slots, known.request))
    assert promised, "a quote that stands has its date"
    if why is None and expected <= promised:
        return None
    return {
        "order_number": known.order.number if known.order else 0,
        "quote_number": known.quote.number,
        "order": str(known.order.id) if known.order else "",
        "promised_on": promised.isoformat(),
        "expected_on": expected.isoformat(),
        "reasons": reading.reasons_body(
            quoting.why_late(again.posed, again.plan, known.request, promised, why)
        ),
    }


def _snake(kind: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in kind)[1:]

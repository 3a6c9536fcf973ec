"""
What joint purchasing can do: take needs and offers, pool needs, close and award a round.

A round is awarded in three steps, so that no transaction waits for a solver: the
office closes it; the worker reads it, decides outside any transaction, and writes
the award where the round is still as it was read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app

from dure.buy import bridge, models
from dure.buy.engine.facts import (
    MATERIAL_NEEDED,
    MATERIALS_ALLOCATED,
    MATERIALS_ORDERED,
    NEED_AWARDED,
    NEED_DEFERRED,
    NEED_POOLED,
    ROUND_AWARDED,
    ROUND_CLOSED,
    ROUND_OPENED,
    SUPPLIER_OFFERED,
)
from dure.buy.engine.problem import Effort, Problem, Supplier, arranged, blocked
from dure.buy.engine.solve import Decision, solve
from dure.journal.public import next_number
from dure.journal.services import tell
from dure.kernel.actor import THE_COOPERATIVE
from dure.kernel.errors import NotFound, Refused
from dure.kernel.fact import Fact, FactKind
from dure.kernel.money import Won
from dure.kernel.quantity import Quantity
from dure.kernel.reason import Reason
from dure.kernel.time import Instant, seoul_date
from dure.match import public as match
from dure.members.public import Kind, check_not_recused, firm, firms_by_id
from dure.plan import public as plan
from dure.stack.tenancy import acting, current_actor

EFFORT = Effort(seconds=60)
EFFORT_ALONE = Effort(seconds=5)


@transaction.atomic
def need_material(
    member: UUID,
    item: Mapping[str, str],
    amount: Quantity,
    *,
    by: date,
    at: Instant,
    order: tuple[UUID, int] | None = None,
) -> models.MaterialNeed:
    """
    Note what a member needs, by when, and for which order if for one; it joins the open round.

    Raises Malformed for an amount that is not positive or too fine, Refused for
    another unit than the item's and for a day that is over.
    """
    if bridge.thousandths(amount.amount) <= 0:
        raise Refused("buy.amount_not_positive", item=item["code"])
    if by < seoul_date(at):
        raise Refused("buy.need_by_past", day=by.isoformat())
    row = models.MaterialNeed(
        member_id=member,
        item=_item(item, amount.unit),
        amount=amount.amount,
        by=by,
        order_id=order[0] if order else None,
        order_number=order[1] if order else 0,
    )
    told = {"item": row.item.code, "amount": amount.amount, "unit": amount.unit, "by": by}
    tell(
        row,
        MATERIAL_NEEDED,
        at=at,
        parties=[member],
        payload={**told, "order": row.order_number},
        number=next_number("need"),
        state=models.MaterialNeed.State.WAITING,
    )
    return row


@transaction.atomic
def offer_materials(
    supplier: UUID,
    lines: Sequence[Mapping[str, Any]],
    *,
    freight: int,
    lead_days: int,
    valid_until: date | None,
    at: Instant,
) -> models.SupplierOffer:
    """
    Take in a supplier's terms for one delivery; a newer line replaces its older one for an item.

    Raises NotFound where the firm is no supplier, Malformed for prices that do not fall.
    """
    if firm(supplier).kind is not Kind.SUPPLIER:
        raise NotFound("buy.no_supplier")
    stored = [_offer_line(line) for line in lines]
    row = models.SupplierOffer(supplier_id=supplier, valid_until=valid_until)
    terms: dict[str, Any] = {"freight": freight, "lead_days": lead_days, "lines": stored}
    tell(
        row,
        SUPPLIER_OFFERED,
        at=at,
        parties=[supplier],
        payload=terms,
        number=next_number("offer"),
        **terms,
    )
    return row


def pool_order(fact: Fact, at: Instant) -> None:
    """
    Let the materials of a planned order join the round, each for the member that works on it.

    A material is needed on the day its step begins. A later version of the plan changes
    nothing: what was asked for stays asked for.
    """
    order = plan.order(UUID(str(fact.payload["order"])))
    if models.MaterialNeed.objects.filter(order_id=order.id).exists():
        return
    jobs = {job.step: job for job in plan.job_orders_of(order.id)}
    for material in match.need(order.request).materials:
        job = jobs[material.step]
        names = {"name": material.name, "name_en": material.name_en}
        need_material(
            job.firm,
            {"code": material.material, **names},
            Quantity(material.amount, material.unit),
            by=max(seoul_date(job.starts), seoul_date(at)),
            at=at,
            order=(order.id, order.number),
        )


def pool_need(fact: Fact, at: Instant) -> None:
    """Let a need join the open round, and open one where there is none."""
    need = models.MaterialNeed.objects.get(id=fact.aggregate_id)
    if need.state == models.MaterialNeed.State.WAITING:
        _pool(need, _open_round(at), at)


def close_round(round_id: UUID, at: Instant) -> models.PurchaseRound:
    """Close a round for the worker to award; raises Refused where nothing can be bought yet."""
    row = find_round(round_id)
    if row.state != models.PurchaseRound.State.OPEN:
        raise Refused("buy.round_not_open", number=row.number)
    bidders = models.SupplierOffer.objects.values_list("supplier_id", flat=True)
    check_not_recused(current_actor(), bidders)
    problem = bridge.read_problem(row, seoul_date(at))
    if not {need.item for need in problem.needs} - set(blocked(problem)):
        raise Refused("buy.round_empty", number=row.number)
    row.closed_at = at
    tell(row, ROUND_CLOSED, at=at, state=models.PurchaseRound.State.CLOSED)
    return row


def start_award(fact: Fact, at: Instant) -> None:
    """Hand a closed round to the worker that decides it."""
    app.configure_task("buy.award").defer(round_id=str(fact.aggregate_id))


def award_round(round_id: UUID, at: Instant) -> None:
    """
    Decide a closed round: read, decide outside any transaction, write where nothing changed.

    Twice is as good as once. Items that cannot be bought wait for the next round, with the
    reason; where the round changed meanwhile, Refused is raised and the job tries again.
    """
    with acting(THE_COOPERATIVE):
        row = find_round(round_id)
        if row.state != models.PurchaseRound.State.CLOSED:
            return
        problem = bridge.read_problem(row, seoul_date(row.closed_at or at))
    reasons = blocked(problem)
    decision = solve(_without(problem, reasons), EFFORT, effort_alone=EFFORT_ALONE)
    with acting(THE_COOPERATIVE):
        _write_award(row, decision, reasons, at)


def _write_award(
    row: models.PurchaseRound, decision: Decision, reasons: Mapping[int, Reason], at: Instant
) -> None:
    stored = bridge.write_award(row, decision)
    _settle_needs(row, reasons, at)
    for order in bridge.purchase_orders(row, decision.award):
        tell(
            order,
            MATERIALS_ORDERED,
            at=at,
            parties=[order.supplier_id],
            payload={"round": row.number, "total": order.goods + order.freight},
            freight=order.freight,
            goods=order.goods,
        )
    member_ids = _member_ids(row)
    shares = bridge.allocations(row, decision.award, member_ids)
    for share in shares:
        told = {"round": row.number, "pays": share.pays}
        parties = [share.member_id]
        tell(share, MATERIALS_ALLOCATED, at=at, parties=parties, payload=told, pays=share.pays)
    bridge.write_lines(shares, decision.award)
    tell(
        row,
        ROUND_AWARDED,
        at=at,
        payload={"round": row.number, "digest": stored.digest},
        state=models.PurchaseRound.State.AWARDED,
    )


def _settle_needs(row: models.PurchaseRound, reasons: Mapping[int, Reason], at: Instant) -> None:
    """Mark what was bought, and move what could not be bought to the next round."""
    needs = list(row.needs.select_related("item").order_by("number"))
    for need in needs:
        reason = reasons.get(need.item.number)
        if reason is None:
            _tell_need(need, NEED_AWARDED, {"round": row.number}, "awarded", at)
        else:
            need.reason, need.round = reason.as_json(), None
            _tell_need(need, NEED_DEFERRED, {"reason": reason.as_json()}, "waiting", at)
            _pool(need, _open_round(at), at)


def _pool(need: models.MaterialNeed, row: models.PurchaseRound, at: Instant) -> None:
    need.round = row
    _tell_need(need, NEED_POOLED, {"round": row.number}, "pooled", at)
    bridge.write_round_item(row, need.item, seoul_date(at))


def _tell_need(
    need: models.MaterialNeed, kind: FactKind, told: Mapping[str, object], state: str, at: Instant
) -> None:
    tell(need, kind, at=at, parties=[need.member_id], payload=told, state=state)


def _open_round(at: Instant) -> models.PurchaseRound:
    state = models.PurchaseRound.State.OPEN
    row = models.PurchaseRound.objects.filter(state=state).first()
    if row is None:
        row = models.PurchaseRound(opened_at=at)
        tell(row, ROUND_OPENED, at=at, number=next_number("round"), state=state)
    return row


def find_round(round_id: UUID) -> models.PurchaseRound:
    """Give a round; raises NotFound."""
    row = models.PurchaseRound.objects.filter(id=round_id).first()
    if row is None:
        raise NotFound("buy.no_round")
    return row


def _without(problem: Problem, reasons: Mapping[int, Reason]) -> Problem:
    kept = tuple(need for need in problem.needs if need.item not in reasons)
    return arranged(replace(problem, needs=kept))


def _member_ids(row: models.PurchaseRound) -> dict[int, UUID]:
    ids = row.needs.values_list("member_id", flat=True)
    return {firm.number: firm_id for firm_id, firm in firms_by_id(ids).items()}


def _item(item: Mapping[str, str], unit: str) -> models.Item:
    row = models.Item.objects.filter(code=item["code"]).first()
    if row is None:
        return models.Item.objects.create(
            number=next_number("item"),
            code=item["code"],
            name=item.get("name") or item["code"],
            name_en=item.get("name_en", ""),
            unit=unit,
        )
    if row.unit != unit:
        raise Refused("buy.unit_differs", item=row.name, unit=row.unit)
    if row.name == row.code and item.get("name"):
        row.name, row.name_en = item["name"], item.get("name_en", "")
        row.save(update_fields=["name", "name_en"])
    return row


def _offer_line(line: Mapping[str, Any]) -> dict[str, Any]:
    """Give a line as it is stored, once the engine has accepted its prices."""
    pack: Quantity = line["pack"]
    row = _item(line, pack.unit)
    stored = {
        "item": row.code,
        "pack": str(pack.amount),
        "most_packs": line["most_packs"],
        "breaks": line["breaks"],
    }
    offer = bridge.offer_line(1, row.number, stored)
    terms = Supplier(number=1, freight=Won(0), lead_days=0)
    arranged(Problem(needs=(), offers=(offer,), suppliers=(terms,)))
    return stored

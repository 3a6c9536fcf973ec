"""Between the rows of Move and its values: hops, movements, and the board of a page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum

from dure.journal.public import facts_of
from dure.kernel.actor import Actor
from dure.kernel.fact import Fact
from dure.kernel.ids import FirmId
from dure.kernel.time import Instant
from dure.make import public as make
from dure.match import public as match
from dure.members import public as members
from dure.members.public import Firm
from dure.move import models
from dure.move.engine.balance import Movement, Way
from dure.move.engine.chain import Hop, Made
from dure.move.engine.use import Input, smallest, used
from dure.plan import public as plan

PAST_SHOWN = 100
Names = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Travelling:
    """A shipment as a page shows it."""

    id: UUID
    number: int
    goods: Names
    unit: str
    sender: Firm
    receiver: Firm
    is_receiver: bool
    sent: int
    counted: int | None
    sent_at: Instant
    received_at: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What is left of a released lot, and who waits for it."""

    lot_id: UUID
    order_id: UUID
    goods: Names
    unit: str
    left: int
    receiver: Firm
    to_buyer: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A difference case as a page shows it."""

    id: UUID
    goods: Names
    unit: str
    sender: Firm
    receiver: Firm
    sent: int
    counted: int
    is_open: bool
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToInspect:
    """A delivery that the buyer has not looked at yet."""

    id: UUID
    order_id: UUID
    order_number: int
    quantity: int
    inspect_by: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """All that the page of Move shows to one actor."""

    to_count: tuple[Travelling, ...] = ()
    to_send: tuple[Ready, ...] = ()
    to_inspect: tuple[ToInspect, ...] = ()
    cases: tuple[Difference, ...] = ()
    past: tuple[Travelling, ...] = ()
    waiting: bool = field(default=False)


def read_board(actor: Actor) -> Board:
    """Give what waits for an actor's hands, and what moved before."""
    routes = list(models.Route.objects.all())
    firms = members.firms_by_id({each for row in routes for each in _firms_of(row)})
    shipments = models.Shipment.objects.order_by("-number")
    names = {(row.order_id, row.step): _names(row) for row in routes}
    to_count = tuple(
        _travelling(row, actor, names, firms) for row in shipments.filter(state="sent")
    )
    past = shipments.exclude(state="sent")[:PAST_SHOWN]
    cases = models.DifferenceCase.objects.select_related("shipment").order_by("-number")
    to_send = tuple(_ready(routes, actor, firms))
    return Board(
        to_count=to_count,
        to_send=to_send,
        to_inspect=tuple(_to_inspect(actor, routes)),
        cases=tuple(_difference(row, names, firms) for row in cases),
        past=tuple(_travelling(row, actor, names, firms) for row in past),
        waiting=bool(to_count or to_send),
    )


def read_hop(row: models.Shipment) -> Hop:
    """Give a shipment as one hop of a chain."""
    return Hop(
        number=row.number,
        lot=row.lot_id,
        sender=FirmId(row.from_firm_id),
        receiver=FirmId(row.to_firm_id),
        sent=row.sent,
        counted=row.counted,
        sent_at=row.sent_at,
        received_at=row.received_at,
    )


def read_made(lot: make.Lot) -> Made:
    """Give a lot of the room Make as one link of a chain."""
    return Made(lot=lot.id, step=lot.step, firm=lot.firm, quantity=lot.good, unit=lot.unit)


def read_movements(order_id: UUID, numbers: Mapping[FirmId, int]) -> list[Movement]:
    """Give the movements of an order that the actor may see; numbers are the firms' numbers."""
    return [
        Movement(
            firm=numbers[FirmId(row.firm_id)],
            item=row.item,
            way=Way(row.way),
            quantity=row.quantity,
        )
        for row in models.Moved.objects.filter(order_id=order_id)
    ]


def write_movement(row: models.Moved, *, item: str, unit: str, way: Way, quantity: Decimal) -> None:
    """Write one movement of an order at a firm down, once for each fact that says so."""
    counted, counting = smallest(quantity, unit)
    if counted:
        models.Moved.objects.get_or_create(
            firm_id=row.firm_id,
            fact_id=row.fact_id,
            item=item,
            way=way,
            defaults={"order_id": row.order_id, "unit": counting, "quantity": counted},
        )


def write_routes(order_id: UUID) -> None:
    """Lay the routes of an order as its plan stands; those of an older plan go."""
    laid = list(_routes_of(order_id))
    models.Route.objects.filter(order_id=order_id).delete()
    models.Route.objects.bulk_create(laid)


def _routes_of(order_id: UUID) -> Iterable[models.Route]:
    order = plan.order(order_id)
    need = match.need(order.request)
    jobs = {job.step: job for job in plan.job_orders_of(order_id)}
    for job in jobs.values():
        step = need.step(job.step)
        later = [each for each in need.steps if step.code in each.after]
        targets = [(each.code, jobs[each.code].firm) for each in later] or [("", order.buyer)]
        for to_step, to_firm in targets:
            yield models.Route(
                order_id=order_id,
                order_number=order.number,
                step=step.code,
                name=step.name,
                name_en=step.name_en,
                unit=step.unit,
                quantity=step.handed_to(need.step(to_step)) if to_step else order.quantity,
                from_firm_id=job.firm,
                to_firm_id=to_firm,
                to_step=to_step,
                of=need.step(to_step).quantity if to_step else order.quantity,
                begun=step.quantity,
                ready_at=job.ends,
                takes=[
                    [each.material, each.unit, str(each.amount)]
                    for each in need.materials
                    if each.step == step.code
                ],
            )


def write_made(fact: Fact) -> None:
    """Write down what a finished job made and scrapped, and what it used up."""
    job = make.job(fact.aggregate_id)
    where = models.Moved(order_id=job.order, firm_id=job.firm, fact_id=fact.id)
    begun = job.good + job.scrap
    write_movement(where, item=job.step, unit=job.unit, way=Way.MADE, quantity=Decimal(begun))
    write_movement(
        where, item=job.step, unit=job.unit, way=Way.SCRAPPED, quantity=Decimal(job.scrap)
    )
    for each in _inputs(job.order, job.step):
        write_movement(
            where,
            item=each.item,
            unit=each.unit,
            way=Way.USED,
            quantity=used(each, begun=begun),
        )


def write_bought(fact: Fact) -> None:
    """Write down what a round bought for an order; what a member buys for itself is its own."""
    asked = next(each for each in facts_of(fact.aggregate_id) if each.kind == "MaterialNeeded")
    said = asked.payload
    route = models.Route.objects.filter(order_number=int(str(said["order"]))).first()
    if route is not None:
        member = next(each for each in asked.parties if each != members.cooperative().id)
        where = models.Moved(order_id=route.order_id, firm_id=member, fact_id=fact.id)
        bought = {"item": str(said["item"]), "unit": str(said["unit"])}
        write_movement(where, **bought, way=Way.BOUGHT, quantity=Decimal(str(said["amount"])))


def _inputs(order_id: UUID, step: str) -> Iterable[Input]:
    routes = models.Route.objects.filter(order_id=order_id)
    for row in routes.filter(to_step=step):
        yield Input(item=row.step, unit=row.unit, takes=Decimal(row.quantity), of=row.of)
    for own in routes.filter(step=step)[:1]:
        for item, unit, amount in own.takes:
            yield Input(item=item, unit=unit, takes=Decimal(amount), of=own.begun)


def _ready(
    routes: Iterable[models.Route], actor: Actor, firms: Mapping[UUID, Firm]
) -> Iterable[Ready]:
    """Find what lies ready at the actor's firm, and has not left."""
    delivered = set(models.Delivery.objects.values_list("order_id", flat=True))
    for row in routes:
        if row.from_firm_id != actor.firm or row.to_firm_id == row.from_firm_id:
            continue
        lot = _released_lot(row)
        left = left_of(lot) if lot else 0
        if lot and left and (row.to_step or row.order_id not in delivered):
            yield _as_ready(row, lot, left, firms)


def _released_lot(row: models.Route) -> make.Lot | None:
    here = (row.step, row.from_firm_id, "released")
    lots = make.lots_of(row.order_id)
    return next((lot for lot in lots if (lot.step, lot.firm, lot.state) == here), None)


def left_of(lot: make.Lot) -> int:
    """Give the good pieces of a lot that have not been sent."""
    sent = models.Shipment.objects.filter(lot_id=lot.id).aggregate(sum=Sum("sent"))["sum"]
    return lot.good - (sent or 0)


def _as_ready(row: models.Route, lot: make.Lot, left: int, firms: Mapping[UUID, Firm]) -> Ready:
    return Ready(
        lot_id=lot.id,
        order_id=row.order_id,
        goods=_names(row),
        unit=row.unit,
        left=left,
        receiver=firms[row.to_firm_id],
        to_buyer=not row.to_step,
    )


def _to_inspect(actor: Actor, routes: Iterable[models.Route]) -> Iterable[ToInspect]:
    numbers = {row.order_id: row.order_number for row in routes}
    for row in models.Delivery.objects.filter(state="delivered"):
        if row.buyer_id != actor.firm:
            continue
        yield ToInspect(
            id=row.id,
            order_id=row.order_id,
            order_number=numbers.get(row.order_id, 0),
            quantity=row.quantity,
            inspect_by=row.inspect_by,
        )


def _travelling(
    row: models.Shipment,
    actor: Actor,
    names: Mapping[tuple[UUID, str], Names],
    firms: Mapping[UUID, Firm],
) -> Travelling:
    return Travelling(
        id=row.id,
        number=row.number,
        goods=names.get((row.order_id, row.item), {"name": row.item, "name_en": row.item}),
        unit=row.unit,
        sender=firms[row.from_firm_id],
        receiver=firms[row.to_firm_id],
        is_receiver=row.to_firm_id == actor.firm,
        sent=row.sent,
        counted=row.counted,
        sent_at=row.sent_at,
        received_at=row.received_at,
    )


def _difference(
    row: models.DifferenceCase,
    names: Mapping[tuple[UUID, str], Names],
    firms: Mapping[UUID, Firm],
) -> Difference:
    sent = row.shipment
    return Difference(
        id=row.id,
        goods=names.get((sent.order_id, sent.item), {"name": sent.item, "name_en": sent.item}),
        unit=sent.unit,
        sender=firms[row.from_firm_id],
        receiver=firms[row.to_firm_id],
        sent=sent.sent,
        counted=sent.counted or 0,
        is_open=row.state == "open",
        note=row.note,
    )


def _firms_of(row: models.Route) -> tuple[UUID, UUID]:
    return row.from_firm_id, row.to_firm_id


def _names(row: models.Route) -> Names:
    return {"name": row.name, "name_en": row.name_en}

"""What can be done about goods on their way: ship, count, settle a difference, deliver, accept."""

from decimal import Decimal
from uuid import UUID

from django.db import transaction

from dure.journal.public import next_number
from dure.journal.services import tell
from dure.kernel.actor import Role
from dure.kernel.errors import NotFound, Refused
from dure.kernel.fact import Fact
from dure.kernel.time import Instant, seoul_date
from dure.make import public as make
from dure.members import public as members
from dure.move import bridge, models
from dure.move.engine import facts, shipment
from dure.move.engine.balance import Way
from dure.move.engine.shipment import (
    Bearer,
    CaseState,
    Cause,
    Counted,
    DeliveryState,
    ShipmentState,
)
from dure.stack.tenancy import current_actor


@transaction.atomic
def ship_lot(
    lot_id: UUID, quantity: int, *, at: Instant, receiver: UUID | None = None
) -> models.Shipment:
    """
    Send part of a released lot to the firm that works on it next.

    receiver is needed only where several firms share the next step. Raises NotFound for a
    lot that is not one's own, Refused where it may not leave or no firm waits for it.
    """
    lot = _own_lot(lot_id)
    sent_before = sum(row.sent for row in models.Shipment.objects.filter(lot_id=lot.id))
    released = lot.state == "released"
    shipment.send(quantity=quantity, good=lot.good, sent_before=sent_before, released=released)
    to_firm = _route(lot, receiver).to_firm_id
    row = models.Shipment(sent_at=at, unit=lot.unit)
    told = tell(
        row,
        facts.LOT_SHIPPED,
        at=at,
        parties=[to_firm],
        payload={"unit": lot.unit},
        number=next_number("shipment"),
        order_id=lot.order,
        lot_id=lot.id,
        item=lot.step,
        from_firm_id=lot.firm,
        to_firm_id=to_firm,
        owner_id=members.cooperative().id,
        sent=quantity,
        state=ShipmentState.SENT,
    )
    bridge.write_movement(
        models.Moved(order_id=lot.order, firm_id=lot.firm, fact_id=told.id),
        item=lot.step,
        unit=lot.unit,
        way=Way.SHIPPED,
        quantity=Decimal(quantity),
    )
    return row


@transaction.atomic
def receive_shipment(shipment_id: UUID, counted: int, *, at: Instant) -> models.Shipment:
    """
    Count what arrived. A count that differs opens a difference case between the two firms.

    Raises NotFound for a shipment that is not on its way to the acting firm.
    """
    row = _shipment(shipment_id)
    _must_be_at(row.to_firm_id, "move.no_shipment")
    result = shipment.receive(state=ShipmentState(row.state), sent=row.sent, counted=counted)
    row.received_at = at
    told = tell(
        row,
        facts.LOT_RECEIVED,
        at=at,
        parties=[row.from_firm_id],
        payload={"sent": row.sent, "counted": counted},
        counted=counted,
        state=result.state,
    )
    _note_received(row, result, told.id)
    if result.difference:
        _open_case(row, result.difference, at)
    return row


@transaction.atomic
def resolve_difference(
    case_id: UUID, *, cause: Cause, bearer: Bearer, note: str = "", at: Instant
) -> models.DifferenceCase:
    """
    Close a difference case: why the counts differ, and who bears it.

    Either firm may close it; the other sees cause and note in the fact and can answer with
    another one. Raises NotFound for a case between other firms.
    """
    row = _case(case_id)
    shipment.resolve(state=CaseState(row.state), cause=cause, bearer=bearer)
    row.note = note
    both = [row.from_firm_id, row.to_firm_id]
    tell(
        row,
        facts.DIFFERENCE_RESOLVED,
        at=at,
        parties=both,
        payload={"note": note},
        state=CaseState.RESOLVED,
        cause=cause,
        bearer=bearer,
    )
    sent = row.shipment
    tell(sent, facts.SHIPMENT_SETTLED, at=at, parties=both, state=ShipmentState.SETTLED)
    return row


@transaction.atomic
def deliver_order(order_id: UUID, *, at: Instant, quantity: int | None = None) -> models.Delivery:
    """
    Hand the finished sets to the buyer: those ordered, or as many as there are.

    Raises NotFound for whoever did not make the last step, Refused while a difference is
    open, before anything was made and a second time.
    """
    route = _last_route(order_id)
    _check_deliverable(order_id)
    lot = _lot_to_deliver(route)
    many = min(route.quantity, lot.good) if quantity is None else quantity
    shipment.send(quantity=many, good=lot.good, sent_before=0, released=lot.state == "released")
    last_day = shipment.inspect_by(seoul_date(at))
    row = models.Delivery(
        lot_id=lot.id, buyer_id=route.to_firm_id, delivered_at=at, inspect_by=last_day
    )
    told = tell(
        row,
        facts.ORDER_DELIVERED,
        at=at,
        parties=[route.to_firm_id],
        payload={"inspect_by": last_day},
        number=next_number("delivery"),
        order_id=order_id,
        from_firm_id=route.from_firm_id,
        quantity=many,
        state=DeliveryState.DELIVERED,
    )
    bridge.write_movement(
        models.Moved(order_id=order_id, firm_id=lot.firm, fact_id=told.id),
        item=lot.step,
        unit=lot.unit,
        way=Way.DELIVERED,
        quantity=Decimal(many),
    )
    return row


@transaction.atomic
def inspect_delivery(
    order_id: UUID, *, accepted: int, rejected: int, note: str = "", at: Instant
) -> models.Delivery:
    """Take the buyer's inspection down: accepted and rejected sets; what is accepted is due."""
    row = _delivery(order_id)
    _must_be_at(row.buyer_id, "move.no_delivery")
    state = DeliveryState(row.state)
    shipment.accept(state=state, quantity=row.quantity, accepted=accepted, rejected=rejected)
    row.inspected_at, row.note = at, note
    tell(
        row,
        facts.DELIVERY_ACCEPTED,
        at=at,
        parties=[row.from_firm_id],
        payload={"order": order_id, "note": note},
        accepted=accepted,
        rejected=rejected,
        state=DeliveryState.ACCEPTED,
    )
    return row


def lay_routes(fact: Fact, at: Instant) -> None:
    """Say who hands what to whom next; follows PlanPublished."""
    bridge.write_routes(UUID(str(fact.payload["order"])))


def note_made(fact: Fact, at: Instant) -> None:
    """Write down what a finished job made, scrapped and used; follows JobFinished."""
    bridge.write_made(fact)


def note_failed(fact: Fact, at: Instant) -> None:
    """Write down what an inspection took out; follows LotInspected."""
    lot = make.lot(fact.aggregate_id)
    where = models.Moved(order_id=lot.order, firm_id=lot.firm, fact_id=fact.id)
    failed = Decimal(str(fact.payload["failed"]))
    bridge.write_movement(where, item=lot.step, unit=lot.unit, way=Way.SCRAPPED, quantity=failed)


def note_bought(fact: Fact, at: Instant) -> None:
    """Write down what was bought for an order; follows NeedAwarded."""
    bridge.write_bought(fact)


def _route(lot: make.Lot, receiver: UUID | None) -> models.Route:
    routes = models.Route.objects.filter(
        order_id=lot.order,
        step=lot.step,
        from_firm_id=lot.firm,
    ).exclude(to_step="")
    waiting = [
        row for row in routes if receiver in (None, row.to_firm_id) and row.to_firm_id != lot.firm
    ]
    if not waiting:
        raise Refused("move.no_next_firm")
    if len(waiting) > 1:
        raise Refused("move.several_next_firms")
    return waiting[0]


def _last_route(order_id: UUID) -> models.Route:
    route = models.Route.objects.filter(order_id=order_id, to_step="").first()
    if route is None:
        raise NotFound("move.no_order")
    _must_be_at(route.from_firm_id, "move.not_the_last_step")
    return route


def _lot_to_deliver(route: models.Route) -> make.Lot:
    lots = [lot for lot in make.lots_of(route.order_id) if lot.step == route.step]
    if not lots:
        raise Refused("move.nothing_made")
    return lots[0]


def _check_deliverable(order_id: UUID) -> None:
    if models.Delivery.objects.filter(order_id=order_id).exists():
        raise Refused("move.delivered_already")
    cases = models.DifferenceCase.objects.filter(
        shipment__order_id=order_id, state=CaseState.OPEN
    ).count()
    if cases:
        raise Refused("move.differences_open", cases=cases)


def _note_received(row: models.Shipment, result: Counted, fact_id: UUID) -> None:
    """Write down that what was sent arrived, and what of it was not there (or was too much)."""
    here = models.Moved(order_id=row.order_id, firm_id=row.to_firm_id, fact_id=fact_id)
    gone = result.difference < 0
    moves = {Way.RECEIVED: row.sent, Way.LOST if gone else Way.FOUND: abs(result.difference)}
    for way, many in moves.items():
        bridge.write_movement(here, item=row.item, unit=row.unit, way=way, quantity=Decimal(many))


def _open_case(row: models.Shipment, difference: int, at: Instant) -> None:
    case = models.DifferenceCase(
        shipment=row, from_firm_id=row.from_firm_id, to_firm_id=row.to_firm_id
    )
    tell(
        case,
        facts.DIFFERENCE_FOUND,
        at=at,
        parties=[row.from_firm_id, row.to_firm_id],
        payload={"shipment": row.number, "sent": row.sent, "counted": row.counted},
        number=next_number("difference"),
        difference=difference,
        state=CaseState.OPEN,
    )


def _own_lot(lot_id: UUID) -> make.Lot:
    lot = make.lot(lot_id)
    _must_be_at(lot.firm, "move.no_lot")
    return lot


def _must_be_at(firm: UUID, code: str) -> None:
    actor = current_actor()
    if actor.firm != firm and actor.role is not Role.OFFICE:
        raise NotFound(code)


def _shipment(shipment_id: UUID) -> models.Shipment:
    row = models.Shipment.objects.filter(id=shipment_id).first()
    if row is None:
        raise NotFound("move.no_shipment")
    return row


def _case(case_id: UUID) -> models.DifferenceCase:
    row = models.DifferenceCase.objects.select_related("shipment").filter(id=case_id).first()
    if row is None:
        raise NotFound("move.no_case")
    return row


def _delivery(order_id: UUID) -> models.Delivery:
    row = models.Delivery.objects.filter(order_id=order_id).first()
    if row is None:
        raise NotFound("move.no_delivery")
    return row

"""What other rooms may ask of Move: shipments, deliveries, the mass balance, the chain of a lot."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from dure.kernel.errors import NotFound
from dure.kernel.time import Instant
from dure.make import public as make
from dure.members import public as members
from dure.move import bridge, models
from dure.move.engine.balance import Balance, balance
from dure.move.engine.chain import Hop, Link, chain

__all__ = [
    "Arrival",
    "Balance",
    "Delivered",
    "Hop",
    "Link",
    "balance_of",
    "chain_of_lot",
    "delivery_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A delivery and, once the buyer has looked, what it accepted."""

    id: UUID
    number: int
    order: UUID
    lot: UUID
    sender: UUID
    buyer: UUID
    quantity: int
    accepted: int | None
    rejected: int | None
    delivered_at: Instant
    inspect_by: date
    inspected_at: Instant | None


def delivery_of(order_id: UUID) -> Delivered:
    """Give an order's delivery; raises NotFound before it was delivered."""
    row = models.Delivery.objects.filter(order_id=order_id).first()
    if row is None:
        raise NotFound("move.no_delivery")
    return _delivered(row)


def deliveries() -> tuple[Delivered, ...]:
    """Give the deliveries that the actor may see, newest first."""
    return tuple(_delivered(row) for row in models.Delivery.objects.order_by("-number"))


def _delivered(row: models.Delivery) -> Delivered:
    return Delivered(
        id=row.id,
        number=row.number,
        order=row.order_id,
        lot=row.lot_id,
        sender=row.from_firm_id,
        buyer=row.buyer_id,
        quantity=row.quantity,
        accepted=row.accepted,
        rejected=row.rejected,
        delivered_at=row.delivered_at,
        inspect_by=row.inspect_by,
        inspected_at=row.inspected_at,
    )


def hops_of(order_id: UUID) -> tuple[Hop, ...]:
    """Give an order's shipments that the actor may see, by number."""
    rows = models.Shipment.objects.filter(order_id=order_id).order_by("number")
    return tuple(bridge.read_hop(row) for row in rows)


def balance_of(order_id: UUID) -> Balance:
    """
    Add up what was bought, made, used, scrapped, shipped, received and delivered of an order.

    The office sees all firms, a member its own lines.
    """
    numbers = {firm.id: firm.number for firm in members.firms()}
    return balance(bridge.read_movements(order_id, numbers))


def chain_of_lot(lot_id: UUID) -> tuple[Link, ...]:
    """
    Give the chain of a lot as far as the actor may see it, the lot first.

    Raises NotFound for a lot that is not there or not the actor's to see.
    """
    lot = make.lot(lot_id)
    lots = [bridge.read_made(each) for each in make.lots_of(lot.order)]
    return chain(lot.id, lots=lots, hops=hops_of(lot.order), after=steps_before(lot.order))


def steps_before(order_id: UUID) -> Mapping[str, tuple[str, ...]]:
    """Give for each step of an order the steps whose goods go into it."""
    before: dict[str, tuple[str, ...]] = {}
    for route in models.Route.objects.filter(order_id=order_id).exclude(to_step=""):
        before[route.to_step] = tuple(sorted({*before.get(route.to_step, ()), route.step}))
    return before


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """
    A step's goods as they were received, and what was missing of them.

    missing counts only what a resolved case settled; bearer is empty where nothing was missing.
    """

    step: str
    sender: UUID
    receiver: UUID
    received_at: Instant
    missing: int
    bearer: str


def arrivals_of(order_id: UUID) -> tuple[Arrival, ...]:
    """Give what was received of an order's steps between firms, by shipment number."""
    rows = models.Shipment.objects.filter(order_id=order_id, received_at__isnull=False)
    cases = models.DifferenceCase.objects.filter(shipment__order_id=order_id, state="resolved")
    case_of = {case.shipment_id: case for case in cases}
    return tuple(
        Arrival(
            step=row.item,
            sender=row.from_firm_id,
            receiver=row.to_firm_id,
            received_at=row.received_at,
            missing=max(0, row.sent - (row.counted or 0)) if row.id in case_of else 0,
            bearer=case_of[row.id].bearer if row.id in case_of else "",
        )
        for row in rows.order_by("number")
        if row.received_at
    )

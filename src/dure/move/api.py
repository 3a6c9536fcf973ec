"""Goods between firms over HTTP."""

from collections.abc import Iterable
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from dure.journal.public import now
from dure.kernel.actor import Role
from dure.kernel.errors import NotFound
from dure.move import models, public, services
from dure.move.schemas import (
    BalanceOut,
    CaseOut,
    CountIn,
    DeliveryIn,
    DeliveryOut,
    InspectionIn,
    ResolutionIn,
    ShipmentIn,
    ShipmentOut,
    balance_out,
)
from dure.stack.tenancy import actor_of, current_actor

router = Router(tags=["move"])


@router.post("/shipments", response={201: ShipmentOut})
def ship(request: HttpRequest, body: ShipmentIn) -> Status[models.Shipment]:
    """Send part of a released lot to the firm that works on it next [owner]."""
    actor_of(request).must_be(Role.OWNER)
    row = services.ship_lot(body.lot, body.quantity, receiver=body.receiver, at=now())
    return Status(201, row)


@router.get("/shipments", response=list[ShipmentOut])
def shipments(request: HttpRequest) -> Iterable[models.Shipment]:
    """List the shipments from and to one's firm, newest first."""
    current_actor()
    return models.Shipment.objects.select_related("case").order_by("-number")[:500]


@router.post("/shipments/{uuid:shipment_id}/receive", response=ShipmentOut)
def receive(request: HttpRequest, shipment_id: UUID, body: CountIn) -> models.Shipment:
    """Count what arrived; a difference opens a case [owner]."""
    actor_of(request).must_be(Role.OWNER)
    return services.receive_shipment(shipment_id, body.counted, at=now())


@router.get("/difference-cases", response=list[CaseOut])
def cases(request: HttpRequest) -> Iterable[models.DifferenceCase]:
    """List the difference cases of one's firm, newest first."""
    current_actor()
    return models.DifferenceCase.objects.order_by("-number")[:500]


@router.post("/difference-cases/{uuid:case_id}/resolve", response=CaseOut)
def resolve(request: HttpRequest, case_id: UUID, body: ResolutionIn) -> models.DifferenceCase:
    """Close a difference case with its cause and its bearer [owner, office]."""
    actor_of(request).must_be(Role.OWNER, Role.OFFICE)
    return services.resolve_difference(
        case_id, cause=body.cause, bearer=body.bearer, note=body.note, at=now()
    )


@router.post("/orders/{uuid:order_id}/deliver", response={201: DeliveryOut})
def deliver(request: HttpRequest, order_id: UUID, body: DeliveryIn) -> Status[models.Delivery]:
    """Hand the finished sets to the buyer [owner of the last step]."""
    actor_of(request).must_be(Role.OWNER)
    return Status(201, services.deliver_order(order_id, quantity=body.quantity, at=now()))


@router.post("/orders/{uuid:order_id}/inspection", response=DeliveryOut)
def inspect(request: HttpRequest, order_id: UUID, body: InspectionIn) -> models.Delivery:
    """Say what is accepted and what is rejected [buyer]."""
    actor_of(request).must_be(Role.BUYER)
    return services.inspect_delivery(
        order_id, accepted=body.accepted, rejected=body.rejected, note=body.note, at=now()
    )


@router.get("/orders/{uuid:order_id}/delivery", response=DeliveryOut)
def delivery(request: HttpRequest, order_id: UUID) -> models.Delivery:
    """Show an order's delivery."""
    current_actor()
    row = models.Delivery.objects.filter(order_id=order_id).first()
    if row is None:
        raise NotFound("move.no_delivery")
    return row


@router.get("/orders/{uuid:order_id}/balance", response=BalanceOut)
def balance(request: HttpRequest, order_id: UUID) -> dict[str, object]:
    """Add up what was bought, made, used, scrapped, shipped, received and delivered."""
    current_actor()
    return balance_out(public.balance_of(order_id))

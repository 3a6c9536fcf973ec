"""Joint purchasing over HTTP."""

from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from dure.buy import models, services
from dure.buy.bridge import ShownOrder, ShownRound, show_round, shown_orders
from dure.buy.schemas import (
    MaterialNeedIn,
    MaterialNeedOut,
    PurchaseOrderOut,
    RoundOut,
    SupplierOfferIn,
    SupplierOfferOut,
)
from dure.journal.public import now
from dure.kernel.actor import Role
from dure.kernel.errors import NotFound
from dure.kernel.quantity import Quantity
from dure.kernel.time import seoul_date
from dure.stack.tenancy import actor_of, current_actor

router = Router(tags=["buy"])


@router.post("/material-needs", response={201: MaterialNeedOut})
def need_material(request: HttpRequest, body: MaterialNeedIn) -> Status[dict[str, object]]:
    """Say what one needs of a material [owner]; it joins the open round."""
    actor = actor_of(request)
    actor.must_be(Role.OWNER)
    assert actor.firm, "an owner has a firm"
    item = {"code": body.item, "name": body.name, "name_en": body.name_en}
    amount = Quantity(body.amount, body.unit)
    row = services.need_material(actor.firm, item, amount, by=body.by, at=now())
    shown = {name: getattr(row, name) for name in ("id", "number", "amount", "by", "state")}
    return Status(201, {**shown, "item": row.item.code})


@router.get("/material-needs", response=list[MaterialNeedOut])
def material_needs(request: HttpRequest) -> list[dict[str, object]]:
    """List needs, newest first: one's own, to the office all."""
    current_actor()
    rows = models.MaterialNeed.objects.select_related("item").order_by("-number")[:500]
    names = ("id", "number", "amount", "by", "state")
    return [{**{n: getattr(row, n) for n in names}, "item": row.item.code} for row in rows]


@router.post("/supplier-offers", response={201: SupplierOfferOut})
def offer_materials(request: HttpRequest, body: SupplierOfferIn) -> Status[models.SupplierOffer]:
    """Offer materials at prices that fall with the quantity [office, supplier]."""
    actor = actor_of(request)
    actor.must_be(Role.OFFICE, Role.SUPPLIER)
    supplier = body.supplier if actor.role is Role.OFFICE else actor.firm
    if supplier is None:
        raise NotFound("buy.no_supplier")
    offer = services.offer_materials(
        supplier,
        [line.plain() for line in body.lines],
        freight=body.freight,
        lead_days=body.lead_days,
        valid_until=body.valid_until,
        at=now(),
    )
    return Status(201, offer)


@router.get("/purchase-rounds", response=list[RoundOut])
def purchase_rounds(request: HttpRequest) -> list[ShownRound]:
    """List rounds, newest first, each as far as one may see it."""
    actor, today = current_actor(), seoul_date(now())
    actor.must_be(Role.OFFICE, Role.OWNER, Role.BOOKKEEPER, Role.AUDITOR)
    rows = models.PurchaseRound.objects.order_by("-number")[:50]
    return [show_round(row, actor, today) for row in rows]


@router.get("/purchase-orders", response=list[PurchaseOrderOut])
def purchase_orders(request: HttpRequest) -> list[ShownOrder]:
    """List what the cooperative ordered, newest first: a supplier its own, the office all."""
    actor_of(request).must_be(Role.OFFICE, Role.SUPPLIER)
    rows = models.PurchaseOrder.objects.select_related("round", "offer")
    return list(shown_orders(rows.order_by("-round__number")[:100]))


@router.post("/purchase-rounds/{round_id}/close", response={202: RoundOut})
def close_round(request: HttpRequest, round_id: UUID) -> Status[ShownRound]:
    """Close a round [office]. The worker decides it: ask again until its state is `awarded`."""
    actor, at = actor_of(request), now()
    actor.must_be(Role.OFFICE)
    row = services.close_round(round_id, at)
    return Status(202, show_round(row, actor, seoul_date(at)))

"""What other rooms may ask about needs: requests, what they take, products."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from dure.kernel.errors import NotFound
from dure.sense import bridge, models
from dure.sense.engine.need import Need, NeedMaterial, NeedStep
from dure.sense.engine.price_band import PriceBand
from dure.sense.engine.product import Product
from dure.sense.engine.product_classes import product_class
from dure.sense.engine.request import (
    FreightTerms,
    InspectionStandard,
    Request,
    Terms,
    completeness,
    missing,
)

__all__ = [
    "FreightTerms",
    "InspectionStandard",
    "Need",
    "NeedMaterial",
    "NeedStep",
    "PriceBand",
    "Product",
    "Request",
    "Terms",
    "completeness",
    "missing",
    "product_class",
]


def request(request_id: UUID) -> Request:
    """Give one request; raises NotFound where the actor may not see it."""
    return bridge.read_request(_request_row(request_id))


def need(request_id: UUID) -> Need:
    """Give what a request takes; raises NotFound before it was understood."""
    row = _request_row(request_id)
    if row.need is None:
        raise NotFound("sense.not_understood_yet", number=row.number)
    return bridge.read_need(row.need)


def needs(request_ids: Iterable[UUID]) -> Mapping[UUID, Need]:
    """Give what requests take, by request; those that are not understood yet are left out."""
    rows = models.Request.objects.filter(id__in=set(request_ids), need__isnull=False)
    return {row.id: bridge.read_need(row.need) for row in rows if row.need is not None}


def requests(*, limit: int = 200) -> tuple[Request, ...]:
    """Give the requests that the actor may see, newest first."""
    rows = models.Request.objects.select_related("product").order_by("-number")[:limit]
    return tuple(bridge.read_request(row) for row in rows)


def products() -> tuple[Product, ...]:
    """Give the catalogue by code."""
    return tuple(bridge.read_product(row) for row in models.Product.objects.order_by("code"))


def product(code: str) -> Product:
    """Give one product; raises NotFound."""
    row = models.Product.objects.filter(code=code).first()
    if row is None:
        raise NotFound("sense.no_product", product=code)
    return bridge.read_product(row)


def _request_row(request_id: UUID) -> models.Request:
    row = models.Request.objects.select_related("product").filter(id=request_id).first()
    if row is None:
        raise NotFound("sense.no_request")
    return row

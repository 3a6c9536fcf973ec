"""What other rooms may ask about needs: requests, what they take, products, likely demand."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from dure.kernel.errors import NotFound
from dure.kernel.time import Instant, seoul_date
from dure.sense import models
from dure.sense.bridge import asking, catalogue, demand
from dure.sense.bridge import enquiries as free
from dure.sense.bridge.enquiries import Drawing, Enquiry
from dure.sense.engine.demand import Demand
from dure.sense.engine.forecast import LEVELS, Forecast
from dure.sense.engine.need import Need, NeedMaterial, NeedStep, lot_code, step_of
from dure.sense.engine.price_band import PriceBand
from dure.sense.engine.product import Product
from dure.sense.engine.product_classes import product_class
from dure.sense.engine.proposal import Proposal, ProposalState
from dure.sense.engine.request import (
    FreightTerms,
    InspectionStandard,
    Request,
    Terms,
    completeness,
    missing,
)

__all__ = [
    "LEVELS",
    "Demand",
    "Drawing",
    "Enquiry",
    "Forecast",
    "FreightTerms",
    "InspectionStandard",
    "Need",
    "NeedMaterial",
    "NeedStep",
    "PriceBand",
    "Product",
    "Proposal",
    "ProposalState",
    "Request",
    "Terms",
    "completeness",
    "lot_code",
    "missing",
    "product_class",
    "step_of",
]


def request(request_id: UUID) -> Request:
    """Give one request; raises NotFound where the actor may not see it."""
    return asking.read_request(_request_row(request_id))


def need(request_id: UUID) -> Need:
    """Give what a request takes; raises NotFound before it was understood."""
    row = _request_row(request_id)
    if row.need is None:
        raise NotFound("sense.not_understood_yet", number=row.number)
    return asking.read_need(row.need)


def needs(request_ids: Iterable[UUID]) -> Mapping[UUID, Need]:
    """Give what requests take, by request; those that are not understood yet are left out."""
    rows = models.Request.objects.filter(id__in=set(request_ids), need__isnull=False)
    return {row.id: asking.read_need(row.need) for row in rows if row.need is not None}


def requests(*, limit: int = 200) -> tuple[Request, ...]:
    """Give the requests that the actor may see, newest first."""
    rows = models.Request.objects.select_related("product").order_by("-number")[:limit]
    return tuple(asking.read_request(row) for row in rows)


def line_of(request_id: UUID) -> tuple[Request, ...]:
    """
    Give the requests that one goes on from, the latest first: its prototype stands last.

    Each keeps what the one before was made with: its choices, what was learnt of its scrap, its
    passport, and its cluster, which match may prefer.
    """
    found, row = [], _request_row(request_id)
    while row.earlier_id:
        row = _request_row(row.earlier_id)
        found.append(asking.read_request(row))
    return tuple(found)


def order_of(request_id: UUID) -> UUID | None:
    """Give the order that a request became, as far as the actor may see it."""
    rows = models.OrderSeen.objects.filter(request_id=request_id)
    return rows.values_list("order_id", flat=True).first()


def products() -> tuple[Product, ...]:
    """Give the catalogue by code."""
    rows = models.Product.objects.order_by("code")
    return tuple(catalogue.read_product(row) for row in rows)


def product(code: str) -> Product:
    """Give one product; raises NotFound."""
    row = models.Product.objects.filter(code=code).first()
    if row is None:
        raise NotFound("sense.no_product", product=code)
    return catalogue.read_product(row)


def proposals() -> tuple[Proposal, ...]:
    """Give the members' proposals that the actor may see, newest first."""
    rows = models.ProductProposal.objects.order_by("-number")
    return tuple(catalogue.read_proposal(row) for row in rows)


def proposal(proposal_id: UUID) -> Proposal:
    """Give one proposal; raises NotFound where the actor may not see it."""
    row = models.ProductProposal.objects.filter(id=proposal_id).first()
    if row is None:
        raise NotFound("sense.no_proposal")
    return catalogue.read_proposal(row)


def enquiries() -> tuple[Enquiry, ...]:
    """Give the free requests that the actor may see, newest first."""
    return tuple(free.read_enquiry(row) for row in models.Enquiry.objects.order_by("-number"))


def enquiry(enquiry_id: UUID) -> Enquiry:
    """Give one free request; raises NotFound where the actor may not see it."""
    row = models.Enquiry.objects.filter(id=enquiry_id).first()
    if row is None:
        raise NotFound("sense.no_enquiry")
    return free.read_enquiry(row)


def drawings() -> tuple[Drawing, ...]:
    """Give the drawings that the actor may see, newest first: a maker's for its steps."""
    rows = models.Drawing.objects.filter(is_removed=False).order_by("-id")
    return tuple(free.read_drawing(row) for row in rows)


def demand_series(at: Instant) -> tuple[Demand, ...]:
    """
    Give what was asked for and ordered of each product, month by month up to this one, by code.

    The office and the worker see all of it; others only what is their own.
    """
    return demand.read_series(seoul_date(at))


def forecasts(at: Instant) -> tuple[Forecast, ...]:
    """
    Give what is likely ordered of each product in each of the next months, as quantiles, by code.

    For buy (what to pool ahead) and plan (what to keep free): LEVELS says which quantiles. A
    product that was ordered in no month has none.
    """
    return demand.read_forecasts(seoul_date(at))


def _request_row(request_id: UUID) -> models.Request:
    row = models.Request.objects.select_related("product").filter(id=request_id).first()
    if row is None:
        raise NotFound("sense.no_request")
    return row

"""Between rows of requests and what they take, and their values."""

from dataclasses import asdict
from decimal import Decimal
from typing import Any
from uuid import UUID

from dure.kernel.canonical import plain
from dure.kernel.ids import FirmId
from dure.kernel.money import Won
from dure.kernel.time import Instant
from dure.sense import models
from dure.sense.bridge.catalogue import read_option
from dure.sense.engine.need import Need, NeedMaterial, NeedStep
from dure.sense.engine.price_band import PriceBand
from dure.sense.engine.request import FreightTerms, InspectionStandard, Request, Terms
from dure.sense.engine.variants import spoken

_LISTS = ("after", "licences", "alternatives", "envelope_mm", "certificates")


def read_request(row: models.Request) -> Request:
    """Give the value of a request."""
    words = spoken([read_option(each) for each in row.product.options])
    return Request(
        id=row.id,
        number=row.number,
        buyer=FirmId(row.buyer_id),
        product=row.product.code,
        product_name=row.product.name,
        product_name_en=row.product.name_en,
        terms=read_terms(row),
        submitted_at=row.submitted_at,
        band=read_band(row.band) if row.band else None,
        choices=tuple(row.choices),
        picked=tuple(words[each] for each in row.choices if each in words),
        earlier=row.earlier_id,
        enquiry=row.enquiry_id,
    )


def read_terms(row: models.Request) -> Terms:
    """Give the terms of a request."""
    return Terms(
        quantity=row.quantity,
        due=row.due,
        spare_quantity=row.spare_quantity,
        freight_terms=FreightTerms(row.freight_terms) if row.freight_terms else None,
        inspection_standard=(
            InspectionStandard(row.inspection_standard) if row.inspection_standard else None
        ),
        deposit_percent=row.deposit_percent,
        destination=row.destination,
        certificates=tuple(row.certificates),
    )


def terms_body(terms: Terms) -> dict[str, Any]:
    """Give terms as canonical JSON values."""
    body: dict[str, Any] = plain(asdict(terms))
    return body


def request_row(terms: Terms, *, product: UUID, request_id: UUID, at: Instant) -> models.Request:
    """Give the row of a new request, not stored yet; its audited columns are told."""
    return models.Request(
        id=request_id,
        product_id=product,
        spare_quantity=terms.spare_quantity,
        freight_terms=terms.freight_terms,
        inspection_standard=terms.inspection_standard,
        deposit_percent=terms.deposit_percent,
        destination=terms.destination,
        certificates=list(terms.certificates),
        submitted_at=at,
    )


def write_terms(row: models.Request, terms: Terms) -> None:
    """Write the terms that may be said later onto the row; telling stores it."""
    row.spare_quantity, row.destination = terms.spare_quantity, terms.destination
    row.freight_terms, row.deposit_percent = terms.freight_terms, terms.deposit_percent
    row.inspection_standard = terms.inspection_standard


def need_body(need: Need) -> dict[str, Any]:
    """Give a need as canonical JSON values."""
    body: dict[str, Any] = plain(asdict(need))
    return body


def read_need(body: dict[str, Any]) -> Need:
    """Give back the need whose body was stored."""
    return Need(
        product=body["product"],
        sets=body["sets"],
        steps=tuple(
            NeedStep(
                **{**each, **{name: tuple(each.get(name, ())) for name in _LISTS if name in each}}
            )
            for each in body["steps"]
        ),
        materials=tuple(
            NeedMaterial(**{**each, "amount": Decimal(each["amount"])})
            for each in body["materials"]
        ),
    )


def band_body(band: PriceBand) -> dict[str, Any]:
    """Give a price band as canonical JSON values."""
    body: dict[str, Any] = plain(asdict(band))
    return body


def read_band(body: dict[str, Any]) -> PriceBand:
    """Give back the band whose body was stored."""
    return PriceBand(
        low=None if body["low"] is None else Won(body["low"]),
        high=None if body["high"] is None else Won(body["high"]),
        firms=body["firms"],
        coverage_percent=body["coverage_percent"],
        materials=Won(body["materials"]),
        jobs=body["jobs"],
    )

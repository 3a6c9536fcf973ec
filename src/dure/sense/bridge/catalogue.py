"""Between rows of the catalogue and of proposals, and their values."""

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any
from uuid import UUID

from dure.kernel.canonical import plain
from dure.kernel.ids import FirmId
from dure.sense import models
from dure.sense.engine.product import LARGEST_ORDER, Choice, Material, Option, Product, Step
from dure.sense.engine.proposal import Proposal, ProposalState


def read_product(row: models.Product) -> Product:
    """Give the value of a product."""
    bills = ("bill_of_materials", "bill_of_process", "options")
    plainly = ("code", "name", "name_en", "product_class", "about", "about_en", "based_on")
    body = {name: getattr(row, name) for name in (*bills, *plainly, "lot_min", "lot_max")}
    return product_of(body, product_id=row.id, proposed_by=row.proposed_by)


def product_of(body: Mapping[str, Any], *, product_id: UUID, proposed_by: UUID | None) -> Product:
    """Give the product whose body was stored."""
    return Product(
        id=product_id,
        code=body["code"],
        name=body["name"],
        name_en=body["name_en"],
        product_class=body["product_class"],
        materials=tuple(read_material(each) for each in body["bill_of_materials"]),
        steps=tuple(read_step(each) for each in body["bill_of_process"]),
        options=tuple(read_option(each) for each in body.get("options", ())),
        lot_min=body.get("lot_min", 1),
        lot_max=body.get("lot_max", LARGEST_ORDER),
        about=body.get("about", ""),
        about_en=body.get("about_en", ""),
        proposed_by=FirmId(proposed_by) if proposed_by else None,
        based_on=body.get("based_on", ""),
    )


def product_body(product: Product) -> dict[str, Any]:
    """Give all of a product but its id and who proposed it, as canonical JSON values."""
    told = asdict(product)
    told["bill_of_materials"], told["bill_of_process"] = told.pop("materials"), told.pop("steps")
    body: dict[str, Any] = plain(
        {name: said for name, said in told.items() if name not in ("id", "proposed_by")}
    )
    return body


def product_row(product: Product) -> models.Product:
    """Give the row of a product, not stored yet; its audited columns are told."""
    body = product_body(product)
    untold = {name: said for name, said in body.items() if name not in models.Product.audited}
    return models.Product(id=product.id, proposed_by=product.proposed_by, **untold)


def read_step(body: Mapping[str, Any]) -> Step:
    """Give a step of a bill of process."""
    lists = {name: tuple(body.get(name, ())) for name in LISTS}
    return Step(**{**body, **lists, "per_set": Decimal(body["per_set"])})


LISTS = ("after", "alternatives", "only", "envelope_mm", "certificates")


def read_material(body: Mapping[str, Any]) -> Material:
    """Give a line of a bill of materials."""
    only = tuple(body.get("only", ()))
    return Material(**{**body, "only": only, "per_set": Decimal(body["per_set"])})


def read_proposal(row: models.ProductProposal) -> Proposal:
    """Give the value of a member's proposal."""
    return Proposal(
        id=row.id,
        number=row.number,
        firm=FirmId(row.firm_id),
        product=product_of(row.body, product_id=row.id, proposed_by=row.firm_id),
        state=ProposalState(row.state),
        why=row.why,
        proposed_at=row.proposed_at,
    )


def read_option(body: Mapping[str, Any]) -> Option:
    """Give an option with its choices."""
    return Option(**{**body, "choices": tuple(Choice(**each) for each in body["choices"])})

"""What can be done about needs: list a product, submit a request, understand it."""

from uuid import UUID

from django.db import transaction

from dure.journal.public import next_number
from dure.journal.services import tell
from dure.kernel.errors import Refused
from dure.kernel.fact import Fact
from dure.kernel.money import Won
from dure.kernel.time import Instant, seoul_date
from dure.members import public as members
from dure.sense import bridge, models, public
from dure.sense.engine.facts import NEED_UNDERSTOOD, PRODUCT_LISTED, REQUEST_SUBMITTED
from dure.sense.engine.need import Need, NeedStep, material_cost, scale
from dure.sense.engine.price_band import StepPrices, price_band
from dure.sense.engine.product import Product, check_product
from dure.sense.engine.request import Request, Terms, check_terms, completeness
from dure.stack.ids import new_id


@transaction.atomic
def list_product(product: Product, *, at: Instant) -> Product:
    """
    List a product in the catalogue.

    Raises Refused where its bills cannot hold (a cycle is named) or its code is taken.
    """
    check_product(product)
    if models.Product.objects.filter(code=product.code).exists():
        raise Refused("sense.product_listed_already", product=product.code)
    row = bridge.product_row(product)
    bills = {
        "bill_of_materials": row.bill_of_materials,
        "bill_of_process": row.bill_of_process,
        "product_class": product.product_class,
    }
    tell(row, PRODUCT_LISTED, at=at, payload=bills, code=product.code, name=product.name)
    return product


@transaction.atomic
def submit_request(code: str, terms: Terms, *, buyer: UUID, at: Instant) -> Request:
    """
    Ask for a product. What is missing lowers the completeness, and is asked for.

    Raises Refused for a product that is not in the catalogue and for terms that cannot be.
    """
    product = models.Product.objects.filter(code=code).first()
    if product is None:
        raise Refused("sense.no_such_product", product=code)
    check_terms(terms, today=seoul_date(at))
    row = bridge.request_row(terms, product=product.id, request_id=new_id(), at=at)
    asked = {
        "completeness": completeness(terms),
        "product": code,
        "terms": bridge.terms_body(terms),
    }
    tell(
        row,
        REQUEST_SUBMITTED,
        at=at,
        parties=[buyer],
        payload=asked,
        number=next_number("request"),
        buyer_id=buyer,
        quantity=terms.quantity,
        due=terms.due,
        state=models.Request.State.SUBMITTED,
    )
    return public.request(row.id)


def understand_need(fact: Fact, at: Instant) -> None:
    """Find out what a request takes and what it may cost; follows RequestSubmitted."""
    row = models.Request.objects.select_related("product").get(id=fact.aggregate_id)
    terms = bridge.read_terms(row)
    product = bridge.read_product(row.product)
    need = scale(product, quantity=terms.quantity, spare=terms.spare_quantity or 0)
    band = price_band(
        _prices(need, at),
        materials=material_cost(need.materials),
        fee_basis_points=members.bylaws().fee_basis_points,
    )
    row.need, row.band = bridge.need_body(need), bridge.band_body(band)
    told = {"band": row.band, "materials": row.need["materials"], "steps": row.need["steps"]}
    state = models.Request.State.UNDERSTOOD
    tell(row, NEED_UNDERSTOOD, at=at, parties=[row.buyer_id], payload=told, state=state)


def _prices(need: Need, at: Instant) -> list[StepPrices]:
    day = seoul_date(at)
    processes = {step.process for step in need.steps}
    capable = members.capabilities(processes=processes)
    rates = {(rate.firm, rate.process): rate for rate in members.rates(processes=processes)}
    numbers = {firm.id: firm.number for firm in members.firms(members.Kind.MEMBER)}
    permits = {(item.firm, item.kind) for item in members.licences() if item.is_valid_on(day)}

    def prices(step: NeedStep) -> dict[int, Won]:
        return {
            numbers[each.firm]: rates[each.firm, step.process].price(step.quantity)
            for each in capable
            if each.process == step.process
            and each.lot_min <= step.quantity <= each.lot_max
            and all((each.firm, kind) in permits for kind in step.licences)
        }

    return [StepPrices(step=step.code, prices=prices(step)) for step in need.steps]

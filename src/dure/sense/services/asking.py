"""Requests: submit one, and find out what it takes and what it may cost."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import transaction

from dure.journal.public import next_number
from dure.journal.services import tell
from dure.kernel.errors import NotFound, Refused
from dure.kernel.fact import Fact
from dure.kernel.money import Won
from dure.kernel.time import Instant, seoul_date
from dure.members import public as members
from dure.sense import models, public
from dure.sense.bridge import asking as bridge
from dure.sense.bridge import catalogue, learning
from dure.sense.engine.facts import NEED_UNDERSTOOD, REQUEST_COMPLETED, REQUEST_SUBMITTED
from dure.sense.engine.need import Need, NeedStep, material_cost, scale
from dure.sense.engine.price_band import StepPrices, centre_of, price_band
from dure.sense.engine.product import Product
from dure.sense.engine.request import Request, Terms, check_terms, completed, completeness
from dure.sense.engine.variants import Choices, chosen, configured
from dure.sense.engine.ways import with_materials, with_processes, with_scrap
from dure.stack.ids import new_id

Prices = dict[tuple[str, str], dict[int, Won]]


@transaction.atomic
def submit_request(
    code: str,
    terms: Terms,
    *,
    buyer: UUID,
    at: Instant,
    choices: Sequence[str] = (),
    earlier: UUID | None = None,
    enquiry: UUID | None = None,
) -> Request:
    """
    Ask for a product. What is missing lowers the completeness, and is asked for.

    earlier: a request of the same buyer for the same product whose order this one goes on from;
    what was chosen there is chosen here where nothing else is said. Raises Refused for a product
    or choice that is not in the catalogue and for terms that cannot be, NotFound for an earlier
    request that is not the buyer's.
    """
    product = models.Product.objects.filter(code=code).first()
    if product is None:
        raise Refused("sense.no_such_product", product=code)
    whole = catalogue.read_product(product)
    check_terms(terms, today=seoul_date(at))
    _check_lot(whole, terms)
    before = _earlier(earlier, product, buyer)
    picked = chosen(whole.options, choices or (before.choices if before else ()))
    row = bridge.request_row(terms, product=product.id, request_id=new_id(), at=at)
    row.choices, row.earlier, row.enquiry_id = list(picked), before, enquiry
    tell(
        row,
        REQUEST_SUBMITTED,
        at=at,
        parties=[buyer],
        payload=_told(row, whole, terms),
        number=next_number("request"),
        buyer_id=buyer,
        quantity=terms.quantity,
        due=terms.due,
        state=models.Request.State.SUBMITTED,
    )
    return public.request(row.id)


@transaction.atomic
def complete_request(request_id: UUID, said: Terms, *, buyer: UUID, at: Instant) -> Request:
    """
    Say what a request lacked: destination, freight, inspection, deposit, that no spares are needed.

    Quantity and day of what is said do not count, nor what was said before. Raises NotFound for
    another's request, Refused once it is an order, and for terms that cannot be.
    """
    rows = models.Request.objects.select_for_update(of=("self",)).select_related("product")
    row = rows.filter(id=request_id, buyer_id=buyer).first()
    if row is None:
        raise NotFound("sense.no_request")
    if models.OrderSeen.objects.filter(request=row).exists():
        raise Refused("sense.ordered_already", number=row.number)
    terms = completed(bridge.read_terms(row), said)
    check_terms(terms, today=seoul_date(row.submitted_at))
    bridge.write_terms(row, terms)
    told = {"completeness": completeness(terms), "terms": bridge.terms_body(terms)}
    tell(row, REQUEST_COMPLETED, at=at, parties=[buyer], payload=told)
    return public.request(row.id)


def understand_need(fact: Fact, at: Instant) -> None:
    """Find out what a request takes and what it may cost; follows RequestSubmitted."""
    row = models.Request.objects.select_related("product").get(id=fact.aggregate_id)
    terms = bridge.read_terms(row)
    product = _as_chosen(row)
    need, prices = _need(product, terms, at)
    steps = [_of_step(step, prices) for step in need.steps]
    materials, fee = material_cost(need.materials), members.bylaws().fee_basis_points
    band = price_band(steps, materials=materials, fee_basis_points=fee, jobs=learning.read_jobs())
    centre = centre_of(steps, materials=materials, fee_basis_points=fee)
    if centre is not None:
        models.Estimate.objects.create(request=row, centre_won=centre)
    row.need, row.band = bridge.need_body(need), bridge.band_body(band)
    told = {"band": row.band, "materials": row.need["materials"], "steps": row.need["steps"]}
    state = models.Request.State.UNDERSTOOD
    tell(row, NEED_UNDERSTOOD, at=at, parties=[row.buyer_id], payload=told, state=state)


def _check_lot(product: Product, terms: Terms) -> None:
    sets = terms.quantity + (terms.spare_quantity or 0)
    if not product.lot_min <= sets <= product.lot_max:
        least, most = product.lot_min, product.lot_max
        raise Refused("sense.lot", quantity=sets, least=least, most=most)


def _earlier(earlier: UUID | None, product: models.Product, buyer: UUID) -> models.Request | None:
    if earlier is None:
        return None
    row = models.Request.objects.filter(id=earlier, buyer_id=buyer).first()
    if row is None:
        raise NotFound("sense.no_request")
    if row.product_id != product.id:
        raise Refused("sense.earlier_other_product", number=row.number)
    return row


def _told(row: models.Request, product: Product, terms: Terms) -> dict[str, object]:
    return {
        "choices": row.choices,
        "completeness": completeness(terms),
        "earlier": row.earlier_id,
        "enquiry": row.enquiry_id,
        "product": product.code,
        "terms": bridge.terms_body(terms),
    }


def _as_chosen(row: models.Request) -> Product:
    """Give the variant that was asked for, with its materials chosen and what was learnt of it."""
    whole = catalogue.read_product(row.product)
    picked: Choices = tuple(row.choices)
    variant = with_materials(configured(whole, chosen(whole.options, picked)))
    return with_scrap(variant, learning.read_scrap(whole.id))


def _need(product: Product, terms: Terms, at: Instant) -> tuple[Need, Prices]:
    def scaled(bills: Product) -> Need:
        spare = terms.spare_quantity or 0
        asked = terms.certificates
        return scale(bills, quantity=terms.quantity, spare=spare, certificates=asked)

    prices = _prices(scaled(product), at)
    asked = {way: list(each.values()) for way, each in prices.items()}
    return scaled(with_processes(product, asked)), prices


def _of_step(step: NeedStep, prices: Mapping[tuple[str, str], Mapping[int, Won]]) -> StepPrices:
    return StepPrices(step=step.code, prices=prices[step.code, step.process])


def _prices(need: Need, at: Instant) -> Prices:
    """
    Give about what each capable member would charge for each step, by each process that would do.

    Rates count in steps, so that no number of requests finds out one that stands behind a band.
    """
    day = seoul_date(at)
    ways = [
        (step, process) for step in need.steps for process in (step.process, *step.alternatives)
    ]
    processes = {process for _, process in ways}
    capable = members.capabilities(processes=processes)
    rates = {(rate.firm, rate.process): rate for rate in members.rates(processes=processes)}
    numbers = {firm.id: firm.number for firm in members.firms(members.Kind.MEMBER)}
    held = [item for item in members.licences() if item.is_valid_on(day)]
    permits = {(item.firm, item.kind) for item in held}
    certified = {(item.firm, members.certificate_code(item.kind)) for item in held}

    def prices(step: NeedStep, process: str) -> dict[int, Won]:
        return {
            numbers[each.firm]: rates[each.firm, process].in_steps(step.quantity)
            for each in capable
            if each.process == process
            and each.lot_min <= step.quantity <= each.lot_max
            and all((each.firm, kind) in permits for kind in step.licences)
            and all((each.firm, kind) in certified for kind in step.certificates)
            and each.suits(
                material=step.material, envelope_mm=step.envelope_mm, tolerance=step.tolerance
            )
        }

    return {(step.code, process): prices(step, process) for step, process in ways}

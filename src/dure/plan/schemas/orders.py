"""What the API of quotes, orders and proposals takes and gives."""

from datetime import date, datetime
from uuid import UUID

from ninja import Schema

from dure.plan.engine.values import JobOrder, Order, Proposal, Quote


class ReasonOut(Schema):
    """A reason: its code and parameters."""

    code: str
    parameters: dict[str, str | int]


class BandOut(Schema):
    """The price band of the request, in won."""

    low: int | None
    high: int | None


class QuoteOut(Schema):
    """A quote. price is without VAT; promised_on is empty where it cannot be made at all."""

    id: UUID
    number: int
    request: UUID
    quantity: int
    band: BandOut
    price: int
    work: int
    materials: int
    fee: int
    promised_on: date | None
    due: date
    reasons: list[ReasonOut]
    valid_until: datetime
    state: str


class MilestoneOut(Schema):
    """A step as the buyer sees it."""

    step: str
    name: str
    name_en: str
    by: date
    is_done: bool


class OrderOut(Schema):
    """An order and how far it is."""

    id: UUID
    number: int
    request: UUID
    quantity: int
    price: int
    promised_on: date
    leaves_at: datetime
    accepted_at: datetime
    done: int
    steps: int
    milestones: list[MilestoneOut]
    reasons: list[ReasonOut]
    state: str


class HandOverOut(Schema):
    """What goes from one firm to another, and when. step is empty where it goes to the buyer."""

    step: str
    firm: UUID
    firm_name: str
    at: datetime


class JobOrderOut(Schema):
    """A job order."""

    id: UUID
    number: int
    order: UUID
    order_number: int
    firm: UUID
    step: str
    name: str
    name_en: str
    quantity: int
    good: int
    unit: str
    price: int
    equipment: UUID
    starts: datetime
    ends: datetime
    receives: list[HandOverOut]
    hands_over: list[HandOverOut]
    pinned: bool
    given_back: bool
    state: str


class PlaceOut(Schema):
    """When, where, how many."""

    starts: datetime
    ends: datetime
    equipment: UUID
    quantity: int


class ProposalOut(Schema):
    """A change that a firm is asked to agree to."""

    id: UUID
    number: int
    order: UUID
    order_number: int
    job_order: UUID
    name: str
    name_en: str
    old: PlaceOut
    new: PlaceOut
    reasons: list[ReasonOut]
    answer_by: datetime
    state: str


def quote_out(quote: Quote) -> dict[str, object]:
    """Give a quote as the API shows it."""
    low, high = quote.band
    return _shown(quote, QuoteOut) | {"band": {"low": low, "high": high}}


def order_out(order: Order) -> dict[str, object]:
    """Give an order as the API shows it; the parts of its price are its members' own affair."""
    return _shown(order, OrderOut) | {"steps": len(order.milestones)}


def job_order_out(job_order: JobOrder) -> dict[str, object]:
    """Give a job order as the API shows it."""
    return _shown(job_order, JobOrderOut)


def proposal_out(proposal: Proposal) -> dict[str, object]:
    """Give a proposal as the API shows it."""
    return _shown(proposal, ProposalOut)


def _shown(value: object, schema: type[Schema]) -> dict[str, object]:
    shown = {name: getattr(value, name) for name in schema.model_fields if hasattr(value, name)}
    if "reasons" in shown:
        shown["reasons"] = [reason.as_json() for reason in getattr(value, "reasons", ())]
    return shown

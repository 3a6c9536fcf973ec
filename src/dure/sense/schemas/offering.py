"""What the API of proposals, free requests, drawings and forecasts takes and gives."""

from datetime import date, datetime
from uuid import UUID

from ninja import Field, Schema

from dure.sense.engine.enquiry import LONGEST_TEXT, Brief, completeness, missing
from dure.sense.public import LEVELS, Enquiry, Forecast, Proposal
from dure.sense.schemas.asking import ProductOut, ReasonOut, product_out


class WhyIn(Schema):
    """A reason that the other side is told."""

    why: str = Field(max_length=400)


class ProposalOut(Schema):
    """A member's proposal of a product, and what became of it."""

    id: UUID
    number: int
    firm: UUID
    state: str
    why: str
    proposed_at: datetime
    product: ProductOut


class BriefIn(Schema):
    """A free request. What is left out lowers its completeness, and is asked for."""

    text: str = Field(max_length=LONGEST_TEXT)
    quantity: int | None = Field(None, ge=-(10**9), le=10**9)
    due: date | None = None
    materials: str = Field("", max_length=200)
    finish: str = Field("", max_length=200)
    tolerance: str = Field("", max_length=200)
    purpose: str = Field("", max_length=200)
    destination: str = Field("", max_length=160)

    def brief(self) -> Brief:
        """Give the value."""
        return Brief(**self.model_dump())


class TurnIn(Schema):
    """The product that a free request is turned into, with a choice of each option."""

    product: str
    choices: list[str] = Field([], max_length=12)


class DrawingOut(Schema):
    """A drawing: GET /drawings/{id} gives its bytes."""

    id: UUID
    name: str
    kind: str
    size: int
    sha256: str
    attached_at: datetime
    steps: list[str]


class EnquiryOut(Schema):
    """A free request, how complete it is, and the request that it became."""

    id: UUID
    number: int
    buyer: UUID
    state: str
    why: str
    made_at: datetime
    text: str
    quantity: int | None
    due: date | None
    materials: str
    finish: str
    tolerance: str
    purpose: str
    destination: str
    completeness: int
    missing: list[ReasonOut]
    drawings: list[DrawingOut]
    request: UUID | None


class MonthOut(Schema):
    """A month ahead: the sets that suffice with each probability."""

    month: date
    sets: dict[str, int]


class ForecastOut(Schema):
    """What is likely ordered of a product in the months ahead."""

    product: str
    months: list[MonthOut]


def proposal_out(proposal: Proposal) -> dict[str, object]:
    """Give a proposal as the API shows it."""
    shown = ("id", "number", "firm", "state", "why", "proposed_at")
    product = product_out(proposal.product)
    return {**{name: getattr(proposal, name) for name in shown}, "product": product}


def enquiry_out(enquiry: Enquiry) -> dict[str, object]:
    """Give a free request as the API shows it."""
    shown = ("id", "number", "buyer", "state", "why", "made_at", "drawings", "request")
    brief, attached = enquiry.brief, len(enquiry.drawings)
    return {
        **{name: getattr(enquiry, name) for name in shown},
        **{name: getattr(brief, name) for name in Brief.__dataclass_fields__},
        "completeness": completeness(brief, drawings=attached),
        "missing": [reason.as_json() for reason in missing(brief, drawings=attached)],
    }


def forecast_out(forecast: Forecast) -> dict[str, object]:
    """Give a forecast as the API shows it."""
    levels = [str(level) for level in LEVELS]
    months = [
        {"month": month, "sets": dict(zip(levels, sets, strict=True))}
        for month, sets in forecast.rows
    ]
    return {"product": forecast.product, "months": months}

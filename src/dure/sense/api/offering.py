"""Members' proposals, free requests with their drawings, and forecasts over HTTP."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from ninja import Router, Status

from dure.journal.public import now
from dure.kernel.actor import Role
from dure.kernel.errors import NotFound
from dure.kernel.ids import FirmId
from dure.sense import public
from dure.sense.engine.drawings import LARGEST_BYTES, SAVED_ONLY
from dure.sense.schemas.asking import ProductIn, ProductOut, RequestOut, product_out, request_out
from dure.sense.schemas.offering import (
    BriefIn,
    DrawingOut,
    EnquiryOut,
    ForecastOut,
    ProposalOut,
    TurnIn,
    WhyIn,
    enquiry_out,
    forecast_out,
    proposal_out,
)
from dure.sense.services import catalogue, drawings, enquiries
from dure.stack.tenancy import actor_of, current_actor

router = Router(tags=["sense"])


@router.post("/product-proposals", response={201: ProposalOut})
def propose_product(request: HttpRequest, body: ProductIn) -> Status[dict[str, object]]:
    """Propose a product for the shop window [owner]."""
    firm = _firm(request, Role.OWNER)
    made = catalogue.propose_product(body.product(proposed_by=firm), firm=firm, at=now())
    return Status(201, proposal_out(made))


@router.get("/product-proposals", response=list[ProposalOut])
def proposals(request: HttpRequest) -> list[dict[str, object]]:
    """List the proposals that one may see: a member its own, the office all."""
    current_actor()
    return [proposal_out(each) for each in public.proposals()]


@router.post("/product-proposals/{uuid:product_proposal_id}/list", response={201: ProductOut})
def list_proposal(request: HttpRequest, product_proposal_id: UUID) -> Status[dict[str, object]]:
    """Take a proposal into the shop window [office]."""
    actor_of(request).must_be(Role.OFFICE)
    return Status(201, product_out(catalogue.list_proposal(product_proposal_id, at=now())))


@router.post("/product-proposals/{uuid:product_proposal_id}/decline", response=ProposalOut)
def decline_proposal(
    request: HttpRequest, product_proposal_id: UUID, body: WhyIn
) -> dict[str, object]:
    """Leave a proposal out of the shop window, and say why [office]."""
    actor_of(request).must_be(Role.OFFICE)
    catalogue.decline_proposal(product_proposal_id, why=body.why, at=now())
    return proposal_out(public.proposal(product_proposal_id))


@router.post("/enquiries", response={201: EnquiryOut})
def make_enquiry(request: HttpRequest, body: BriefIn) -> Status[dict[str, object]]:
    """Ask for what stands in no catalogue [buyer]; the answer says what is missing."""
    made = enquiries.make_enquiry(body.brief(), buyer=_firm(request, Role.BUYER), at=now())
    return Status(201, enquiry_out(public.enquiry(made)))


@router.get("/enquiries", response=list[EnquiryOut])
def all_enquiries(request: HttpRequest) -> list[dict[str, object]]:
    """List the free requests that one may see, newest first."""
    current_actor()
    return [enquiry_out(each) for each in public.enquiries()]


@router.get("/enquiries/{uuid:enquiry_id}", response=EnquiryOut)
def show_enquiry(request: HttpRequest, enquiry_id: UUID) -> dict[str, object]:
    """Show one free request."""
    current_actor()
    return enquiry_out(public.enquiry(enquiry_id))


@router.post("/enquiries/{uuid:enquiry_id}/complete", response=EnquiryOut)
def complete_enquiry(request: HttpRequest, enquiry_id: UUID, body: BriefIn) -> dict[str, object]:
    """Say what was missing [buyer]: the whole of it again."""
    _firm(request, Role.BUYER)
    enquiries.complete_enquiry(enquiry_id, body.brief(), at=now())
    return enquiry_out(public.enquiry(enquiry_id))


@router.post("/enquiries/{uuid:enquiry_id}/withdraw", response=EnquiryOut)
def withdraw_enquiry(request: HttpRequest, enquiry_id: UUID) -> dict[str, object]:
    """Take a free request back [buyer]."""
    _firm(request, Role.BUYER)
    enquiries.withdraw_enquiry(enquiry_id, at=now())
    return enquiry_out(public.enquiry(enquiry_id))


@router.post("/enquiries/{uuid:enquiry_id}/decline", response=EnquiryOut)
def decline_enquiry(request: HttpRequest, enquiry_id: UUID, body: WhyIn) -> dict[str, object]:
    """Say that the co-op cannot make it, and why [office]."""
    actor_of(request).must_be(Role.OFFICE)
    enquiries.decline_enquiry(enquiry_id, why=body.why, at=now())
    return enquiry_out(public.enquiry(enquiry_id))


@router.post("/enquiries/{uuid:enquiry_id}/turn", response={201: RequestOut})
def turn_enquiry(request: HttpRequest, enquiry_id: UUID, body: TurnIn) -> Status[dict[str, object]]:
    """Turn a free request into a request for a product [office]."""
    actor_of(request).must_be(Role.OFFICE)
    asked = enquiries.turn_enquiry(enquiry_id, body.product, choices=body.choices, at=now())
    return Status(201, request_out(asked))


@router.put("/enquiries/{uuid:enquiry_id}/drawings/{name}", response={201: DrawingOut})
def attach_drawing(request: HttpRequest, enquiry_id: UUID, name: str) -> Status[public.Drawing]:
    """Attach a drawing [buyer]: the body is the file. The same one again is refused."""
    _firm(request, Role.BUYER)
    content = request.read(LARGEST_BYTES + 1)
    return Status(201, drawings.attach_drawing(enquiry_id, name, content, at=now()))


@router.get("/drawings/{uuid:drawing_id}", include_in_schema=True)
def drawing(request: HttpRequest, drawing_id: UUID) -> HttpResponse:
    """Give a drawing's bytes to its buyer, the office, and makers of steps that need it."""
    current_actor()
    name, content = drawings.fetch_drawing(drawing_id, at=now())
    said = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return HttpResponse(content, headers=SAVED_ONLY | {"Content-Disposition": said})


@router.get("/forecasts", response=list[ForecastOut])
def forecasts(request: HttpRequest) -> list[dict[str, object]]:
    """Tell what is likely ordered of each product in the months ahead [office]."""
    actor_of(request).must_be(Role.OFFICE)
    return [forecast_out(each) for each in public.forecasts(now())]


def _firm(request: HttpRequest, *roles: Role) -> FirmId:
    actor = actor_of(request)
    actor.must_be(*roles)
    if actor.firm is None:
        raise NotFound("kernel.not_yours")
    return actor.firm

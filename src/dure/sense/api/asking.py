"""The catalogue and requests over HTTP."""

from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from dure.journal.public import now
from dure.kernel.actor import Role
from dure.kernel.errors import NotFound
from dure.sense import public, services
from dure.sense.schemas.asking import (
    CompletionIn,
    ProductIn,
    ProductOut,
    RequestIn,
    RequestOut,
    product_out,
    request_out,
)
from dure.stack.tenancy import actor_of, current_actor

router = Router(tags=["sense"])


@router.post("/products", response={201: ProductOut})
def list_product(request: HttpRequest, body: ProductIn) -> Status[dict[str, object]]:
    """List a product with its bill of materials and bill of process [office]."""
    actor_of(request).must_be(Role.OFFICE)
    return Status(201, product_out(services.list_product(body.product(), at=now())))


@router.get("/products", response=list[ProductOut])
def products(request: HttpRequest) -> list[dict[str, object]]:
    """Show the catalogue."""
    current_actor()
    return [product_out(product) for product in public.products()]


@router.post("/requests", response={201: RequestOut})
def submit_request(request: HttpRequest, body: RequestIn) -> Status[dict[str, object]]:
    """Ask for a product [buyer]; the answer says what is missing."""
    actor = actor_of(request)
    actor.must_be(Role.BUYER)
    if actor.firm is None:
        raise NotFound("kernel.not_yours")
    asked = services.submit_request(
        body.product,
        body.terms(),
        buyer=actor.firm,
        at=now(),
        choices=body.choices,
        earlier=body.earlier,
    )
    return Status(201, request_out(asked))


@router.post("/requests/{uuid:request_id}/complete", response=RequestOut)
def complete_request(
    request: HttpRequest, request_id: UUID, body: CompletionIn
) -> dict[str, object]:
    """Say what a request lacked [buyer]; what was said before stays."""
    actor = actor_of(request)
    actor.must_be(Role.BUYER)
    if actor.firm is None:
        raise NotFound("kernel.not_yours")
    found = services.complete_request(request_id, body.terms(), buyer=actor.firm, at=now())
    return request_out(found, public.need(request_id) if found.band else None)


@router.get("/requests", response=list[RequestOut])
def requests(request: HttpRequest) -> list[dict[str, object]]:
    """List the requests that one may see, newest first."""
    current_actor()
    return [request_out(each) for each in public.requests()]


@router.get("/requests/{uuid:request_id}", response=RequestOut)
def show_request(request: HttpRequest, request_id: UUID) -> dict[str, object]:
    """Show one request with its price band, steps and materials."""
    current_actor()
    found = public.request(request_id)
    return request_out(found, public.need(request_id) if found.band else None)

"""Quotes, orders, job orders and proposals over HTTP."""

from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from dure.journal.public import now
from dure.kernel.actor import Role
from dure.kernel.errors import NotFound
from dure.plan import public
from dure.plan.schemas.orders import (
    JobOrderOut,
    OrderOut,
    ProposalOut,
    QuoteOut,
    job_order_out,
    order_out,
    proposal_out,
    quote_out,
)
from dure.plan.services import asking, quoting
from dure.stack.tenancy import actor_of, current_actor

router = Router(tags=["plan"])


@router.get("/requests/{uuid:request_id}/quote", response=QuoteOut)
def quote(request: HttpRequest, request_id: UUID) -> dict[str, object]:
    """Show a request's latest quote [buyer, office]."""
    current_actor()
    return quote_out(public.quote_of(request_id))


@router.post("/quotes/{uuid:quote_id}/accept", response={201: OrderOut})
def accept_quote(request: HttpRequest, quote_id: UUID) -> Status[dict[str, object]]:
    """Accept a quote: it becomes an order [buyer]."""
    order = quoting.accept_quote(quote_id, buyer=_firm(request, Role.BUYER), at=now())
    return Status(201, order_out(public.order(order.id)))


@router.get("/orders", response=list[OrderOut])
def orders(request: HttpRequest) -> list[dict[str, object]]:
    """List the orders that one may see, newest first [buyer, office]."""
    current_actor()
    return [order_out(each) for each in public.orders()]


@router.get("/orders/{uuid:order_id}", response=OrderOut)
def order(request: HttpRequest, order_id: UUID) -> dict[str, object]:
    """Show one order: when it leaves, what is done [buyer, office]."""
    current_actor()
    return order_out(public.order(order_id))


@router.get("/job-orders", response=list[JobOrderOut])
def job_orders(request: HttpRequest) -> list[dict[str, object]]:
    """List one's own job orders, or all of them [owner, office]."""
    current_actor()
    return [job_order_out(each) for each in public.job_orders()]


@router.get("/proposals", response=list[ProposalOut])
def proposals(request: HttpRequest) -> list[dict[str, object]]:
    """List the changes that one is or was asked to agree to [owner, office]."""
    current_actor()
    return [proposal_out(each) for each in public.proposals()]


@router.post("/proposals/{uuid:proposal_id}/agree", response=ProposalOut)
def agree(request: HttpRequest, proposal_id: UUID) -> dict[str, object]:
    """Agree to a change of one's job order [owner]."""
    return _answer(request, proposal_id, agree=True)


@router.post("/proposals/{uuid:proposal_id}/refuse", response=ProposalOut)
def refuse(request: HttpRequest, proposal_id: UUID) -> dict[str, object]:
    """Refuse a change: the job order is pinned where it stands [owner]."""
    return _answer(request, proposal_id, agree=False)


def _answer(request: HttpRequest, proposal_id: UUID, *, agree: bool) -> dict[str, object]:
    firm = _firm(request, Role.OWNER)
    asking.answer_proposal(proposal_id, agree=agree, firm=firm, at=now())
    return proposal_out(public.proposal(proposal_id))


def _firm(request: HttpRequest, role: Role) -> UUID:
    actor = actor_of(request)
    actor.must_be(role)
    if actor.firm is None:
        raise NotFound("kernel.not_yours")
    return actor.firm

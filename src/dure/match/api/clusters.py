"""Clusters over HTTP."""

from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from dure.journal.public import now
from dure.kernel.actor import Role
from dure.kernel.errors import NotFound
from dure.kernel.ids import FirmId
from dure.kernel.money import Won
from dure.match import public, services
from dure.match.schemas.clusters import (
    AlternativesOut,
    ChooseIn,
    ChosenOut,
    ClusterOut,
    CounterIn,
    OfferOut,
    alternative_out,
    cluster_out,
    offer_out,
)
from dure.members import public as members
from dure.sense import public as sense
from dure.stack.tenancy import actor_of, current_actor

router = Router()


@router.get("/requests/{uuid:request_id}/alternatives", response=AlternativesOut)
def alternatives(request: HttpRequest, request_id: UUID) -> dict[str, object]:
    """Show the alternatives of a request [buyer, office]."""
    current_actor()
    sense.request(request_id)
    return {
        "searched": public.was_searched(request_id),
        "alternatives": [alternative_out(each) for each in public.alternatives(request_id)],
        "blocking": [reason.as_json() for reason in public.blocking(request_id)],
    }


@router.post("/requests/{uuid:request_id}/choose", response={201: ChosenOut})
def choose(request: HttpRequest, request_id: UUID, body: ChooseIn) -> Status[dict[str, UUID]]:
    """Choose an alternative [buyer]; its members are asked next."""
    buyer = _my_firm(request, Role.BUYER)
    cluster = services.choose(request_id, body.alternative, buyer=buyer, at=now())
    return Status(201, {"cluster": cluster})


@router.get("/offers", response=list[OfferOut])
def offers(request: HttpRequest) -> list[dict[str, object]]:
    """List what one's own firm was offered, newest first [owner]."""
    firm = _my_firm(request, Role.OWNER, Role.BOOKKEEPER)
    return [offer_out(each) for each in public.offers(firm)]


@router.post("/offers/{uuid:offer_id}/accept", response=OfferOut)
def accept(request: HttpRequest, offer_id: UUID) -> dict[str, object]:
    """Take on a step [owner]."""
    _my_firm(request, Role.OWNER)
    return offer_out(services.accept_step(offer_id, at=now()))


@router.post("/offers/{uuid:offer_id}/decline", response=OfferOut)
def decline(request: HttpRequest, offer_id: UUID) -> dict[str, object]:
    """Decline a step, without a reason and without penalty [owner]."""
    _my_firm(request, Role.OWNER)
    return offer_out(services.decline_step(offer_id, at=now()))


@router.post("/offers/{uuid:offer_id}/counter", response=OfferOut)
def counter(request: HttpRequest, offer_id: UUID, body: CounterIn) -> dict[str, object]:
    """Answer with another price [owner]; taken where nobody else would do it for less."""
    _my_firm(request, Role.OWNER)
    price = Won(body.price_won)
    return offer_out(services.counter_step(offer_id, price=price, note=body.note, at=now()))


@router.get("/clusters", response=list[ClusterOut])
def clusters(request: HttpRequest) -> list[dict[str, object]]:
    """List the clusters that one may see, newest first; none for whose makers one is recused."""
    actor = current_actor()
    found = public.clusters()
    return [cluster_out(each) for each in found if not members.recused_for(actor, each.members)]


@router.get("/clusters/{uuid:cluster_id}", response=ClusterOut)
def show_cluster(request: HttpRequest, cluster_id: UUID) -> dict[str, object]:
    """Show one cluster; a member sees its own assignments, the office all."""
    actor, found = current_actor(), public.cluster(cluster_id)
    members.check_not_recused(actor, found.members)
    return cluster_out(found)


def _my_firm(request: HttpRequest, *roles: Role) -> FirmId:
    actor = actor_of(request)
    actor.must_be(*roles)
    if actor.firm is None:
        raise NotFound("kernel.not_yours")
    return actor.firm

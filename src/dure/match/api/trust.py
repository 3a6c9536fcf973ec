"""Trust over HTTP: one's own position, why one was chosen or not, fair share, agreements."""

from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from dure.journal.public import now
from dure.kernel.actor import Role
from dure.kernel.errors import NotFound
from dure.kernel.ids import FirmId
from dure.match import public
from dure.match.engine.why import advice
from dure.match.schemas.trust import (
    AgreementOut,
    FrontierOut,
    PositionOut,
    WhyOut,
    agreement_out,
    frontier_out,
    position_out,
    why_out,
)
from dure.members import public as members
from dure.stack.tenancy import actor_of

router = Router()


@router.get("/position", response=PositionOut)
def position(request: HttpRequest) -> dict[str, object]:
    """Show how one's own firm stands, and what would change it [owner]."""
    firm = _own_firm(request)
    found, told = public.position(firm, now()), public.whys(firm)
    says = [reason.as_json() for reason in advice((why.reason.code for why in told), found)]
    return {**position_out(found), "advice": says}


@router.get("/whys", response=list[WhyOut])
def whys(request: HttpRequest) -> list[dict[str, object]]:
    """List why one's own firm was chosen or not, newest first; once requests are closed [owner]."""
    return [why_out(each) for each in public.whys(_own_firm(request))]


@router.get("/frontier", response=FrontierOut)
def frontier(request: HttpRequest) -> dict[str, object]:
    """Show what each weight of fair share costs [owner, bookkeeper, office]."""
    actor_of(request).must_be(Role.OWNER, Role.BOOKKEEPER, Role.OFFICE)
    found = public.frontier()
    if found is None:
        raise NotFound("match.no_frontier")
    return frontier_out(found)


@router.get("/clusters/{uuid:cluster_id}/agreement", response=AgreementOut)
def agreement(request: HttpRequest, cluster_id: UUID) -> dict[str, object]:
    """Show a cluster's agreement [its parties, office]."""
    actor = actor_of(request)
    actor.must_be(Role.OWNER, Role.BOOKKEEPER, Role.OFFICE)
    found = public.agreement(cluster_id)
    members.check_not_recused(actor, {role.firm for role in found.roles})
    return agreement_out(found)


def _own_firm(request: HttpRequest) -> FirmId:
    actor = actor_of(request)
    actor.must_be(Role.OWNER)
    if actor.firm is None:
        raise NotFound("kernel.not_yours")
    return actor.firm

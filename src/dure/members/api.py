"""The members over HTTP."""

from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from dure.journal.public import now
from dure.kernel.actor import Role
from dure.kernel.errors import NotFound
from dure.kernel.ids import FirmId
from dure.members import public, services
from dure.members.engine.firm import Capability, Firm, Offering, Site
from dure.members.engine.process_codes import process_codes
from dure.members.schemas import (
    BallotIn,
    BallotOut,
    BylawOut,
    CalendarIn,
    CapabilityOut,
    FirmIn,
    FirmOut,
    JoinedOut,
    LicenceIn,
    MyFirmOut,
    OfferingIn,
    OfferingOut,
    ProcessCodeOut,
    RevisedIn,
    SeatIn,
    SiteOut,
    VoteIn,
    ballot_out,
    calendar_of,
    licence_of,
)
from dure.stack.tenancy import actor_of, current_actor

router = Router(tags=["members"])


@router.post("/firms", response={201: JoinedOut})
def join_firm(request: HttpRequest, body: FirmIn) -> Status[dict[str, object]]:
    """Let a firm join with all that it brings [office]. Token and passwords are shown this once."""
    actor_of(request).must_be(Role.OFFICE)
    joining = body.joining()
    joined = services.join_firm(joining, at=now())
    return Status(
        201,
        {
            "firm": joining.firm.id,
            "number": joined.number,
            "token": joined.token,
            "passwords": joined.passwords,
        },
    )


@router.get("/firms", response=list[FirmOut])
def firms(request: HttpRequest) -> list[Firm]:
    """List all firms by number."""
    current_actor()
    return list(public.firms())


@router.get("/firms/me", response=MyFirmOut)
def my_firm(request: HttpRequest) -> dict[str, object]:
    """Show one's own firm, whole."""
    mine = current_actor().firm
    if mine is None:
        raise NotFound("members.no_firm", firm="")
    firm = public.firm(mine)
    return {
        **{name: getattr(firm, name) for name in FirmOut.model_fields},
        "business_number": firm.business_number,
        "shares": public.shares().get(mine, 0),
        "sites": [_site_out(site) for site in public.sites(mine)],
        "equipment": list(public.equipment(mine)),
        "capabilities": list(public.capabilities(firm_id=mine)),
        "rate_card": list(public.rates(firm_id=mine)),
        "licences": list(public.licences(mine)),
        "offering": public.offering(mine),
    }


@router.put("/firms/me/capabilities", response=CapabilityOut)
def revise_capability(request: HttpRequest, body: RevisedIn) -> Capability:
    """Say what one's own firm can do for a process from now on, and at which rate [owner]."""
    mine = _my_firm(request)
    revised = body.revised(mine, public.sites(mine), public.equipment(mine))
    return services.revise_capability(revised, body.rate(mine), at=now())


@router.put("/firms/me/licences", response={204: None})
def hold_licence(request: HttpRequest, body: LicenceIn) -> Status[None]:
    """Say which licence one's own firm holds, and to which day [owner]."""
    services.hold_licence(licence_of(body, _my_firm(request)), at=now())
    return Status(204, None)


@router.put("/firms/me/calendar", response={204: None})
def set_calendar(request: HttpRequest, body: CalendarIn) -> Status[None]:
    """Say when one's own firm works [owner]."""
    services.set_calendar(_my_firm(request), calendar_of(body), at=now())
    return Status(204, None)


@router.put("/firms/me/offering", response=OfferingOut)
def set_offering(request: HttpRequest, body: OfferingIn) -> Offering:
    """Say whether one's own firm takes part in matches, and for whom it does not work [owner]."""
    mine = _my_firm(request)
    return services.set_offering(mine, is_open=body.is_open, refuses=body.refuses, at=now())


@router.get("/process-codes", response=list[ProcessCodeOut])
def list_process_codes(request: HttpRequest) -> list[object]:
    """List the process codes with their DIN 8580 groups and root-industry names."""
    current_actor()
    return list(process_codes().values())


@router.post("/office/people", response={204: None})
def seat_person(request: HttpRequest, body: SeatIn) -> Status[None]:
    """Give somebody of a member firm a role at the cooperative too [office]."""
    actor_of(request).must_be(Role.OFFICE)
    services.seat_person(body.email, body.role, at=now())
    return Status(204, None)


@router.get("/bylaws", response=list[BylawOut])
def bylaws(request: HttpRequest) -> list[dict[str, object]]:
    """List the figures of the bylaws that members vote on, as they stand."""
    current_actor()
    stands = public.bylaws()
    return [
        {
            "value": getattr(stands, each.name),
            **{name: getattr(each, name) for name in BylawOut.model_fields if name != "value"},
        }
        for each in public.parameters().values()
    ]


@router.get("/ballots", response=list[BallotOut])
def ballots(request: HttpRequest) -> list[dict[str, object]]:
    """List the votes on the bylaws, newest first, with what one's own firm said."""
    firm = current_actor().firm
    mine = public.votes(firm) if firm else {}
    return [ballot_out(each, mine.get(each.id)) for each in public.ballots()]


@router.post("/ballots", response={201: BallotOut})
def open_ballot(request: HttpRequest, body: BallotIn) -> Status[dict[str, object]]:
    """Put a figure of the bylaws to the vote [owner, office]."""
    actor = actor_of(request)
    actor.must_be(Role.OWNER, Role.OFFICE)
    assert actor.firm, "owners and the office act for a firm"
    opened = services.open_ballot(
        body.parameter, body.value, firm=actor.firm, at=now(), why=body.why, days=body.days
    )
    found = next(each for each in public.ballots() if each.id == opened)
    return Status(201, ballot_out(found, None))


@router.post("/ballots/{uuid:ballot_id}/vote", response=BallotOut)
def vote(request: HttpRequest, ballot_id: UUID, body: VoteIn) -> dict[str, object]:
    """Say one's own firm's yes or no [owner]; one member, one vote, changeable until it closes."""
    actor = actor_of(request)
    actor.must_be(Role.OWNER)
    assert actor.firm, "owners act for a firm"
    services.cast_vote(ballot_id, firm=actor.firm, is_for=body.is_for, at=now())
    found = next(each for each in public.ballots() if each.id == ballot_id)
    return ballot_out(found, body.is_for)


def _my_firm(request: HttpRequest) -> FirmId:
    actor = actor_of(request)
    actor.must_be(Role.OWNER)
    if actor.firm is None:
        raise NotFound("members.no_firm", firm="")
    return actor.firm


def _site_out(site: Site) -> SiteOut:
    return SiteOut(
        id=site.id,
        code=site.code,
        name=site.name,
        building=site.place.building,
        east_m=site.place.east_m,
        north_m=site.place.north_m,
        region=site.place.region,
    )

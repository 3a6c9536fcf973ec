"""The members over HTTP."""

from django.http import HttpRequest
from ninja import Router, Status

from dure.journal.public import now
from dure.kernel.actor import Role
from dure.kernel.errors import NotFound
from dure.members import public, services
from dure.members.engine.firm import Firm, Site
from dure.members.engine.process_codes import process_codes
from dure.members.schemas import FirmIn, FirmOut, JoinedOut, MyFirmOut, ProcessCodeOut, SiteOut
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
    }


@router.get("/process-codes", response=list[ProcessCodeOut])
def list_process_codes(request: HttpRequest) -> list[object]:
    """List the process codes with their DIN 8580 groups and root-industry names."""
    current_actor()
    return list(process_codes().values())


def _site_out(site: Site) -> SiteOut:
    return SiteOut(
        id=site.id,
        code=site.code,
        name=site.name,
        building=site.place.building,
        east_m=site.place.east_m,
        north_m=site.place.north_m,
    )

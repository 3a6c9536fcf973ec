"""The clock."""

from datetime import UTC

from django.conf import settings
from django.http import HttpRequest
from ninja import Router

from dure.journal import public, services
from dure.journal.schemas import ClockIn, ClockOut
from dure.kernel.actor import Role
from dure.kernel.errors import Malformed
from dure.stack.tenancy import actor_of

router = Router(tags=["journal"])


@router.get("/clock", response=ClockOut)
def clock(request: HttpRequest) -> dict[str, object]:
    """Tell business time."""
    return {"now": public.now(), "clock": settings.DURE_CLOCK}


@router.post("/clock", response=ClockOut)
def set_clock(request: HttpRequest, body: ClockIn) -> dict[str, object]:
    """Move a demo's stored clock forward; for the office."""
    actor_of(request).must_be(Role.OFFICE)
    if body.now.tzinfo is None:
        raise Malformed("journal.instant_without_zone")
    services.set_clock(body.now.astimezone(UTC))
    return {"now": public.now(), "clock": settings.DURE_CLOCK}

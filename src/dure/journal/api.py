"""The clock, what was erased, and the devices that sign for their firms."""

from datetime import UTC
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from ninja import Router

from dure.journal import public, services
from dure.journal.schemas import (
    ClockIn,
    ClockOut,
    DeviceIn,
    DeviceOut,
    EntriesIn,
    EraseIn,
    ErasureOut,
    TakenOut,
)
from dure.kernel.actor import Role
from dure.kernel.entry import from_text, to_text
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


@router.get("/erasures", response=list[ErasureOut])
def list_erasures(request: HttpRequest) -> list[public.Erasure]:
    """List what was erased, the latest first [office]."""
    actor_of(request).must_be(Role.OFFICE)
    return public.erasures()


@router.post("/facts/{uuid:fact}/erase", response={201: ErasureOut})
def erase_fact(request: HttpRequest, fact: UUID, body: EraseIn) -> public.Erasure:
    """Erase what a fact said, for good; that it was there stays in the log [office]."""
    actor_of(request).must_be(Role.OFFICE)
    services.erase(fact, at=public.now(), right=body.right, reason=body.reason)
    return next(each for each in public.erasures() if each.fact == fact)


@router.get("/device", response=DeviceOut)
def device(request: HttpRequest) -> dict[str, object]:
    """Say what waits for the signature of one's own device [owner]."""
    actor_of(request).must_be(Role.OWNER)
    return _device(public.device(public.now()))


@router.post("/device", response=DeviceOut)
def announce_device(request: HttpRequest, body: DeviceIn) -> dict[str, object]:
    """Let one's own device sign this month's facts of the firm, instead of the server [owner]."""
    actor_of(request).must_be(Role.OWNER)
    at = public.now()
    services.announce_device(from_text(body.public_key, 32), at=at)
    return _device(public.device(at))


@router.post("/device/entries", response=TakenOut)
def take_entries(request: HttpRequest, body: EntriesIn) -> dict[str, int]:
    """Take in the entries that one's own device signed [owner]."""
    actor_of(request).must_be(Role.OWNER)
    return {"taken": services.take_signed(line.encode() for line in body.lines)}


def _device(found: public.Device) -> dict[str, object]:
    return {
        "firm": found.firm,
        "month": found.month,
        "public_key": to_text(found.public_key),
        "next_seq": found.next_seq,
        "waiting": [
            {"kind": kind, "body": body.decode(), "key": to_text(key)}
            for kind, body, key in found.waiting
        ],
    }

"""Passports and bundles over HTTP, for those who see the lot."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from dure.prove import public
from dure.prove.schemas import PassportOut
from dure.stack.tenancy import current_actor

router = Router(tags=["prove"])


@router.get("/lots/{lot}/passport", response=PassportOut)
def passport(request: HttpRequest, lot: UUID) -> dict[str, object]:
    """Give a lot's passport and the link that opens it."""
    current_actor()
    shown = public.passport(lot)
    return {
        "lot": shown.lot,
        "link": request.build_absolute_uri(public.link_to_passport(lot)),
        "size": shown.size,
        "proven": shown.proven,
        "pending": shown.pending,
        "steps": list(shown.steps),
    }


@router.get("/lots/{lot}/bundle")
def bundle(request: HttpRequest, lot: UUID) -> HttpResponse:
    """Give a lot's bundle: what `dure-verify` checks."""
    current_actor()
    response = HttpResponse(public.bundle(lot), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{lot}.bundle"'
    return response

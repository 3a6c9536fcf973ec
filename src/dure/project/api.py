"""The HTTP API under /api/v1: one router a room, one way to say no."""

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import ValidationError

from dure.journal.api import router as journal
from dure.kernel.errors import DureError, Malformed
from dure.project.errors import answer
from dure.project.status import router as status

api = NinjaAPI(
    title="Dure",
    version="1",
    description="Send `Authorization: Bearer TOKEN`, and an `Idempotency-Key` with every POST.",
    urls_namespace="api",
)

api.add_router("", journal)
api.add_router("", status)


@api.exception_handler(DureError)
def _refuse(request: HttpRequest, error: DureError) -> HttpResponse:
    return answer(request, error)


@api.exception_handler(ValidationError)
def _malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    first = error.errors[0]
    field = "/".join(str(part) for part in first["loc"])
    return answer(request, Malformed("project.field", field=field, problem=first["msg"]))


api.add_router("", "dure.buy.api.router")
api.add_router("", "dure.make.api.router")
api.add_router("", "dure.members.api.router")
api.add_router("", "dure.prove.api.router")
api.add_router("", "dure.move.api.router")
api.add_router("", "dure.plan.api.router")
api.add_router("", "dure.sense.api.router")
api.add_router("", "dure.settle.api.router")
api.add_router("", "dure.match.api.router")

"""The one place where the six kinds of error become answers: problem+json, and a page."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from urllib.parse import urlencode

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from dure.kernel.actor import NOBODY
from dure.kernel.errors import (
    DureError,
    Malformed,
    NotFound,
    Refused,
    Unauthenticated,
    Unavailable,
    Unproven,
)
from dure.kernel.reason import Reason
from dure.portal.words import say, what_next

DISK_FULL = "53100"  # PostgreSQL's code for it

Door = Callable[[HttpRequest], HttpResponseBase]

STATUS = {
    Refused: HTTPStatus.CONFLICT,
    Malformed: HTTPStatus.BAD_REQUEST,
    NotFound: HTTPStatus.NOT_FOUND,
    Unproven: HTTPStatus.UNPROCESSABLE_ENTITY,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}


def status_of(error: DureError) -> HTTPStatus:
    """Give the HTTP status of an error's kind."""
    return STATUS[type(error)]


def problem(reason: Reason, status: HTTPStatus) -> JsonResponse:
    """Answer with problem+json (RFC 9457): what is wrong and what to do next, in two languages."""
    body = {
        "type": f"urn:dure:{reason.code}",
        "title": status.phrase,
        "status": status.value,
        "detail": say(reason, "en"),
        "detail_ko": say(reason, "ko"),
        "next": _next(reason, status, "en"),
        "next_ko": _next(reason, status, "ko"),
        "reason": reason.as_json(),
    }
    shown = {name: value for name, value in body.items() if value != ""}
    return JsonResponse(shown, status=status, content_type="application/problem+json")


def _next(reason: Reason, status: HTTPStatus, language: str) -> str:
    """Say what to do: what is not there may be there for another role of the same person."""
    said = what_next(reason, language)
    if not said and status is HTTPStatus.NOT_FOUND:
        return what_next(Reason("kernel.not_yours"), language)
    return said


def answer(request: HttpRequest, error: DureError) -> HttpResponse:
    """Answer an error raised anywhere behind a request."""
    status = status_of(error)
    if request.path.startswith("/api/"):
        return problem(error.reason, status)
    if _should_sign_in(request, error):
        return redirect(f"/sign-in/?{urlencode({'next': request.get_full_path()})}")
    return render(request, "portal/error.html", {"reason": error.reason}, status=status)


def _should_sign_in(request: HttpRequest, error: DureError) -> bool:
    """Say whether a page is refused only because nobody has signed in yet."""
    is_nobody = getattr(request, "actor", NOBODY) == NOBODY
    hides = isinstance(error, Unauthenticated) or error.reason.code == "kernel.not_yours"
    return is_nobody and hides and request.method == "GET"


def answering(door: Door) -> Door:
    """Let a door answer what it raises itself: Django would take it for a fault of ours."""

    @wraps(door)
    def through(request: HttpRequest) -> HttpResponseBase:
        try:
            return door(request)
        except DureError as error:
            return answer(request, error)
        except OperationalError as away:
            return answer(request, database_away(away))

    return through


def database_away(error: OperationalError) -> Unavailable:
    """Give our own error for a database that does not answer, or has no room to write."""
    if getattr(error.__cause__, "sqlstate", None) == DISK_FULL:
        return Unavailable("project.disk_full")
    return Unavailable("project.database_away", problem=type(error).__name__)

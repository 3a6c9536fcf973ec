"""
The way in, for every request: language, who acts, once only, and errors as answers.

A request is one transaction. An answer of 400 or more rolls it back, so that a
refusal leaves nothing half done.
"""

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from uuid import UUID

from django.db import IntegrityError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation

from dure.journal.models import Answered
from dure.kernel.actor import NOBODY, Actor
from dure.kernel.errors import DureError, Malformed, Refused, Unauthenticated, Unavailable
from dure.project.errors import answer
from dure.stack.tenancy import acting

Door = Callable[[HttpRequest], HttpResponseBase]

LANGUAGE_COOKIE = "dure_language"

# Answered without the database: health, and what the log publishes to everybody.
OPEN_PATHS = ("/healthz", "/log/")


def language(next_door: Door) -> Door:
    """Speak Korean, or English where the visitor chose it."""

    def through(request: HttpRequest) -> HttpResponseBase:
        chosen = request.COOKIES.get(LANGUAGE_COOKIE, "ko")
        with translation.override(chosen if chosen in ("ko", "en") else "ko"):
            return next_door(request)

    return through


class ErrorPages:
    """Turns Dure's errors, raised in any view, into answers."""

    def __init__(self, next_door: Door) -> None:
        self.next_door = next_door

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on."""
        return self.next_door(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer what a view raised; other exceptions are faults of ours."""
        if isinstance(error, OperationalError):
            error = _away(error)
        return answer(request, error) if isinstance(error, DureError) else None


def _answering(door: Door) -> Door:
    """Answer what a door itself raises: Django would take it for a fault of ours."""

    @wraps(door)
    def through(request: HttpRequest) -> HttpResponseBase:
        try:
            return door(request)
        except DureError as error:
            return answer(request, error)
        except OperationalError as away:
            return answer(request, _away(away))

    return through


def _away(error: OperationalError) -> Unavailable:
    return Unavailable("project.database_away", problem=type(error).__name__)


def acting_for_request(next_door: Door) -> Door:
    """Find out who asks, and run the request as that actor, in one transaction."""

    def through(request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(OPEN_PATHS):
            return next_door(request)
        with acting(NOBODY):
            actor = _who_asks(request)
        request.actor = actor  # type: ignore[attr-defined]  # read back by tenancy.actor_of
        with acting(actor):
            response = next_door(request)
            if response.status_code >= 400:
                transaction.set_rollback(True)
            return response

    return _answering(through)


def answer_once(next_door: Door) -> Door:
    """
    Answer a POST that carries an Idempotency-Key once, and repeat that answer after.

    The API asks for the key; the portal's forms may carry it as `idempotency_key`.
    """

    def through(request: HttpRequest) -> HttpResponseBase:
        key = _idempotency_key(request)
        if key is None:
            return next_door(request)
        row, first = _claim(request, key)
        if not first:
            return _repeat(row, request)
        response = next_door(request)
        if isinstance(response, HttpResponse) and response.status_code < 400:
            _keep(row, response)
        return response

    return _answering(through)


def _who_asks(request: HttpRequest) -> Actor:
    if request.path.startswith("/api/"):
        return _bearer(request)
    person, firm, role = (request.session.get(name) for name in ("person", "firm", "role"))
    if not person:
        return NOBODY
    from dure.members import public as members

    mine = members.actors_of(UUID(person))
    return next((actor for actor in mine if (str(actor.firm), actor.role) == (firm, role)), NOBODY)


def _bearer(request: HttpRequest) -> Actor:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if not scheme:
        return NOBODY
    from dure.members import public as members

    actor = members.actor_for_token(sha256(token.encode()).digest())
    if actor is None:
        raise Unauthenticated("project.unknown_token")
    return actor


def _idempotency_key(request: HttpRequest) -> str | None:
    if request.method != "POST":
        return None
    if not request.path.startswith("/api/"):
        return request.POST.get("idempotency_key") or None
    key = request.headers.get("Idempotency-Key", "")
    if not 1 <= len(key) <= 128:
        raise Malformed("project.no_idempotency_key")
    return key


def _claim(request: HttpRequest, key: str) -> tuple[Answered, bool]:
    firm = request.actor.firm  # type: ignore[attr-defined]  # set by acting_for_request
    mine = Answered(
        firm_id=firm, key=key, path=request.path, request_hash=sha256(request.body).digest()
    )
    try:
        with transaction.atomic():
            mine.save(force_insert=True)
    except IntegrityError:
        return Answered.objects.get(firm_id=firm, key=key), False
    return mine, True


def _repeat(row: Answered, request: HttpRequest) -> HttpResponse:
    same = row.path == request.path and bytes(row.request_hash) == sha256(request.body).digest()
    if not same:
        raise Refused("project.key_used_for_another")
    response = HttpResponse(bytes(row.body), status=row.status, content_type=row.content_type)
    if row.location:
        response["Location"] = row.location
    return response


def _keep(row: Answered, response: HttpResponse) -> None:
    row.status = response.status_code
    row.content_type = response.headers.get("Content-Type", "")
    row.location = response.headers.get("Location", "")
    row.body = response.content
    row.save()

"""
The way in, for every request: language, who acts, and errors as answers.

A request is one transaction. An answer of 400 or more rolls it back, so that a
refusal leaves nothing half done.
"""

import re
from hashlib import sha256
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation

from dure.journal.public import now
from dure.kernel.actor import NOBODY, Actor
from dure.kernel.errors import DureError, Unauthenticated
from dure.make import public as make
from dure.members import public as members
from dure.project.errors import Door, answer, answering, database_away
from dure.stack.tenancy import acting

LANGUAGE_COOKIE = "dure_language"

# Answered without the database: health, and what the log publishes to everybody.
OPEN_PATHS = ("/healthz", "/log/")
_GATEWAYS_DOOR = re.compile(r"/api/v1/(?:gateway|gateway/keys|machines)")
_FOREMANS_DOOR = re.compile(r"/(?:job|api/v1/jobs)/([\w-]{16,64})/")


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
            error = database_away(error)
        return answer(request, error) if isinstance(error, DureError) else None


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
        if response.streaming and not connection.in_atomic_block:
            connection.close()  # a stream may last for minutes: it keeps no connection
        return response

    return answering(through)


def _who_asks(request: HttpRequest) -> Actor:
    by_paper = _FOREMANS_DOOR.match(request.path)
    if by_paper:  # the QR code of a printed job order is the key
        return make.foreman_with(by_paper[1]) or NOBODY
    if request.path.startswith("/api/"):
        return _bearer(request)
    person, firm, role = (request.session.get(name) for name in ("person", "firm", "role"))
    if not person:
        return NOBODY
    mine = members.actors_of(UUID(person))
    return next((actor for actor in mine if (str(actor.firm), actor.role) == (firm, role)), NOBODY)


def _bearer(request: HttpRequest) -> Actor:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if not scheme:
        return NOBODY
    actor = members.actor_for_token(sha256(token.encode()).digest())
    if actor is None and _GATEWAYS_DOOR.fullmatch(request.path):
        actor = make.gateway_with(token, now())  # a code opens what a gateway needs to join
    if actor is None:
        raise Unauthenticated("project.unknown_token")
    return actor

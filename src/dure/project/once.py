"""
A POST with an Idempotency-Key happens once; sent again, it gets the same answer.

An answer may hold what is shown only once (a new token), so the database keeps the
key's hash alone, and the answer encrypted under a key made from it and from the
server's secret: who reads the database reads neither.
"""

import hmac
from hashlib import sha256
from secrets import token_bytes

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from dure.journal.engine.custody import NONCE, seal, unseal
from dure.journal.models import Answered
from dure.journal.public import now
from dure.kernel.errors import Malformed, Refused
from dure.project.errors import Door, answering
from dure.stack.tenancy import actor_of

LONGEST_KEY = 128


def answer_once(next_door: Door) -> Door:
    """Let a POST through once. The API asks for a key; the portal's forms may carry one."""

    @answering
    def through(request: HttpRequest) -> HttpResponseBase:
        key = _key_of(request)
        if key is None:
            return next_door(request)
        row, is_first = _claim(request, key)
        if not is_first:
            return _repeat(row, request, key)
        response = next_door(request)
        if isinstance(response, HttpResponse) and response.status_code < 400:
            _keep(row, response, key)
        return response

    return through


def _key_of(request: HttpRequest) -> str | None:
    if request.method != "POST":
        return None
    if not request.path.startswith("/api/"):
        return request.POST.get("idempotency_key") or None
    key = request.headers.get("Idempotency-Key", "")
    if not 1 <= len(key) <= LONGEST_KEY:
        raise Malformed("project.no_idempotency_key")
    return key


def _claim(request: HttpRequest, key: str) -> tuple[Answered, bool]:
    """Take the key for this request, or find the row of whoever had it first (and wait for it)."""
    firm, key_hash = actor_of(request).firm, sha256(key.encode()).digest()
    request_hash = _hash_of(request)
    mine = Answered(firm_id=firm, key_hash=key_hash, request_hash=request_hash, at=now())
    try:
        with transaction.atomic():
            mine.save(force_insert=True)
    except IntegrityError:
        return Answered.objects.get(firm_id=firm, key_hash=key_hash), False
    return mine, True


def _repeat(row: Answered, request: HttpRequest, key: str) -> HttpResponse:
    if bytes(row.request_hash) != _hash_of(request):
        raise Refused("project.key_used_for_another")
    body = unseal(bytes(row.sealed_body), under=_answer_key(key), owner=bytes(row.key_hash))
    response = HttpResponse(body, status=row.status, content_type=row.content_type)
    if row.location:
        response["Location"] = row.location
    return response


def _keep(row: Answered, response: HttpResponse, key: str) -> None:
    row.status = response.status_code
    row.content_type = response.headers.get("Content-Type", "")
    row.location = response.headers.get("Location", "")
    row.sealed_body = seal(
        response.content,
        under=_answer_key(key),
        nonce=token_bytes(NONCE),
        owner=bytes(row.key_hash),
    )
    row.save()


def _hash_of(request: HttpRequest) -> bytes:
    """Hash what is asked. Of a form that was read to find its key, the body is gone."""
    asked = sha256(request.get_full_path().encode() + b"\n")
    if request.path.startswith("/api/"):
        asked.update(request.body)
        return asked.digest()
    asked.update(request.POST.urlencode().encode())
    for name in sorted(request.FILES):
        for file in request.FILES.getlist(name):
            asked.update(f"\n{name} {file.size}\n".encode())
            for chunk in file.chunks():
                asked.update(chunk)
            file.seek(0)
    return asked.digest()


def _answer_key(key: str) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), b"dure/answer/v1\n" + key.encode(), "sha256")

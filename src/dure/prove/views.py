"""
The log as files for everybody, the page of the log, and passports.

    /log/policy, /log/2026/checkpoint, /log/2026/tile/…, /log/2026/statement/…
                                                 public; tiles and statements never change
    /log/checkpoint, /log/tile/…                 the same of the shard that grows
    /log/pending, POST /log/cosignatures         for witnesses that have no address of their own
    /proof/                                      for whoever has a role and relies on the log
    /proof/erasures/                             for the office: what was erased, and why
    /proof/lots/<id>/?t=…, …/bundle              for whoever holds the link
"""

from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dure.journal import public as journal
from dure.journal.services import erase
from dure.kernel.actor import Role
from dure.kernel.commitment import fields
from dure.kernel.errors import DureError, Malformed, NotFound
from dure.prove import public
from dure.prove.engine.note import LARGEST_NOTE
from dure.prove.engine.tiles import read_path
from dure.prove.forms import Erasing
from dure.prove.services.cosigning import take_cosignatures
from dure.prove.store.folder import LogFolder, shards
from dure.prove.store.mailbox import Mailbox
from dure.stack.tenancy import actor_of

FOR_EVER = "public, max-age=31536000, immutable"
A_MOMENT = "public, max-age=2"
TEXT, BYTES = "text/plain; charset=utf-8", "application/octet-stream"


@require_safe
def checkpoint(_: HttpRequest, year: int | None = None) -> HttpResponse:
    """Serve a shard's published checkpoint."""
    note = _shard(year).published()
    if note is None:
        return HttpResponse(status=HTTPStatus.NOT_FOUND)
    return _file(bytes(note), TEXT, A_MOMENT)


@require_safe
def policy(_: HttpRequest) -> HttpResponse:
    """Serve the policy. Whoever relies on it compares it with what the members have."""
    try:
        data = shards().policy_file()
    except DureError:
        return HttpResponse(status=HTTPStatus.NOT_FOUND)
    return _file(data, TEXT, A_MOMENT)


@require_safe
def pending(_: HttpRequest) -> HttpResponse:
    """Serve the checkpoint that waits for cosignatures."""
    note = Mailbox(shards().path).offered()
    if note is None:
        return HttpResponse(status=HTTPStatus.NOT_FOUND)
    return _file(bytes(note), TEXT, "no-store")


@csrf_exempt  # what comes in is signed, and says nothing about who is signed in
@require_POST
def cosignatures(request: HttpRequest) -> HttpResponse:
    """Take in what a witness brings."""
    log = shards()
    take_cosignatures(request.read(LARGEST_NOTE + 1), Mailbox(log.path), log.policy())
    return HttpResponse(status=HTTPStatus.OK)


@require_safe
def tile(_: HttpRequest, path: str, year: int | None = None) -> HttpResponse:
    """Serve a shard's tile; it never changes."""
    try:
        data = _shard(year).read(read_path(f"tile/{path}"))
    except Malformed:
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    except DureError:
        return HttpResponse(status=HTTPStatus.NOT_FOUND)
    return _file(data, BYTES, FOR_EVER if year else A_MOMENT)


@require_safe
def statement(_: HttpRequest, year: int, index: int) -> HttpResponse:
    """Serve the statement for which one of the log's own entries stands; it never changes."""
    try:
        data = public.statement(year, index)
    except DureError:
        return HttpResponse(status=HTTPStatus.NOT_FOUND)
    return _file(data, TEXT, FOR_EVER)


@require_safe
def log_page(request: HttpRequest) -> HttpResponse:
    """Show how the log stands: it holds nobody's secrets, and everybody relies on it."""
    actor_of(request).must_be(Role.OFFICE, Role.AUDITOR, Role.OWNER, Role.BOOKKEEPER, Role.BUYER)
    shown = {
        "log": public.log_state(),
        "passports": public.passports(),
        "is_office": actor_of(request).role is Role.OFFICE,
    }
    return render(request, "prove/log.html", shown)


@require_safe
def passport(request: HttpRequest, lot: UUID) -> HttpResponse:
    """Show a lot's passport to whoever holds its link."""
    token = request.GET.get("t", "")
    public.check_link(lot, token)
    shown, verdict = public.checked_by_link(lot)
    address = request.build_absolute_uri(f"{reverse('passport', args=[lot])}?t={token}")
    context = {"passport": shown, "verdict": verdict, "address": address, "token": token}
    return render(request, "prove/passport.html", context)


@require_safe
def bundle(request: HttpRequest, lot: UUID) -> HttpResponse:
    """Hand out a lot's bundle to whoever holds its link."""
    public.check_link(lot, request.GET.get("t", ""))
    return download(lot, public.bundle_by_link(lot))


@require_http_methods(["GET", "HEAD", "POST"])
def erasures(request: HttpRequest) -> HttpResponse:
    """Let the office find what a person's records say, and erase them one by one."""
    actor_of(request).must_be(Role.OFFICE)
    if request.method == "POST":
        form = Erasing(request.POST)
        if not form.is_valid():
            raise Malformed("journal.erased_why")
        named = form.cleaned_data
        erase(named["fact"], at=journal.now(), right=named["right"], reason=named["reason"])
        return redirect("erasures")
    asked, chosen = request.GET.get("q", "").strip(), request.GET.get("fact")
    shown = {
        "asked": asked,
        "found": journal.facts_saying(asked) if asked else [],
        "fact": _fields_of(chosen) if chosen else None,
        "erasures": journal.erasures(),
    }
    return render(request, "prove/erasures.html", shown)


def _fields_of(chosen: str) -> dict[str, object]:
    """Give a fact and each of its fields, as they would be erased."""
    try:
        fact = journal.fact(UUID(chosen))
    except ValueError as odd:
        raise NotFound("journal.no_fact", fact=chosen[:36]) from odd
    return {"fact": fact, "fields": [(f.path, f.value) for f in fields(fact.as_json(), bytes(32))]}


def download(lot: UUID, data: bytes) -> HttpResponse:
    """Answer with a bundle as a file."""
    response = HttpResponse(data, content_type=TEXT)
    response["Content-Disposition"] = f'attachment; filename="{lot}.bundle"'
    return response


def _shard(year: int | None) -> LogFolder:
    """Give the folder of a year, or of the shard that grows."""
    log = shards()
    return log.shard(year or max(log.years(), default=0))


def _file(data: bytes, kind: str, caching: str) -> HttpResponse:
    response = HttpResponse(data, content_type=kind)
    response["Cache-Control"] = caching
    response["Access-Control-Allow-Origin"] = "*"
    return response

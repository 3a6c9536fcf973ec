"""The portal's own pages: coming in and going out, the first page of each role, and errors."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from dure.kernel.actor import NOBODY, Actor
from dure.kernel.errors import DureError, NotFound, Unauthenticated
from dure.kernel.reason import Reason
from dure.members import public as members
from dure.portal import bridge, services
from dure.portal.forms import SignIn
from dure.stack.tenancy import acting, actor_of

LANGUAGE_COOKIE = "dure_language"
A_YEAR = 365 * 24 * 60 * 60


def home(request: HttpRequest) -> HttpResponse:
    """Show the first page of the role that somebody has: one sentence, one thing to do."""
    actor = actor_of(request)
    if actor == NOBODY:
        return redirect("sign_in")
    return render(request, "portal/home.html", {"home": bridge.read_home(actor)})


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask who comes, and let in who knows the password."""
    form = SignIn(request.POST or None)
    shown = {"form": form, "next": _next(request), "reason": None}
    if request.method != "POST" or not form.is_valid():
        return render(request, "portal/sign_in.html", shown)
    try:
        actors = services.sign_in(**form.cleaned_data, address=request.META["REMOTE_ADDR"])
    except DureError as no:
        status = 401 if isinstance(no, Unauthenticated) else 429
        return render(request, "portal/sign_in.html", shown | {"reason": no.reason}, status=status)
    request.session.cycle_key()
    request.session["person"] = str(actors[0].person)
    if len(actors) > 1:
        return redirect(f"{reverse('sign_in_as')}?next={_next(request)}")
    return _come_in(request, actors[0])


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_as(request: HttpRequest) -> HttpResponse:
    """Let a person who has several firms or roles choose for which one to act."""
    actors = _own_actors(request)
    if request.method == "POST":
        chosen = request.POST.get("as", "")
        return _come_in(request, next((who for who in actors if _key(who) == chosen), None))
    firms = members.firms_by_id(actor.firm for actor in actors if actor.firm)
    choices = [(_key(who), firms.get(who.firm) if who.firm else None, who.role) for who in actors]
    return render(request, "portal/sign_in_as.html", {"choices": choices, "next": _next(request)})


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Forget who was here."""
    request.session.flush()
    return redirect("sign_in")


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Remember in which of the two languages this browser reads."""
    response = redirect(_next(request))
    chosen = "en" if request.POST.get("language") == "en" else "ko"
    response.set_cookie(LANGUAGE_COOKIE, chosen, max_age=A_YEAR, samesite="Lax", httponly=True)
    return response


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that there is no such page."""
    return _error(request, "kernel.not_yours", 404)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that a form was open too long, or came from elsewhere."""
    return _error(request, "portal.stale_form", 403)


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that this may not be done here."""
    return _error(request, "portal.not_allowed", 403)


def fault(request: HttpRequest) -> HttpResponse:
    """Own up to a fault of ours, without asking the database for anything."""
    return render(None, "portal/fault.html", status=500)


def _error(request: HttpRequest, code: str, status: int) -> HttpResponse:
    return render(request, "portal/error.html", {"reason": Reason(code)}, status=status)


def _own_actors(request: HttpRequest) -> tuple[Actor, ...]:
    person = request.session.get("person")
    if not person:
        raise Unauthenticated("stack.nobody_acts")
    with acting(NOBODY):  # as a member one sees only the roles at that member
        return members.actors_of(UUID(person))


def _come_in(request: HttpRequest, actor: Actor | None) -> HttpResponse:
    if actor is None or actor.firm is None:
        raise NotFound("kernel.not_yours")
    firm = members.firm(actor.firm)
    request.session["firm"], request.session["role"] = str(actor.firm), actor.role.value
    request.session["firm_name"] = {"name": firm.name, "name_en": firm.name_en}
    return redirect(_next(request))


def _key(actor: Actor) -> str:
    return f"{actor.firm} {actor.role.value}"


def _next(request: HttpRequest) -> str:
    wished = request.POST.get("next") or request.GET.get("next") or "/"
    is_ours = url_has_allowed_host_and_scheme(wished, {request.get_host()}, request.is_secure())
    return wished if is_ours else "/"

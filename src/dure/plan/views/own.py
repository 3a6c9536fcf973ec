"""A member's own: its calendar feed, and what it publishes if it keeps the rest to itself."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dure.journal.public import now
from dure.kernel.actor import Actor, Role
from dure.kernel.errors import NotFound
from dure.kernel.time import SEOUL
from dure.members import public as members
from dure.plan import public
from dure.plan.engine.ics import Event, calendar
from dure.plan.engine.values import JobOrder
from dure.plan.forms import FreeTime
from dure.plan.services import disclosing, feeds
from dure.plan.views.drawing import is_english, machine_names
from dure.stack.tenancy import acting, actor_of

CALENDAR = "text/calendar; charset=utf-8"


@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest) -> HttpResponse:
    """Show a member's calendar address and what it publishes; publish."""
    firm = _firm(request)
    abilities = members.capabilities(firm_id=firm)
    choices = [(str(each.id), _process(each.process)) for each in abilities]
    form = FreeTime(request.POST or None, abilities=choices)
    if request.method == "POST" and form.is_valid():
        told = dict(form.cleaned_data)
        capability, windows = UUID(told.pop("capability")), told.pop("windows")
        disclosing.publish_free_time(firm, capability, windows, at=now(), **told)
        return redirect("plan_own")
    shown = {
        "form": form,
        "published": [(each, _process(each.process)) for each in public.free_time()],
        "address": request.session.pop("plan_feed", ""),
        "has_feed": feeds.has_feed(firm),
    }
    return render(request, "plan/own.html", shown)


@require_POST
def open_feed(request: HttpRequest) -> HttpResponse:
    """Make a new address for the calendar; it is shown once."""
    token = feeds.open_feed(_firm(request), now())
    path = f"/plan/calendar/{token}.ics"
    request.session["plan_feed"] = request.build_absolute_uri(path)
    return redirect("plan_own")


@require_POST
def close_feed(request: HttpRequest) -> HttpResponse:
    """Let the calendar's address stop working."""
    feeds.close_feeds(_firm(request), now())
    return redirect("plan_own")


@require_POST
def withdraw(request: HttpRequest, capability_id: UUID) -> HttpResponse:
    """Let the planner read machines and calendar again."""
    disclosing.withdraw_free_time(_firm(request), capability_id, now())
    return redirect("plan_own")


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Give a member's job orders as a calendar to whoever holds its private address."""
    reader = feeds.reader_of(token)
    with acting(reader):
        text = calendar(*_calendar_of(reader), now())
    return HttpResponse(text, content_type=CALENDAR, headers={"Cache-Control": "private, no-store"})


def _calendar_of(reader: Actor) -> tuple[str, list[Event]]:
    assert reader.firm, "a feed is a firm's"
    firm, machines = members.firm(reader.firm), machine_names()
    events = [_event(each, machines) for each in public.job_orders()]
    return firm.called("en" if is_english() else "ko"), events


def _event(each: JobOrder, machines: dict[UUID, str]) -> Event:
    to = ", ".join(
        f"{next_.firm_name} {next_.at.astimezone(SEOUL):%Y-%m-%d %H:%M}"
        for next_ in each.hands_over
    )
    return Event(
        id=each.id,
        changes=each.changes,
        starts=each.starts,
        ends=each.ends,
        summary=f"{each.name} {each.quantity:,} {each.unit} (#{each.number})",
        description=f"{each.name_en or each.name}\n→ {to}",
        place=machines.get(each.equipment, ""),
        is_over=each.state == "done",
    )


def _process(code: str) -> str:
    known = members.process_code(code)
    return known.en if is_english() else known.ko


def _firm(request: HttpRequest) -> UUID:
    actor = actor_of(request)
    actor.must_be(Role.OWNER)
    if actor.firm is None:
        raise NotFound("kernel.not_yours")
    return actor.firm

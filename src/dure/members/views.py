"""The pages of the members: who belongs here, and what one's own firm brings."""

from dataclasses import replace
from itertools import groupby
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dure.journal.public import now
from dure.kernel.actor import Role
from dure.kernel.errors import Malformed, NotFound
from dure.kernel.ids import FirmId
from dure.kernel.time import seoul_date
from dure.members import public, services
from dure.members.engine.calendar import WorkCalendar
from dure.members.engine.firm import Licence
from dure.members.engine.ksic import industry_of
from dure.members.engine.process_codes import process_codes
from dure.members.forms import BallotForm, CapabilityForm, DayOffForm, LicenceForm, told
from dure.members.schemas import RevisedIn
from dure.stack.tenancy import actor_of


@require_safe
def members(request: HttpRequest) -> HttpResponse:
    """Show the office who belongs to the cooperative, and others their own firm."""
    actor = actor_of(request)
    actor.must_be(Role.OFFICE, Role.OWNER, Role.BOOKKEEPER)
    if actor.role is not Role.OFFICE:
        assert actor.firm, "owners and bookkeepers act for a firm"
        return _firm_page(request, actor.firm)
    machines, shares = public.equipment(), public.shares()
    firms = public.firms()
    rows = [
        {
            "firm": firm,
            "machines": sum(machine.firm == firm.id for machine in machines),
            "shares": shares.get(firm.id),
        }
        for firm in firms
    ]
    count = sum(firm.kind is public.Kind.MEMBER for firm in firms)
    return render(request, "members/members.html", {"rows": rows, "count": count})


@require_safe
def firm(request: HttpRequest, firm_id: UUID) -> HttpResponse:
    """Show one firm to the office, and to its own people."""
    actor = actor_of(request)
    actor.must_be(Role.OFFICE, Role.OWNER, Role.BOOKKEEPER)
    if actor.role is not Role.OFFICE and actor.firm != firm_id:
        raise NotFound("kernel.not_yours")
    return _firm_page(request, firm_id)


@require_http_methods(["GET", "HEAD", "POST"])
def capability(request: HttpRequest, capability_id: UUID | None = None) -> HttpResponse:
    """Show an owner one capability with its rate, or an empty one, and take its revision."""
    mine = _own_firm(request)
    machines = public.equipment(mine)
    stands, initial = None, None
    if capability_id:
        stands = public.capability(capability_id)
        rates = {rate.process: rate for rate in public.rates(firm_id=mine)}
        machines = tuple(each for each in machines if each.site == stands.site)
        initial = told(stands, rates.get(stands.process), machines)
    known = process_codes()
    codes = [known[stands.process]] if stands else list(known.values())
    form = CapabilityForm(request.POST or None, initial=initial, machines=machines, processes=codes)
    if request.method == "POST" and form.is_valid():
        _revise(form, mine)
        return redirect("members")
    shown = {"form": form, "process": codes[0] if stands else None}
    return render(request, "members/capability.html", shown)


def _revise(form: CapabilityForm, mine: FirmId) -> None:
    sites, machines = public.sites(mine), public.equipment(mine)
    chosen = form.cleaned_data["machines"]
    where = next(each.site for each in machines if each.code in chosen)
    code = next(site.code for site in sites if site.id == where)
    body = RevisedIn(**form.said(), site=code)
    revised = body.revised(mine, sites, machines)
    services.revise_capability(revised, body.rate(mine), at=now())


@require_POST
def hold_licence(request: HttpRequest) -> HttpResponse:
    """Take note of a licence."""
    mine, form = _own_firm(request), LicenceForm(request.POST)
    if not form.is_valid():
        raise Malformed("members.licence_incomplete")
    services.hold_licence(Licence(firm=mine, **form.cleaned_data), at=now())
    return redirect("members")


@require_POST
def toggle_day_off(request: HttpRequest) -> HttpResponse:
    """Make a day a day off, or one on which the firm works again."""
    mine, form = _own_firm(request), DayOffForm(request.POST)
    if not form.is_valid():
        raise Malformed("members.no_day")
    calendar = public.calendar(mine)
    days = calendar.holidays ^ {form.cleaned_data["day"]}
    services.set_calendar(mine, replace(calendar, holidays=days), at=now())
    return redirect("members")


@require_POST
def toggle_offering(request: HttpRequest) -> HttpResponse:
    """Take part in matches, or no longer."""
    mine = _own_firm(request)
    stands = public.offering(mine)
    services.set_offering(mine, is_open=not stands.is_open, refuses=stands.refuses, at=now())
    return redirect("members")


def _own_firm(request: HttpRequest) -> FirmId:
    actor = actor_of(request)
    actor.must_be(Role.OWNER)
    assert actor.firm, "an owner acts for a firm"
    return actor.firm


def _firm_page(request: HttpRequest, firm_id: UUID) -> HttpResponse:
    sites = {site.id: site for site in public.sites(firm_id)}
    machines = {machine.id: machine for machine in public.equipment(firm_id)}
    rates = {rate.process: rate for rate in public.rates(firm_id=firm_id)}
    abilities = [
        {
            "process": process_codes()[one.process],
            "of": one,
            "machines": [machines[each] for each in one.equipment if each in machines],
            "rate": rates.get(one.process),
        }
        for one in public.capabilities(firm_id=firm_id)
    ]
    calendar = public.calendars().get(firm_id)
    found = public.firm(firm_id)
    shown = {
        "firm": found,
        "industry": industry_of(found.ksic) if found.ksic else None,
        "sites": sites.values(),
        "machines": [(machine, sites.get(machine.site)) for machine in machines.values()],
        "abilities": abilities,
        "licences": public.licences(firm_id),
        "shifts": _week(calendar) if calendar else [],
        "days_off": sorted(calendar.holidays - public.holidays()) if calendar else [],
        "setup_operators": calendar.setup_operators if calendar else None,
        "shares": public.shares().get(firm_id),
        "today": seoul_date(now()),
        "is_own": actor_of(request).role is Role.OWNER and actor_of(request).firm == firm_id,
        "offering": public.offering(found.id),
        "licence_form": LicenceForm(),
        "day_form": DayOffForm(),
    }
    return render(request, "members/firm.html", shown)


@require_safe
def ballots(request: HttpRequest) -> HttpResponse:
    """Show what the members resolved, and the votes that are open and past."""
    actor = actor_of(request)
    actor.must_be(Role.OFFICE, Role.OWNER, Role.BOOKKEEPER)
    found, stands = public.ballots(), public.bylaws()
    mine = public.votes(actor.firm) if actor.firm else {}
    rows = [(each, mine.get(each.id)) for each in found]
    shown = {
        "waiting": [row for row in rows if row[0].state is public.BallotState.OPEN],
        "past": [row for row in rows if row[0].state is not public.BallotState.OPEN],
        "bylaws": [(each, getattr(stands, each.name)) for each in public.parameters().values()],
        "rules": public.vote_rules(),
        "form": BallotForm(initial={"parameter": request.GET.get("figure", "")}),
        "may_vote": actor.role is Role.OWNER,
        "may_open": actor.role in (Role.OWNER, Role.OFFICE),
    }
    return render(request, "members/ballots.html", shown)


@require_POST
def open_ballot(request: HttpRequest) -> HttpResponse:
    """Put a figure of the bylaws to the vote."""
    actor = actor_of(request)
    actor.must_be(Role.OWNER, Role.OFFICE)
    form = BallotForm(request.POST)
    if not form.is_valid() or actor.firm is None:
        raise Malformed("members.no_ballot_form")
    asked = form.cleaned_data
    value = round(asked["percent"] * 100)
    told = {"firm": actor.firm, "at": now(), "why": asked["why"], "days": asked["days"]}
    services.open_ballot(asked["parameter"], value, **told)
    return redirect("ballots")


@require_POST
def vote(request: HttpRequest, ballot_id: UUID) -> HttpResponse:
    """Say yes or no."""
    actor = actor_of(request)
    actor.must_be(Role.OWNER)
    assert actor.firm, "owners act for a firm"
    is_for = request.POST.get("vote") == "for"
    services.cast_vote(ballot_id, firm=actor.firm, is_for=is_for, at=now())
    return redirect("ballots")


def _week(calendar: WorkCalendar) -> list[tuple[list[int], list[str]]]:
    """Gather weekdays that have the same hours: [([0, 1, 2, 3, 4], ["09:00–18:00"]), ...]."""
    hours: dict[int, list[str]] = {}
    for shift in sorted(calendar.shifts, key=lambda each: (each.weekday, each.start_minute)):
        told = f"{_clock(shift.start_minute)}–{_clock(shift.end_minute)}"
        hours.setdefault(shift.weekday, []).append(told)
    alike = groupby(sorted(hours), key=lambda weekday: hours[weekday])
    return [(list(weekdays), told) for told, weekdays in alike]


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"

"""The pages of the members: who belongs here, and what one's own firm brings."""

from itertools import groupby
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dure.journal.public import now
from dure.kernel.actor import Role
from dure.kernel.errors import NotFound
from dure.kernel.time import seoul_date
from dure.members import public
from dure.members.engine.calendar import WorkCalendar
from dure.members.engine.ksic import industry_of
from dure.members.engine.process_codes import process_codes
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
    }
    return render(request, "members/firm.html", shown)


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

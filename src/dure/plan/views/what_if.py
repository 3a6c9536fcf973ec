"""The page of what would be if: asked, planned by the worker, compared; nothing is published."""

from datetime import timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from dure.journal.public import now
from dure.kernel.actor import Role
from dure.kernel.errors import Malformed
from dure.kernel.time import SEOUL
from dure.members import public as members
from dure.plan import public
from dure.plan.forms import WhatIf, clock
from dure.plan.services import scenarios
from dure.plan.views.drawing import is_english, machine_names
from dure.stack.tenancy import actor_of

AHEAD = timedelta(days=30)


@require_http_methods(["GET", "HEAD", "POST"])
def scenario_list(request: HttpRequest) -> HttpResponse:
    """Ask what would be if, and show what was asked before."""
    actor_of(request).must_be(Role.OFFICE)
    at = now()
    first = {
        "starts": clock(at),
        "until": clock(at + timedelta(days=1)),
        "percent": 100,
        "due": (at + AHEAD).astimezone(SEOUL).date(),
    }
    form = WhatIf(request.POST or None, choices=_choices(), initial=first)
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            row = scenarios.ask_scenario(form.cleaned_data["name"], [form.change()], at)
        except Malformed as error:
            refused = error.reason
        else:
            return redirect("plan_scenario", scenario_id=row.id)
    shown = {"form": form, "refused": refused, "scenarios": public.scenarios()}
    return render(request, "plan/scenarios.html", shown, status=400 if refused else 200)


@require_http_methods(["GET", "HEAD"])
def one_scenario(request: HttpRequest, scenario_id: UUID) -> HttpResponse:
    """Show what would be, beside what is."""
    actor_of(request).must_be(Role.OFFICE)
    scenario = public.scenario(scenario_id)
    shown = {"scenario": scenario, "changes": scenario.changes}
    return render(request, "plan/scenario.html", shown)


def _choices() -> dict[str, list[tuple[str, str]]]:
    """Give what a change can be about, by name."""
    language = "en" if is_english() else "ko"
    job_orders = public.job_orders()
    firms = members.firms_by_id({each.firm for each in job_orders})
    machines = machine_names()
    used = {each.equipment: each.firm for each in job_orders}
    return {
        "machine": [
            (str(machine), f"{firms[firm].called(language)} · {machines.get(machine, '')}")
            for machine, firm in used.items()
        ],
        "firm": [(str(firm.id), firm.called(language)) for firm in firms.values()],
        "order": [
            (str(each.id), f"Order {each.number}" if is_english() else f"수주 {each.number}호")
            for each in public.open_orders()
        ],
    }

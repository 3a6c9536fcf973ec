"""The board of the office: job orders are put elsewhere by hand, or stay where they are."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from dure.journal.public import now
from dure.kernel.actor import Actor, Role
from dure.kernel.errors import Malformed, Refused
from dure.kernel.reason import Reason
from dure.members import public as members
from dure.plan import public
from dure.plan.engine.values import JobOrder
from dure.plan.forms import Move, Rules, clock
from dure.plan.services import keeping, pinning
from dure.plan.views.drawing import chart_of, lanes_for, machine_names, with_firms
from dure.stack.tenancy import actor_of


@require_http_methods(["GET", "HEAD"])
def board(request: HttpRequest) -> HttpResponse:
    """Show the Gantt on which the office drags and pins, and the same as a form."""
    actor = actor_of(request)
    actor.must_be(Role.OFFICE)
    shown = _board(actor)
    known = {str(each.id): each for each in shown["loose"]}
    chosen = known.get(request.GET.get("move", ""), next(iter(known.values()), None))
    return render(request, "plan/board.html", shown | {"typed": _where(chosen)})


@require_POST
def move(request: HttpRequest) -> HttpResponse:
    """Put a job order elsewhere: a draft, or the board again with what is in the way."""
    actor = actor_of(request)
    actor.must_be(Role.OFFICE)
    form = Move(request.POST)
    if not form.is_valid():
        return _refused(request, actor, form, Reason("plan.bad_moment"), status=400)
    told = form.cleaned_data
    try:
        row = pinning.move(
            told["job_order"], machine=told["machine"], starts=told["starts"], at=now()
        )
    except Refused as error:
        return _refused(request, actor, form, error.reason, status=409)
    if row is None:
        return _refused(request, actor, form, Reason("plan.stands_there"), status=200)
    return redirect("plan_change", plan_id=row.id)


@require_POST
def pin(request: HttpRequest, job_order_id: UUID) -> HttpResponse:
    """Let a job order stay where it is, or let it go again."""
    actor_of(request).must_be(Role.OFFICE)
    pinning.pin(job_order_id, is_pinned=request.POST.get("pinned") == "yes", at=now())
    return redirect("plan_board")


@require_POST
def rules(request: HttpRequest) -> HttpResponse:
    """Set what was resolved about plans."""
    actor_of(request).must_be(Role.OFFICE)
    form = Rules(request.POST)
    if not form.is_valid():
        raise Malformed("plan.bad_rule", most=336)
    keeping.set_rules(now(), **form.cleaned_data)
    return redirect("plan_board")


def _refused(
    request: HttpRequest, actor: Actor, form: Move, why: Reason, *, status: int
) -> HttpResponse:
    """Show the board again with what was typed, and why it cannot be."""
    typed = {name: form.data.get(name, "") for name in form.fields}
    shown = _board(actor) | {"typed": typed, "refused": why}
    return render(request, "plan/board.html", shown, status=status)


def _board(actor: Actor) -> dict[str, Any]:
    job_orders = [each for each in public.job_orders() if each.state != "done"]
    recused = members.recused_for(actor, {each.firm for each in job_orders})
    machines = machine_names()
    lanes = lanes_for(job_orders)
    released = [each for each in job_orders if each.state == "released"]
    return {
        "loose": [each for each in released if not (recused and recused.id == each.firm)],
        "clocks": {each.id: clock(each.starts) for each in released},
        "recused": recused,
        "machines": machines,
        "machine_choices": [
            (str(each), f"{firm} · {name}") for each, firm, name in with_firms(machines)
        ],
        "firms": members.firms_by_id({each.firm for each in job_orders}),
        "frozen_hours": public.frozen_hours(),
        "rules": keeping.rules(),
        "chart": chart_of(actor, job_orders, {}, rows=list(lanes)) if job_orders else None,
        "lanes": [str(each) for each in lanes.values()],
    }


def _where(chosen: JobOrder | None) -> Mapping[str, str]:
    """Give where a job order stands, as the form says it."""
    if chosen is None:
        return {}
    return {
        "job_order": str(chosen.id),
        "machine": str(chosen.equipment),
        "starts": clock(chosen.starts),
    }

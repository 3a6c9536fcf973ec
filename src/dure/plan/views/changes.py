"""Pages of what happens and what it changes: incidents and drafts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.forms.boundfield import BoundWidget
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from dure.journal.public import now
from dure.kernel.actor import Role
from dure.kernel.errors import Malformed, Refused
from dure.members import public as members
from dure.plan import public
from dure.plan.forms import GiveBack, Rush, Standstill, Wait, clock
from dure.plan.services import changing, handing_over, incidents
from dure.plan.views.drawing import machine_names, with_firms
from dure.stack.tenancy import actor_of

TELLERS = (Role.OFFICE, Role.OWNER)


@require_http_methods(["GET", "HEAD", "POST"])
def tell(request: HttpRequest) -> HttpResponse:
    """Say that machines stand still; show what is going on."""
    actor = actor_of(request)
    actor.must_be(*TELLERS)
    known = with_firms(each.id for each in members.equipment())
    at = now()
    first = {"starts": clock(at), "until": clock(at + timedelta(hours=4)), "cause": "breakdown"}
    machines = [(str(machine), name) for machine, _, name in known]
    form = Standstill(request.POST or None, machines=machines, initial=first)
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            _stand_still(form, at)
        except (Malformed, Refused) as error:
            refused = error.reason
        else:
            return redirect("plan_incidents")
    shown = _going_on(actor.role, at) | {
        "form": form,
        "refused": refused,
        "boxes": _by_firm(form, [firm for _, firm, _ in known]),
    }
    return render(request, "plan/incidents.html", shown, status=409 if refused else 200)


def _going_on(role: Role, at: datetime) -> dict[str, Any]:
    known = public.incidents()
    return {
        "incidents": known,
        "open": [each for each in known if each.state == "open"],
        "machines": machine_names(),
        "job_orders": [each for each in public.job_orders() if each.state == "released"],
        "firms": members.firms_by_id({each.firm for each in known}),
        "role": role.value,
        "wait": Wait(initial={"until": clock(at + timedelta(days=1))}),
    }


def _by_firm(form: Standstill, firms: Sequence[str]) -> list[tuple[str, list[BoundWidget]]]:
    """Give the boxes of the machines under their firms: the same code stands in many."""
    boxes = zip(firms, form["machines"], strict=True)
    return [(firm, [box for _, box in group]) for firm, group in groupby(boxes, key=itemgetter(0))]


def _stand_still(form: Standstill, at: datetime) -> None:
    told = form.cleaned_data
    incidents.stand_still(
        incidents.firm_of(form.chosen()),
        form.chosen(),
        starts=told["starts"],
        until=told["until"],
        at=at,
        cause=told["cause"],
        note=told["note"],
    )


@require_POST
def end(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """Say that something is over."""
    actor_of(request).must_be(*TELLERS)
    incidents.end_incident(incident_id, now())
    return redirect("plan_incidents")


@require_POST
def wait(request: HttpRequest, job_order_id: UUID) -> HttpResponse:
    """Say that a job order cannot begin yet."""
    actor_of(request).must_be(*TELLERS)
    form = Wait(request.POST)
    if not form.is_valid():
        raise Malformed("plan.bad_moment")
    told = form.cleaned_data
    is_refusal = told["cause"] == "refusal"
    incidents.wait_for(
        job_order_id, until=told["until"], at=now(), is_refusal=is_refusal, note=told["note"]
    )
    return redirect("plan_incidents")


@require_POST
def give_back(request: HttpRequest, job_order_id: UUID) -> HttpResponse:
    """Say that one cannot do a job order at all."""
    actor_of(request).must_be(Role.OWNER)
    form = GiveBack(request.POST)
    note = form.cleaned_data["note"] if form.is_valid() else ""
    handing_over.give_back(job_order_id, at=now(), note=note)
    return redirect("plan_incidents")


@require_POST
def rush(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Want an order before others."""
    actor_of(request).must_be(Role.OFFICE)
    form = Rush(request.POST)
    if not form.is_valid():
        raise Malformed("plan.bad_moment")
    incidents.rush(
        order_id, until=form.cleaned_data["until"], at=now(), note=form.cleaned_data["note"]
    )
    return redirect("plan_incidents")


@require_http_methods(["GET", "HEAD"])
def one_change(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Show a draft: what would move, why, and which promises it would not keep."""
    actor = actor_of(request)
    actor.must_be(Role.OFFICE)
    change = public.change(plan_id)
    proposals = [each for each in public.proposals() if each.plan == plan_id]
    asked: dict[UUID | None, public.Proposal] = {each.job_order: each for each in proposals}
    shown = {
        "change": change,
        "moves": [(move, asked.get(move.job_order)) for move in change.moves],
        "machines": machine_names(),
        "firms": members.firms_by_id({move.firm for move in change.moves}),
        "asks": len({move.firm for move in change.moves if move.job_order}),
        "recused": members.recused_for(actor, {move.firm for move in change.moves}),
    }
    return render(request, "plan/change.html", shown)


@require_POST
def answer_change(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Approve a draft or refuse it."""
    actor_of(request).must_be(Role.OFFICE)
    if request.POST.get("answer") == "approve":
        changing.approve_change(plan_id, now())
    else:
        changing.refuse_change(plan_id, now())
    return redirect("plan_change", plan_id=plan_id)


@require_POST
def plan_again(request: HttpRequest) -> HttpResponse:
    """Plan the book again to make it better."""
    actor_of(request).must_be(Role.OFFICE)
    row = changing.draft_better(now())
    return redirect("plan_change", plan_id=row.id) if row else redirect("planning")

"""Pages of what happens and what it changes: incidents, drafts, pins and moves by hand."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from dure.journal.public import now
from dure.kernel.actor import Role
from dure.kernel.errors import Malformed
from dure.kernel.time import SEOUL
from dure.members import public as members
from dure.plan import public
from dure.plan.forms import GiveBack, Move, Rules, Rush, Standstill, Wait
from dure.plan.services import changing, handing_over, incidents, keeping, pinning
from dure.plan.views.drawing import chart_of, is_english, machine_names
from dure.stack.tenancy import actor_of

TELLERS = (Role.OFFICE, Role.OWNER)


@require_http_methods(["GET", "HEAD", "POST"])
def tell(request: HttpRequest) -> HttpResponse:
    """Say that machines stand still; show what is going on."""
    actor = actor_of(request)
    actor.must_be(*TELLERS)
    machines = machine_names()
    choices = [(str(machine), name) for machine, name in machines.items()]
    at = now()
    first = {"starts": _clock(at), "until": _clock(at + timedelta(hours=4)), "cause": "breakdown"}
    form = Standstill(request.POST or None, machines=choices, initial=first)
    if request.method == "POST" and form.is_valid():
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
        return redirect("plan_incidents")
    known = public.incidents()
    shown = {
        "form": form,
        "incidents": known,
        "open": [each for each in known if each.state == "open"],
        "machines": machines,
        "job_orders": [each for each in public.job_orders() if each.state == "released"],
        "firms": members.firms_by_id({each.firm for each in known}),
        "role": actor.role.value,
        "wait": Wait(initial={"until": _clock(at + timedelta(days=1))}),
    }
    return render(request, "plan/incidents.html", shown)


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


@require_http_methods(["GET", "HEAD"])
def board(request: HttpRequest) -> HttpResponse:
    """Show the Gantt on which the office drags and pins, and the same as a form."""
    actor = actor_of(request)
    actor.must_be(Role.OFFICE)
    job_orders = [each for each in public.job_orders() if each.state != "done"]
    recused = members.recused_for(actor, {each.firm for each in job_orders})
    machines = machine_names()
    chosen = next((each for each in job_orders if str(each.id) == request.GET.get("move")), None)
    shown = {
        "job_orders": job_orders,
        "loose": [
            each
            for each in job_orders
            if each.state == "released" and not (recused and recused.id == each.firm)
        ],
        "recused": recused,
        "machines": machines,
        "machine_choices": _with_firms(machines),
        "firms": members.firms_by_id({each.firm for each in job_orders}),
        "chosen": chosen,
        "starts": _clock(chosen.starts if chosen else now()),
        "frozen_hours": public.frozen_hours(),
        "rules": keeping.rules(),
        "chart": chart_of(actor, job_orders, {}) if job_orders else None,
    }
    return render(request, "plan/board.html", shown)


def _with_firms(machines: Mapping[UUID, str]) -> list[tuple[UUID, str]]:
    """Name machines under their firms, by firm number: two may have the same code."""
    owners = {each.id: each.firm for each in members.equipment()}
    owners |= {each.capability: each.firm for each in public.free_time()}
    firms = members.firms_by_id(owners.values())
    language = "en" if is_english() else "ko"
    known = sorted(machines, key=lambda each: (firms[owners[each]].number, machines[each]))
    return [(each, f"{firms[owners[each]].called(language)} · {machines[each]}") for each in known]


@require_POST
def move(request: HttpRequest) -> HttpResponse:
    """Put a job order elsewhere: a draft, or a refusal with its reason."""
    actor_of(request).must_be(Role.OFFICE)
    form = Move(request.POST)
    if not form.is_valid():
        raise Malformed("plan.bad_moment")
    told = form.cleaned_data
    row = pinning.move(told["job_order"], machine=told["machine"], starts=told["starts"], at=now())
    return redirect("plan_change", plan_id=row.id) if row else redirect("plan_board")


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


def _clock(instant: datetime) -> str:
    """Give what a field for day and hour shows at first, in Korean time."""
    return instant.astimezone(SEOUL).strftime("%Y-%m-%dT%H:%M")

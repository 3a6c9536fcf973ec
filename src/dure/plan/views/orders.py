"""The pages of plans: orders and their promises, the Gantt, changes to agree to."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from dure.journal.public import now
from dure.kernel.actor import Role
from dure.kernel.errors import NotFound
from dure.members import public as members
from dure.plan import public
from dure.plan.engine.gantt import milestone_chart
from dure.plan.engine.values import JobOrder, Order
from dure.plan.services import asking, explaining, promising, quoting
from dure.plan.views.drawing import chart_of, in_words, is_english, machine_names
from dure.stack.tenancy import actor_of

RISKS = ("plan.promise_late", "plan.pinned_cannot_wait", "plan.short")
LOOK_BACK = timedelta(days=7)
READERS = (Role.OFFICE, Role.OWNER, Role.BOOKKEEPER, Role.BUYER)


@require_http_methods(["GET", "HEAD"])
def planning(request: HttpRequest) -> HttpResponse:
    """Show one's orders or job orders, the Gantt, and what waits for an answer."""
    actor = actor_of(request)
    actor.must_be(*READERS)
    by_order = request.GET.get("by") == "order"
    job_orders = [each for each in public.job_orders() if _is_shown(each.order_number, request)]
    orders = public.orders()
    late = _late(orders) if actor.role is Role.OFFICE else {}
    drawn = _drawn(job_orders)
    shown = {
        "role": actor.role.value,
        "orders": orders,
        "under_way": [each for each in orders if each.done < len(each.milestones)],
        "late": late,
        "at_risk": {each.id for each in orders if _is_at_risk(each)},
        "by_order": by_order,
        "incidents": public.incidents(open_only=True),
        "changes": [each for each in public.changes() if each.state in ("draft", "approved")],
        "machines": machine_names(),
        "frozen_hours": public.frozen_hours(),
        "firms": _firms(job_orders) if actor.role is Role.OFFICE else {},
        "quotes": [quote for quote in public.quotes() if quote.state == "open"],
        "job_orders": job_orders,
        "waiting": [each for each in public.proposals() if each.state == "open"],
        "next": min(
            (each for each in job_orders if each.state == "released"),
            key=lambda each: (each.starts, each.number),
            default=None,
        ),
        "chart": chart_of(actor, drawn, late, by_order=by_order) if drawn else None,
    }
    return render(request, "plan/planning.html", shown)


def _drawn(job_orders: Sequence[JobOrder]) -> Sequence[JobOrder]:
    """Choose what the Gantt shows: of orders under way all, of what is done the last days."""
    open_orders = {each.order for each in job_orders if each.state != "done"}
    last = max((each.ends for each in job_orders), default=now())
    since = min(last, now()) - LOOK_BACK
    return [each for each in job_orders if each.order in open_orders or each.ends > since]


def _firms(job_orders: Sequence[JobOrder]) -> Mapping[UUID, members.Firm]:
    return members.firms_by_id({each.firm for each in job_orders})


def _is_shown(order_number: int, request: HttpRequest) -> bool:
    """Say whether an order is among those that the address asks for."""
    wished = request.GET.get("order", "")
    return not wished.isdigit() or int(wished) == order_number


def _is_at_risk(order: Order) -> bool:
    """Say whether something is known that may keep its promise from being kept."""
    return any(reason.code in RISKS for reason in order.reasons)


def _late(orders: Sequence[Order]) -> dict[UUID, str]:
    """Say why orders are late that are not done: what is in the way, in words."""
    return {
        each.id: in_words(each.reasons)
        for each in orders
        if each.done < len(each.milestones)
        and promising.promised_on(each.leaves_at) > each.promised_on
    }


@require_http_methods(["GET", "HEAD"])
def one_order(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Show when an order leaves, how far it is, and why it takes that long."""
    actor = actor_of(request)
    actor.must_be(Role.OFFICE, Role.BUYER)
    order = public.order(order_id)
    job_orders = public.job_orders_of(order_id)
    title = "By" if is_english() else "늦어도"
    is_late = promising.promised_on(order.leaves_at) > order.promised_on
    is_office = actor.role is Role.OFFICE
    why = explaining.why(order_id, english=is_english()) if is_office else explaining.NOTHING
    shown = {
        "order": order,
        "role": actor.role.value,
        "why": why,
        "is_late": is_late,
        "is_at_risk": _is_at_risk(order),
        "job_orders": job_orders,
        "milestones": milestone_chart(order.milestones, title, is_english()),
        "chart": chart_of(actor, job_orders, _late([order])) if job_orders else None,
        "frozen_hours": public.frozen_hours(),
        "firms": _firms(job_orders),
        "recused": members.recused_for(actor, {each.firm for each in job_orders}),
    }
    return render(request, "plan/order.html", shown)


@require_http_methods(["GET", "HEAD"])
def one_quote(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Show a request's quote; its buyer accepts it in two taps."""
    actor = actor_of(request)
    actor.must_be(Role.OFFICE, Role.BUYER)
    quote = public.quote_of(request_id)
    order = public.order_of_request(request_id)
    is_mine = actor.role is Role.BUYER and quote.state == "open"
    shown = {"quote": quote, "order": order, "is_mine": is_mine}
    return render(request, "plan/quote.html", shown)


@require_POST
def accept_quote(request: HttpRequest, quote_id: UUID) -> HttpResponse:
    """Accept a quote and go to the order that it became."""
    order = quoting.accept_quote(quote_id, buyer=_firm(request, Role.BUYER), at=now())
    return redirect("plan_order", order_id=order.id)


@require_http_methods(["GET", "HEAD"])
def one_proposal(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """Show what a change means for one's own job order."""
    actor = actor_of(request)
    actor.must_be(Role.OFFICE, Role.OWNER)
    proposal = public.proposal(proposal_id)
    is_mine = actor.role is Role.OWNER and proposal.state == "open"
    machines = machine_names()
    shown = {
        "proposal": proposal,
        "is_mine": is_mine,
        "job_order": public.job_order(proposal.job_order),
        "old_machine": machines.get(proposal.old.equipment, ""),
        "new_machine": machines.get(proposal.new.equipment, ""),
    }
    return render(request, "plan/proposal.html", shown)


@require_POST
def answer(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """Agree to a change or refuse it."""
    firm = _firm(request, Role.OWNER)
    agree = request.POST.get("answer") == "agree"
    asking.answer_proposal(proposal_id, agree=agree, firm=firm, at=now())
    return redirect("plan_proposal", proposal_id=proposal_id)


def _firm(request: HttpRequest, role: Role) -> UUID:
    actor = actor_of(request)
    actor.must_be(role)
    if actor.firm is None:
        raise NotFound("kernel.not_yours")
    return actor.firm

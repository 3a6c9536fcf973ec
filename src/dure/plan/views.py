"""The pages of plans: orders and their promises, the Gantt, changes to agree to."""

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST

from dure.journal.public import now
from dure.kernel.actor import Actor, Role
from dure.kernel.errors import NotFound
from dure.members import public as members
from dure.plan import public
from dure.plan.engine.gantt import Bar, Spec, Titles, gantt, milestone_chart
from dure.plan.engine.values import JobOrder
from dure.plan.services import asking, quoting
from dure.stack.tenancy import actor_of

RISKS = ("plan.promise_late", "plan.pinned_cannot_wait", "plan.short")
READERS = (Role.OFFICE, Role.OWNER, Role.BOOKKEEPER, Role.BUYER)
STATES = {
    "released": ("지시됨", "released"),
    "started": ("작업 중", "started"),
    "done": ("끝남", "done"),
}


@require_http_methods(["GET", "HEAD"])
def planning(request: HttpRequest) -> HttpResponse:
    """Show one's orders or job orders, the Gantt, and what waits for an answer."""
    actor = actor_of(request)
    actor.must_be(*READERS)
    job_orders = public.job_orders()
    shown = {
        "role": actor.role.value,
        "orders": public.orders(),
        "quotes": [quote for quote in public.quotes() if quote.state == "open"],
        "job_orders": job_orders,
        "waiting": [each for each in public.proposals() if each.state == "open"],
        "next": next((each for each in reversed(job_orders) if each.state == "released"), None),
        "chart": _chart(actor, job_orders) if job_orders else None,
    }
    return render(request, "plan/planning.html", shown)


@require_http_methods(["GET", "HEAD"])
def one_order(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Show when an order leaves, how far it is, and why it takes that long."""
    actor = actor_of(request)
    actor.must_be(Role.OFFICE, Role.BUYER)
    order = public.order(order_id)
    job_orders = public.job_orders_of(order_id)
    title = "By" if _is_english() else "늦어도"
    shown = {
        "order": order,
        "is_late": quoting.promised_on(order.leaves_at) > order.promised_on,
        "is_at_risk": any(reason.code in RISKS for reason in order.reasons),
        "job_orders": job_orders,
        "milestones": milestone_chart(order.milestones, title, _is_english()),
        "chart": _chart(actor, job_orders) if job_orders else None,
        "firms": members.firms_by_id({each.firm for each in job_orders}),
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
    shown = {
        "proposal": proposal,
        "is_mine": is_mine,
        "job_order": public.job_order(proposal.job_order),
    }
    return render(request, "plan/proposal.html", shown)


@require_POST
def answer(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """Agree to a change or refuse it."""
    firm = _firm(request, Role.OWNER)
    agree = request.POST.get("answer") == "agree"
    asking.answer_proposal(proposal_id, agree=agree, firm=firm, at=now())
    return redirect("plan_proposal", proposal_id=proposal_id)


def _chart(actor: Actor, job_orders: Sequence[JobOrder]) -> Spec:
    """Draw the machines: the office sees all firms, a member its own."""
    machines = {machine.id: machine for machine in members.equipment()}
    firms = members.firms_by_id({each.firm for each in job_orders})
    place, language = int(_is_english()), "en" if _is_english() else "ko"
    bars = [
        Bar(
            firm=firms[each.firm].called(language) if actor.role is Role.OFFICE else "",
            machine=machines[each.equipment].code if each.equipment in machines else "",
            order=f"Order {each.order_number}" if place else f"수주 {each.order_number}호",
            step=each.name_en if place and each.name_en else each.name,
            quantity=f"{each.quantity:,} {each.unit}",
            starts=each.starts,
            ends=each.ends,
            state=STATES[each.state][place],
        )
        for each in sorted(job_orders, key=lambda each: (each.starts, each.number))
    ]
    return gantt(bars, ENGLISH if place else KOREAN, now())


KOREAN = Titles(
    machine="설비",
    order="수주",
    step="공정",
    quantity="수량",
    starts="시작",
    ends="끝",
    state="상태",
    now="지금",
    description="설비마다 언제 무슨 일을 하는지",
)
ENGLISH = Titles(
    machine="Machine",
    order="Order",
    step="Step",
    quantity="Quantity",
    starts="Starts",
    ends="Ends",
    state="State",
    now="now",
    description="What each machine does when",
)


def _is_english() -> bool:
    return (get_language() or "ko").startswith("en")


def _firm(request: HttpRequest, role: Role) -> UUID:
    actor = actor_of(request)
    actor.must_be(role)
    if actor.firm is None:
        raise NotFound("kernel.not_yours")
    return actor.firm

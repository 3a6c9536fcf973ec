"""The pages of money."""

from datetime import date
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from dure.journal.public import now
from dure.kernel.actor import Role
from dure.kernel.time import seoul_date
from dure.members.public import recused_for
from dure.settle import bridge, models, public, services
from dure.settle.forms import BankFile
from dure.stack.tenancy import actor_of

READERS = (Role.OFFICE, Role.OWNER, Role.BOOKKEEPER, Role.BUYER, Role.AUDITOR)


@require_http_methods(["GET", "HEAD"])
def money(request: HttpRequest) -> HttpResponse:
    """Show all settlements and payments that one has a part in."""
    actor = actor_of(request)
    actor.must_be(*READERS)
    open_payments = models.Payment.objects.exclude(state=models.Payment.State.CONFIRMED)
    shown = {
        "sees_all": actor.role in (Role.OFFICE, Role.AUDITOR),
        "settlements": public.settlements(),
        "payments": open_payments.order_by("due_on", "reference"),
        "coming": open_payments.filter(kind=models.Payment.Kind.SHARE).order_by("due_on").first(),
        "charges": models.MaterialCharge.objects.filter(order_number=0).order_by("-on"),
        "dividends": models.DividendLine.objects.order_by("-year", "member_number"),
        "years": bridge.shown_years(),
        "firms": bridge.firms_by_number(),
        "form": BankFile() if actor.role is Role.OFFICE else None,
    }
    return render(request, "settle/money.html", shown)


@require_http_methods(["GET", "HEAD"])
def one_order(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Show one order's money and how it was computed."""
    actor = actor_of(request)
    actor.must_be(*READERS)
    shown = public.settlement(order_id)
    page: dict[str, object] = {
        "is_office": actor.role is Role.OFFICE,
        "it": shown,
        "firms": bridge.firms_by_number(),
        "steps": bridge.steps_by_number(order_id),
    }
    if shown.totals:
        page["recused"] = recused_for(actor, bridge.makers_of(order_id))
        page["journal"] = bridge.shown_journal(shown.totals)
    return render(request, "settle/order.html", page)


@require_POST
def release(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Release a drafted settlement."""
    actor_of(request).must_be(Role.OFFICE)
    services.release_settlement(order_id, now())
    return redirect("order_money", order_id=order_id)


@require_POST
def payment_file(request: HttpRequest) -> HttpResponse:
    """Give the bank's file of the transfers due within the next seven days."""
    actor_of(request).must_be(Role.OFFICE)
    at = now()
    text = services.make_payment_file(date.fromordinal(seoul_date(at).toordinal() + 7), at)
    name = f"attachment; filename=transfers-{seoul_date(at)}.csv"
    headers = {"Content-Disposition": name}
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)


@require_POST
def bank_file(request: HttpRequest) -> HttpResponse:
    """Read the bank's file."""
    actor_of(request).must_be(Role.OFFICE)
    form = BankFile(request.POST, request.FILES)
    result = services.read_bank_file(form.text(), now())
    return render(request, "settle/bank.html", {"result": result})

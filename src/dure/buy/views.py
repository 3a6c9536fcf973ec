"""The pages of joint purchasing."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from dure.buy import models, services
from dure.buy.bridge import show_round, shown_orders
from dure.buy.forms import NeedForm
from dure.journal.public import now
from dure.kernel.actor import Role
from dure.kernel.quantity import Quantity
from dure.kernel.time import seoul_date
from dure.members.public import Kind, firms, recused_for
from dure.stack.tenancy import actor_of


@require_http_methods(["GET", "HEAD", "POST"])
def buying(request: HttpRequest) -> HttpResponse:
    """Show the open round and those before it; take a member's need."""
    actor, at = actor_of(request), now()
    actor.must_be(Role.OFFICE, Role.OWNER, Role.BOOKKEEPER, Role.SUPPLIER)
    form = NeedForm(request.POST or None) if actor.role is Role.OWNER else None
    if form and request.method == "POST" and form.is_valid():
        need, item = form.cleaned_data, form.cleaned_data["item"]
        amount = Quantity(need["amount"], item.unit)
        assert actor.firm, "an owner has a firm"
        services.need_material(actor.firm, {"code": item.code}, amount, by=need["by"], at=at)
        return redirect("buying")
    rows = models.PurchaseRound.objects.order_by("-number")[:12]
    rounds = [show_round(row, actor, seoul_date(at)) for row in rows]
    offers = models.SupplierOffer.objects.values_list("supplier_id", flat=True)
    shown = {
        "recused": recused_for(actor, offers),
        "form": form,
        "is_office": actor.role is Role.OFFICE,
        "is_supplier": actor.role is Role.SUPPLIER,
        "open": next((each for each in rounds if each.state == "open"), None),
        "earlier": [each for each in rounds if each.state != "open"],
        "waiting": models.MaterialNeed.objects.filter(state="waiting").count(),
        "orders": shown_orders(models.PurchaseOrder.objects.select_related("round", "offer")),
    }
    return render(request, "buy/buying.html", shown)


@require_http_methods(["GET", "HEAD"])
def one_round(request: HttpRequest, round_id: UUID) -> HttpResponse:
    """Show one round: the award and the allocation sheet, or one's own part of it."""
    actor = actor_of(request)
    actor.must_be(Role.OFFICE, Role.OWNER, Role.BOOKKEEPER)
    row = services.find_round(round_id)
    lines = models.AllocationLine.objects.filter(allocation__round=row).select_related("item")
    shown = {
        "round": show_round(row, actor, seoul_date(now())),
        "is_office": actor.role is Role.OFFICE,
        "lines": lines.order_by("allocation__member_number", "item__number"),
        "items": {item.number: item for item in models.Item.objects.all()},
        "firms": {firm.number: firm for firm in firms(Kind.MEMBER)},
    }
    return render(request, "buy/round.html", shown)


@require_POST
def close(request: HttpRequest, round_id: UUID) -> HttpResponse:
    """Close the open round."""
    actor_of(request).must_be(Role.OFFICE)
    services.close_round(round_id, now())
    return redirect("buying")

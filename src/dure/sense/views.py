"""The page of needs: ask, and see what was asked."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from dure.journal.public import now
from dure.kernel.actor import Role
from dure.members import public as members
from dure.sense import public, services
from dure.sense.engine.request import completeness
from dure.sense.forms import RequestForm
from dure.stack.tenancy import actor_of


@require_http_methods(["GET", "HEAD", "POST"])
def needs(request: HttpRequest) -> HttpResponse:
    """Show the requests that one may see; take a buyer's new one."""
    actor = actor_of(request)
    actor.must_be(Role.BUYER, Role.OFFICE, Role.OWNER)
    form = RequestForm(request.POST or None) if actor.role is Role.BUYER else None
    if form and request.method == "POST" and form.is_valid():
        assert actor.firm, "a buyer has a firm"
        code = form.cleaned_data["product"]
        asked = services.submit_request(code, form.terms(), buyer=actor.firm, at=now())
        return redirect(f"/needs/{asked.id}/")
    asked_for = public.requests()
    buyers = members.firms_by_id(each.buyer for each in asked_for)
    shown = {
        "form": form,
        "is_office": actor.role is Role.OFFICE,
        "is_buyer": actor.role is Role.BUYER,
        "products": public.products(),
        "rows": [
            {"request": each, "buyer": buyers.get(each.buyer), "complete": completeness(each.terms)}
            for each in asked_for
        ],
    }
    return render(request, "sense/needs.html", shown)

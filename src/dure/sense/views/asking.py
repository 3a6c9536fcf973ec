"""The page of needs: ask, and see what was asked; what is likely to be asked next."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from dure.journal.public import now
from dure.kernel.actor import Role
from dure.kernel.errors import DureError
from dure.members import public as members
from dure.sense import public, services
from dure.sense.engine.enquiry import EnquiryState
from dure.sense.engine.enquiry import completeness as said_of
from dure.sense.engine.proposal import ProposalState
from dure.sense.engine.request import completeness, missing
from dure.sense.forms.asking import CompletionForm, RequestForm
from dure.sense.views.drawing import demand_chart
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
    asked_for, enquiries = public.requests(), public.enquiries()
    asking = {each.buyer for each in asked_for} | {each.buyer for each in enquiries}
    buyers = members.firms_by_id(asking)
    shown = {
        "form": form,
        "is_office": actor.role is Role.OFFICE,
        "is_buyer": actor.role is Role.BUYER,
        "products": public.products(),
        "rows": [
            {"request": each, "buyer": buyers.get(each.buyer), "complete": completeness(each.terms)}
            for each in asked_for
        ],
        "enquiries": [
            {
                "enquiry": each,
                "buyer": buyers.get(each.buyer),
                "complete": said_of(each.brief, drawings=len(each.drawings)),
            }
            for each in enquiries
        ],
        "open_enquiries": sum(each.state is EnquiryState.OPEN for each in enquiries),
        "open_proposals": sum(each.state is ProposalState.OPEN for each in public.proposals()),
        "drawings": public.drawings() if actor.role is Role.OWNER else (),
    }
    return render(request, "sense/needs.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def complete(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Ask a buyer for what its request lacks, and for nothing else."""
    actor = actor_of(request)
    actor.must_be(Role.BUYER)
    assert actor.firm, "a buyer has a firm"
    asked = public.request(request_id)
    lacking = {reason.code.removeprefix("sense.missing_") for reason in missing(asked.terms)}
    posted = request.POST if request.method == "POST" else None
    form, refused = CompletionForm(lacking, posted), None
    if request.method == "POST" and form.is_valid():
        try:
            services.complete_request(request_id, form.terms(), buyer=actor.firm, at=now())
            return redirect("need", request_id)
        except DureError as error:
            refused = error.reason
    shown = {"asked": asked, "form": form, "refused": refused}
    return render(request, "sense/complete.html", shown, status=409 if refused else 200)


@require_safe
def demand(request: HttpRequest) -> HttpResponse:
    """Show the office what was ordered of each product, and what is likely ordered next."""
    actor_of(request).must_be(Role.OFFICE)
    at = now()
    series, likely = public.demand_series(at), {each.product: each for each in public.forecasts(at)}
    catalogue = {each.code: each for each in public.products()}
    rows = [
        {
            "series": each,
            "product": catalogue.get(each.product),
            "forecast": likely.get(each.product),
            "ordered": sum(each.ordered),
            "asked": sum(each.asked),
            "chart": demand_chart(each, likely.get(each.product)),
        }
        for each in series
    ]
    return render(
        request,
        "sense/demand.html",
        {"rows": rows, "levels": [f"{level:.0%}" for level in public.LEVELS]},
    )

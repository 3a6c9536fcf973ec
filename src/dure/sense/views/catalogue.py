"""The shop window: what the co-op makes, what a member proposes, what the office takes in."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dure.journal.public import now
from dure.kernel.actor import Actor, Role
from dure.kernel.errors import DureError
from dure.kernel.reason import Reason
from dure.members import public as members
from dure.sense import public, services
from dure.sense.engine.product import Product
from dure.sense.engine.variants import spoken
from dure.sense.forms.asking import OrderForm, WhyForm
from dure.sense.forms.proposing import (
    STEPS_MOST,
    STEPS_SHOWN,
    ProductForm,
    StepForm,
    options_text,
    rows_of,
    rows_of_processes,
    step_rows,
)
from dure.sense.services import catalogue as deciding
from dure.stack.tenancy import actor_of


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """Show what the co-op makes together, and the proposals that one may see."""
    actor = actor_of(request)
    actor.must_be(Role.BUYER, Role.OFFICE, Role.OWNER)
    proposals = public.proposals()
    shown = {
        "products": public.products(),
        "proposals": proposals,
        "firms": members.firms_by_id(each.firm for each in proposals),
        "may_propose": actor.role in (Role.OWNER, Role.OFFICE),
        "is_office": actor.role is Role.OFFICE,
        "is_buyer": actor.role is Role.BUYER,
    }
    return render(request, "sense/catalogue.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def product(request: HttpRequest, code: str) -> HttpResponse:
    """Show a product with its options and how it is made; take a buyer's order for it."""
    actor = actor_of(request)
    actor.must_be(Role.BUYER, Role.OFFICE, Role.OWNER)
    found = public.product(code)
    form, refused = None, None
    if actor.role is Role.BUYER:
        form = OrderForm(found, request.POST or None, initial=_as_before(request, found))
        if request.method == "POST" and form.is_valid():
            try:
                return redirect(f"/needs/{_order(form, found, actor).id}/")
            except DureError as error:
                refused = error.reason
    shown = {
        "product": found,
        "form": form,
        "refused": refused,
        "earlier": _earlier(request, found) if form else None,
        **_how_made(found),
        "may_vary": actor.role in (Role.OWNER, Role.OFFICE),
        "variants": [each for each in public.products() if each.based_on == found.code],
        **_credit(found),
    }
    return render(request, "sense/product.html", shown, status=409 if refused else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: HttpRequest) -> HttpResponse:
    """Let a member propose a product, or a variant of another's; the office lists one."""
    actor = actor_of(request)
    actor.must_be(Role.OWNER, Role.OFFICE)
    base = _base(request)
    form = ProductForm(request.POST or None, initial=_as_it_is(base))
    rows, refused = _begun(request, base), None
    if request.method == "POST":
        rows = step_rows(request.POST)
        if form.is_valid() and rows and _are_valid(rows):
            try:
                return redirect(_take_in(form, rows, actor, base))
            except DureError as error:
                refused = error.reason
        elif not rows:
            refused = Reason("sense.no_steps")
    rows += [StepForm(prefix=f"s{place}") for place in range(len(rows), STEPS_SHOWN)]
    shown = {
        "base": base,
        **(_credit(base) if base else {}),
        "form": form,
        "rows": rows,
        "count": len(rows),
        "refused": refused,
        "is_office": actor.role is Role.OFFICE,
    }
    return render(request, "sense/propose.html", shown, status=409 if refused else 200)


@require_safe
def propose_row(request: HttpRequest) -> HttpResponse:
    """Give one more row for a step: the form asks for it."""
    actor_of(request).must_be(Role.OWNER, Role.OFFICE)
    asked = request.GET.get("rows", "")
    place = min(int(asked), STEPS_MOST - 1) if asked.isascii() and asked.isdigit() else 0
    shown = {
        "row": StepForm(prefix=f"s{place}"),
        "number": place + 1,
        "count": place + 1,
        "is_more": True,
    }
    return render(request, "sense/_step_row.html", shown)


@require_safe
def proposal(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """Show a proposal to its member and to the office, which decides."""
    actor = actor_of(request)
    actor.must_be(Role.OWNER, Role.OFFICE)
    found = public.proposal(proposal_id)
    is_open = actor.role is Role.OFFICE and found.state is public.ProposalState.OPEN
    recused = members.recused_for(actor, [found.firm]) if is_open else None
    shown = {
        "proposal": found,
        "product": found.product,
        "firm": members.firm(found.firm),
        **_how_made(found.product),
        **_credit(found.product),
        "may_decide": is_open and recused is None,
        "recused": recused,
        "form": WhyForm(),
    }
    return render(request, "sense/proposal.html", shown)


@require_POST
def decide(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """Take a proposal into the shop window, or say why not."""
    actor_of(request).must_be(Role.OFFICE)
    if request.POST.get("do") == "list":
        listed = deciding.list_proposal(proposal_id, at=now())
        return redirect("product", listed.code)
    deciding.decline_proposal(proposal_id, why=request.POST.get("why", ""), at=now())
    return redirect("proposal", proposal_id)


def _are_valid(rows: list[StepForm]) -> bool:
    return not [row for row in rows if not row.is_valid()]  # each says what is wrong with it


def _order(form: OrderForm, product: Product, actor: Actor) -> public.Request:
    assert actor.firm, "a buyer has a firm"
    return services.submit_request(
        product.code,
        form.terms(),
        buyer=actor.firm,
        at=now(),
        choices=form.choices(),
        earlier=form.cleaned_data["earlier"],
    )


def _take_in(form: ProductForm, rows: list[StepForm], actor: Actor, base: Product | None) -> str:
    if actor.role is Role.OFFICE:
        made = deciding.list_product(form.product(rows, proposed_by=None, base=base), at=now())
        return f"/needs/catalogue/{made.code}/"
    assert actor.firm, "an owner has a firm"
    whole = form.product(rows, proposed_by=actor.firm, base=base)
    proposed = deciding.propose_product(whole, firm=actor.firm, at=now())
    return f"/needs/proposals/{proposed.id}/"


def _base(request: HttpRequest) -> Product | None:
    """Give the product that a proposal varies, if it does."""
    code = request.POST.get("based_on") or request.GET.get("from", "")
    return public.product(code) if code else None


def _as_it_is(base: Product | None) -> dict[str, object]:
    if base is None:
        return {}
    told = ("about", "product_class", "lot_min", "lot_max")
    return {
        **{name: getattr(base, name) for name in told},
        "options": options_text(base.options),
        "based_on": base.code,
    }


def _begun(request: HttpRequest, base: Product | None) -> list[StepForm]:
    """Give the rows that a form begins with: of what it varies, or of processes asked for."""
    return rows_of(base) if base else rows_of_processes(request.GET.getlist("process"))


def _how_made(product: Product) -> dict[str, object]:
    """Give the words for what the bills name by code."""
    return {
        "processes": members.process_codes(),
        "steps": {step.code: step for step in product.steps},
        "picks": spoken(product.options),
    }


def _credit(product: Product) -> dict[str, object]:
    """Give who proposed a product, what it is based on, and who proposed that."""
    base = public.product(product.based_on) if product.based_on else None
    firms = members.firms_by_id(
        each for each in (product.proposed_by, base and base.proposed_by) if each
    )
    return {
        "proposer": firms.get(product.proposed_by) if product.proposed_by else None,
        "credited": base,
        "credited_to": firms.get(base.proposed_by) if base and base.proposed_by else None,
    }


def _earlier(request: HttpRequest, product: Product) -> public.Request | None:
    """Give the buyer's own earlier request for the product that this order goes on from."""
    asked = request.POST.get("earlier") or request.GET.get("earlier", "")
    mine = (each for each in public.requests() if each.product == product.code)
    return next((each for each in mine if asked in (str(each.id), str(each.number))), None)


def _as_before(request: HttpRequest, product: Product) -> dict[str, object]:
    before = _earlier(request, product)
    if before is None:
        return {}
    picked = dict(each.split("=", 1) for each in before.choices)
    told = {name: getattr(before.terms, name) for name in ("destination", "deposit_percent")}
    told |= {name: getattr(before.terms, name) for name in ("freight_terms", "inspection_standard")}
    told["certificates"] = ", ".join(before.terms.certificates)
    return {
        "earlier": before.id,
        **told,
        **{f"option_{code}": pick for code, pick in picked.items()},
    }

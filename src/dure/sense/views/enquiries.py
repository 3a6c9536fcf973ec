"""The pages of free requests, for their buyer, the office, and the makers who need a drawing."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dure.journal.public import now
from dure.kernel.actor import Role
from dure.kernel.errors import Malformed
from dure.members import public as members
from dure.sense import public
from dure.sense.engine.drawings import LARGEST_BYTES, MOST_DRAWINGS, SAVED_ONLY, kinds
from dure.sense.engine.enquiry import Brief, EnquiryState, completeness, missing
from dure.sense.forms.asking import EnquiryForm, TurnForm, WhyForm
from dure.sense.services import drawings, enquiries
from dure.stack.tenancy import actor_of


# A file from outside is never shown by the browser in our name: it is saved, whatever it holds.
@require_http_methods(["GET", "HEAD", "POST"])
def new_enquiry(request: HttpRequest) -> HttpResponse:
    """Take a buyer's free request, with its drawings."""
    actor = actor_of(request)
    actor.must_be(Role.BUYER)
    form = EnquiryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        assert actor.firm, "a buyer has a firm"
        at = now()
        made = enquiries.make_enquiry(form.brief(), buyer=actor.firm, at=at)
        for file in request.FILES.getlist("drawings"):
            drawings.attach_drawing(made, file.name or "", file.read(LARGEST_BYTES + 1), at=at)
        return redirect("enquiry", made)
    return render(request, "sense/new_enquiry.html", {"form": form, **_asked(form, 0), **_taken()})


@require_POST
def check_enquiry(request: HttpRequest) -> HttpResponse:
    """Say how complete a free request is, as it is typed."""
    actor_of(request).must_be(Role.BUYER)
    form = EnquiryForm(request.POST)
    form.is_valid()
    sent = request.POST.get("attached", "0")
    attached = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 4 else 0
    return render(request, "sense/_checked.html", _asked(form, attached))


@require_http_methods(["GET", "HEAD", "POST"])
def enquiry(request: HttpRequest, enquiry_id: UUID) -> HttpResponse:
    """Show a free request; its buyer may say what is missing, the office decides."""
    actor = actor_of(request)
    actor.must_be(Role.BUYER, Role.OFFICE)
    found = public.enquiry(enquiry_id)
    is_open, attached = found.state is EnquiryState.OPEN, len(found.drawings)
    said = {name: getattr(found.brief, name) for name in Brief.__dataclass_fields__}
    form = EnquiryForm(request.POST or None, initial=said)
    if request.method == "POST":
        actor.must_be(Role.BUYER)
        if form.is_valid():
            enquiries.complete_enquiry(enquiry_id, form.brief(), at=now())
            return redirect("enquiry", enquiry_id)
    shown = {
        "enquiry": found,
        "brief": found.brief,
        "buyer": members.firm(found.buyer),
        "complete": completeness(found.brief, drawings=attached),
        "missing": missing(found.brief, drawings=attached),
        "attached": attached,
        "form": form if actor.role is Role.BUYER and is_open else None,
        "is_office": actor.role is Role.OFFICE,
        "may_attach": actor.role is Role.BUYER
        and found.state in (EnquiryState.OPEN, EnquiryState.TURNED),
        "turn": TurnForm() if actor.role is Role.OFFICE and is_open else None,
        "why": WhyForm(),
        "steps": _steps_of(found.request),
        **_taken(),
    }
    return render(request, "sense/enquiry.html", shown)


@require_POST
def answer_enquiry(request: HttpRequest, enquiry_id: UUID) -> HttpResponse:
    """Turn a free request into a request for a product, decline it, or take it back."""
    actor, what = actor_of(request), request.POST.get("do", "")
    actor.must_be(Role.BUYER if what == "withdraw" else Role.OFFICE)
    match what:
        case "turn":
            asked = enquiries.turn_enquiry(enquiry_id, request.POST.get("product", ""), at=now())
            return redirect(f"/needs/{asked.id}/")
        case "withdraw":
            enquiries.withdraw_enquiry(enquiry_id, at=now())
        case "decline":
            enquiries.decline_enquiry(enquiry_id, why=request.POST.get("why", ""), at=now())
        case _:
            raise Malformed("sense.answer_unclear")
    return redirect("enquiry", enquiry_id)


@require_POST
def attach(request: HttpRequest, enquiry_id: UUID) -> HttpResponse:
    """Attach drawings to a free request."""
    actor_of(request).must_be(Role.BUYER)
    public.enquiry(enquiry_id)
    for file in request.FILES.getlist("drawings"):
        content = file.read(LARGEST_BYTES + 1)
        drawings.attach_drawing(enquiry_id, file.name or "", content, at=now())
    return redirect("enquiry", enquiry_id)


@require_safe
def drawing(request: HttpRequest, drawing_id: UUID) -> HttpResponse:
    """Give a drawing to whom may have it, to be saved; its buyer sees who fetched it."""
    actor_of(request).must_be(Role.BUYER, Role.OFFICE, Role.OWNER)
    name, content = drawings.fetch_drawing(drawing_id, at=now())
    said = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return HttpResponse(content, headers=SAVED_ONLY | {"Content-Disposition": said})


@require_POST
def drawing_for(request: HttpRequest, drawing_id: UUID) -> HttpResponse:
    """Take a drawing away (its buyer), or say whose makers need it (the office)."""
    actor = actor_of(request)
    actor.must_be(Role.BUYER, Role.OFFICE)
    if actor.role is Role.BUYER:
        of = drawings.remove_drawing(drawing_id, at=now())
    else:
        of = drawings.limit_drawing(drawing_id, request.POST.getlist("steps"))
    return redirect("enquiry", of)


def _taken() -> dict[str, object]:
    """Give what pages say of the files that are taken."""
    endings = sorted({f".{ending}" for kind in kinds().values() for ending in kind.endings})
    names = dict.fromkeys(kind.name for kind in kinds().values())
    return {
        "endings": ",".join(endings),
        "kinds": ", ".join(names),
        "megabytes": LARGEST_BYTES >> 20,
        "most": MOST_DRAWINGS,
    }


def _asked(form: EnquiryForm, attached: int) -> dict[str, object]:
    brief = form.brief() if form.is_bound else Brief(text="")
    return {
        "complete": completeness(brief, drawings=attached),
        "missing": missing(brief, drawings=attached),
    }


def _steps_of(request_id: UUID | None) -> tuple[public.NeedStep, ...]:
    """Give the steps of the request that it became, once they are known."""
    if request_id is None or public.request(request_id).band is None:
        return ()
    return public.need(request_id).steps

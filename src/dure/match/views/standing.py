"""The page of clusters that keep coming back, for the members whom they concern."""

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from dure.journal.public import now
from dure.kernel.actor import Role
from dure.kernel.errors import Malformed
from dure.match import public
from dure.match.services import standing as services
from dure.members import public as members
from dure.sense import public as sense
from dure.stack.tenancy import actor_of


@require_safe
def standing(request: HttpRequest) -> HttpResponse:
    """Show a member whom it goes well with and what they could offer; the office sees all."""
    actor = actor_of(request)
    actor.must_be(Role.OWNER, Role.OFFICE)
    found = public.standing()
    shown = {
        "rows": [
            {
                "suggestion": each,
                "draft": urlencode([("process", code) for code in each.processes]),
            }
            for each in sorted(found, key=lambda one: not one.products)
        ],
        "waiting": sum(
            each.state is public.StandingState.OPEN and each.wants is None for each in found
        ),
        "firms": members.firms_by_id({firm for each in found for firm in each.firms}),
        "catalogue": {each.code: each for each in sense.products()},
        "codes": members.process_codes(),
        "is_office": actor.role is Role.OFFICE,
        "mine": actor.firm,
    }
    return render(request, "match/standing.html", shown)


@require_POST
def answer(request: HttpRequest, standing_id: UUID) -> HttpResponse:
    """Take a suggestion up, or leave it."""
    actor = actor_of(request)
    actor.must_be(Role.OWNER)
    assert actor.firm, "an owner has a firm"
    said = request.POST.get("wants")
    if said not in ("yes", "no"):
        raise Malformed("match.answer_unclear")
    services.answer_standing(standing_id, firm=actor.firm, wants=said == "yes", at=now())
    return redirect("standing")

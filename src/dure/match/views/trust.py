"""The pages of trust: one's own position, what fair share costs, a cluster's agreement."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from dure.journal.public import now
from dure.kernel.actor import Role
from dure.match import public
from dure.match.engine.drawing import frontier_chart
from dure.match.engine.why import NO_RANK, advice
from dure.match.services.weighing import FIGURE
from dure.members import public as members
from dure.stack.tenancy import actor_of


@require_safe
def why(request: HttpRequest) -> HttpResponse:
    """Show a member how it stands, why it was chosen or not, and what would change it."""
    actor = actor_of(request)
    actor.must_be(Role.OWNER)
    assert actor.firm, "owners act for a firm"
    found, whys = public.position(actor.firm, now()), public.whys(actor.firm)
    shown = {
        "position": found,
        "whys": whys,
        "processes": members.process_codes(),
        "advice": advice((each.reason.code for each in whys), found),
        "no_rank": NO_RANK,
        "agreements": public.agreements(),
    }
    return render(request, "match/why.html", shown)


@require_safe
def fair_share(request: HttpRequest) -> HttpResponse:
    """Show what each weight of fair share costs, and the vote on it."""
    actor = actor_of(request)
    actor.must_be(Role.OFFICE, Role.OWNER, Role.BOOKKEEPER)
    found, stands = public.frontier(), members.bylaws()
    weight = stands.fair_share_basis_points
    mine = members.votes(actor.firm) if actor.firm else {}
    ballots = [each for each in members.ballots(FIGURE) if each.state is members.BallotState.OPEN]
    shown = {
        "frontier": found,
        "weight": weight,
        "here": next((one for one in found.points if one.weight_bp == weight), None)
        if found
        else None,
        "chart": frontier_chart(found, weight, _words()) if found else None,
        "trial": stands.trial_basis_points,
        "waiting": [(each, mine.get(each.id)) for each in ballots],
        "may_vote": actor.role is Role.OWNER,
    }
    return render(request, "match/fair_share.html", shown)


@require_safe
def agreement(request: HttpRequest, cluster_id: UUID) -> HttpResponse:
    """Show a cluster's agreement to its parties and the office."""
    actor = actor_of(request)
    actor.must_be(Role.OFFICE, Role.OWNER, Role.BOOKKEEPER)
    found = public.agreement(cluster_id)
    firms = {each.firm for each in found.roles}
    if actor.role is Role.OFFICE:
        members.check_not_recused(actor, firms)
    named = members.firms_by_id(firms)
    shown = {
        "agreement": found,
        "rows": [(each, named.get(each.firm), each.firm == actor.firm) for each in found.roles],
        "parties": len(firms),
        "is_office": actor.role is Role.OFFICE,
    }
    return render(request, "match/agreement.html", shown)


def _words() -> dict[str, str]:
    english = (get_language() or "ko").startswith("en")
    return {
        name: pair[english]
        for name, pair in {
            "title": (
                "무게마다 더 드는 값과 바쁜 열 곳의 몫",
                "What each weight costs",
            ),
            "weight": ("무게", "Weight"),
            "extra": ("더 드는 값(%)", "Extra cost (%)"),
            "busiest": ("가장 바쁜 열 곳의 몫(%)", "The ten busiest members' part (%)"),
            "members": ("일이 있는 조합원", "Members with work"),
            "now": ("지금", "now"),
        }.items()
    }

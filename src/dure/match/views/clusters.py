"""The pages of clusters: a need's alternatives, a member's offers, a cluster with every step."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from dure.journal.public import now
from dure.kernel.actor import Role
from dure.kernel.errors import Malformed
from dure.kernel.ids import FirmId
from dure.kernel.money import Won
from dure.kernel.reason import Reason
from dure.match import public, services
from dure.match.engine.cluster import Cluster, ClusterState, Offered, OfferState
from dure.match.forms import ChooseForm, CounterForm
from dure.members import public as members
from dure.sense import public as sense
from dure.stack.tenancy import actor_of


@require_http_methods(["GET", "HEAD"])
def need(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Show a request and its alternatives side by side."""
    actor = actor_of(request)
    actor.must_be(Role.BUYER, Role.OFFICE)
    asked = sense.request(request_id)
    whole = sense.need(request_id) if asked.band else None
    cluster = public.cluster_of(request_id)
    shown = {
        "asked": asked,
        "terms": asked.terms,
        "missing": sense.missing(asked.terms),
        "complete": sense.completeness(asked.terms),
        "cluster": cluster,
        "searched": public.was_searched(request_id),
        "blocking": public.blocking(request_id),
        "may_choose": actor.role is Role.BUYER and cluster is None,
        "may_complete": actor.role is Role.BUYER and sense.order_of(request_id) is None,
        "alternatives": [
            {"offered": each, "steps": _named_steps(whole, each)}
            for each in public.alternatives(request_id)
        ],
    }
    return render(request, "match/need.html", shown)


@require_POST
def choose(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Choose an alternative."""
    buyer = _firm_of(request, Role.BUYER)
    form = ChooseForm(request.POST)
    if not form.is_valid():
        raise Malformed("match.no_alternative")
    services.choose(request_id, form.cleaned_data["alternative"], buyer=buyer, at=now())
    return redirect("need", request_id)


@require_http_methods(["GET", "HEAD"])
def clusters(request: HttpRequest) -> HttpResponse:
    """Show a member its offers, the office and a buyer their clusters."""
    actor = actor_of(request)
    actor.must_be(Role.OFFICE, Role.OWNER, Role.BUYER)
    if actor.role is Role.OWNER:
        mine = public.offers(_firm_of(request, Role.OWNER))
        waiting = [each for each in mine if each.state is OfferState.OFFERED]
        answered = [each for each in mine if each.state is not OfferState.OFFERED]
        shown = {"waiting": waiting, "answered": answered, "form": CounterForm()}
        return render(request, "match/offers.html", shown)
    found = public.clusters()
    requests = {each.id: each for each in sense.requests()}
    kept = {each.id: members.recused_for(actor, each.members) for each in found}
    rows = [(each, requests.get(each.request), _progress(each), kept[each.id]) for each in found]
    forming = sum(each.state is ClusterState.OFFERING for each in found)
    recused = next(filter(None, kept.values()), None)
    shown = {"rows": rows, "is_office": actor.role is Role.OFFICE, "forming": forming}
    shown["recused"] = recused
    return render(request, "match/clusters.html", shown)


@require_http_methods(["GET", "HEAD"])
def cluster(request: HttpRequest, cluster_id: UUID) -> HttpResponse:
    """Show the office a cluster with every step and its answer."""
    actor = actor_of(request)
    actor.must_be(Role.OFFICE)
    found = public.cluster(cluster_id)
    members.check_not_recused(actor, found.members)
    firms = members.firms_by_id(each.firm for each in found.assignments)
    shown = {
        "cluster": found,
        "asked": sense.request(found.request),
        "accepted": _progress(found),
        "total": sum(each.price for each in found.assignments),
        "rows": [(each, firms.get(each.firm)) for each in found.assignments],
    }
    return render(request, "match/cluster.html", shown)


@require_POST
def accept(request: HttpRequest, offer_id: UUID) -> HttpResponse:
    """Take on a step."""
    _firm_of(request, Role.OWNER)
    services.accept_step(offer_id, at=now())
    return redirect("clusters")


@require_POST
def decline(request: HttpRequest, offer_id: UUID) -> HttpResponse:
    """Decline a step."""
    _firm_of(request, Role.OWNER)
    services.decline_step(offer_id, at=now())
    return redirect("clusters")


@require_POST
def counter(request: HttpRequest, offer_id: UUID) -> HttpResponse:
    """Answer with another price."""
    _firm_of(request, Role.OWNER)
    form = CounterForm(request.POST)
    if not form.is_valid():
        raise Malformed("match.impossible_price")
    said = form.cleaned_data
    services.counter_step(offer_id, price=Won(said["price_won"]), note=said["note"], at=now())
    return redirect("clusters")


def _named_steps(
    need: sense.Need | None, offered: Offered
) -> list[tuple[sense.NeedStep | None, Reason]]:
    lots = need.in_lots(offered.lots).steps if need else ()
    named = {step.code: step for step in lots}
    return [(named.get(code), reason) for code, reason in offered.steps]


def _firm_of(request: HttpRequest, role: Role) -> FirmId:
    actor = actor_of(request)
    actor.must_be(role)
    assert actor.firm, "everybody but the door acts for a firm"
    return actor.firm


def _progress(cluster: Cluster) -> int:
    return sum(each.state is OfferState.ACCEPTED for each in cluster.assignments)

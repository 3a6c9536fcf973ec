"""What other rooms may ask about clusters."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db.models import QuerySet

from dure.kernel.errors import NotFound
from dure.kernel.reason import Reason
from dure.kernel.time import Instant
from dure.match import models
from dure.match.bridge import agreeing, telling
from dure.match.bridge import clusters as bridge
from dure.match.bridge import standing as returning
from dure.match.bridge.standing import Side, Suggestion
from dure.match.engine.agreement import Agreement
from dure.match.engine.cluster import (
    STANDING,
    Assignment,
    Cluster,
    ClusterState,
    Offered,
    OfferState,
)
from dure.match.engine.frontier import Frontier
from dure.match.engine.standing import StandingState
from dure.match.engine.why import Position, Why
from dure.sense import public as sense
from dure.stack.tenancy import current_actor

__all__ = [
    "Agreement",
    "Assignment",
    "Cluster",
    "ClusterState",
    "Frontier",
    "OfferState",
    "Offered",
    "Position",
    "Side",
    "StandingState",
    "Suggestion",
    "Why",
]


def alternatives(request_id: UUID) -> tuple[Offered, ...]:
    """Give the alternatives of a request as the buyer sees them, the cheapest first."""
    rows = models.Alternative.objects.filter(search__request_id=request_id).order_by("position")
    return tuple(bridge.read_offered(row) for row in rows)


def blocking(request_id: UUID) -> tuple[Reason, ...]:
    """Give the reasons why a request has no alternative; none where it has one."""
    row = models.Search.objects.filter(request_id=request_id).first()
    return tuple(bridge.read_reason(reason) for reason in row.blocking) if row else ()


def was_searched(request_id: UUID) -> bool:
    """Say whether clusters were sought for a request already."""
    return models.Search.objects.filter(request_id=request_id).exists()


def cluster(cluster_id: UUID) -> Cluster:
    """
    Give a cluster with the assignments that stand, in the order of the steps.

    The office and the worker see all of them, a member its own. Raises NotFound.
    """
    row = models.Cluster.objects.filter(id=cluster_id).first()
    if row is None:
        raise NotFound("match.no_cluster")
    return _read(row)


def clusters_by_id(ids: Iterable[UUID]) -> Mapping[UUID, Cluster]:
    """Give clusters by their ids, as `cluster` does; unknown ones are left out."""
    found: dict[UUID, list[models.Assignment]] = {}
    for each in _standing().filter(cluster_id__in=set(ids)).order_by("position"):
        found.setdefault(each.cluster_id, []).append(each)
    rows = models.Cluster.objects.filter(id__in=set(ids))
    return {row.id: bridge.read_cluster(row, found.get(row.id, ())) for row in rows}


def cluster_of(request_id: UUID) -> Cluster | None:
    """Give the cluster that is forming or formed for a request."""
    rows = models.Cluster.objects.filter(request_id=request_id)
    row = rows.exclude(state=ClusterState.FAILED).first()
    return _read(row) if row else None


def clusters(*, limit: int = 200) -> tuple[Cluster, ...]:
    """Give the clusters that the actor may see, newest first."""
    return tuple(_read(row) for row in models.Cluster.objects.order_by("-id")[:limit])


def need(request_id: UUID) -> sense.Need:
    """
    Give what a request takes, as its cluster makes it: a step of several makers as their lots.

    Where no cluster was chosen yet, as sense gives it. Raises NotFound before it was understood.
    """
    return sense.need(request_id).in_lots(_lots([request_id]).get(request_id, {}))


def needs(request_ids: Iterable[UUID]) -> Mapping[UUID, sense.Need]:
    """Give what requests take, as `need` does; those that are not understood yet are left out."""
    known = sense.needs(request_ids)
    lots = _lots(known)
    return {request: need.in_lots(lots.get(request, {})) for request, need in known.items()}


def _lots(request_ids: Iterable[UUID]) -> Mapping[UUID, Mapping[str, int]]:
    rows = models.Cluster.objects.filter(request_id__in=set(request_ids)).exclude(lots={})
    standing = rows.exclude(state=ClusterState.FAILED)
    return {row.request_id: row.lots for row in standing}


def offers(firm_id: UUID, *, limit: int = 200) -> tuple[Assignment, ...]:
    """Give what a member was offered, newest first."""
    rows = models.Assignment.objects.filter(firm_id=firm_id).order_by("-id")[:limit]
    return tuple(bridge.read_assignment(row) for row in rows)


def assignment(assignment_id: UUID) -> Assignment:
    """Give one offer; raises NotFound where the actor may not see it."""
    row = models.Assignment.objects.filter(id=assignment_id).first()
    if row is None:
        raise NotFound("match.no_offer")
    return bridge.read_assignment(row)


def standing() -> tuple[Suggestion, ...]:
    """Give the suggestions of standing clusters that the actor may see, newest first."""
    rows = models.Standing.objects.order_by("-number")
    return tuple(returning.read_suggestion(row, asking=current_actor().firm) for row in rows)


def position(firm_id: UUID, at: Instant) -> Position:
    """Give how a member stands: its own offers and answers, part of the work, quality."""
    return telling.read_position(firm_id, at)


def whys(firm_id: UUID, *, limit: int = 200) -> tuple[Why, ...]:
    """Give why a member was chosen or not in requests that are closed, newest first."""
    rows = models.Why.objects.filter(firm_id=firm_id).order_by("-on", "-id")[:limit]
    return tuple(telling.read_why(row) for row in rows)


def frontier() -> Frontier | None:
    """Give what each weight of fair share costs, as it was last found; None before."""
    row = models.Frontier.objects.order_by("-on").first()
    return bridge.read_frontier(row) if row else None


def agreement(cluster_id: UUID) -> Agreement:
    """Give a cluster's agreement; raises NotFound where the actor is no party to it."""
    row = models.Agreement.objects.filter(cluster_id=cluster_id).first()
    if row is None:
        raise NotFound("match.no_agreement")
    return agreeing.read_agreement(row)


def agreements() -> tuple[Agreement, ...]:
    """Give the agreements that the actor may see, newest first."""
    return tuple(
        agreeing.read_agreement(row) for row in models.Agreement.objects.order_by("-number")
    )


def _read(row: models.Cluster) -> Cluster:
    return bridge.read_cluster(row, _standing().filter(cluster_id=row.id).order_by("position"))


def _standing() -> QuerySet[models.Assignment]:
    return models.Assignment.objects.filter(state__in=STANDING, is_beside=False)

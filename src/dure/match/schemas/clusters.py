"""What the API of clusters takes and gives."""

from datetime import date, datetime
from uuid import UUID

from ninja import Field, Schema

from dure.match.engine.cluster import Assignment, Cluster, ClusterState, Offered, OfferState


class ReasonOut(Schema):
    """A reason: its code and parameters."""

    code: str
    parameters: dict[str, str | int]


class StepReasonOut(Schema):
    """Why a step goes where it goes, its maker unnamed."""

    step: str
    reason: ReasonOut


class AlternativeOut(Schema):
    """
    One of up to three alternatives; makers are unnamed until they accept.

    price_won: what the members ask together, VAT, materials and the co-op's fee apart. gap_bp:
    how far it is at most from the certified optimum of its own weights, in basis points.
    """

    id: UUID
    label: str
    price_won: int
    longest_minutes: int
    road_minutes: int
    gap_bp: int
    ready_on: date
    steps: list[StepReasonOut]


class AlternativesOut(Schema):
    """The alternatives of a request, or the reasons why there are none."""

    searched: bool
    alternatives: list[AlternativeOut]
    blocking: list[ReasonOut]


class ChooseIn(Schema):
    """The alternative that the buyer wants."""

    alternative: UUID


class ChosenOut(Schema):
    """The cluster that forms."""

    cluster: UUID


class CounterIn(Schema):
    """Another price for the whole lot, and what the member wants to say with it."""

    price_won: int = Field(ge=1, le=10**12)
    note: str = Field("", max_length=200)


class OfferOut(Schema):
    """A step offered to a member."""

    id: UUID
    cluster: UUID
    step: str
    name: str
    name_en: str
    process: str
    quantity: int
    good: int
    unit: str
    price_won: int
    minutes: int
    reason: ReasonOut
    state: OfferState
    deadline: datetime
    due: date


class AssignmentOut(OfferOut):
    """A step and the member that has it."""

    firm: UUID
    site: UUID


class ClusterOut(Schema):
    """A cluster with the assignments that one may see."""

    id: UUID
    request: UUID
    label: str
    state: ClusterState
    assignments: list[AssignmentOut]


def alternative_out(offered: Offered) -> dict[str, object]:
    """Give an alternative as the API shows it."""
    return {
        "id": offered.id,
        "label": offered.label,
        "price_won": offered.price,
        "longest_minutes": offered.longest_minutes,
        "road_minutes": offered.road_minutes,
        "gap_bp": offered.gap_bp,
        "ready_on": offered.ready_on,
        "steps": [{"step": step, "reason": reason.as_json()} for step, reason in offered.steps],
    }


def offer_out(offer: Assignment) -> dict[str, object]:
    """Give an offer or assignment as the API shows it."""
    shown = {
        name: getattr(offer, name)
        for name in Assignment.__dataclass_fields__
        if name not in ("price", "reason", "capability")
    }
    return {**shown, "price_won": offer.price, "reason": offer.reason.as_json()}


def cluster_out(cluster: Cluster) -> dict[str, object]:
    """Give a cluster as the API shows it."""
    return {
        "id": cluster.id,
        "request": cluster.request,
        "label": cluster.label,
        "state": cluster.state,
        "assignments": [offer_out(each) for each in cluster.assignments],
    }

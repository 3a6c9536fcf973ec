"""Between rows of clusters and their values."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from dure.kernel.ids import FirmId
from dure.kernel.money import Won
from dure.kernel.reason import Reason
from dure.kernel.time import Instant
from dure.match import models, store
from dure.match.bridge.posing import Market, steps_given_out
from dure.match.engine.alternatives import Alternative, Choice
from dure.match.engine.cluster import Assignment, Cluster, ClusterState, Offered, OfferState
from dure.match.engine.frontier import Frontier, Point
from dure.match.engine.problem import BP
from dure.members import public as members
from dure.sense import public as sense

TRIAL = "match.trial_work"


def write_alternative(
    search: models.Search, position: int, found: Alternative, market: Market, ready_on: date
) -> models.Alternative:
    """Store an alternative: what the buyer sees, and apart from it who would make what."""
    lots = Counter(choice.task for choice in found.choices)
    row = models.Alternative.objects.create(
        search=search,
        buyer_id=search.buyer_id,
        position=position,
        label=found.label,
        price_won=found.price,
        longest_minutes=found.longest_minutes,
        road_minutes=found.road_minutes,
        cost=found.cost,
        bound=found.bound,
        ready_on=ready_on,
        lots={code: count for code, count in lots.items() if count > 1},
        steps=[
            [sense.lot_code(choice.task, choice.lot, lots[choice.task]), choice.reason.as_json()]
            for choice in found.choices
        ],
    )
    models.Maker.objects.bulk_create(
        maker(row, place, code, choice, market)
        for place, ((code, _), choice) in enumerate(zip(row.steps, found.choices, strict=True))
    )
    return row


def maker(
    alternative: models.Alternative, place: int, step: str, choice: Choice, market: Market
) -> models.Maker:
    """
    Give the row of who would make a step, or a lot of it, not stored yet.

    It is offered at its own rate to the won, which the match saw in steps.
    """
    capability = market.capability(choice)
    own = store.open_free_time(capability.firm).get(capability.id)
    (rate,) = (
        [own] if own else members.rates(firm_id=capability.firm, processes={capability.process})
    )
    return models.Maker(
        alternative=alternative,
        position=place,
        step=step,
        firm_id=capability.firm,
        capability_id=capability.id,
        site_id=capability.site,
        price_won=rate.setup_won + rate.unit_won * choice.quantity,
        weighed_won=choice.price,
        minutes=choice.minutes,
        reason=choice.reason.as_json(),
    )


def assignment_row(
    cluster: models.Cluster,
    position: int,
    step: sense.NeedStep,
    maker: models.Maker,
    *,
    request: sense.Request,
    deadline: Instant,
) -> models.Assignment:
    """Give the row of an offer, not stored yet; its audited columns are told."""
    return models.Assignment(
        cluster_id=cluster.id,
        position=position,
        step=step.code,
        name=step.name,
        name_en=step.name_en,
        process=step.process,
        quantity=step.quantity,
        good=step.good,
        unit=step.unit,
        capability_id=maker.capability_id,
        site_id=maker.site_id,
        weighed_won=maker.weighed_won,
        minutes=maker.minutes,
        reason=maker.reason,
        is_trial=maker.reason["code"] == TRIAL,
        due=request.terms.due,
        deadline=deadline,
    )


def read_assignment(row: models.Assignment) -> Assignment:
    """Give the value of an assignment."""
    return Assignment(
        id=row.id,
        cluster=row.cluster_id,
        step=row.step,
        name=row.name,
        name_en=row.name_en,
        process=row.process,
        quantity=row.quantity,
        good=row.good,
        unit=row.unit,
        firm=FirmId(row.firm_id),
        capability=row.capability_id,
        site=row.site_id,
        price=Won(row.price_won),
        minutes=row.minutes,
        reason=read_reason(row.reason),
        state=OfferState(row.state),
        deadline=row.deadline,
        due=row.due,
    )


def read_cluster(row: models.Cluster, assignments: Iterable[models.Assignment]) -> Cluster:
    """Give the value of a cluster with the assignments that stand."""
    return Cluster(
        id=row.id,
        request=row.request_id,
        buyer=FirmId(row.buyer_id),
        label=row.label,
        state=ClusterState(row.state),
        assignments=tuple(read_assignment(each) for each in assignments),
    )


def read_offered(row: models.Alternative) -> Offered:
    """Give an alternative as the buyer sees it."""
    return Offered(
        id=row.id,
        label=row.label,
        price=Won(row.price_won),
        longest_minutes=row.longest_minutes,
        road_minutes=row.road_minutes,
        gap_bp=-(-(row.cost - row.bound) * BP // row.bound) if row.bound else 0,
        ready_on=row.ready_on,
        steps=tuple((step, read_reason(reason)) for step, reason in row.steps),
        lots=row.lots,
    )


def read_reason(body: dict[str, object]) -> Reason:
    """Give back a reason that was stored."""
    parameters = body["parameters"]
    assert isinstance(parameters, dict), "reasons are stored as Reason.as_json gives them"
    return Reason(str(body["code"]), parameters)


def write_frontier(points: Sequence[Point], *, on: date, needs: int, is_simulated: bool) -> None:
    """Store what each weight of fair share costs, as it was found on a day."""
    body = [[one.weight_bp, one.extra_bp, one.busiest_bp, one.members] for one in points]
    given, tried = steps_given_out()
    told = {"needs": needs, "is_simulated": is_simulated, "points": body}
    told |= {"given": given, "tried": tried}
    models.Frontier.objects.update_or_create(told, on=on)


def read_frontier(row: models.Frontier) -> Frontier:
    """Give the value of a frontier."""
    points = [
        Point(weight_bp=weight, extra_bp=extra, busiest_bp=busiest, members=count)
        for weight, extra, busiest, count in row.points
    ]
    kept = ("on", "needs", "given", "tried", "is_simulated")
    return Frontier(**{name: getattr(row, name) for name in kept}, points=tuple(points))

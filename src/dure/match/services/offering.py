"""Steps offered to members, and to others where one does not take its step, until all are taken."""

from dataclasses import replace
from uuid import UUID

from dure.journal.services import tell
from dure.kernel.fact import Fact
from dure.kernel.money import Won
from dure.kernel.time import Instant
from dure.match import models, public
from dure.match.bridge import clusters as bridge
from dure.match.bridge import posing
from dure.match.engine.alternatives import alternatives
from dure.match.engine.cluster import (
    ANSWER_WITHIN_MINUTES,
    STANDING,
    ClusterState,
    OfferState,
    counter_stands,
)
from dure.match.engine.facts import (
    CLUSTER_FAILED,
    CLUSTER_FORMED,
    STEP_LEFT_OPEN,
    STEP_OFFERED,
    STEP_TAKEN_OVER,
    STEP_WITHDRAWN,
)
from dure.match.services.answering import accept, decline, locked_workload
from dure.members import public as members
from dure.sense import public as sense


def offer_steps(fact: Fact, at: Instant) -> None:
    """Offer each step of a chosen cluster to its member; follows ClusterChosen."""
    cluster = models.Cluster.objects.get(id=fact.aggregate_id)
    for maker in models.Maker.objects.filter(alternative=cluster.alternative_id):
        _offer(cluster, maker, at)


def offer_again(fact: Fact, at: Instant) -> None:
    """Offer a declined step to the next member; follows StepDeclined."""
    declined = models.Assignment.objects.get(id=fact.aggregate_id)
    cluster = models.Cluster.objects.select_for_update().get(id=declined.cluster_id)
    if declined.is_beside:
        _offer_beside(cluster, declined, at)
        return
    if cluster.state != ClusterState.OFFERING:
        return
    maker = _next_best(cluster, declined, at)
    if maker is None:
        _fail(cluster, declined, at)
    else:
        _offer(cluster, maker, at)


def offer_elsewhere(fact: Fact, at: Instant) -> None:
    """
    Offer a step that its member gave back to the next one; follows JobOrderGivenBack.

    At the same price: the buyer has one. Until somebody takes it over, who has it keeps it.
    """
    cluster = models.Cluster.objects.select_for_update().get(id=UUID(str(fact.payload["cluster"])))
    has = models.Assignment.objects.filter(cluster_id=cluster.id, step=fact.payload["step"])
    if not has.filter(is_beside=True, state=OfferState.OFFERED).exists():
        _offer_beside(cluster, has.get(state=OfferState.ACCEPTED), at)


def weigh_counter(fact: Fact, at: Instant) -> None:
    """Take a counter-offer, or decline it and offer the step to the next; follows StepCountered."""
    row = models.Assignment.objects.get(id=fact.aggregate_id)
    cluster = models.Cluster.objects.select_for_update().get(id=row.cluster_id)
    if row.state != OfferState.COUNTERED or cluster.state != ClusterState.OFFERING:
        return
    maker, workload = _next_best(cluster, row, at), locked_workload(row)
    best = Won(maker.weighed_won) if maker else None
    fits = row.minutes <= posing.minutes_left(row, at)
    if fits and counter_stands(Won(row.price_won), next_best=best):
        accept(row, workload, at)
    else:
        decline(row, at, silent=False)


def form_cluster(fact: Fact, at: Instant) -> None:
    """Count an acceptance, and form the cluster once all have accepted; follows StepAccepted."""
    row = models.Assignment.objects.get(id=fact.aggregate_id)
    cluster = models.Cluster.objects.select_for_update().get(id=row.cluster_id)
    if row.is_beside:
        _take_over(cluster, row, at)
        return
    if cluster.state != ClusterState.OFFERING:
        return
    standing = models.Assignment.objects.filter(cluster_id=cluster.id, state__in=STANDING)
    cluster.member_ids = sorted(
        {each.firm_id for each in standing if each.state == OfferState.ACCEPTED}
    )
    steps = cluster.alternative.makers.count()
    accepted = [each for each in standing if each.state == OfferState.ACCEPTED]
    if len(accepted) < steps:
        cluster.save(update_fields=["member_ids"])
        return
    told = {"request": cluster.request_id, "steps": steps}
    parties = [cluster.buyer_id, *cluster.member_ids]
    state = ClusterState.FORMED
    tell(cluster, CLUSTER_FORMED, at=at, parties=parties, payload=told, state=state)


def _offer(
    cluster: models.Cluster, maker: models.Maker, at: Instant, *, is_beside: bool = False
) -> None:
    request, need = sense.request(cluster.request_id), public.need(cluster.request_id)
    row = bridge.assignment_row(
        cluster,
        maker.position,
        need.step(maker.step),
        maker,
        request=request,
        deadline=_deadline(maker.firm_id, at),
    )
    row.is_beside = is_beside
    told = {
        "cluster": cluster.id,
        "minutes": maker.minutes,
        "price": maker.price_won,
        "quantity": row.quantity,
        "reason": maker.reason,
        "step": maker.step,
    }
    tell(
        row,
        STEP_OFFERED,
        at=at,
        parties=[maker.firm_id],
        payload=told,
        firm_id=maker.firm_id,
        price_won=maker.price_won,
        state=OfferState.OFFERED,
    )


def _deadline(firm: UUID, at: Instant) -> Instant:
    calendar = members.calendar(firm)
    hours = calendar if calendar.shifts else members.office_hours()
    return hours.after_working(at, ANSWER_WITHIN_MINUTES)


def _offer_beside(cluster: models.Cluster, left: models.Assignment, at: Instant) -> None:
    maker = _next_best(cluster, left, at)
    if maker is not None:
        maker.price_won, maker.weighed_won = left.price_won, left.weighed_won
        _offer(cluster, maker, at, is_beside=True)
        return
    told = {"request": cluster.request_id, "step": left.step}
    tell(cluster, STEP_LEFT_OPEN, at=at, parties=[cluster.buyer_id], payload=told)


def _take_over(cluster: models.Cluster, row: models.Assignment, at: Instant) -> None:
    """Let a member have a step that another gave back."""
    known = models.Assignment.objects.filter(cluster_id=cluster.id, is_beside=False)
    _withdraw(known.get(step=row.step, state=OfferState.ACCEPTED), at)
    row.is_beside = False
    told = {"cluster": cluster.id, "request": cluster.request_id, "step": row.step}
    tell(row, STEP_TAKEN_OVER, at=at, parties=[row.firm_id], payload=told)
    accepted = known.filter(state=OfferState.ACCEPTED).values_list("firm_id", flat=True)
    cluster.member_ids = sorted(set(accepted))
    cluster.save(update_fields=["member_ids"])


def _next_best(
    cluster: models.Cluster, left: models.Assignment, at: Instant
) -> models.Maker | None:
    """Give who would do a step next, all others staying with who has them."""
    request, need = sense.request(cluster.request_id), public.need(cluster.request_id)
    market = posing.Market({left.process}, posing.end_of_day(request.terms.due), at)
    asked = models.Assignment.objects.filter(cluster_id=cluster.id)
    gone = frozenset(
        market.numbers[row.firm_id]
        for row in asked
        if row.firm_id in market.numbers and _rules_out(row, left)
    )
    (task,) = posing.tasks_of(need, {left.step: gone}, only=left.step)
    coop, fixed = posing.with_neighbours(cluster, need, left.step, market)
    step = replace(task, after=tuple(each.code for each in fixed))
    bylaws = members.bylaws()
    whole = posing.need_of([*fixed, step], request, bylaws)
    whole = replace(whole, caps=posing.regions_left(cluster, left.step, need, bylaws))
    is_trial = cluster.alternative.search.trial_step == sense.step_of(left.step)
    posed = posing.with_trial(whole, left.step if is_trial else "")
    answer = alternatives(coop, posed, labels=("cheap",))
    if is_trial and not answer.alternatives:  # no newcomer is left: it is everybody's again
        answer = alternatives(coop, whole, labels=("cheap",))
    if not answer.alternatives:
        return None
    choice = next(each for each in answer.alternatives[0].choices if each.task == left.step)
    return bridge.maker(cluster.alternative, left.position, left.step, choice, market)


def _rules_out(row: models.Assignment, left: models.Assignment) -> bool:
    """Say whether an answer rules its firm out: it had this lot, or has another of the step."""
    is_beside = sense.step_of(row.step) == sense.step_of(left.step) and row.state in STANDING
    return row.step == left.step or is_beside


def _fail(cluster: models.Cluster, declined: models.Assignment, at: Instant) -> None:
    reason = {"code": "match.nobody_left", "parameters": {"step": declined.name}}
    for row in models.Assignment.objects.filter(cluster_id=cluster.id, state__in=STANDING):
        _withdraw(row, at)
    told = {"reason": reason, "request": cluster.request_id}
    parties = [cluster.buyer_id, *cluster.member_ids]
    tell(cluster, CLUSTER_FAILED, at=at, parties=parties, payload=told, state=ClusterState.FAILED)


def _withdraw(row: models.Assignment, at: Instant) -> None:
    if row.state == OfferState.ACCEPTED:
        workload = locked_workload(row)
        workload.accepted_won -= row.weighed_won
        workload.save(update_fields=["accepted_won"])
    told = {"cluster": row.cluster_id, "step": row.step}
    state = OfferState.WITHDRAWN
    tell(row, STEP_WITHDRAWN, at=at, parties=[row.firm_id], payload=told, state=state)

"""What can be done about clusters: propose, choose, offer, answer, offer again, form."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from dure.journal.services import tell
from dure.kernel.coarse import coarse
from dure.kernel.errors import NotFound, Refused
from dure.kernel.fact import Fact
from dure.kernel.money import Won
from dure.kernel.time import Instant, add_working_days, seoul_date
from dure.match import models, public
from dure.match.bridge import clusters as bridge
from dure.match.engine.again import with_the_same
from dure.match.engine.alternatives import Alternative, Answer, alternatives
from dure.match.engine.cluster import (
    ANSWER_WITHIN_MINUTES,
    STANDING,
    Assignment,
    ClusterState,
    OfferState,
    check_open,
    counter_stands,
)
from dure.match.engine.facts import (
    CLUSTER_CHOSEN,
    CLUSTER_FAILED,
    CLUSTER_FORMED,
    CLUSTERS_PROPOSED,
    STEP_ACCEPTED,
    STEP_COUNTERED,
    STEP_DECLINED,
    STEP_LEFT_OPEN,
    STEP_OFFERED,
    STEP_TAKEN_OVER,
    STEP_WITHDRAWN,
)
from dure.match.engine.trial import trial_step
from dure.match.services import telling
from dure.members import public as members
from dure.sense import public as sense
from dure.stack.pace import even_out

DAY_MINUTES = 8 * 60


def propose_clusters(fact: Fact, at: Instant) -> None:
    """Seek clusters that could make a request; follows NeedUnderstood."""
    request, need = sense.request(fact.aggregate_id), sense.need(fact.aggregate_id)
    tasks, bylaws = bridge.tasks_of(need, {}), members.bylaws()
    end = bridge.end_of_day(request.terms.due)
    market = bridge.Market({task.process for task in tasks}, end, at)
    whole = bridge.need_of(tasks, request, bylaws)
    given, tried = bridge.steps_given_out()
    part = bylaws.trial_basis_points
    trial = trial_step(market.coop, whole, given=given, tried=tried, part_bp=part)
    posed = bridge.with_trial(whole, trial)
    found = alternatives(market.coop, posed)
    before, room = bridge.makers_before(request, market), bylaws.again_basis_points
    answer = with_the_same(market.coop, whole, found, before, room)
    even_out(settings.DURE_ANSWER_SECONDS)
    search = _tell_search(request, answer, trial, at)
    for position, each in enumerate(answer.alternatives):
        bridge.write_alternative(search, position, each, market, _ready_on(each, at))
    telling.keep(search, market.coop, posed, found)


def _tell_search(request: sense.Request, answer: Answer, trial: str, at: Instant) -> models.Search:
    stuck = [reason.as_json() for reason in answer.blocking]
    search = models.Search(
        request_id=request.id, blocking=stuck, trial_step=trial, closes_on=request.terms.due
    )
    told = {
        "alternatives": [each.label for each in answer.alternatives],
        "blocking": stuck,
        "request": request.id,
    }
    state = "proposed" if answer.alternatives else "blocked"
    parties = [request.buyer]
    tell(
        search,
        CLUSTERS_PROPOSED,
        at=at,
        parties=parties,
        payload=told,
        buyer_id=request.buyer,
        state=state,
    )
    return search


@transaction.atomic
def choose(request_id: UUID, alternative_id: UUID, *, buyer: UUID, at: Instant) -> UUID:
    """
    Choose one of the alternatives of one's own request; gives the cluster's id.

    Its members are offered their steps next. Raises NotFound for another's request, Refused
    where one was chosen already.
    """
    rows = models.Alternative.objects.filter(search__request_id=request_id, buyer_id=buyer)
    alternative = rows.filter(id=alternative_id).first()
    if alternative is None:
        raise NotFound("match.no_alternative")
    cluster = models.Cluster(
        alternative=alternative, label=alternative.label, lots=alternative.lots
    )
    told = {"alternative": alternative.id, "label": alternative.label, "request": request_id}
    try:
        with transaction.atomic():
            tell(
                cluster,
                CLUSTER_CHOSEN,
                at=at,
                parties=[buyer],
                payload=told,
                request_id=request_id,
                buyer_id=buyer,
                state=ClusterState.OFFERING,
            )
    except IntegrityError as taken:
        raise Refused("match.chosen_already") from taken
    return cluster.id


def offer_steps(fact: Fact, at: Instant) -> None:
    """Offer each step of a chosen cluster to its member; follows ClusterChosen."""
    cluster = models.Cluster.objects.get(id=fact.aggregate_id)
    for maker in models.Maker.objects.filter(alternative=cluster.alternative_id):
        _offer(cluster, maker, at)


@transaction.atomic
def accept_step(assignment_id: UUID, *, at: Instant) -> Assignment:
    """
    Take on a step.

    Raises NotFound for another's offer; Refused where it was answered, is past its deadline,
    or where the member's free minutes went to another step in the meantime.
    """
    row = _open_offer(assignment_id, at)
    workload = _locked_workload(row)
    left = bridge.minutes_left(row, at)
    if row.minutes > left:
        raise Refused("match.capacity_taken", needed=row.minutes, left=max(0, left))
    _accept(row, workload, at)
    return bridge.read_assignment(row)


@transaction.atomic
def decline_step(assignment_id: UUID, *, at: Instant) -> Assignment:
    """Decline a step, without giving a reason and without penalty; it is offered to the next."""
    row = _open_offer(assignment_id, at)
    _decline(row, at, silent=False)
    return bridge.read_assignment(row)


@transaction.atomic
def counter_step(assignment_id: UUID, *, price: Won, note: str, at: Instant) -> Assignment:
    """
    Answer an offer with another price. Taken where nobody else would do it for less.

    Raises Refused for a price that is none, or where the buyer has a price already.
    """
    if price <= 0:
        raise Refused("match.impossible_price")
    row = _open_offer(assignment_id, at)
    if row.is_beside:
        raise Refused("match.price_stands")
    row.weighed_won = coarse(price)
    told = {"cluster": row.cluster_id, "note": note, "price": price, "step": row.step}
    tell(
        row,
        STEP_COUNTERED,
        at=at,
        parties=[row.firm_id],
        payload=told,
        state=OfferState.COUNTERED,
        price_won=price,
    )
    return bridge.read_assignment(row)


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
    maker, workload = _next_best(cluster, row, at), _locked_workload(row)
    best = Won(maker.weighed_won) if maker else None
    fits = row.minutes <= bridge.minutes_left(row, at)
    if fits and counter_stands(Won(row.price_won), next_best=best):
        _accept(row, workload, at)
    else:
        _decline(row, at, silent=False)


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


def expire_offers(at: Instant) -> int:
    """Take offers past their deadline as declined, without penalty; gives how many there were."""
    late = models.Assignment.objects.filter(state=OfferState.OFFERED, deadline__lt=at)
    rows = list(late.select_for_update(skip_locked=True).order_by("deadline", "id"))
    for row in rows:
        _decline(row, at, silent=True)
    return len(rows)


def note_inspection(fact: Fact, at: Instant) -> None:
    """Remember what an inspection found, for the next match; follows LotInspected."""
    step, pieces, failed = (fact.payload[name] for name in ("step", "inspected", "failed"))
    done = models.Assignment.objects.filter(
        firm_id__in=fact.parties, step=step, state=OfferState.ACCEPTED
    )
    assignment = done.order_by("-id").first()
    if assignment and isinstance(pieces, int) and isinstance(failed, int):
        models.QualitySeen.objects.create(
            fact_id=fact.id,
            firm_id=assignment.firm_id,
            process=assignment.process,
            on=seoul_date(fact.at),
            pieces=pieces,
            failed=failed,
        )


def _ready_on(found: Alternative, at: Instant) -> date:
    # Eight working hours a day on the longest way: a first guess that the plan makes exact.
    days = -(-found.longest_minutes // DAY_MINUTES)
    return add_working_days(seoul_date(at), days, members.holidays())


def _open_offer(assignment_id: UUID, at: Instant) -> models.Assignment:
    row = models.Assignment.objects.select_for_update().filter(id=assignment_id).first()
    if row is None:
        raise NotFound("match.no_offer")
    check_open(OfferState(row.state), deadline=row.deadline, at=at)
    return row


def _locked_workload(row: models.Assignment) -> models.Workload:
    mine = {"firm_id": row.firm_id, "process": row.process}
    models.Workload.objects.bulk_create([models.Workload(**mine)], ignore_conflicts=True)
    return models.Workload.objects.select_for_update().get(**mine)


def _accept(row: models.Assignment, workload: models.Workload, at: Instant) -> None:
    workload.accepted_won += row.weighed_won
    workload.save(update_fields=["accepted_won"])
    told = {"cluster": row.cluster_id, "step": row.step}
    state = OfferState.ACCEPTED
    tell(row, STEP_ACCEPTED, at=at, parties=[row.firm_id], payload=told, state=state)


def _decline(row: models.Assignment, at: Instant, *, silent: bool) -> None:
    told = {"cluster": row.cluster_id, "silent": silent, "step": row.step}
    state = OfferState.EXPIRED if silent else OfferState.DECLINED
    tell(row, STEP_DECLINED, at=at, parties=[row.firm_id], payload=told, state=state)


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


def _next_best(
    cluster: models.Cluster, left: models.Assignment, at: Instant
) -> models.Maker | None:
    """Give who would do a step next, all others staying with who has them."""
    request, need = sense.request(cluster.request_id), public.need(cluster.request_id)
    market = bridge.Market({left.process}, bridge.end_of_day(request.terms.due), at)
    asked = models.Assignment.objects.filter(cluster_id=cluster.id)
    gone = frozenset(
        market.numbers[row.firm_id]
        for row in asked
        if row.firm_id in market.numbers and _rules_out(row, left)
    )
    (task,) = bridge.tasks_of(need, {left.step: gone}, only=left.step)
    coop, fixed = bridge.with_neighbours(cluster, need, left.step, market)
    step = replace(task, after=tuple(each.code for each in fixed))
    bylaws = members.bylaws()
    whole = bridge.need_of([*fixed, step], request, bylaws)
    whole = replace(whole, caps=bridge.regions_left(cluster, left.step, need, bylaws))
    is_trial = cluster.alternative.search.trial_step == sense.step_of(left.step)
    posed = bridge.with_trial(whole, left.step if is_trial else "")
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
        workload = _locked_workload(row)
        workload.accepted_won -= row.weighed_won
        workload.save(update_fields=["accepted_won"])
    told = {"cluster": row.cluster_id, "step": row.step}
    state = OfferState.WITHDRAWN
    tell(row, STEP_WITHDRAWN, at=at, parties=[row.firm_id], payload=told, state=state)

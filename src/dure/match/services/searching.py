"""Searching: alternatives for what was asked, and the buyer's choice among them."""

from datetime import date
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from dure.journal.services import tell
from dure.kernel.errors import NotFound, Refused
from dure.kernel.fact import Fact
from dure.kernel.time import Instant, add_working_days, seoul_date
from dure.match import models
from dure.match.bridge import clusters as bridge
from dure.match.bridge import posing
from dure.match.engine.again import with_the_same
from dure.match.engine.alternatives import Alternative, Answer, alternatives
from dure.match.engine.cluster import ClusterState
from dure.match.engine.facts import CLUSTER_CHOSEN, CLUSTERS_PROPOSED
from dure.match.engine.trial import trial_step
from dure.match.services import telling
from dure.members import public as members
from dure.sense import public as sense
from dure.stack.pace import even_out

DAY_MINUTES = 8 * 60


def propose_clusters(fact: Fact, at: Instant) -> None:
    """Seek clusters that could make a request; follows NeedUnderstood."""
    request, need = sense.request(fact.aggregate_id), sense.need(fact.aggregate_id)
    tasks, bylaws = posing.tasks_of(need, {}), members.bylaws()
    end = posing.end_of_day(request.terms.due)
    market = posing.Market({task.process for task in tasks}, end, at)
    whole = posing.need_of(tasks, request, bylaws)
    given, tried = posing.steps_given_out()
    part = bylaws.trial_basis_points
    trial = trial_step(market.coop, whole, given=given, tried=tried, part_bp=part)
    posed = posing.with_trial(whole, trial)
    found = alternatives(market.coop, posed)
    before, room = posing.makers_before(request, market), bylaws.again_basis_points
    answer = with_the_same(market.coop, whole, found, before, room)
    even_out(settings.DURE_ANSWER_SECONDS)
    search = _tell_search(request, answer, trial, at)
    for position, each in enumerate(answer.alternatives):
        bridge.write_alternative(search, position, each, market, _ready_on(each, at))
    telling.keep(search, market.coop, posed, found)


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


def _ready_on(found: Alternative, at: Instant) -> date:
    # Eight working hours a day on the longest way: a first guess that the plan makes exact.
    days = -(-found.longest_minutes // DAY_MINUTES)
    return add_working_days(seoul_date(at), days, members.holidays())

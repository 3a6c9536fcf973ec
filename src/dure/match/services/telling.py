"""
Telling members why: what is kept at the search, told once the request is closed, and let go of.

A request is closed when its cluster has formed, when nobody can make it, or when its day is past.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from dure.kernel.time import Instant, seoul_date
from dure.match import models
from dure.match.bridge import posing, telling
from dure.match.engine.alternatives import Answer
from dure.match.engine.cluster import ClusterState
from dure.match.engine.coop import Coop
from dure.match.engine.need import Need
from dure.match.engine.why import reckoned
from dure.members import public as members

AT_ONCE = 20  # searches told in one transaction


def keep(search: models.Search, coop: Coop, need: Need, answer: Answer) -> None:
    """Keep what is to be said to everybody who was weighed; nobody may read it yet."""
    found = answer.alternatives[0] if answer.alternatives else None
    rows = [telling.reckoning_row(search, each) for each in reckoned(coop, need, found)]
    models.Reckoning.objects.bulk_create(rows)


@transaction.atomic
def tell_why(at: Instant) -> int:
    """Tell the members of requests that are closed why they were chosen or not; gives how many."""
    formed = models.Cluster.objects.filter(
        request_id=OuterRef("request_id"), state=ClusterState.FORMED
    )
    closed = Q(state="blocked") | Q(closes_on__lt=seoul_date(at)) | Exists(formed)
    open_ones = models.Search.objects.select_for_update(skip_locked=True).filter(is_told=False)
    searches = list(open_ones.filter(closed).order_by("id")[:AT_ONCE])
    if searches:
        firms = {firm.number: firm.id for firm in members.firms(members.Kind.MEMBER)}
        for search in searches:
            answers = telling.answers_to(search.request_id)
            rows = telling.whys(search, firms, answers, seoul_date(at))
            models.Why.objects.bulk_create(rows, batch_size=2000)
            search.reckonings.all().delete()
        done = models.Search.objects.filter(id__in=[search.id for search in searches])
        done.update(is_told=True)
    return len(searches)


@transaction.atomic
def note_fair_shares(at: Instant) -> bool:
    """Tell each member its part of the work, once a day, and let go of what is long past."""
    today = seoul_date(at)
    if models.FairShare.objects.filter(on__gte=today).exists():
        return False
    everybody = {firm.id for firm in members.firms(members.Kind.MEMBER)}
    telling.write_fair_shares(posing.shares_of_the_work(len(everybody)), everybody, today)
    old = models.Why.objects.filter(on__lt=today - timedelta(days=telling.DAYS_KEPT))
    old.delete()
    return True

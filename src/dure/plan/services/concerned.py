"""
What a change has to plan: the orders and quotes of which something may not hold any more.

Everything else stands where it stands, so that a change costs as much as what happened, not as
much as the book. What turns out to be in the way is planned, too (replanning.py says which).
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from dure.kernel.time import Instant
from dure.plan import models
from dure.plan.bridge import book
from dure.plan.engine.opening import Window, overlaps
from dure.plan.engine.posed import Placed
from dure.plan.services.standing import Standing

JobOrder, Quote = models.JobOrder, models.Quote
UNDER_WAY = (JobOrder.State.RELEASED, JobOrder.State.STARTED)


def concerned(at: Instant, *, by_hand: Placed | None = None) -> set[UUID]:
    """Give the orders, and the requests of quotes, of which something may not stand as it does."""
    found = {*_where_machines_stand(at), *_told_of(), *_out_of_step(at)}
    if by_hand:
        found |= {*_orders_of([by_hand.order]), *_at(by_hand)}
    return found


def rivals(standings: Sequence[Standing], at: Instant) -> set[UUID]:
    """Give the orders that could make room for a rush order: they share machines with one."""
    rush = [known for known in standings if known.rush]
    machines = {machine for known in rush for work in known.works for machine in work.machines}
    rows = JobOrder.objects.filter(equipment_id__in=machines, state=JobOrder.State.RELEASED)
    return set(rows.filter(ends__gt=at).values_list("order_id", flat=True))


def _where_machines_stand(at: Instant) -> Iterator[UUID]:
    """Give what stands on a machine while that cannot work or be set up, and what stands next."""
    still = book.standstills(at, (*book.STANDSTILLS, *book.UNSET))
    rows = JobOrder.objects.filter(equipment_id__in=list(still), state__in=UNDER_WAY)
    stands = rows.order_by("equipment_id", "starts").values_list(
        "equipment_id", "starts", "ends", "order_id"
    )
    for machine, row in groupby(stands, lambda stands: stands[0]):
        yield from _in_or_behind([each[1:] for each in row], still[machine])
    slots = _slots_of_quotes().filter(equipment_id__in=list(still), ends__gt=at)
    yield from slots.values_list("request_id", flat=True)


def _in_or_behind(
    row: Sequence[tuple[Instant, Instant, UUID]], closed: Sequence[Window]
) -> Iterator[UUID]:
    yield from (order for starts, ends, order in row if overlaps(starts, ends, closed))
    for _, until in closed:
        yield from [order for starts, _, order in row if starts >= until][:1]


def _told_of() -> Iterable[UUID]:
    rows = models.Incident.objects.filter(state=models.Incident.State.OPEN)
    return rows.exclude(order_id=None).values_list("order_id", flat=True)  # type: ignore[return-value]


def _out_of_step(at: Instant) -> Iterator[UUID]:
    """Give what should have begun, what is held up, and what stands where something still is."""
    overdue = Q(state=JobOrder.State.RELEASED, starts__lt=at) | Q(expected_at__isnull=False)
    rows = JobOrder.objects.filter(overdue, state__in=UNDER_WAY)
    yield from rows.values_list("order_id", flat=True)
    yield from _overtaken()
    slots = _slots_of_quotes().filter(starts__lt=at)
    yield from slots.values_list("request_id", flat=True)


def _overtaken() -> Iterator[UUID]:
    """Give what is to begin before what is under way on its machine, or in its order, is done."""
    started = JobOrder.objects.filter(state=JobOrder.State.STARTED)
    until: dict[UUID, Instant] = {}
    for order, machine, ends in started.values_list("order_id", "equipment_id", "ends"):
        for each in (order, machine):
            until[each] = max(ends, until.get(each, ends))
    beside = Q(equipment_id__in=list(until)) | Q(order_id__in=list(until))
    rows = JobOrder.objects.filter(beside, state=JobOrder.State.RELEASED) if until else ()
    for row in rows:
        last = max(until.get(each, row.starts) for each in (row.order_id, row.equipment_id))
        if last > row.starts:
            yield row.order_id


def _slots_of_quotes() -> QuerySet[models.Slot]:
    """Give what quotes that stand hold."""
    quotes = Quote.objects.filter(state=Quote.State.OPEN)
    stands = quotes.filter(plan_id=OuterRef("plan_id"), request_id=OuterRef("request_id"))
    plans = quotes.values("plan_id")
    return models.Slot.objects.filter(Exists(stands), plan_id__in=plans)


def _orders_of(requests: Iterable[UUID]) -> Iterable[UUID]:
    return models.Order.objects.filter(request_id__in=requests).values_list("id", flat=True)


def _at(place: Placed) -> Iterable[UUID]:
    rows = JobOrder.objects.filter(equipment_id=place.machine, state__in=UNDER_WAY)
    rows = rows.filter(starts__lt=place.ends, ends__gt=place.starts)
    return rows.values_list("order_id", flat=True)

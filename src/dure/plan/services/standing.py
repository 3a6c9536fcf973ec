"""How things stand: each order with its job orders, each quote with what it holds, as values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.db.models import QuerySet

from dure.kernel.time import Instant
from dure.match import public as match
from dure.plan import models
from dure.plan.bridge import book, plans
from dure.plan.engine.lots import Share, left_over, shrink
from dure.plan.engine.opening import Window, lost
from dure.plan.engine.posed import Key, Placed
from dure.plan.engine.posing import Task, Work
from dure.plan.services.promising import leaves_by
from dure.sense import public as sense

Incident, JobOrder, Quote = models.Incident, models.JobOrder, models.Quote
RUSH = 10
"""A minute of a rush order weighs as much as so many of any other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """
    An order, or a quote that holds its machines: what was given to whom, and where it stands.

    rows: the job orders of an order. stands: where each step is expected. quantities: with how
    many pieces each step can start. pieces: how many the last one can give.
    """

    order: models.Order | None = None
    quote: models.Quote
    works: tuple[Work, ...]
    stands: tuple[Placed, ...]
    rows: Mapping[str, models.JobOrder] = field(default_factory=dict)
    quantities: Mapping[str, int] = field(default_factory=dict)
    pieces: int = 0
    rush: models.Incident | None = None

    @property
    def request(self) -> UUID:
        """Name it as the planner does."""
        return self.quote.request_id

    @property
    def fixed(self) -> frozenset[Key]:
        """Give the steps that are facts: under way, done, or pinned."""
        return frozenset(
            (self.request, row.step)
            for row in self.rows.values()
            if row.pinned or row.state != row.State.RELEASED
        )

    def task(self, at: Instant) -> Task:
        """Give what there is to plan. A rush order is wanted when it was asked for, before all."""
        promised = self.order.promised_on if self.order else self.quote.promised_on
        assert promised, "a quote that stands has its date"
        return Task(
            order=self.request,
            works=self.works,
            release=at,
            due=self.rush.until if self.rush else leaves_by(promised),
            weight=RUSH if self.rush else 1,
        )

    def keyed(self) -> dict[Key, Work]:
        """Give the works by step."""
        return {(self.request, work.step): work for work in self.works}


def standing_order(
    order_id: UUID, at: Instant, *, found: Mapping[str, int] | None = None
) -> Standing:
    """Give an order as it stands. found: good pieces of steps whose lot came out smaller."""
    order = models.Order.objects.select_related("quote").get(id=order_id)
    need = sense.need(order.request_id)
    standing = JobOrder.objects.filter(order_id=order_id).exclude(state=JobOrder.State.WITHDRAWN)
    rows = {row.step: row for row in standing.order_by("place")}
    shares = [
        Share(step=step.code, after=step.after, quantity=row.quantity, good=row.good)
        for step in need.steps
        for row in [rows[step.code]]
    ]
    quantities = shrink(shares, found or {})
    holds = _not_before(order_id)
    still = book.standstills(at)
    return Standing(
        order=order,
        quote=order.quote,
        works=_works(order.cluster_id, need, quantities=quantities, not_before=holds),
        stands=tuple(_expected(row, order.request_id, still, at) for row in rows.values()),
        rows=rows,
        quantities=quantities,
        pieces=left_over(shares, found or {}),
        rush=_rush(order_id),
    )


def standing_quote(quote: models.Quote) -> Standing:
    """Give an open quote as it stands: nobody need agree where it moves, but its date holds."""
    need = sense.need(quote.request_id)
    slots = models.Slot.objects.filter(plan_id=quote.plan_id, request_id=quote.request_id)
    holds = book.materials_at(need, quote.composed_at)
    return Standing(
        quote=quote,
        works=_works(quote.cluster_id, need, not_before=holds),
        stands=tuple(plans.place_of(slot) for slot in slots.order_by("starts", "step")),
    )


def whole_book(at: Instant, *, found: Mapping[str, Mapping[str, int]]) -> tuple[Standing, ...]:
    """Give all orders that are not done and all quotes that stand, by their numbers."""
    over = (JobOrder.State.DONE, JobOrder.State.WITHDRAWN)
    under_way = JobOrder.objects.exclude(state__in=over).values("order_id")
    orders = models.Order.objects.filter(id__in=under_way).order_by("number")
    quotes = Quote.objects.filter(state=Quote.State.OPEN, valid_until__gt=at).order_by("number")
    return (
        *(standing_order(row.id, at, found=found.get(str(row.id))) for row in orders),
        *(standing_quote(row) for row in quotes),
    )


def rules() -> models.PlanningRules:
    """Give what was resolved about plans; the defaults where nothing was."""
    return models.PlanningRules.objects.first() or models.PlanningRules()


def frozen_until(at: Instant) -> Instant:
    """Give the instant before which nothing moves by itself."""
    return at + timedelta(hours=rules().frozen_hours)


def place_of(row: models.JobOrder, request: UUID) -> Placed:
    """Give where a job order stands in writing."""
    return Placed(
        order=request, step=row.step, machine=row.equipment_id, starts=row.starts, ends=row.ends
    )


def _expected(
    row: models.JobOrder, request: UUID, still: Mapping[UUID, Sequence[Window]], at: Instant
) -> Placed:
    """Say where a job order is expected: what is under way may end later than planned."""
    ends = row.ends
    if row.state == row.State.STARTED:
        ends = lost(row.starts, row.ends, still.get(row.equipment_id, ()))
        ends = max(ends, row.expected_at or ends)
    return Placed(
        order=request, step=row.step, machine=row.equipment_id, starts=row.starts, ends=ends
    )


def _works(
    cluster_id: UUID | None,
    need: sense.Need,
    *,
    quantities: Mapping[str, int] | None = None,
    not_before: Mapping[str, Instant] | None = None,
) -> tuple[Work, ...]:
    assert cluster_id, "a quote is made of a cluster"
    given = match.cluster(cluster_id).assignments
    return book.read_works(given, need, quantities=quantities, not_before=not_before)


def _not_before(order_id: UUID) -> dict[str, Instant]:
    """Give what was told of late materials and refused job orders."""
    kinds = (Incident.Kind.MATERIAL, Incident.Kind.REFUSAL)
    latest: dict[str, Instant] = {}
    for row in _open(order_id).filter(kind__in=kinds):
        latest[row.step] = max(latest.get(row.step, row.until), row.until)
    return latest


def _rush(order_id: UUID) -> models.Incident | None:
    return _open(order_id).filter(kind=Incident.Kind.RUSH).order_by("number").last()


def _open(order_id: UUID) -> QuerySet[models.Incident]:
    return Incident.objects.filter(order_id=order_id, state=Incident.State.OPEN)


def apart(standings: Iterable[Standing], *, is_whole_book: bool) -> book.Apart:
    """Give whose work is planned itself."""
    known = list(standings)
    return book.Apart(
        orders=frozenset(each.order.id for each in known if each.order),
        requests=frozenset(each.request for each in known),
        is_whole_book=is_whole_book,
    )

"""How things stand: each order with its job orders, each quote with what it holds, as values."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

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
    orders = models.Order.objects.select_related("quote").filter(id=order_id)
    (known,) = _Reading(orders=orders, quotes=(), at=at).orders({str(order_id): found or {}})
    return known


def standing_quote(quote: models.Quote) -> Standing:
    """Give an open quote as it stands: nobody need agree where it moves, but its date holds."""
    (known,) = _Reading(orders=(), quotes=[quote], at=quote.composed_at).quotes()
    return known


def whole_book(
    at: Instant,
    *,
    found: Mapping[str, Mapping[str, int]],
    only: Collection[UUID] | None = None,
) -> tuple[Standing, ...]:
    """
    Give all orders that are not done and all quotes that stand, by their numbers.

    only: the orders, and the requests of the quotes, that are wanted of these.
    """
    over = (JobOrder.State.DONE, JobOrder.State.WITHDRAWN)
    under_way = JobOrder.objects.exclude(state__in=over).values("order_id")
    orders = models.Order.objects.select_related("quote").filter(id__in=under_way)
    quotes = Quote.objects.filter(state=Quote.State.OPEN, valid_until__gt=at)
    if only is not None:
        orders, quotes = orders.filter(id__in=only), quotes.filter(request_id__in=only)
    reading = _Reading(orders=orders.order_by("number"), quotes=quotes.order_by("number"), at=at)
    return (*reading.orders(found), *reading.quotes())


class _Reading:
    """All that is known of orders and quotes: as many questions for one of them as for all."""

    def __init__(
        self, *, orders: Iterable[models.Order], quotes: Iterable[models.Quote], at: Instant
    ) -> None:
        self.at = at
        self._orders, self._quotes = list(orders), list(quotes)
        whole: list[models.Order | models.Quote] = [*self._orders, *self._quotes]
        self.needs = match.needs(each.request_id for each in whole)
        self.days = book.lead_days(self.needs.values())
        clusters = [each.cluster_id for each in whole if each.cluster_id]
        self.clusters = match.clusters_by_id(clusters)
        given = (each for cluster in self.clusters.values() for each in cluster.assignments)
        self.abilities = book.Abilities(given)

    def orders(self, found: Mapping[str, Mapping[str, int]]) -> Iterator[Standing]:
        """Give the orders as they stand."""
        rows, told = self._rows(), self._told()
        still = book.standstills(self.at)
        for order in self._orders:
            good = found.get(str(order.id), {})
            yield self._order(order, rows[order.id], told.get(order.id, ()), still, good)

    def quotes(self) -> Iterator[Standing]:
        """Give the quotes as they stand."""
        slots = self._slots()
        for quote in self._quotes:
            need = self.needs[quote.request_id]
            holds = book.materials_at(need, quote.composed_at, self.days)
            stands = slots.get((quote.plan_id, quote.request_id), [])
            yield Standing(
                quote=quote,
                works=self._works(quote.cluster_id, need, not_before=holds),
                stands=tuple(plans.place_of(slot) for slot in stands),
            )

    def _order(
        self,
        order: models.Order,
        rows: Mapping[str, models.JobOrder],
        told: Sequence[models.Incident],
        still: Mapping[UUID, Sequence[Window]],
        found: Mapping[str, int],
    ) -> Standing:
        need = self.needs[order.request_id]
        there = book.materials_at(need, order.quote.composed_at, self.days)
        shares = [
            Share(
                step=step.code,
                after=step.after,
                quantity=row.quantity,
                good=row.good,
                of=sense.step_of(step.code),
            )
            for step in need.steps
            for row in [rows[step.code]]
        ]
        quantities = shrink(shares, found)
        holds = _not_before(told, _no_earlier(there, rows))
        return Standing(
            order=order,
            quote=order.quote,
            works=self._works(order.cluster_id, need, quantities=quantities, not_before=holds),
            stands=tuple(_expected(row, order.request_id, still, self.at) for row in rows.values()),
            rows=rows,
            quantities=quantities,
            pieces=left_over(shares, found),
            rush=next((row for row in reversed(told) if row.kind == Incident.Kind.RUSH), None),
        )

    def _works(
        self,
        cluster_id: UUID | None,
        need: sense.Need,
        *,
        quantities: Mapping[str, int] | None = None,
        not_before: Mapping[str, Instant] | None = None,
    ) -> tuple[Work, ...]:
        assert cluster_id, "a quote is made of a cluster"
        return book.read_works(
            self.clusters[cluster_id].assignments,
            need,
            quantities=quantities,
            not_before=not_before,
            abilities=self.abilities,
        )

    def _rows(self) -> dict[UUID, dict[str, models.JobOrder]]:
        """Give the job orders that stand, by order and step, in the order of the steps."""
        found: dict[UUID, dict[str, models.JobOrder]] = {order.id: {} for order in self._orders}
        rows = JobOrder.objects.filter(order_id__in=list(found))
        for row in rows.exclude(state=JobOrder.State.WITHDRAWN).order_by("place"):
            found[row.order_id][row.step] = row
        return found

    def _told(self) -> dict[UUID, list[models.Incident]]:
        """Give what was told of orders and is not over, in the order in which it was."""
        found: dict[UUID, list[models.Incident]] = {}
        orders = [order.id for order in self._orders]
        rows = Incident.objects.filter(order_id__in=orders, state=Incident.State.OPEN)
        for row in rows.order_by("number"):
            if row.order_id:
                found.setdefault(row.order_id, []).append(row)
        return found

    def _slots(self) -> dict[tuple[UUID, UUID], list[models.Slot]]:
        """Give what quotes hold, by plan and request, in order of time."""
        found: dict[tuple[UUID, UUID], list[models.Slot]] = {}
        requests = [quote.request_id for quote in self._quotes]
        slots = models.Slot.objects.filter(
            plan_id__in=[quote.plan_id for quote in self._quotes], request_id__in=requests
        )
        for slot in slots.order_by("starts", "step"):
            found.setdefault((slot.plan_id, slot.request_id), []).append(slot)
        return found


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


def _no_earlier(
    there: Mapping[str, Instant], rows: Mapping[str, models.JobOrder]
) -> dict[str, Instant]:
    """
    Give until when steps wait for the material that their quote reckoned with.

    That keeps a step from being moved before it; it moves none: where one stands it may stay.
    """
    return {step: min(day, rows[step].starts) for step, day in there.items() if step in rows}


def _not_before(
    told: Iterable[models.Incident], known: Mapping[str, Instant]
) -> dict[str, Instant]:
    """Add what was told of late materials and refused job orders to what was known before."""
    latest = dict(known)
    for row in told:
        if row.kind in (Incident.Kind.MATERIAL, Incident.Kind.REFUSAL):
            latest[row.step] = max(latest.get(row.step, row.until), row.until)
    return latest


def apart(standings: Iterable[Standing], *, is_change: bool) -> book.Apart:
    """Give whose work is planned itself."""
    known = list(standings)
    return book.Apart(
        orders=frozenset(each.order.id for each in known if each.order),
        requests=frozenset(each.request for each in known),
        is_change=is_change,
    )

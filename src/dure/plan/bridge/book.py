"""From rows of all rooms to a posed problem: orders, machines, what stands frozen among them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from dure.kernel.ids import FirmId
from dure.kernel.time import Instant
from dure.match import public as match
from dure.members import public as members
from dure.plan import models
from dure.plan.engine.opening import Window, joined, without
from dure.plan.engine.posed import Placed, Posed, midnight
from dure.plan.engine.posing import Book, Busy, Task, Work, Yard, pose
from dure.sense import public as sense

HORIZON = timedelta(days=180)
DAY = timedelta(days=1)
STANDSTILLS = (models.Incident.Kind.BREAKDOWN, models.Incident.Kind.OPERATOR)
UNSET = (models.Incident.Kind.SETTER,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ability:
    """What of a capability the planner works with; for a member that keeps to itself, a lane."""

    machines: tuple[UUID, ...]
    setup_minutes: int
    minutes_per_100: int

    def minutes(self, quantity: int) -> int:
        """Give a lot's machine minutes without its set-up, which depends on what came before."""
        return max(1, -(-quantity * self.minutes_per_100 // 100))


class Abilities:
    """What members make steps with, read at once: what they published, and then nothing else."""

    def __init__(self, assignments: Iterable[match.Assignment]) -> None:
        given = list(assignments)
        self._lanes = _lanes(each.firm for each in given)
        shown = {each.capability for each in given if each.firm not in self._lanes}
        self._known = members.capabilities_by_id(shown)

    def of(self, assigned: match.Assignment) -> Ability:
        """Give what a member makes a step with."""
        if assigned.firm not in self._lanes:
            known = self._known[assigned.capability]
            return Ability(
                machines=known.equipment,
                setup_minutes=known.setup_minutes,
                minutes_per_100=known.minutes_per_100,
            )
        for lane in self._lanes[assigned.firm]:
            if lane.capability_id == assigned.capability:
                return Ability(
                    machines=(lane.capability_id,),
                    setup_minutes=lane.setup_minutes,
                    minutes_per_100=lane.minutes_per_100,
                )
        # It keeps this capability wholly to itself: a lane without any window.
        return Ability(machines=(assigned.capability,), setup_minutes=0, minutes_per_100=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """
    Whose work is no part of what stands frozen, because it is planned itself.

    is_change: it is what a change is made of; what was asked for before is withdrawn.
    """

    orders: frozenset[UUID] = field(default_factory=frozenset)
    requests: frozenset[UUID] = field(default_factory=frozenset)
    is_change: bool = False


def read_works(
    assignments: Sequence[match.Assignment],
    need: sense.Need,
    *,
    quantities: Mapping[str, int] | None = None,
    not_before: Mapping[str, Instant] | None = None,
    abilities: Abilities | None = None,
) -> tuple[Work, ...]:
    """Give an order's steps as they were given to members; in other quantities than needed."""
    given = {each.step: each for each in assignments}
    abilities = abilities or Abilities(assignments)
    works = []
    for step in need.steps:
        assigned = given[step.code]
        ability = abilities.of(assigned)
        works.append(
            Work(
                step=step.code,
                after=step.after,
                family=family(step.process, need.product),
                firm=assigned.firm,
                machines=ability.machines,
                minutes=ability.minutes((quantities or {}).get(step.code, step.quantity)),
                dwell=step.rest_minutes,
                not_before=(not_before or {}).get(step.code),
            )
        )
    return tuple(works)


def family(process: str, product: str) -> str:
    """Name what a machine is set up for."""
    return f"{process}/{product}"


def process_of(family: str) -> str:
    """Give the process of what a machine is set up for."""
    return family.partition("/")[0]


def lead_days(needs: Iterable[sense.Need]) -> dict[str, int]:
    """Give the fewest days in which any supplier delivers each material of needs."""
    days: dict[str, int] = {}
    wanted = {each.material for need in needs for each in need.materials}
    for row in models.LeadTime.objects.filter(material__in=wanted):
        days[row.material] = min(days.get(row.material, row.days), row.days)
    return days


def materials_at(
    need: sense.Need, at: Instant, days: Mapping[str, int] | None = None
) -> dict[str, Instant]:
    """
    Say for each step when its materials can be there, if they are ordered now.

    From the shortest time in which any supplier delivers each; what no supplier offers
    holds nothing up. days: as lead_days gives them, where they are known.
    """
    days = lead_days([need]) if days is None else days
    longest: dict[str, int] = {}
    for material in need.materials:
        longest[material.step] = max(longest.get(material.step, 0), days.get(material.material, 0))
    today = midnight(at)
    return {step: today + wait * DAY for step, wait in longest.items() if wait}


def read_posed_orders(
    tasks: Sequence[Task], *, apart: Apart, at: Instant, stands: Sequence[Placed] = ()
) -> Posed:
    """Pose orders among the released work of all others, quotes and changes that still stand."""
    return posed(read_book(tasks, apart=apart, at=at, stands=stands), at)


def read_posed_anew(task: Task, *, apart: Apart, at: Instant) -> Posed:
    """Pose an order that nothing was done for yet: no machine is set up for it before now."""
    return posed(read_book([task], apart=apart, at=at, since=at), at)


def posed(known: Book, at: Instant) -> Posed:
    """Pose a book with the roads between the sites as they are."""
    sites = {site.id: site for site in members.sites(ids=[yard.site for yard in known.yards])}

    def roads(here: UUID, there: UUID) -> int:
        return members.minutes_between(sites[here], sites[there])

    return pose(known, roads=roads, at=at)


def read_book(
    tasks: Sequence[Task],
    *,
    apart: Apart,
    at: Instant,
    stands: Sequence[Placed] = (),
    since: Instant | None = None,
) -> Book:
    """
    Give what orders are posed from: their machines, and what else stands on these.

    since: from when on machines count as open; a day before now, where nothing is said.
    """
    machines = _machines(tasks, stands)
    busy = [*_released(apart, machines), *_held(apart, machines, at), *_changing(apart, machines)]
    families = {work.family for task in tasks for work in task.works}
    families |= {each.family for each in busy}
    yards = _yards(machines, families, at, since)
    return Book(tasks=tuple(tasks), busy=tuple(busy), yards=tuple(yards))


def standstills(
    at: Instant, kinds: Sequence[models.Incident.Kind] = STANDSTILLS
) -> dict[UUID, tuple[Window, ...]]:
    """Give for each machine when it stands still, or is not set up (UNSET), and is not over."""
    return _windows_of(_open_incidents(at, kinds), kinds)


def closures(at: Instant) -> tuple[dict[UUID, tuple[Window, ...]], dict[UUID, tuple[Window, ...]]]:
    """Give when machines stand still, and when nobody is there to set them up."""
    found = _open_incidents(at, (*STANDSTILLS, *UNSET))
    return _windows_of(found, STANDSTILLS), _windows_of(found, UNSET)


def _open_incidents(
    at: Instant, kinds: Sequence[models.Incident.Kind]
) -> list[tuple[str, list[UUID], Instant, Instant]]:
    rows = models.Incident.objects.filter(kind__in=kinds, state=models.Incident.State.OPEN)
    rows = rows.filter(until__gt=at - DAY)
    return list(rows.values_list("kind", "equipment_ids", "starts", "until"))


def _windows_of(
    found: Iterable[tuple[str, Iterable[UUID], Instant, Instant]],
    kinds: Sequence[models.Incident.Kind],
) -> dict[UUID, tuple[Window, ...]]:
    windows: dict[UUID, list[Window]] = {}
    for kind, machines, starts, until in found:
        for machine in machines if kind in kinds else ():
            windows.setdefault(machine, []).append((starts, until))
    return {machine: joined(each) for machine, each in windows.items()}


def _released(apart: Apart, machines: Iterable[UUID]) -> Iterable[Busy]:
    under_way = (models.JobOrder.State.RELEASED, models.JobOrder.State.STARTED)
    rows = models.JobOrder.objects.filter(equipment_id__in=list(machines), state__in=under_way)
    found = rows.exclude(order_id__in=apart.orders).order_by("number").values_list(
        "equipment_id", "family", "starts", "ends", "order_id", "pinned", "state"
    )  # fmt: skip
    for machine, family, starts, ends, order, is_pinned, state in found:
        is_fact = is_pinned or state == models.JobOrder.State.STARTED
        yield Busy(
            machine=machine,
            family=family,
            starts=starts,
            ends=ends,
            whose=None if is_fact else order,
        )


def _held(apart: Apart, machines: Iterable[UUID], at: Instant) -> Iterable[Busy]:
    """What quotes hold that stand, and what was accepted and is not released yet."""
    released = models.JobOrder.objects.filter(order_id=OuterRef("order__id"))
    stands = Q(state=models.Quote.State.OPEN, valid_until__gt=at)
    accepted = Q(state=models.Quote.State.ACCEPTED) & ~Exists(released)
    quotes = models.Quote.objects.filter(stands | accepted).exclude(request_id__in=apart.requests)
    held = {
        (plan, request): request if state == models.Quote.State.OPEN else None
        for plan, request, state in quotes.values_list("plan_id", "request_id", "state")
    }
    slots = models.Slot.objects.filter(plan_id__in=[plan for plan, _ in held])
    yield from _as_busy(slots.filter(equipment_id__in=list(machines)), held)


def _changing(apart: Apart, machines: Iterable[UUID]) -> Iterable[Busy]:
    """What a change that is asked for would take up, were it agreed to."""
    if apart.is_change:
        return
    states = (models.Plan.State.DRAFT, models.Plan.State.APPROVED)
    plans = models.Plan.objects.filter(is_change=True, state__in=states)
    slots = models.Slot.objects.filter(plan__in=plans, equipment_id__in=list(machines))
    yield from _as_busy(slots.exclude(request_id__in=apart.requests))


def _as_busy(
    slots: QuerySet[models.Slot], held: Mapping[tuple[UUID, UUID], UUID | None] | None = None
) -> Iterable[Busy]:
    rows = slots.order_by("plan__number", "starts", "step").values_list(
        "plan_id", "request_id", "equipment_id", "family", "starts", "ends"
    )
    for plan, request, machine, family, starts, ends in rows:
        if held is None or (plan, request) in held:
            yield Busy(
                machine=machine,
                family=family,
                starts=starts,
                ends=ends,
                whose=held[plan, request] if held else None,
            )


def _machines(tasks: Sequence[Task], stands: Sequence[Placed]) -> dict[UUID, UUID]:
    """Give the machines that could work or do work, each with its firm."""
    works = {(task.order, work.step): work for task in tasks for work in task.works}
    found = {machine: work.firm for work in works.values() for machine in work.machines}
    return {**{each.machine: works[each.key].firm for each in stands}, **found}


def _yards(
    machines: Mapping[UUID, UUID], families: set[str], at: Instant, since: Instant | None
) -> list[Yard]:
    lanes = _lanes(machines.values())
    numbers = members.firms_by_id(machines.values())
    firms = sorted(numbers, key=lambda firm: numbers[firm].number)
    shown = _Shown(machines, [firm for firm in firms if firm not in lanes], families, at, since)
    yards: list[Yard] = []
    for firm in firms:
        if firm in lanes:
            own = {machine for machine, owner in machines.items() if owner == firm}
            yards += _lane_yards(own, lanes[firm], families, since)
        else:
            yards += shown.yards(firm, families)
    return yards


class _Shown:
    """Machines, and the hours and set-ups of the firms that show them, read at once."""

    def __init__(
        self,
        machines: Iterable[UUID],
        firms: Sequence[UUID],
        families: Iterable[str],
        at: Instant,
        since: Instant | None,
    ) -> None:
        self.since, self.until = since or at - DAY, at + HORIZON
        self.still, self.unset = closures(at)
        self.calendars = members.calendars(firms)
        self.windows: dict[members.WorkCalendar, tuple[Window, ...]] = {}  # many firms have alike
        self.machines: dict[UUID, list[members.Equipment]] = {firm: [] for firm in firms}
        for machine in members.equipment(firm_ids=firms, ids=machines):
            self.machines[machine.firm].append(machine)
        self.minutes: dict[UUID, dict[str, int]] = {firm: {} for firm in firms}
        processes = {process_of(name) for name in families}
        for each in members.capabilities(firm_ids=firms, processes=processes):
            self.minutes[each.firm][each.process] = each.setup_minutes

    def yards(self, firm: UUID, families: set[str]) -> Iterable[Yard]:
        """Give a firm's working places with those of the machines that are there."""
        minutes = self.minutes[firm]
        hours = self.calendars[firm]
        if hours not in self.windows:
            self.windows[hours] = tuple(hours.windows(self.since, self.until))
        windows = self.windows[hours]
        found = self.machines[firm]
        for site in dict.fromkeys(each.site for each in found):
            yield Yard(
                firm=found[0].firm,
                site=site,
                machines=tuple(each.id for each in found if each.site == site),
                windows=windows,
                setup_minutes={name: minutes.get(process_of(name), 0) for name in families},
                standstills=self.still,
                setup_operators=hours.setup_operators,
                setup_absences=joined(
                    window
                    for each in found
                    if each.site == site
                    for window in self.unset.get(each.id, ())
                ),
            )


def _lane_yards(
    own: set[UUID],
    lanes: Sequence[models.FreeTime],
    families: set[str],
    since: Instant | None,
) -> Iterable[Yard]:
    by_capability = {lane.capability_id: lane for lane in lanes}
    known = [machine for machine in by_capability if machine in own]
    for machine in [*known, *sorted(own - set(known))]:
        lane = by_capability.get(machine)
        windows = read_windows(lane.windows) if lane else ()
        if since:
            windows = without(windows, [(datetime.min.replace(tzinfo=UTC), since)])
        yield Yard(
            firm=FirmId(lanes[0].firm_id),
            site=(lane or lanes[0]).site_id,
            machines=(machine,),
            windows=windows,
            setup_minutes=dict.fromkeys(families, lane.setup_minutes if lane else 0),
        )


def read_windows(stored: Iterable[Sequence[str]]) -> tuple[Window, ...]:
    """Read stored windows."""
    return joined(
        (datetime.fromisoformat(opens), datetime.fromisoformat(closes)) for opens, closes in stored
    )


def _lanes(firms: Iterable[UUID]) -> dict[UUID, list[models.FreeTime]]:
    rows = models.FreeTime.objects.filter(firm_id__in=set(firms), is_open=True)
    lanes: dict[UUID, list[models.FreeTime]] = {}
    for row in rows.order_by("process", "capability_id"):
        lanes.setdefault(row.firm_id, []).append(row)
    return lanes

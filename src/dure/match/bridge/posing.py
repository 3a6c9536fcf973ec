"""From members and needs to what the engine takes: who could work on it, and on which terms."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Count, Sum

from dure.kernel.time import SEOUL, Instant, seoul_date
from dure.match import models, store
from dure.match.engine.alternatives import Choice
from dure.match.engine.cluster import STANDING, ClusterState, OfferState
from dure.match.engine.coop import Coop
from dure.match.engine.need import Need, Task
from dure.match.engine.problem import BP
from dure.match.engine.quality import Inspected, expected_failures_bp
from dure.match.engine.shelf import Skill
from dure.match.engine.trial import with_newcomers
from dure.members import public as members
from dure.sense import public as sense

MONTHS_OF_HISTORY = 24
LOTS_MOST = 4
NO_MEMBER = 2**30  # numbers from here on stand for makers who have their step already


class Market:
    """The members who could work on a need, as the engine takes them, and who is who."""

    def __init__(self, processes: set[str], due: Instant, at: Instant) -> None:
        self.index = store.index(processes)
        self.numbers = {firm: number for number, firm in self.index.firms.items()}
        coop = self.index.within(processes, at, due, self._held(processes, at))
        self.coop = with_newcomers(coop, self._busy())

    def _busy(self) -> Mapping[int, int]:
        rows = models.Assignment.objects.filter(state=OfferState.ACCEPTED).values_list("firm_id")
        counted = dict(rows.annotate(count=Count("id")))
        return {self.numbers[firm]: n for firm, n in counted.items() if firm in self.numbers}

    def capability(self, choice: Choice) -> members.Capability:
        """Give the capability that was chosen."""
        return members.capability(self.index.capability(choice.skill))

    def _held(self, processes: set[str], at: Instant) -> store.Held:
        return store.Held(
            minutes=self._by_number(_accepted_minutes(processes, at)),
            fails_bp=self._by_number(_expected_failures(processes, at)),
            usual_fails_bp=expected_failures_bp([], today=seoul_date(at)),
            share_bp={
                self.numbers[firm]: share
                for firm, share in shares_of_the_work(len(self.numbers)).items()
                if firm in self.numbers
            },
        )

    def _by_number(self, counts: Mapping[tuple[UUID, str], int]) -> dict[tuple[int, str], int]:
        return {
            (self.numbers[firm], process): count
            for (firm, process), count in counts.items()
            if firm in self.numbers
        }


def minutes_left(row: models.Assignment, at: Instant) -> int:
    """Give the machine minutes that a member has left for an offer, accepted work taken off."""
    capability = members.capability(row.capability_id)
    published, days = store.open_free_time(capability.firm), (seoul_date(at), row.due)
    if published:
        own = published.get(capability.id)
        minutes = store.minutes_between(own, *days) if own else 0
    else:
        working = members.calendar(capability.firm).working_minutes(at, end_of_day(row.due))
        minutes = working * len(capability.equipment)
    accepted = models.Assignment.objects.filter(
        firm_id=row.firm_id,
        process=row.process,
        state=OfferState.ACCEPTED,
        due__gte=seoul_date(at),
    )
    held = accepted.aggregate(total=Sum("minutes"))["total"] or 0
    return minutes - held


def end_of_day(due: date) -> Instant:
    """Give the instant at which a day ends in Seoul."""
    return datetime.combine(due, time(), tzinfo=SEOUL) + timedelta(days=1)


def with_neighbours(
    cluster: models.Cluster, need: sense.Need, code: str, market: Market
) -> tuple[Coop, list[Task]]:
    """
    Give the market with the makers next to a step, each the only one who does its own.

    They stand under numbers that no member has, so that they may also do the step itself.
    """
    beside = {step.code for step in need.steps if code in step.after} | set(need.step(code).after)
    rows = models.Assignment.objects.filter(
        cluster_id=cluster.id, step__in=beside, state__in=STANDING
    )
    places = {site.id: site.place for site in members.sites()} if beside else {}
    coop, fixed = market.coop, []
    for row in rows.order_by("position"):
        place, process = places[row.site_id], f"={row.step}"
        stands = Skill(
            member=NO_MEMBER + row.position,
            process=process,
            lot_min=1,
            lot_max=1,
            setup_minutes=0,
            minutes_per_100=0,
            setup_won=0,
            unit_won=0,
            east_m=place.east_m,
            north_m=place.north_m,
        )
        coop = coop.changed(stands.member, [stands])
        fixed.append(Task(code=process, process=process, quantity=1))
    return coop, fixed


def tasks_of(
    need: sense.Need, excluded: Mapping[str, frozenset[int]], only: str | None = None
) -> list[Task]:
    """
    Give the steps of a need, or one of them, as the engine takes them.

    A critical step goes to two firms, one that nobody takes whole to up to four. What leaves for
    the buyer is handed over by one firm, so that a last step stays whole; so does a lot.
    """
    handed_on = {before for step in need.steps for before in step.after}

    def may_split(step: sense.NeedStep) -> bool:
        return step.code in handed_on and step.lots == 1 and only is None

    return [
        Task(
            code=step.code,
            process=step.process,
            quantity=step.quantity,
            after=step.after,
            licences=frozenset(step.licences),
            certificates=frozenset(step.certificates),
            material=step.material,
            envelope_mm=_sides(step.envelope_mm),
            tolerance=step.tolerance,
            rest_minutes=step.rest_minutes,
            excluded=excluded.get(step.code, frozenset()),
            firms_least=2 if step.critical and may_split(step) else 1,
            lots_most=LOTS_MOST if may_split(step) else 1,
        )
        for step in need.steps
        if only in (None, step.code)
    ]


def _sides(envelope_mm: Sequence[int]) -> tuple[int, int, int] | None:
    if not envelope_mm:
        return None
    longest, middle, shortest = envelope_mm
    return longest, middle, shortest


def need_of(tasks: Sequence[Task], request: sense.Request, bylaws: members.Bylaws) -> Need:
    """Give tasks as a need: permits hold until the goods are due, rules are the members'."""
    return Need(
        tasks=tuple(tasks),
        fair_bp=bylaws.fair_share_basis_points,
        most_in_region=bylaws.most_in_region(sum(task.firms_least for task in tasks)),
        last_day=request.terms.due.toordinal(),
        buyer=str(request.buyer),
        is_coarse=True,
    )


def regions_left(
    cluster: models.Cluster, step: str, need: sense.Need, bylaws: members.Bylaws
) -> dict[str, int]:
    """Give how many more lots each region may get, beside those that stay with who has them."""
    most = bylaws.most_in_region(sum(task.firms_least for task in tasks_of(need, {})))
    if most is None:
        return {}
    region = {site.id: site.place.region for site in members.sites()}
    staying = models.Assignment.objects.filter(
        cluster_id=cluster.id, state__in=STANDING, is_beside=False
    ).exclude(step=step)
    taken = Counter(region[row.site_id] for row in staying)
    return {name: max(0, most - taken[name]) for name in set(region.values()) if name}


def with_trial(need: Need, step: str) -> Need:
    """Give a need of which one step is kept for newcomers; the same where no step is named."""
    tasks = tuple(replace(task, only_new=task.code == step) for task in need.tasks)
    return replace(need, tasks=tasks) if step else need


def steps_given_out() -> tuple[int, int]:
    """Give how many steps members accepted so far, and how many of all given out were trials."""
    accepted = models.Assignment.objects.filter(state=OfferState.ACCEPTED).count()
    tried = models.Assignment.objects.filter(state__in=STANDING, is_trial=True).count()
    return accepted, tried


def makers_before(request: sense.Request, market: Market) -> Mapping[str, frozenset[int]]:
    """Give who made each step of the order that a request goes on from, by member number."""
    if request.earlier is None:
        return {}
    line = [each.id for each in sense.line_of(request.id)]
    formed = models.Cluster.objects.filter(request_id__in=line, state=ClusterState.FORMED)
    latest = min(formed, key=lambda row: line.index(row.request_id), default=None)
    if latest is None:
        return {}
    made = models.Assignment.objects.filter(
        cluster_id=latest.id, state=OfferState.ACCEPTED, is_beside=False
    )
    makers: defaultdict[str, set[int]] = defaultdict(set)
    for row in made:
        makers[sense.step_of(row.step)].add(market.numbers.get(row.firm_id, NO_MEMBER))
    return {step: frozenset(who) for step, who in makers.items()}


def _accepted_minutes(processes: set[str], at: Instant) -> Mapping[tuple[UUID, str], int]:
    """Give the machine minutes of accepted work that is not due yet."""
    accepted = models.Assignment.objects.filter(
        state=OfferState.ACCEPTED, due__gte=seoul_date(at), process__in=processes
    )
    totals = accepted.values_list("firm_id", "process").annotate(total=Sum("minutes"))
    return {(firm, process): total for firm, process, total in totals}


def _expected_failures(processes: set[str], at: Instant) -> Mapping[tuple[UUID, str], int]:
    """Give the failures to expect of those whose work was inspected."""
    seen: defaultdict[tuple[UUID, str], list[Inspected]] = defaultdict(list)
    since = seoul_date(at) - timedelta(days=30 * MONTHS_OF_HISTORY)
    for row in models.QualitySeen.objects.filter(process__in=processes, on__gte=since):
        found = Inspected(on=row.on, pieces=row.pieces, failed=row.failed)
        seen[row.firm_id, row.process].append(found)
    today = seoul_date(at)
    return {key: expected_failures_bp(found, today=today) for key, found in seen.items()}


def shares_of_the_work(count: int) -> Mapping[UUID, int]:
    """Give each member's share of the work so far; 10,000 is exactly its fair one."""
    rows = models.Workload.objects.values_list("firm_id").annotate(total=Sum("accepted_won"))
    won = dict(rows)
    whole = sum(won.values())
    return {firm: had * count * BP // whole for firm, had in won.items()} if whole else {}


def needs_since(day: date, *, most: int) -> tuple[Need, ...]:
    """Give what was asked for since a day, the latest of it, in the order in which it came."""
    asked = [each for each in sense.requests(limit=most) if seoul_date(each.submitted_at) >= day]
    known = sense.needs(each.id for each in asked)
    return tuple(
        Need(tasks=tuple(tasks_of(known[each.id], {})), is_coarse=True)
        for each in reversed(asked)
        if each.id in known
    )

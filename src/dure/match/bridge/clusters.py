"""Between rows of clusters and their values; from members and needs to what the engine takes."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Count, Sum

from dure.kernel.ids import FirmId
from dure.kernel.money import Won
from dure.kernel.reason import Reason
from dure.kernel.time import SEOUL, Instant, seoul_date
from dure.match import models, store
from dure.match.engine.alternatives import Alternative, Choice
from dure.match.engine.cluster import (
    STANDING,
    Assignment,
    Cluster,
    ClusterState,
    Offered,
    OfferState,
)
from dure.match.engine.coop import Coop
from dure.match.engine.frontier import Frontier, Point
from dure.match.engine.need import Need, Task
from dure.match.engine.problem import BP
from dure.match.engine.quality import Inspected, expected_failures_bp
from dure.match.engine.shelf import Skill
from dure.match.engine.trial import with_newcomers
from dure.members import public as members
from dure.sense import public as sense

MONTHS_OF_HISTORY = 24
LOTS_MOST = 4
TRIAL = "match.trial_work"
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

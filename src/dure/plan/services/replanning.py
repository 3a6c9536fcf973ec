"""
Plan again: keep what holds, move what must, and find what cannot be kept at all.

Started and done work stands as it happened, what is pinned stands where it is, and in the
frozen zone only that moves which can no longer be done where it stands. The rest moves
as little as possible.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from uuid import UUID

from dure.kernel.reason import Reason
from dure.kernel.time import Instant
from dure.plan.bridge import book
from dure.plan.engine.check import broken_by_change, broken_rules, check
from dure.plan.engine.opening import overlaps
from dure.plan.engine.plan import Plan
from dure.plan.engine.posed import Key, Placed, Posed
from dure.plan.engine.timetable import Timetable
from dure.plan.services import drafting, standing
from dure.plan.services.standing import Standing

GRAVE = frozenset({"plan.rule_precedence", "plan.rule_transport", "plan.rule_release"})
"""What may not be broken even by what was pinned where it stands: what it needs is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """
    Why a plan is made again, and what is wished beyond keeping what holds.

    firm: whose own affair the cause is; the others read that something changed elsewhere.
    by_hand: where the office put one step. thaws: somebody wants it so much that what is
    frozen is asked too. steps: how long to look for something better. orders: whom it concerns,
    beside those that a look at the book finds. is_for_all: all orders may move.
    """

    cause: tuple[Reason, ...]
    firm: UUID | None = None
    by_hand: Placed | None = None
    thaws: bool = False
    steps: int = 0
    found: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    orders: frozenset[UUID] = frozenset()
    is_for_all: bool = False


@dataclass(frozen=True, kw_only=True)  # no slots: where steps stand is worked out once
class Replanned:
    """
    A checked plan of the orders, and those (by request) that had to be left as they stand.

    beside: whose work stood frozen beside that of the orders and cannot: a change plans it, too.
    """

    standings: tuple[Standing, ...]
    posed: Posed
    plan: Plan
    stuck: Mapping[UUID, Reason]
    beside: frozenset[UUID] = frozenset()

    @cached_property
    def placed(self) -> dict[Key, Placed]:
        """Give where each step stands now."""
        return {each.key: each for each in self.posed.placed(self.plan.slots)}


def plan_again(
    standings: Sequence[Standing], wish: Wish, at: Instant, *, is_change: bool
) -> Replanned:
    """Plan orders again. Orders for which there is no way stay as they stand, with the reason."""
    stands = tuple(_moved(each, wish) for known in standings for each in known.stands)
    base = book.read_posed_orders(
        [known.task(at) for known in standings],
        apart=standing.apart(standings, is_change=is_change),
        at=at,
        stands=stands,
    )
    hand = {wish.by_hand.key} if wish.by_hand else set()
    fixed = {key for known in standings for key in known.fixed} | hand
    until = standing.frozen_until(at)
    frozen = {key for known in standings for key in _frozen(known, until)}
    closed = _closed(stands, at)
    held = set() if wish.thaws else frozen - fixed - closed - _taken(stands, fixed)
    pinned = {key for known in standings for key in _pinned(known)}
    calm = pinned - closed
    stuck: dict[UUID, Reason] = {}
    seed = max(known.quote.number for known in standings)
    while True:
        posed = base.standing(stands, fixed=fixed | held)
        plan = drafting.repaired_plan(posed, seed, wish.steps)
        asked = {key for key in hand | pinned if key[0] not in stuck}
        broken = _broken(posed, plan, doubted=held | asked)
        broken = {key: why for key, why in broken.items() if key not in calm or why.code in GRAVE}
        pushed = held & broken.keys() | {key for key in held if _is_unplanned(posed, plan, key)}
        held -= pushed
        new = {} if pushed else _stuck(posed, plan, broken)
        if not pushed and not new.keys() - stuck.keys():
            check(posed.problem, plan.slots, unplanned=tuple(plan.unplanned))
            return Replanned(
                standings=tuple(standings),
                posed=posed,
                plan=plan,
                stuck=stuck,
                beside=_beside(base, posed, plan),
            )
        stuck |= new
        fixed |= {each.key for each in stands if each.order in stuck}


def _moved(each: Placed, wish: Wish) -> Placed:
    return wish.by_hand if wish.by_hand and wish.by_hand.key == each.key else each


def _frozen(known: Standing, until: Instant) -> set[Key]:
    return {(known.request, row.step) for row in known.rows.values() if row.starts < until}


def _pinned(known: Standing) -> set[Key]:
    """Give what was to stay where it is, and has not begun: it may have become impossible."""
    rows = [row for row in known.rows.values() if row.pinned and row.state == row.State.RELEASED]
    return {(known.request, row.step) for row in rows}


def _taken(stands: Sequence[Placed], fixed: Set[Key]) -> set[Key]:
    """Give what stands where a fact is: work that began late, or lasts longer than was planned."""
    facts: dict[UUID, list[tuple[Instant, Instant]]] = {}
    for each in stands:
        if each.key in fixed:
            facts.setdefault(each.machine, []).append((each.starts, each.ends))
    return {
        each.key
        for each in stands
        if each.key not in fixed and overlaps(each.starts, each.ends, facts.get(each.machine, ()))
    }


def _closed(stands: Sequence[Placed], at: Instant) -> set[Key]:
    still = book.standstills(at)
    return {
        each.key for each in stands if overlaps(each.starts, each.ends, still.get(each.machine, ()))
    }


def _broken(posed: Posed, plan: Plan, *, doubted: set[Key]) -> dict[Key, Reason]:
    """Give the steps that break a rule; what is only held in its place is asked like any other."""
    sure = [pin for pin in posed.problem.pinned if posed.key(pin.job, pin.operation) not in doubted]
    problem = replace(posed.problem, pinned=tuple(sure))
    found: dict[Key, Reason] = {}
    for why in broken_rules(problem, plan.slots, unplanned=tuple(plan.unplanned)):
        job, operation = int(why.parameters["job"]), int(why.parameters["operation"])
        key = posed.key(job, operation)
        if key is not None and not _is_only_overdue(posed, why, job):
            found.setdefault(key, why)
    return found


def _is_only_overdue(posed: Posed, why: Reason, job: int) -> bool:
    """Say whether a step only should have begun before now: its firm may begin any minute."""
    release = why.parameters.get("release")
    return why.code == "plan.rule_release" and release == posed.problem.jobs[job].release


def _is_unplanned(posed: Posed, plan: Plan, key: Key) -> bool:
    return posed.job(key[0]) in plan.unplanned


def _stuck(posed: Posed, plan: Plan, broken: Mapping[Key, Reason]) -> dict[UUID, Reason]:
    found = {key[0]: why for key, why in broken.items()}
    for job, why in plan.unplanned.items():
        if job < len(posed.orders):
            found.setdefault(posed.orders[job][0], why)
    return found


def _beside(base: Posed, posed: Posed, plan: Plan) -> frozenset[UUID]:
    """
    Give whose work stands frozen beside the orders and cannot.

    A fact pushed it aside, or something moved away that its machine was set up for.
    """
    kept = set(posed.problem.pinned)
    aside = [pin.job for pin in base.problem.pinned if pin not in kept]
    sure = tuple(pin for pin in posed.problem.pinned if posed.other(pin.job) is None)
    there = set(plan.slots)
    vacated = [slot for slot in posed.problem.published if slot not in there]
    broken = broken_by_change(
        replace(posed.problem, pinned=sure), Timetable(plan.slots), (), vacated
    )
    jobs = [*aside, *(int(why.parameters["job"]) for why in broken)]
    return frozenset(whose for job in jobs if (whose := posed.other(job)))

"""
Pose the planning of one order: its steps on its members' machines, everything else frozen.

    pose(works, busy, yards, roads=..., epoch=..., at=..., due=...)  ->  Posed

Every machine changes over from anything to anything else in the set-up minutes of
what comes next, and from a family to itself in none. What a machine was set up for
before the epoch nobody knows: the first operation on it is set up too.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from dure.kernel.canonical import Json, canonical, plain
from dure.kernel.ids import FirmId
from dure.kernel.time import SEOUL, Instant, seoul_date
from dure.plan.engine.document import problem_document, read_document
from dure.plan.engine.problem import (
    Alternative,
    Calendar,
    Goal,
    Job,
    Machine,
    Matrix,
    Operation,
    Problem,
    Slot,
)

UNKNOWN = ""
MINUTE = timedelta(minutes=1)
WEIGHT = 100
"""A minute late weighs as much as so many minutes of set-up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One step as it was given to a member: any of its machines, so many working minutes."""

    step: str
    after: tuple[str, ...]
    family: str
    firm: FirmId
    machines: tuple[UUID, ...]
    minutes: int
    dwell: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """What a machine does for somebody else in that time, and is set up for."""

    machine: UUID
    family: str
    starts: Instant
    ends: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Yard:
    """A member's working place: its machines there, when it works, what set-ups take."""

    firm: FirmId
    site: UUID
    machines: tuple[UUID, ...]
    windows: tuple[tuple[Instant, Instant], ...]
    setup_minutes: Mapping[str, int] = field(default_factory=dict)  # by family


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A step on a machine, in business time."""

    step: str
    machine: UUID
    starts: Instant
    ends: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Posed:
    """A problem and what its numbers mean: job 0 is the order, its operations are the steps."""

    problem: Problem
    steps: tuple[str, ...]
    machines: tuple[UUID, ...]
    epoch: Instant

    def minute(self, instant: Instant) -> int:
        """Give the minute of an instant, begun minutes counting."""
        return -((self.epoch - instant) // MINUTE)

    def instant(self, minute: int) -> Instant:
        """Give the instant of a minute."""
        return self.epoch + minute * MINUTE

    def placed(self, slots: Sequence[Slot]) -> tuple[Placed, ...]:
        """Give the order's slots in business time, in the order of its steps."""
        return tuple(
            Placed(
                step=self.steps[slot.operation],
                machine=self.machines[slot.machine],
                starts=self.instant(slot.start),
                ends=self.instant(slot.end),
            )
            for slot in sorted(slots)
            if slot.job == 0
        )

    def standing(self, placed: Sequence[Placed], *, fixed: Set[str]) -> "Posed":
        """
        Give the same problem with the order standing as published; the fixed steps are facts.

        Where a fact overlaps what a machine was to do for others, the fact is right.
        """
        slots = [self._slot(each) for each in placed]
        facts = _side_by_side([slot for slot in slots if self.steps[slot.operation] in fixed])
        others = [pin for pin in self.problem.pinned if not any(_meet(pin, fact) for fact in facts)]
        loose = [slot for slot in slots if self.steps[slot.operation] not in fixed]
        problem = replace(
            self.problem, pinned=(*others, *facts), published=(*others, *facts, *loose)
        )
        return replace(self, problem=problem)

    def _slot(self, placed: Placed) -> Slot:
        start = self.minute(placed.starts)
        return Slot(
            job=0,
            operation=self.steps.index(placed.step),
            machine=self.machines.index(placed.machine),
            start=start,
            end=max(start + 1, self.minute(placed.ends)),
        )

    def as_json(self) -> dict[str, Json]:
        """Give the form that is stored with a plan, from which anyone can plan it again."""
        return {
            "epoch": plain(self.epoch),
            "machines": plain(self.machines),
            "problem": problem_document(self.problem),
            "steps": list(self.steps),
        }

    def body(self) -> bytes:
        """Give the stored bytes."""
        return canonical(self.as_json())


def read_posed(document: Mapping[str, Json]) -> Posed:
    """Read a stored problem back."""
    whole: dict[str, object] = dict(document)
    machines, steps = whole["machines"], whole["steps"]
    problem, epoch = whole["problem"], whole["epoch"]
    assert isinstance(machines, list), "we stored it"
    assert isinstance(steps, list), "we stored it"
    assert isinstance(problem, Mapping), "we stored it"
    assert isinstance(epoch, str), "we stored it"
    return Posed(
        problem=read_document(problem),
        steps=tuple(steps),
        machines=tuple(UUID(machine) for machine in machines),
        epoch=datetime.fromisoformat(epoch),
    )


def midnight(at: Instant) -> Instant:
    """Give the midnight in Seoul before an instant: the epoch of what is planned then."""
    return _start_of(seoul_date(at))


def end_of(day: date) -> Instant:
    """Give the instant at which a day ends in Seoul."""
    return _start_of(day + timedelta(days=1))


def pose(
    works: Sequence[Work],
    busy: Sequence[Busy],
    yards: Sequence[Yard],
    *,
    roads: Callable[[UUID, UUID], int],
    at: Instant,
    due: Instant,
) -> Posed:
    """Pose an order's steps (in an order in which they can be done) among what is frozen."""
    machines = tuple(machine for yard in yards for machine in yard.machines)
    families = [UNKNOWN, *sorted({work.family for work in works} | {each.family for each in busy})]
    frame = Posed(
        problem=Problem(jobs=(), machines=()),
        steps=tuple(work.step for work in works),
        machines=machines,
        epoch=midnight(at),
    )
    here = [each for each in busy if each.machine in machines and each.ends > frame.epoch]
    here = _one_after_another(here)
    order = _order(frame, works, families, at, due)
    problem = Problem(
        jobs=(order, *(_frozen_job(frame, each, families) for each in here)),
        machines=tuple(
            Machine(site=number, calendar=number, setups=number, family=0)
            for number, yard in enumerate(yards)
            for _ in yard.machines
        ),
        transport=tuple(tuple(roads(a.site, b.site) for b in yards) for a in yards),
        calendars=tuple(_calendar(frame, yard) for yard in yards),
        setups=tuple(_setups(yard, families) for yard in yards),
        pinned=tuple(
            _frozen_slot(frame, each, number) for number, each in enumerate(here, start=1)
        ),
        goal=Goal(tardiness=WEIGHT, setup=1, transport=1, change=WEIGHT),
    )
    return Posed(problem=problem, steps=frame.steps, machines=machines, epoch=frame.epoch)


def _start_of(day: date) -> Instant:
    return datetime(day.year, day.month, day.day, tzinfo=SEOUL)


def _order(
    frame: Posed, works: Sequence[Work], families: Sequence[str], at: Instant, due: Instant
) -> Job:
    number = {work.step: place for place, work in enumerate(works)}
    return Job(
        operations=tuple(
            Operation(
                alternatives=tuple(
                    Alternative(machine=frame.machines.index(machine), minutes=work.minutes)
                    for machine in work.machines
                ),
                after=tuple(number[before] for before in work.after),
                family=families.index(work.family),
                splittable=True,
                dwell=work.dwell,
            )
            for work in works
        ),
        release=frame.minute(at),
        due=max(0, frame.minute(due)),
    )


def _frozen_job(frame: Posed, busy: Busy, families: Sequence[str]) -> Job:
    minutes = max(1, frame.minute(busy.ends) - frame.minute(busy.starts))
    machine = frame.machines.index(busy.machine)
    way = Alternative(machine=machine, minutes=minutes)
    return Job(operations=(Operation(alternatives=(way,), family=families.index(busy.family)),))


def _frozen_slot(frame: Posed, busy: Busy, job: int) -> Slot:
    start = frame.minute(busy.starts)
    return Slot(
        job=job,
        operation=0,
        machine=frame.machines.index(busy.machine),
        start=start,
        end=max(start + 1, frame.minute(busy.ends)),
    )


def _one_after_another(busy: Sequence[Busy]) -> list[Busy]:
    """Leave out what lies wholly inside other work, and cut what overlaps it: facts may."""
    kept: list[Busy] = []
    free: dict[UUID, Instant] = {}
    for each in sorted(busy, key=lambda each: (each.machine, each.starts, each.ends)):
        starts = max(each.starts, free.get(each.machine, each.starts))
        if starts + MINUTE <= each.ends:
            cut = Busy(machine=each.machine, family=each.family, starts=starts, ends=each.ends)
            kept.append(cut)
            free[each.machine] = each.ends
    return kept


def _side_by_side(facts: Sequence[Slot]) -> list[Slot]:
    """Let facts on one machine not overlap: the earlier ends where the later begins."""
    apart: list[Slot] = []
    for fact in sorted(facts, key=lambda slot: (slot.machine, slot.start, slot.end)):
        if not apart or apart[-1].machine != fact.machine or apart[-1].end <= fact.start:
            apart.append(fact)
            continue
        cut = max(apart[-1].start + 1, fact.start)
        apart[-1] = replace(apart[-1], end=cut)
        apart.append(replace(fact, start=cut, end=max(fact.end, cut + 1)))
    return apart


def _meet(left: Slot, right: Slot) -> bool:
    return left.machine == right.machine and left.start < right.end and right.start < left.end


def _calendar(frame: Posed, yard: Yard) -> Calendar:
    windows = ((frame.minute(opens), frame.minute(closes)) for opens, closes in yard.windows)
    return Calendar(windows=tuple((o, c) for o, c in windows if 0 <= o < c))


def _setups(yard: Yard, families: Sequence[str]) -> Matrix:
    return tuple(
        tuple(0 if old == new else yard.setup_minutes.get(new, 0) for new in families)
        for old in families
    )

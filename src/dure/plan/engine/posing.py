"""
Pose the planning of orders: their steps on their members' machines, everything else frozen.

    pose(Book(tasks=..., busy=..., yards=...), roads=..., at=...)  ->  Posed

Every machine changes over from anything to anything else in the set-up minutes of
what comes next, and from a family to itself in none. What a machine was set up for
before the epoch nobody knows: the first operation on it is set up too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from dure.kernel.ids import FirmId
from dure.kernel.time import Instant
from dure.plan.engine.opening import Window, without
from dure.plan.engine.posed import MINUTE, Posed, midnight
from dure.plan.engine.problem import (
    Alternative,
    Calendar,
    Crew,
    Goal,
    Job,
    Machine,
    Matrix,
    Operation,
    Problem,
    Slot,
)

UNKNOWN = ""
WEIGHT = 100
"""A minute late weighs as much as so many minutes of set-up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """
    One step as it was given to a member: any of its machines, so many working minutes.

    not_before: its material is not there, or its member not free, any earlier.
    """

    step: str
    after: tuple[str, ...]
    family: str
    firm: FirmId
    machines: tuple[UUID, ...]
    minutes: int
    dwell: int = 0
    not_before: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """An order to plan, by its request: its steps in an order in which they can be done."""

    order: UUID
    works: tuple[Work, ...]
    release: Instant
    due: Instant
    weight: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """What a machine does for somebody else in that time, and is set up for."""

    machine: UUID
    family: str
    starts: Instant
    ends: Instant
    whose: UUID | None = None  # the order's, or the request's of a quote; None: it is a fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Yard:
    """A member's working place: its machines there, when it works, what set-ups take."""

    firm: FirmId
    site: UUID
    machines: tuple[UUID, ...]
    windows: tuple[Window, ...]
    setup_minutes: Mapping[str, int] = field(default_factory=dict)  # by family
    standstills: Mapping[UUID, tuple[Window, ...]] = field(default_factory=dict)  # by machine
    setup_operators: int | None = None  # so many set its machines up; None: as many as it takes
    setup_absences: tuple[Window, ...] = ()  # when none of them is there


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What there is to plan, what stands frozen, and where: all that a problem is posed from."""

    tasks: tuple[Task, ...]
    busy: tuple[Busy, ...]
    yards: tuple[Yard, ...]


def pose(book: Book, *, roads: Callable[[UUID, UUID], int], at: Instant) -> Posed:
    """Pose a book of orders. roads gives the minutes from one site to another."""
    tasks, busy, yards = book.tasks, book.busy, book.yards
    machines = tuple(machine for yard in yards for machine in yard.machines)
    frame = Posed(
        problem=Problem(jobs=(), machines=()),
        orders=tuple((task.order, tuple(work.step for work in task.works)) for task in tasks),
        machines=machines,
        epoch=midnight(at),
    )
    known = set(machines)
    here = [each for each in busy if each.machine in known and each.ends > frame.epoch]
    here = _one_after_another(here)
    others = tuple(each.whose for each in here)
    owners = {machine: yard.firm for yard in yards for machine in yard.machines}
    families = _families(tasks, here, owners)
    size = max((len(known) for known in families.values()), default=1)
    machinery, calendars, crews = _machines(frame, yards)
    frozen = tuple(_frozen_slot(frame, each, job) for job, each in enumerate(here, len(tasks)))
    problem = Problem(
        jobs=(
            *(_order(frame, task, families) for task in tasks),
            *(
                _frozen_job(slot, families[owners[each.machine]][each.family])
                for each, slot in zip(here, frozen, strict=True)
            ),
        ),
        machines=machinery,
        calendars=calendars,
        transport=tuple(tuple(roads(a.site, b.site) for b in yards) for a in yards),
        setups=tuple(_setups(yard, families.get(yard.firm, {}), size) for yard in yards),
        crews=crews,
        pinned=frozen,
        goal=Goal(tardiness=WEIGHT, setup=1, transport=1, change=WEIGHT),
    )
    return replace(frame, problem=problem, others=others)


def _families(
    tasks: Sequence[Task], busy: Sequence[Busy], owners: Mapping[UUID, FirmId]
) -> dict[FirmId, dict[str, int]]:
    """Number what machines are set up for, firm by firm from 1: a step is done at one firm."""
    names: dict[FirmId, set[str]] = {}
    for task in tasks:
        for work in task.works:
            names.setdefault(work.firm, set()).add(work.family)
    for each in busy:
        names.setdefault(owners[each.machine], set()).add(each.family)
    return {
        firm: {name: number for number, name in enumerate(sorted(own - {UNKNOWN}), start=1)}
        | {UNKNOWN: 0}
        for firm, own in names.items()
    }


def _order(frame: Posed, task: Task, families: Mapping[FirmId, Mapping[str, int]]) -> Job:
    number = {work.step: place for place, work in enumerate(task.works)}
    return Job(
        operations=tuple(
            Operation(
                alternatives=tuple(
                    Alternative(machine=frame.machine(machine), minutes=work.minutes)
                    for machine in work.machines
                ),
                after=tuple(number[before] for before in work.after),
                family=families[work.firm][work.family],
                release=max(0, frame.minute(work.not_before)) if work.not_before else 0,
                splittable=True,
                dwell=work.dwell,
            )
            for work in task.works
        ),
        release=frame.minute(task.release),
        due=max(0, frame.minute(task.due)),
        weight=task.weight,
    )


def _machines(
    frame: Posed, yards: Sequence[Yard]
) -> tuple[tuple[Machine, ...], tuple[Calendar, ...], tuple[Crew, ...]]:
    """
    Give machines, calendars and crews.

    A machine has its yard's calendar, or its own where it stands still; a crew its yard's
    hours, less those in which nobody of it is there.
    """
    numbers: dict[tuple[Window, ...], int] = {}  # alike windows are one calendar
    machines: list[Machine] = []
    crews: list[Crew] = []
    for number, yard in enumerate(yards):
        crew = None
        if yard.setup_operators or yard.setup_absences:
            crew, hours = len(crews), None
            if yard.setup_absences:
                there = without(yard.windows, yard.setup_absences)
                hours = numbers.setdefault(there, len(numbers))
            operators = yard.setup_operators or len(yard.machines)
            crews.append(Crew(operators=operators, calendar=hours))
        for machine in yard.machines:
            windows = yard.windows
            if still := yard.standstills.get(machine):
                windows = without(windows, still)
            calendar = numbers.setdefault(windows, len(numbers))
            machines.append(
                Machine(site=number, calendar=calendar, setups=number, family=0, crew=crew)
            )
    calendars = tuple(_calendar(frame, windows) for windows in numbers)
    return tuple(machines), calendars, tuple(crews)


def _frozen_job(slot: Slot, family: int) -> Job:
    way = Alternative(machine=slot.machine, minutes=slot.end - slot.start)
    return Job(operations=(Operation(alternatives=(way,), family=family),))


def _frozen_slot(frame: Posed, busy: Busy, job: int) -> Slot:
    start = frame.minute(busy.starts)
    return Slot(
        job=job,
        operation=0,
        machine=frame.machine(busy.machine),
        start=start,
        end=max(start + 1, frame.minute(busy.ends)),
    )


def _one_after_another(busy: Sequence[Busy]) -> list[Busy]:
    """Leave out what lies wholly inside other work, and cut what overlaps it: facts may."""
    kept: list[Busy] = []
    free: dict[UUID, Instant] = {}
    for each in sorted(busy, key=lambda each: (each.machine.int, each.starts, each.ends)):
        starts = max(each.starts, free.get(each.machine, each.starts))
        if starts + MINUTE <= each.ends:
            kept.append(each if starts == each.starts else replace(each, starts=starts, whose=None))
            free[each.machine] = each.ends
    return kept


def _calendar(frame: Posed, windows: Sequence[Window]) -> Calendar:
    minutes = ((frame.minute(opens), frame.minute(closes)) for opens, closes in windows)
    return Calendar(windows=tuple((o, c) for o, c in minutes if 0 <= o < c))


def _setups(yard: Yard, families: Mapping[str, int], size: int) -> Matrix:
    minutes = [0] * size
    for name, number in families.items():
        minutes[number] = yard.setup_minutes.get(name, 0)
    return tuple(
        tuple(0 if old == new else minutes[new] for new in range(size)) for old in range(size)
    )

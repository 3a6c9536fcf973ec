"""
Why a job ends when it does: the chain of what it waited for, walked back from its end.

Each link covers minutes between the job's release and its end, without gap or overlap:

    work        on the machine itself (pauses between shifts are `calendar`)
    dwell       drying, cooling
    transport   on the road, waiting for the truck included
    queue       the machine was busy with something else
    setup       the machine was being set up
    operator    the machine waited for somebody to set it up
    calendar    the machine was closed, or not open long enough for one piece
    material    what the operation needs came later than the steps before it
    wait        none of these: the operation could have started earlier
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dure.kernel.reason import Reason
from dure.plan.engine.check_crews import could_be_set_up, free_moments
from dure.plan.engine.problem import Problem, Slot
from dure.plan.engine.timetable import Timetable


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Minutes that a job spent on one thing, at one of its operations."""

    cause: str
    operation: int
    machine: int
    start: int
    end: int

    @property
    def minutes(self) -> int:
        """How long it took."""
        return self.end - self.start


def chain(problem: Problem, slots: Sequence[Slot] | Timetable, job: int) -> tuple[Link, ...]:
    """Give the links from release to end of a planned job, in order of time, none empty."""
    table = slots if isinstance(slots, Timetable) else Timetable(slots)
    links = [link for link in _walk_back(problem, table, job) if link.minutes > 0]
    return tuple(reversed(links))


def minutes_by_cause(links: Sequence[Link]) -> dict[str, int]:
    """Add the minutes of a chain up by cause, the longest first."""
    total: dict[str, int] = defaultdict(int)
    for link in links:
        total[link.cause] += link.minutes
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))


def reasons(problem: Problem, slots: Sequence[Slot] | Timetable, job: int) -> tuple[Reason, ...]:
    """Give what a job's time went into, the longest first, and how late that makes it."""
    links = chain(problem, slots, job)
    spent = minutes_by_cause(links)
    found = [Reason(f"plan.took_{cause}", {"minutes": spent[cause]}) for cause in spent]
    own = slots.of_job(job).values() if isinstance(slots, Timetable) else slots
    late = problem.finish(job, own) - problem.jobs[job].due
    if late > 0:
        found.insert(0, Reason("plan.late", {"minutes": late}))
    return tuple(found)


def _walk_back(problem: Problem, table: Timetable, job: int) -> Iterator[Link]:
    own = table.of_job(job)
    finish = problem.finish(job, own.values())
    last = max(own.values(), key=lambda slot: (_arrives_home(problem, slot), slot.operation))
    yield _link("transport", last, problem.leaves(last), finish)
    current: Slot | None = last
    while current is not None:
        yield _link("dwell", current, current.end, problem.leaves(current))
        yield from _on_machine(problem, current)
        ready, before = _ready(problem, own, current)
        yield from _before_start(problem, table, current, ready)
        if before is None:
            material = problem.jobs[job].release
            yield _link("material", current, material, ready)
        else:
            leaves = problem.leaves(before)
            arrives = _arrives(problem, before, current)
            yield _link("material", current, arrives, ready)
            yield _link("transport", current, leaves, arrives)
        current = before


def _on_machine(problem: Problem, slot: Slot) -> Iterator[Link]:
    calendar = problem.machines[slot.machine].calendar
    end = slot.end
    if calendar is not None:
        for opens, closes in reversed(problem.calendars[calendar].windows):
            if opens < end and closes > slot.start:
                yield _link("calendar", slot, min(closes, end), end)
                yield _link("work", slot, max(opens, slot.start), min(closes, end))
                end = max(opens, slot.start)
    yield _link("work" if calendar is None else "calendar", slot, slot.start, end)


def _before_start(problem: Problem, table: Timetable, slot: Slot, ready: int) -> Iterator[Link]:
    """What lies between the moment all was there and the start, latest first."""
    before, _ = table.around(slot.machine, slot.start)
    free = 0 if before is None else before.end
    ready_to_go = min(slot.start, _worked(problem, slot, free, before))
    queued = max(ready, min(free, slot.start))
    set_up = max(queued, ready_to_go)
    rest = "calendar" if problem.machines[slot.machine].calendar is not None else "wait"
    fits = min(slot.start, _fits(problem, slot, set_up))
    somebody = _somebody(problem, table, slot, before, fits)
    if fits < somebody:
        yield _link(rest, slot, somebody, slot.start)
        yield from _idle(problem, slot, fits, somebody, "operator")
        yield _link(rest, slot, set_up, fits)
    else:
        yield _link(rest, slot, set_up, slot.start)
    yield from _idle(problem, slot, queued, set_up, "setup")
    yield _link("queue", slot, ready, queued)


def _somebody(
    problem: Problem, table: Timetable, slot: Slot, before: Slot | None, fits: int
) -> int:
    """Say when, from a minute on, somebody could have set the machine up for it to begin."""
    if problem.machines[slot.machine].crew is None or fits >= slot.start:
        return fits
    if could_be_set_up(problem, table, slot, fits):
        return fits
    for free in free_moments(problem, table, slot.machine):
        start = _fits(problem, slot, max(fits, _worked(problem, slot, free, before)))
        if start < slot.start and could_be_set_up(problem, table, slot, start):
            return start
    return slot.start


def _fits(problem: Problem, slot: Slot, ready: int) -> int:
    """Say when, from a minute on, the machine could begin, were it not for who sets it up."""
    calendar = problem.machines[slot.machine].calendar
    if calendar is None:
        return ready
    operation = problem.jobs[slot.job].operations[slot.operation]
    work = 1 if operation.splittable else slot.end - slot.start
    for opens, closes in problem.calendars[calendar].windows:
        if max(opens, ready) + work <= closes:
            return max(opens, ready)
    return slot.start


def _worked(problem: Problem, slot: Slot, free: int, before: Slot | None) -> int:
    """Say when the machine is set up, if that begins as soon as it is free."""
    minutes = _setup_minutes(problem, slot, before)
    calendar = problem.machines[slot.machine].calendar
    if calendar is None or minutes == 0:
        return free + minutes
    for opens, closes in problem.calendars[calendar].windows:
        begin = max(opens, free)
        if closes > begin:
            if closes - begin >= minutes:
                return begin + minutes
            minutes -= closes - begin
    return slot.start


def _idle(problem: Problem, slot: Slot, begin: int, end: int, cause: str) -> Iterator[Link]:
    """Minutes before a start: those when the machine was closed are the calendar's."""
    calendar = problem.machines[slot.machine].calendar
    if calendar is None or begin >= end:
        yield _link(cause, slot, begin, end)
        return
    at = end
    for opens, closes in reversed(problem.calendars[calendar].windows):
        if opens < at and closes > begin:
            yield _link("calendar", slot, min(closes, at), at)
            yield _link(cause, slot, max(opens, begin), min(closes, at))
            at = max(opens, begin)
    yield _link("calendar", slot, begin, at)


def _ready(problem: Problem, own: Mapping[int, Slot], slot: Slot) -> tuple[int, Slot | None]:
    operation = problem.jobs[slot.job].operations[slot.operation]
    befores = [own[number] for number in operation.after]
    latest = max(befores, key=lambda other: _arrives(problem, other, slot), default=None)
    ready = max(problem.jobs[slot.job].release, operation.release)
    if latest is not None:
        ready = max(ready, _arrives(problem, latest, slot))
    return min(ready, slot.start), latest


def _arrives(problem: Problem, before: Slot, slot: Slot) -> int:
    machines = problem.machines
    origin, target = machines[before.machine].site, machines[slot.machine].site
    return min(problem.arrival(origin, target, problem.leaves(before)), slot.start)


def _arrives_home(problem: Problem, slot: Slot) -> int:
    return problem.finish(slot.job, (slot,))


def _setup_minutes(problem: Problem, slot: Slot, before: Slot | None) -> int:
    machine = problem.machines[slot.machine]
    family = machine.family
    if before is not None:
        family = problem.jobs[before.job].operations[before.operation].family
    if machine.setups is None or family is None:
        return 0
    own = problem.jobs[slot.job].operations[slot.operation].family
    return problem.setups[machine.setups][family][own]


def _link(cause: str, slot: Slot, start: int, end: int) -> Link:
    return Link(
        cause=cause,
        operation=slot.operation,
        machine=slot.machine,
        start=start,
        end=max(start, end),
    )

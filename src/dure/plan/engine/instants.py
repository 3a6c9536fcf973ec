"""
Work that takes no time: planned as if it took a little, and put right after.

Some problems have operations of 0 minutes. The kernel finds what stands on a machine by when it
ends, and so knows none. A problem with Z of them is planned with all times multiplied by Z + 1 and
a minute for each of them. What comes out is put right in one of two ways:

    pressed   where machines always work and nothing is pinned, everything starts as early as its
              order on the machines and in its job allows with the true times
    floored   elsewhere (see at_hours.py) everything starts in the true minute in which it stands

Pressed, all that was added is less than one true minute on any path, so that a makespan which is
the least stretched is the least. Floored, a bound is that of the problem as it is given: beside
calendars a little more time may have cost a night.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from dure.plan.engine import kernel
from dure.plan.engine.at_hours import floored, stretched_calendars, stretched_pins
from dure.plan.engine.bound import lower_bound
from dure.plan.engine.pack import pack
from dure.plan.engine.plan import Plan
from dure.plan.engine.problem import DAY, FAR, Alternative, Job, Operation, Problem, Slot
from dure.plan.engine.score import score

LONGEST = 2**30
"""All work together is stretched to so many minutes at most: squares of loads fit 64 bits."""


@dataclass(frozen=True, slots=True)
class Stretched:
    """A problem as it is given, and `problem`: the same, so that all of its work takes time."""

    given: Problem
    problem: Problem
    times: int

    @classmethod
    def of(cls, given: Problem) -> "Stretched":
        """Stretch a problem that has passed validate; one without such work stays as it is."""
        instants = sum(_is_instant(operation) for job in given.jobs for operation in job.operations)
        if not instants:
            return cls(given, given, 1)
        work = sum(way.minutes for job in given.jobs for o in job.operations
                   for way in o.alternatives)  # fmt: skip
        most = min(LONGEST // max(1, work), FAR // max(1, 2 * _latest(given)))
        times = max(1, min(instants + 1, most))
        return cls(given, _stretched(given, times), times)

    def restore(self, plan: Plan) -> Plan:
        """Give the plan of the problem as it is given, from one of the stretched."""
        if self.problem is self.given:
            return plan
        if is_plain(self.given):
            slots = tuple(sorted(_pressed(self.given, plan.slots)))
            bound = (plan.lower_bound - self._added()) // self.times
        else:
            slots = tuple(sorted(floored(self.given, plan.slots, self.times)))
            bound = _bound(self.given)
        objective = score(self.given, slots).total
        return replace(
            plan, slots=slots, objective=objective, lower_bound=min(objective, max(0, bound))
        )

    def _added(self) -> int:
        """How much the goal may have grown by the minutes that were added, less one true minute."""
        instants = sum(_is_instant(o) for job in self.given.jobs for o in job.operations)
        weight = 1
        if not self.given.goal.makespan:
            weight = self.given.goal.tardiness * sum(job.weight for job in self.given.jobs)
        return max(0, instants * weight - self.times + 1)


def is_plain(problem: Problem) -> bool:
    """Say whether only the order on machines and in jobs decides when all is done."""
    more = problem.calendars or problem.trucks or problem.crews or problem.pinned
    goal = problem.goal
    beside = (goal.transport, goal.setup, goal.cost, goal.change, goal.evenness)
    return not (more or problem.published or any(beside))


def _bound(given: Problem) -> int:
    packed = pack(given, seed=1)
    kernel.names()["least_rest"](packed.memory)
    return lower_bound(given, packed, packed.memory)


def _latest(given: Problem) -> int:
    """Give the latest minute that a problem speaks of."""
    closes = [calendar.windows[-1][1] for calendar in given.calendars if calendar.windows]
    return max([1, *closes, *(slot.end for slot in (*given.pinned, *given.published))])


def _is_instant(operation: Operation) -> bool:
    return any(way.minutes == 0 for way in operation.alternatives)


def _stretched(given: Problem, times: int) -> Problem:
    goal = given.goal
    return replace(
        given,
        jobs=tuple(_stretched_job(job, times) for job in given.jobs),
        transport=tuple(tuple(minutes * times for minutes in row) for row in given.transport),
        setups=tuple(
            tuple(tuple(minutes * times for minutes in row) for row in matrix)
            for matrix in given.setups
        ),
        calendars=stretched_calendars(given, times),
        trucks={
            road: tuple((stop + 1) * times - 1 for stop in stops)
            for road, stops in given.trucks.items()
        },
        day=DAY * times,
        pinned=stretched_pins(given.pinned, times),
        published=tuple(
            replace(slot, start=slot.start * times, end=slot.end * times)
            for slot in given.published
        ),
        goal=replace(goal, cost=goal.cost * times, change=goal.change * times),
    )


def _stretched_job(job: Job, times: int) -> Job:
    return replace(
        job,
        operations=tuple(
            replace(
                operation,
                alternatives=tuple(_stretched_way(way, times) for way in operation.alternatives),
                release=operation.release * times,
                dwell=operation.dwell * times,
            )
            for operation in job.operations
        ),
        release=job.release * times,
        due=job.due * times,
    )


def _stretched_way(way: Alternative, times: int) -> Alternative:
    return replace(way, minutes=max(1, way.minutes * times))


def _pressed(given: Problem, slots: tuple[Slot, ...]) -> list[Slot]:
    """Let everything start as early as the order in which it stands allows."""
    placed: dict[tuple[int, int], Slot] = {}
    last: dict[int, Slot] = {}
    for slot in sorted(slots, key=lambda slot: (slot.start, slot.end)):
        start = max(_ready(given, slot, placed), _free(given, slot, last.get(slot.machine)))
        ways = given.jobs[slot.job].operations[slot.operation].alternatives
        minutes = next(way.minutes for way in ways if way.machine == slot.machine)
        found = replace(slot, start=start, end=start + minutes)
        placed[slot.job, slot.operation] = last[slot.machine] = found
    return list(placed.values())


def _ready(given: Problem, slot: Slot, placed: Mapping[tuple[int, int], Slot]) -> int:
    job = given.jobs[slot.job]
    operation = job.operations[slot.operation]
    site = given.machines[slot.machine].site
    before = [placed[slot.job, number] for number in operation.after]
    arrivals = [
        given.arrival(given.machines[other.machine].site, site, given.leaves(other))
        for other in before
    ]
    return max([job.release, operation.release, *arrivals])


def _free(given: Problem, slot: Slot, before: Slot | None) -> int:
    """Say when a machine is set up behind what stands there before."""
    machine = given.machines[slot.machine]
    family = given.jobs[slot.job].operations[slot.operation].family
    old = machine.family
    if before is not None:
        old = given.jobs[before.job].operations[before.operation].family
    setup = 0
    if machine.setups is not None and old is not None:
        setup = given.setups[machine.setups][old][family]
    if before is None:
        return setup
    if machine.setups is not None and before.start == before.end and old != family:
        setup = max(1, setup)  # who looks at two of no time at one minute cannot tell their order
    return before.end + setup

"""
Work that takes no time: planned as if it took a little, and put right after.

Some files of problems have operations of 0 minutes. The kernel finds what stands on a machine by
when it ends, and so knows none. A problem with Z of them is planned with all times multiplied by
Z + 1 and a minute for each of them; then everything starts as early as its order on the machines
and in its job allows with the true times. All that was added is less than one true minute on any
path, so that a makespan which is the least stretched is the least.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from dure.plan.engine.plan import Plan
from dure.plan.engine.problem import Alternative, Job, Operation, Problem, Slot
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
        times = max(1, min(instants + 1, LONGEST // max(1, work)))
        return cls(given, _stretched(given, times), times)

    def restore(self, plan: Plan) -> Plan:
        """Give the plan of the problem as it is given, from one of the stretched."""
        if self.problem is self.given:
            return plan
        slots = tuple(sorted(_pressed(self.given, plan.slots)))
        objective = score(self.given, slots).total
        bound = max(0, plan.lower_bound - self._added()) // self.times
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


def _is_instant(operation: Operation) -> bool:
    return any(way.minutes == 0 for way in operation.alternatives)


def _stretched(given: Problem, times: int) -> Problem:
    return replace(
        given,
        jobs=tuple(_stretched_job(job, times) for job in given.jobs),
        transport=tuple(tuple(minutes * times for minutes in row) for row in given.transport),
        setups=tuple(
            tuple(tuple(minutes * times for minutes in row) for row in matrix)
            for matrix in given.setups
        ),
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

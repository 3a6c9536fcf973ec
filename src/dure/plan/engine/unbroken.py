"""What of a plan still stands when the problem has become another."""

from collections.abc import Sequence

from dure.plan.engine.check import broken_rules
from dure.plan.engine.problem import Problem, Slot


def unbroken(problem: Problem, slots: Sequence[Slot]) -> list[Slot]:
    """Leave out what breaks a rule and all that follows it in its job, until nothing breaks one."""
    pinned = {(pin.job, pin.operation) for pin in problem.pinned}
    loose: set[tuple[int, int]] = set()
    everything = range(len(problem.jobs))
    while True:
        away = loose | pinned
        standing = [slot for slot in slots if (slot.job, slot.operation) not in away]
        broken = {
            (int(why.parameters["job"]), int(why.parameters["operation"]))
            for why in broken_rules(problem, [*standing, *problem.pinned], unplanned=everything)
        }
        new = with_followers(problem, broken - pinned) | _beside_pins(problem, standing, broken)
        if new <= loose:
            return standing
        loose |= new


def with_followers(problem: Problem, broken: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """Give operations and all of their jobs that comes after them."""
    loose = set(broken)
    for job, _ in broken:
        for number, operation in enumerate(problem.jobs[job].operations):
            if any((job, before) in loose for before in operation.after):
                loose.add((job, number))
    return loose


def _beside_pins(
    problem: Problem, standing: Sequence[Slot], broken: set[tuple[int, int]]
) -> set[tuple[int, int]]:
    """Where a pinned operation is what breaks the rule, what stands in its way must go."""
    loose = set()
    for pin in problem.pinned:
        if (pin.job, pin.operation) not in broken:
            continue
        before = problem.jobs[pin.job].operations[pin.operation].after
        loose |= {(pin.job, number) for number in before}
        loose |= {
            (slot.job, slot.operation)
            for slot in standing
            if slot.machine == pin.machine and slot.end <= pin.end
        }
    pins = {(pin.job, pin.operation) for pin in problem.pinned}
    return loose - pins


def exists(problem: Problem, slot: Slot) -> bool:
    """Say whether a problem knows what a slot speaks of."""
    known = 0 <= slot.job < len(problem.jobs) and 0 <= slot.machine < len(problem.machines)
    return known and 0 <= slot.operation < len(problem.jobs[slot.job].operations)

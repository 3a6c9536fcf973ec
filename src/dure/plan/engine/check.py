"""
An independent checker: accepts a plan or names the rule it breaks.

It shares nothing with the kernel but the words of the problem, and recomputes
everything from them the slow and obvious way. Every plan passes here before anybody
is shown it; a stranger's plan may be passed too.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from dure.kernel.errors import Unproven
from dure.kernel.reason import Reason
from dure.plan.engine.check_crews import broken_beside, broken_by_crews
from dure.plan.engine.hours import working_minutes
from dure.plan.engine.problem import Alternative, Calendar, Operation, Problem, Slot
from dure.plan.engine.timetable import Timetable

At = dict[tuple[int, int], Slot]


def check(problem: Problem, slots: Sequence[Slot], *, unplanned: Sequence[int] = ()) -> None:
    """Raise Unproven with the first broken rule, unless the plan keeps them all."""
    broken = next(broken_rules(problem, slots, unplanned=unplanned), None)
    if broken is not None:
        raise Unproven(broken.code, **broken.parameters)


def broken_rules(
    problem: Problem, slots: Sequence[Slot], *, unplanned: Sequence[int] = ()
) -> Iterator[Reason]:
    """
    Give every broken rule, naming job and operation.

    The rules, in this order: once, machine, frozen, release, precedence and transport,
    duration and calendar, capacity and set-up, operators. Jobs in `unplanned` need not be there.
    Pinned work is a fact: it is not asked whether it could have been done so.
    """
    at = {(slot.job, slot.operation): slot for slot in slots if _exists(problem, slot)}
    yield from _every_operation_once(problem, slots, at, set(unplanned))
    yield from _pinned_work_stands(problem, at)
    pinned = {(pin.job, pin.operation) for pin in problem.pinned}
    for key, slot in sorted(at.items()):
        if key not in pinned:
            yield from _stands_well(problem, slot, pinned)
        if _operation(problem, slot).after:
            yield from _after_the_steps_before(problem, slot, at, pinned)
    yield from _machines_do_one_thing(problem, at, pinned)
    if problem.crews:
        yield from broken_by_crews(problem, Timetable(at.values()), pinned)


def broken_by_change(
    problem: Problem,
    table: Timetable,
    placed: Collection[Slot],
    vacated: Collection[Slot],
    now: int = 0,
) -> Iterator[Reason]:
    """
    Give every rule that a change of a good plan breaks.

    The table is the plan after the change; `placed` is what stands anew in it, `vacated` where
    something stood before. What neither touches is as good as it was. An operator who is short
    was not so for a set-up of what began before `now`.
    """
    pinned = {(pin.job, pin.operation) for pin in problem.pinned}
    for slot in placed:
        if not _exists(problem, slot) or table.of_job(slot.job).get(slot.operation) != slot:
            yield Reason("plan.rule_unknown_operation", _where(slot))
            continue
        yield from _stands_well(problem, slot, pinned)
        at = {(slot.job, number): own for number, own in table.of_job(slot.job).items()}
        for other in at.values():
            follows = slot.operation in _operation(problem, other).after
            if other is slot or follows:
                yield from _after_the_steps_before(problem, other, at, pinned)
        yield from _beside(problem, table, slot.machine, slot.start, pinned)
        yield from _beside(problem, table, slot.machine, slot.start + 1, pinned)
    for slot in vacated:
        yield from _beside(problem, table, slot.machine, slot.start, pinned)
    if problem.crews:
        touched = [(slot.machine, slot.start + late) for slot in placed for late in (0, 1)]
        touched += [(slot.machine, slot.start) for slot in vacated]
        yield from broken_beside(problem, table, touched, pinned, now)


def _beside(
    problem: Problem, table: Timetable, machine: int, minute: int, pinned: set[tuple[int, int]]
) -> Iterator[Reason]:
    """Ensures that the two slots around a minute of a machine keep apart."""
    left, right = table.around(machine, minute)
    if right is not None and left is None:
        yield from _set_up_from_the_start(problem, machine, right, pinned)
    elif right is not None and left is not None:
        yield from _one_after_the_other(problem, machine, left, right, pinned)


def _stands_well(problem: Problem, slot: Slot, pinned: set[tuple[int, int]]) -> Iterator[Reason]:
    if (slot.job, slot.operation) not in pinned:
        yield from _on_a_machine_that_can(problem, slot)
        yield from _not_before_release(problem, slot)


def _every_operation_once(
    problem: Problem, slots: Sequence[Slot], at: At, unplanned: set[int]
) -> Iterator[Reason]:
    """Ensures that each operation of each planned job stands exactly once."""
    times = Counter((slot.job, slot.operation) for slot in slots)
    for slot in slots if times.keys() != at.keys() else ():
        if not _exists(problem, slot):
            yield Reason("plan.rule_unknown_operation", _where(slot))
    for job, whole in enumerate(problem.jobs):
        for operation in range(len(whole.operations)):
            count = times[job, operation]
            if count != 1 and (count or job not in unplanned):
                where = {"job": job, "operation": operation, "times": count}
                yield Reason("plan.rule_once", where)


def _pinned_work_stands(problem: Problem, at: At) -> Iterator[Reason]:
    """Ensures that frozen and pinned work stands where it stood."""
    for pin in problem.pinned:
        if at.get((pin.job, pin.operation)) != pin:
            yield Reason("plan.rule_frozen", _where(pin))


def _on_a_machine_that_can(problem: Problem, slot: Slot) -> Iterator[Reason]:
    """Ensures that the machine is an alternative, works long enough, and only while it is open."""
    operation = _operation(problem, slot)
    way = next((way for way in operation.alternatives if way.machine == slot.machine), None)
    if way is None:
        yield Reason("plan.rule_machine", _where(slot))
    elif not _takes_its_time(problem, slot, operation, way):
        yield Reason("plan.rule_calendar", _where(slot))


def _takes_its_time(problem: Problem, slot: Slot, operation: Operation, way: Alternative) -> bool:
    calendar = _calendar(problem, slot.machine)
    if calendar is None:
        return slot.end - slot.start == way.minutes
    if way.minutes == 0:  # it stands at a minute from the opening to the closing
        opens = any(begins <= slot.start <= closes for begins, closes in calendar.windows)
        return slot.start == slot.end and opens
    if not operation.splittable and slot.end - slot.start != way.minutes:
        return False
    if working_minutes(calendar, slot.start, slot.end) != way.minutes:
        return False
    # a split operation begins and ends at work, not in a pause
    begins = working_minutes(calendar, slot.start, slot.start + 1)
    return bool(begins and working_minutes(calendar, slot.end - 1, slot.end))


def _not_before_release(problem: Problem, slot: Slot) -> Iterator[Reason]:
    """Ensures that nothing starts before its job is released and its material is there."""
    release = max(problem.jobs[slot.job].release, _operation(problem, slot).release)
    if slot.start < release:
        yield Reason("plan.rule_release", _where(slot) | {"release": release})


def _after_the_steps_before(
    problem: Problem, slot: Slot, at: At, pinned: set[tuple[int, int]]
) -> Iterator[Reason]:
    """Ensures that steps before are done, and what they made has arrived."""
    for before in _operation(problem, slot).after:
        other = at.get((slot.job, before))
        if other is None or {(slot.job, before), (slot.job, slot.operation)} <= pinned:
            continue
        where = _where(slot) | {"before": before}
        origin, target = _site(problem, other), _site(problem, slot)
        if other.end > slot.start:
            yield Reason("plan.rule_precedence", where)
        elif problem.arrival(origin, target, problem.leaves(other)) > slot.start:
            yield Reason("plan.rule_transport", where)


def _machines_do_one_thing(
    problem: Problem, at: At, pinned: set[tuple[int, int]]
) -> Iterator[Reason]:
    """Ensures that a machine does one thing at a time and is set up for it in working time."""
    by_machine: dict[int, list[Slot]] = defaultdict(list)
    for slot in at.values():
        by_machine[slot.machine].append(slot)
    for machine, own in sorted(by_machine.items()):
        own.sort(key=lambda slot: (slot.start, slot.end))
        yield from _set_up_from_the_start(problem, machine, own[0], pinned)
        for left, right in pairwise(own):
            yield from _one_after_the_other(problem, machine, left, right, pinned)


def _one_after_the_other(
    problem: Problem, machine: int, left: Slot, right: Slot, pinned: set[tuple[int, int]]
) -> Iterator[Reason]:
    if left.end > right.start:
        yield Reason("plan.rule_capacity", _where(right) | {"machine": machine})
    elif not {(left.job, left.operation), (right.job, right.operation)} <= pinned:
        family = _operation(problem, left).family
        yield from _set_up(problem, right, family, left.end)


def _set_up_from_the_start(
    problem: Problem, machine: int, first: Slot, pinned: set[tuple[int, int]]
) -> Iterator[Reason]:
    family = problem.machines[machine].family
    if family is not None and (first.job, first.operation) not in pinned:
        yield from _set_up(problem, first, family, 0)


def _set_up(problem: Problem, slot: Slot, family: int, free: int) -> Iterator[Reason]:
    machine = problem.machines[slot.machine]
    if machine.setups is None:
        return
    minutes = problem.setups[machine.setups][family][_operation(problem, slot).family]
    calendar = _calendar(problem, slot.machine)
    room = slot.start - free
    if calendar is not None:
        room = working_minutes(calendar, free, slot.start)
    if room < minutes:
        where = _where(slot) | {"machine": slot.machine, "minutes": minutes}
        yield Reason("plan.rule_setup", where)


def _calendar(problem: Problem, machine: int) -> Calendar | None:
    number = problem.machines[machine].calendar
    return None if number is None else problem.calendars[number]


def _operation(problem: Problem, slot: Slot) -> Operation:
    return problem.jobs[slot.job].operations[slot.operation]


def _site(problem: Problem, slot: Slot) -> int:
    return problem.machines[slot.machine].site


def _exists(problem: Problem, slot: Slot) -> bool:
    known = 0 <= slot.job < len(problem.jobs) and 0 <= slot.machine < len(problem.machines)
    return known and 0 <= slot.operation < len(problem.jobs[slot.job].operations)


def _where(slot: Slot) -> dict[str, str | int]:
    return {"job": slot.job, "operation": slot.operation}

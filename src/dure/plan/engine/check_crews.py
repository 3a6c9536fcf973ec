"""
The checker's rule of operators: one is free, and there, for every set-up that needs one.

A set-up takes the machine's last working minutes before its operation, and one operator of the
machine's crew from the first of these to the last. As in check.py nothing is shared with the
kernel: where set-ups lie is worked out anew, and added up the obvious way.
"""

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, replace
from functools import partial

from dure.kernel.reason import Reason
from dure.plan.engine.hours import back_from, working_minutes
from dure.plan.engine.problem import Problem, Slot
from dure.plan.engine.timetable import Timetable

Pinned = Set[tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """What an operator does before a slot: the machine's working minutes, in pieces."""

    slot: Slot
    pieces: tuple[tuple[int, int], ...]
    is_fact: bool

    @property
    def begins(self) -> int:
        """The minute from which somebody is bound."""
        return self.pieces[0][0]

    @property
    def ends(self) -> int:
        """The minute at which that somebody is free again."""
        return self.pieces[-1][1]


def broken_by_crews(problem: Problem, table: Timetable, pinned: Pinned) -> Iterator[Reason]:
    """Give every set-up for which nobody is free, or nobody is there; facts are not asked."""
    for crew in range(len(problem.crews)):
        rows = (
            set_ups(problem, table, machine, pinned, after=-1, until=None)
            for machine in _machines_of(problem, crew)
        )
        yield from _enough_hands(problem, crew, [each for row in rows for each in row])


def broken_beside(
    problem: Problem, table: Timetable, touched: Iterable[tuple[int, int]], pinned: Pinned, now: int
) -> Iterator[Reason]:
    """
    Give the same for what (machine, minute) touches: the set-ups around, and who needs hands then.

    What began before `now` is a fact.
    """
    seen: set[tuple[int, int, int]] = set()
    for machine, minute in touched:
        crew = problem.machines[machine].crew
        for slot in table.around(machine, minute) if crew is not None else ():
            if crew is None or slot is None:
                continue
            before, _ = table.around(machine, slot.start)
            own = _set_up(problem, before, slot, pinned, now)
            if own is None or (crew, own.begins, own.ends) in seen:
                continue
            seen.add((crew, own.begins, own.ends))
            needed = partial(set_ups, problem, table, pinned=pinned, now=now)
            rows = (
                needed(other, after=own.begins, until=own.ends)
                for other in _machines_of(problem, crew)
            )
            yield from _enough_hands(problem, crew, [each for row in rows for each in row])


def could_be_set_up(problem: Problem, table: Timetable, slot: Slot, start: int) -> bool:
    """Say whether somebody had been free to set up for a slot that had begun at another minute."""
    crew = problem.machines[slot.machine].crew
    before, _ = table.around(slot.machine, slot.start)
    moved = replace(slot, start=start)
    own = _set_up(problem, before, moved, frozenset(), 0)
    if crew is None or own is None:
        return True
    found = [own]
    for machine in _machines_of(problem, crew):
        others = set_ups(problem, table, machine, frozenset(), after=own.begins, until=own.ends)
        found += [each for each in others if each.slot != slot]
    return not any(True for _ in _enough_hands(problem, crew, found))


def free_moments(problem: Problem, table: Timetable, machine: int) -> list[int]:
    """Give the minutes at which somebody who sets a machine up comes to work or is done."""
    crew = problem.machines[machine].crew
    assert crew is not None, "asked only where a crew is needed"
    moments = {
        each.ends
        for other in _machines_of(problem, crew)
        for each in set_ups(problem, table, other, frozenset(), after=-1, until=None)
    }
    number = problem.crews[crew].calendar
    if number is not None:
        moments |= {opens for opens, _ in problem.calendars[number].windows}
    return sorted(moments)


def set_ups(
    problem: Problem,
    table: Timetable,
    machine: int,
    pinned: Pinned,
    *,
    after: int,
    until: int | None,
    now: int = 0,
) -> Iterator[SetUp]:
    """Give a machine's set-ups that somebody does between two minutes, in order of time."""
    before, slot = table.around(machine, after + 1)
    while slot is not None and (until is None or before is None or before.start < until):
        found = _set_up(problem, before, slot, pinned, now)
        if found and found.ends > after and (until is None or found.begins < until):
            yield found
        before, slot = table.around(machine, slot.start + 1)


def _enough_hands(problem: Problem, crew: int, found: list[SetUp]) -> Iterator[Reason]:
    """Ensures that no more set-ups are under way at once than there are operators, all there."""
    bound: list[SetUp] = []
    for each in sorted(found, key=lambda each: (each.begins, each.slot)):
        if not (each.is_fact or _is_there(problem, crew, each)):
            yield _nobody(each, crew)
            continue
        bound = [other for other in bound if other.ends > each.begins] + [each]
        asked = [other for other in bound if not other.is_fact]
        if len(bound) > problem.crews[crew].operators and asked:
            bound.remove(asked[-1])
            yield _nobody(asked[-1], crew)


def _nobody(each: SetUp, crew: int) -> Reason:
    where = {"job": each.slot.job, "operation": each.slot.operation, "crew": crew}
    return Reason("plan.rule_operator", where)


def _is_there(problem: Problem, crew: int, each: SetUp) -> bool:
    number = problem.crews[crew].calendar
    if number is None:
        return True
    calendar = problem.calendars[number]
    return all(working_minutes(calendar, *piece) == piece[1] - piece[0] for piece in each.pieces)


def _set_up(
    problem: Problem, before: Slot | None, slot: Slot, pinned: Pinned, now: int
) -> SetUp | None:
    """Give the set-up before a slot; None where there is none, or no time for it at all."""
    minutes = _minutes(problem, before, slot)
    pieces = _pieces(problem, slot, minutes) if minutes else ()
    if not pieces:
        return None
    fact = _is_fact(slot, pinned, now) and (before is None or _is_fact(before, pinned, now))
    return SetUp(slot=slot, pieces=pieces, is_fact=fact)


def _is_fact(slot: Slot, pinned: Pinned, now: int) -> bool:
    return slot.start < now or (slot.job, slot.operation) in pinned


def _minutes(problem: Problem, before: Slot | None, slot: Slot) -> int:
    machine = problem.machines[slot.machine]
    old = machine.family if before is None else _family(problem, before)
    if machine.setups is None or old is None:
        return 0
    return problem.setups[machine.setups][old][_family(problem, slot)]


def _family(problem: Problem, slot: Slot) -> int:
    return problem.jobs[slot.job].operations[slot.operation].family


def _pieces(problem: Problem, slot: Slot, minutes: int) -> tuple[tuple[int, int], ...]:
    number = problem.machines[slot.machine].calendar
    if number is None:
        return ((slot.start - minutes, slot.start),)
    pieces: list[tuple[int, int]] = []
    for opens, end in back_from(problem.calendars[number], slot.start):
        if minutes > 0:
            begin = max(opens, end - minutes)
            pieces.insert(0, (begin, end))
            minutes -= end - begin
        else:
            break
    return () if minutes else tuple(pieces)


def _machines_of(problem: Problem, crew: int) -> list[int]:
    return [number for number, machine in enumerate(problem.machines) if machine.crew == crew]

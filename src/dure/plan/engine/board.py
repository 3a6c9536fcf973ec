"""
The board: a published plan that stays in memory, for promises and repairs in milliseconds.

    board = Board(problem, plan.slots)
    promised = board.promise(job)                       what a new order could have; nothing changes
    board.add(job)                                      the same, and it has it
    draft = board.repair(now=600, happenings=[...])     what would have to move; nothing changes
    board.adopt(draft)                                  and it moves

The book is laid out in memory once, which takes most of a second for 10,000 operations; a promise
then touches only the machines that could do the new job, a repair only what no longer holds and
what waits for it. Whatever a board answers has passed the independent checker (check.py), which
keeps its own timetable and looks at all that changed and at what stands beside it.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from dure.kernel.errors import Unproven
from dure.kernel.reason import Reason
from dure.plan.engine.check import broken_by_change
from dure.plan.engine.happening import (
    Absence,
    Closing,
    Happening,
    Lateness,
    Refusal,
    problem_after,
)
from dure.plan.engine.problem import Job, Problem, Slot
from dure.plan.engine.promise import Promise
from dure.plan.engine.repair import Move
from dure.plan.engine.resident import Resident
from dure.plan.engine.solve import Way
from dure.plan.engine.timetable import Timetable
from dure.plan.engine.validate import check_job
from dure.plan.engine.why import reasons

ROUNDS = 8
"""Repairs that loosen more and more end somewhere: then the rest is said to have no place."""
Key = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a repair proposes: the problem as it is then, what moves, which jobs have no place."""

    problem: Problem
    moves: tuple[Move, ...]
    unplanned: tuple[int, ...]


class Board:
    """A problem and its plan, both resident."""

    def __init__(self, problem: Problem, slots: Iterable[Slot], *, way: Way = "auto") -> None:
        self.problem = problem
        self.table = Timetable(slots)
        self._way: Way = way
        self._resident = Resident(problem, self.slots, way=way)

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The plan as it stands."""
        return tuple(self.table)

    def promise(self, job: Job, *, now: int = 0) -> Promise | Reason:
        """
        Find the earliest end of a new job among all that stands; a Reason where there is none.

        The job is wanted at once: its due date does not make the promise later. Nothing of
        it begins before `now`. Raises Unproven rather than promise what the checker refuses.
        """
        number = len(self.problem.jobs)
        job = replace(job, release=max(now, job.release))
        whole = replace(self.problem, jobs=(*self.problem.jobs, job))
        check_job(whole, number, job)
        if not self._resident.has_room(job):
            self._resident = Resident(self.problem, self.slots, way=self._way)
        slots = self._resident.try_job(job, number, now)
        if not slots:
            return Reason("plan.no_room", {"job": number})
        with self._changed(slots):
            broken = next(broken_by_change(whole, self.table, slots, ()), None)
            if broken is not None:
                raise Unproven(broken.code, **broken.parameters)
            why = reasons(whole, self.table, number)
        return Promise(minute=whole.finish(number, slots), slots=slots, reasons=why)

    def add(self, job: Job, *, now: int = 0) -> Promise | Reason:
        """Promise a new job and put it into the plan: it is the book's last job then."""
        found = self.promise(job, now=now)
        if isinstance(found, Promise):
            job = replace(job, release=max(now, job.release))
            self.problem = replace(self.problem, jobs=(*self.problem.jobs, job))
            for slot in found.slots:
                self.table.add(slot)
            self._resident.keep_job(job, found.slots)
        return found

    def repair(self, *, now: int, happenings: Sequence[Happening]) -> Draft:
        """
        Propose how to go on after something happened, moving as little as possible.

        What began before `now` is frozen, pinned work and what was refused stays; the rest
        keeps its place unless it cannot, or waits for what cannot.
        """
        facts = [*self._refused(happenings), *self._running(happenings, now)]
        after = problem_after(self.problem, happenings, facts)
        repair = _Repair(after, self.table, self._resident, now)
        try:
            repair.run(self._suspects(happenings, now))
            return Draft(
                problem=after, moves=tuple(repair.moves()), unplanned=tuple(sorted(repair.lost))
            )
        finally:
            repair.undo(self.problem)

    def suppose(
        self, problem: Problem, jobs: Sequence[int], *, now: int = 0
    ) -> dict[int, int] | None:
        """
        Say when jobs would end if they were put in anew, one after the other, all else staying.

        The problem is the board's with some calendars, departures or releases otherwise. None
        where there is no place, or a rule would be broken. Nothing changes.
        """
        mark = self._resident.mark
        repair = _Repair(problem, self.table, self._resident, now)
        try:
            return repair.finish_of(jobs)
        finally:
            repair.undo(self.problem, mark)

    def adopt(self, draft: Draft) -> None:
        """Let the plan be what a draft of this very plan proposes."""
        self.problem = draft.problem
        for move in draft.moves:
            if move.old:
                self.table.remove(move.old)
                self._resident.lift(move.old)
        if not self._resident.has_room_for(draft.problem):
            self._resident = Resident(draft.problem, self.table, way=self._way)
        self._resident.follow(draft.problem)
        for move in draft.moves:
            if move.new:
                self.table.add(move.new)
                self._resident.put(move.new)

    @contextmanager
    def _changed(self, slots: Sequence[Slot]) -> Iterator[None]:
        for slot in slots:
            self.table.add(slot)
        try:
            yield
        finally:
            for slot in slots:
                self.table.remove(slot)

    def _refused(self, happenings: Sequence[Happening]) -> Iterator[Slot]:
        for each in happenings:
            if isinstance(each, Refusal):
                yield self.table.of_job(each.job)[each.operation]

    def _running(self, happenings: Sequence[Happening], now: int) -> Iterator[Slot]:
        """What has begun on a machine that closes: it is a fact, whatever became of it."""
        for each in happenings:
            if isinstance(each, Closing):
                row = self.table.on_machine(each.machine)
                yield from (slot for slot in row if slot.start < now and slot.end > each.start)

    def _suspects(self, happenings: Sequence[Happening], now: int) -> list[Slot]:
        """What might not hold any more: nothing else can be touched by what happened."""
        found = []
        for each in happenings:
            if isinstance(each, Closing):
                row = self.table.on_machine(each.machine)
                found += [slot for slot in row if slot.end > each.start and slot.start < each.end]
                found += [slot for slot in row if slot.start >= each.end][:1]
            elif isinstance(each, Absence):
                found += self._set_up_by(each, now)
            elif isinstance(each, Lateness):
                found += [s for s in self.table.of_job(each.job).values()
                          if s.operation == each.operation]  # fmt: skip
        return found

    def _set_up_by(self, absence: Absence, now: int) -> Iterator[Slot]:
        """What may have been meant to be set up while its crew is away."""
        for number, machine in enumerate(self.problem.machines):
            if machine.crew == absence.crew:
                free = 0
                for slot in self.table.on_machine(number):
                    if free < absence.end and slot.start > max(absence.start, now - 1):
                        yield slot
                    free = slot.end


class _Repair:
    """One repair: what is loose is lifted, put back elsewhere, and judged, until all holds."""

    def __init__(self, problem: Problem, table: Timetable, resident: Resident, now: int) -> None:
        self.problem, self.table, self.resident, self.now = problem, table, resident, now
        self.fixed = {(pin.job, pin.operation) for pin in problem.pinned}
        self.old: dict[Key, Slot] = {}
        self.new: dict[Key, Slot] = {}
        self.lost: set[int] = set()
        resident.follow(problem)
        resident.begin(now)

    def run(self, suspects: Sequence[Slot]) -> None:
        """Loosen what broke; put it back; judge; again if that broke something else."""
        loose = self._loose(self._broken(suspects, ()))
        for _ in range(ROUNDS):
            if not loose:
                return
            for job in self._lift(loose):
                self._put_back(job)
            changed = [slot for key, slot in self.new.items() if key[0] not in self.lost]
            vacated = list(self.old.values())
            loose = self._loose(self._broken(changed, vacated))
        for job in {slot.job for slot in loose}:
            self._lose(job)

    def finish_of(self, jobs: Sequence[int]) -> dict[int, int] | None:
        """Put jobs in anew, in this order; give their ends, or None."""
        for job in jobs:
            for slot in list(self.table.of_job(job).values()):
                if self._may_move(slot):
                    self._take_off(slot)
        for job in jobs:
            self._put_back(job)
        new, old = list(self.new.values()), list(self.old.values())
        if self.lost or any(True for _ in self._broken(new, old)):
            return None
        return {job: self.problem.finish(job, self.table.of_job(job).values()) for job in jobs}

    def moves(self) -> Iterator[Move]:
        """Give what moved, in order of job and operation."""
        for key in sorted(self.old):
            if self.new.get(key) != self.old[key]:
                yield Move(old=self.old[key], new=self.new.get(key))

    def undo(self, problem: Problem, mark: int | None = None) -> None:
        """Let table and memory be as they were; what was written down since a mark is gone."""
        for slot in self.new.values():
            self.table.remove(slot)
            self.resident.lift(slot)
        if mark is not None:
            self.resident.rub_out(mark)
        self.resident.follow(problem)
        self.resident.begin(0)
        for slot in self.old.values():
            self.table.add(slot)
            self.resident.put(slot)

    def _broken(self, placed: Collection[Slot], vacated: Collection[Slot]) -> Iterator[Reason]:
        return broken_by_change(self.problem, self.table, placed, vacated, self.now)

    def _may_move(self, slot: Slot) -> bool:
        return slot.start >= self.now and (slot.job, slot.operation) not in self.fixed

    def _loose(self, broken: Iterable[Reason]) -> list[Slot]:
        """What breaks a rule and may move; where it may not, what stands in its way."""
        loose: dict[Key, Slot] = {}
        for why in broken:
            job, operation = int(why.parameters["job"]), int(why.parameters["operation"])
            slot = self.table.of_job(job)[operation]
            if not self._may_move(slot):
                before, _ = self.table.around(slot.machine, slot.start)
                steps = self.problem.jobs[job].operations[operation].after
                near = [self.table.of_job(job).get(step) for step in steps] + [before]
                loose |= {(s.job, s.operation): s for s in near if s and self._may_move(s)}
            else:
                loose[job, operation] = slot
        return list(loose.values())

    def _lift(self, slots: Iterable[Slot]) -> list[int]:
        """Take slots off; give their jobs, those first that began first."""
        jobs: dict[int, None] = {}
        for slot in sorted(slots, key=lambda slot: (slot.start, slot.job)):
            jobs[slot.job] = None
            self._take_off(slot)
        return list(jobs)

    def _take_off(self, slot: Slot) -> None:
        key = (slot.job, slot.operation)
        self.table.remove(slot)
        self.resident.lift(slot)
        if self.new.pop(key, None) is None:
            self.old[key] = slot

    def _put_back(self, job: int) -> None:
        """Put a job's loose steps in; if those behind are in the way, loosen these, too."""
        if not self.resident.place(job):
            first = min(self._missing(job))
            for slot in list(self.table.of_job(job).values()):
                if slot.operation > first and self._may_move(slot):
                    self._take_off(slot)
            if not self.resident.place(job):
                self._lose(job)
                return
        for operation in self._missing(job):
            slot = self.resident.slot(job, operation)
            self.table.add(slot)
            self.new[job, operation] = slot

    def _missing(self, job: int) -> list[int]:
        standing = self.table.of_job(job)
        return [n for n in range(len(self.problem.jobs[job].operations)) if n not in standing]

    def _lose(self, job: int) -> None:
        """Say that a job has no place; what of it may move goes."""
        self.lost.add(job)
        for operation in self._missing(job):
            self.resident.forget(job, operation)
        for slot in list(self.table.of_job(job).values()):
            if self._may_move(slot):
                self._take_off(slot)

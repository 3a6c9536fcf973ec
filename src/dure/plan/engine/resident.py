"""
A problem and its plan in memory, with room for new jobs and for calendars that change.

The first part of the memory is as pack.py lays it out. Behind it is spare room, taken
from its beginning: records of new jobs, new windows of calendars.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from dure.plan.engine import layout as at
from dure.plan.engine.pack import job_records, window_records
from dure.plan.engine.problem import Job, Problem, Slot
from dure.plan.engine.solve import Floor, Way

ROOM = 1 << 18
"""Integers of spare room: some hundreds of new orders before the book is laid out anew."""
SPARE_SLOTS = 24
"""How many new operations a machine has room for beyond all that could stand there."""
TRIES = 24
"""A promise is the best of so many ways to put the new job in, after the greedy one."""


class Resident:
    """A floor that stays, and lets single operations come and go."""

    def __init__(self, problem: Problem, slots: Iterable[Slot], *, way: Way = "auto") -> None:
        self._floor = Floor(problem, seed=1, way=way, room=ROOM, spare_slots=SPARE_SLOTS)
        self._floor.stand(slots)
        self._floor.memory[at.EVENNESS] = 0  # a date is promised for the earliest, not the evenest
        self.memory, self.packed = self._floor.memory, self._floor.packed
        self.run = self._floor.run
        self._problem = problem
        self._first = self.packed.first_operation[:-1]
        self._jobs = list(self.packed.jobs)
        self._free = len(self.memory) - ROOM
        self._number = {address: number for number, address in enumerate(self.packed.machines)}
        self._now = 0

    # new jobs

    def has_room(self, job: Job) -> bool:
        """Say whether a new job can be written down, and stand on any of its machines."""
        size = at.JOB_SIZE + sum(
            at.OPERATION + len(step.after) * 2 + len(step.alternatives) * at.WAY_SIZE
            for step in job.operations
        )
        machines = {way.machine for step in job.operations for way in step.alternatives}
        return self._free + size + ROOM // 4 < len(self.memory) and all(
            self._has_place(machine, len(job.operations)) for machine in machines
        )

    def has_room_for(self, problem: Problem) -> bool:
        """Say whether the calendars that a problem has more can be written down."""
        new = problem.calendars[len(self._problem.calendars) :]
        size = sum(at.WINDOW * len(calendar.windows) for calendar in new)
        return self._free + size + ROOM // 4 < len(self.memory)

    def _has_place(self, machine: int, wanted: int) -> bool:
        count = self.memory[self.packed.machines[machine] + at.COUNT]
        return bool(count + wanted <= self.packed.room[machine])

    def try_job(self, job: Job, number: int, now: int) -> tuple[Slot, ...]:
        """Give where a new job would end earliest, all else staying; nothing for nowhere."""
        here = self._write(job)
        self._set_die()
        self.memory[at.NOW] = now
        found = self.run["place_best"](self.memory, here, TRIES)
        self.memory[at.NOW] = 0
        if not found:
            return ()
        first = here + at.JOB_SIZE
        steps = range(len(job.operations))
        slots = tuple(self._slot(number, n, first + n * at.OPERATION) for n in steps)
        self.run["withdraw"](self.memory, here)
        self.memory[at.LOOSE] = 0
        return slots

    def keep_job(self, job: Job, slots: Sequence[Slot]) -> None:
        """Let a new job stand, behind all others."""
        here = self._write(job)
        self._free = int(self.memory[here + at.LAST]) + self._tail
        self._jobs.append(here)
        self._first.append(here + at.JOB_SIZE)
        self._problem = replace(self._problem, jobs=(*self._problem.jobs, job))
        for slot in slots:
            self.put(slot)

    def _write(self, job: Job) -> int:
        records = job_records(self.packed, job, self._free)
        self._write_at(self._free, records)
        self._tail = len(records) - at.JOB_SIZE - len(job.operations) * at.OPERATION
        self.run["least_rest_of"](self.memory, self._free)
        return self._free

    def _write_at(self, begin: int, records: Sequence[int]) -> None:
        for place, number in enumerate(records, start=begin):
            self.memory[place] = number

    # operations

    def lift(self, slot: Slot) -> None:
        """Take an operation off its machine."""
        self.run["take"](self.memory, self._step(slot.job, slot.operation))
        self.memory[at.LOOSE] = 0

    def put(self, slot: Slot) -> None:
        """Put an operation where a slot says."""
        here = self._step(slot.job, slot.operation)
        self._floor.put(here, slot)
        job = self._problem.jobs[slot.job]
        release = max(job.release, job.operations[slot.operation].release)
        self.memory[here + at.RELEASE] = release

    def place(self, job: int) -> bool:
        """Put what a job lacks where it ends earliest; False, and nothing put, for nowhere."""
        steps = range(len(self._problem.jobs[job].operations))
        missing = [n for n in steps if not self.memory[self._step(job, n) + at.MACHINE]]
        for operation in missing:
            here = self._step(job, operation)
            self.memory[here + at.RELEASE] = max(int(self.memory[here + at.RELEASE]), self._now)
        self._set_die()
        if self.run["place_job"](self.memory, self._jobs[job], 0):
            return True
        for operation in missing:
            self.forget(job, operation)
        return False

    def forget(self, job: int, operation: int) -> None:
        """Let an operation stand nowhere."""
        here = self._step(job, operation)
        if self.memory[here + at.MACHINE]:
            self.run["take"](self.memory, here)
            self.memory[at.LOOSE] = 0

    def slot(self, job: int, operation: int) -> Slot:
        """Say where an operation stands."""
        return self._slot(job, operation, self._step(job, operation))

    # what happens

    def begin(self, now: int) -> None:
        """Let nothing be put before a minute, set-ups included."""
        self._now = now
        self.memory[at.NOW] = now

    @property
    def mark(self) -> int:
        """Where the spare room begins, to `rub_out` what is written down from now on."""
        return self._free

    def rub_out(self, mark: int) -> None:
        """Let what was written down since a mark be written over; `follow` what was before next."""
        self._free = mark

    def follow(self, problem: Problem) -> None:
        """Take over what a problem has otherwise than the one before: hours, trucks, releases."""
        old, self._problem = self._problem, problem
        self._follow_trucks(old, problem)
        if old.machines is not problem.machines:
            for number, machine in enumerate(problem.machines):
                if machine is not old.machines[number]:
                    here = self.packed.machines[number]
                    self._write_hours(here, *self._hours(problem, machine.calendar))
                    if machine.crew is not None:
                        self.run["hold_crews_anew"](self.memory, here)
        if old.crews is not problem.crews:
            for number, crew in enumerate(problem.crews):
                if crew is not old.crews[number]:
                    here = self.packed.crews[number]
                    self._write_hours(here, *self._hours(problem, crew.calendar))
        if old.jobs is not problem.jobs:
            self._follow_jobs(old, problem)

    def _follow_jobs(self, old: Problem, problem: Problem) -> None:
        for number, job in enumerate(problem.jobs):
            if number >= len(old.jobs) or job is not old.jobs[number]:
                for step, operation in enumerate(job.operations):
                    release = max(job.release, operation.release)
                    self.memory[self._step(number, step) + at.RELEASE] = release

    def _follow_trucks(self, old: Problem, problem: Problem) -> None:
        if old.trucks is not problem.trucks:
            for pair, departures in problem.trucks.items():
                if departures != old.trucks.get(pair):
                    self._write_departures(pair, departures)

    def _hours(self, problem: Problem, calendar: int | None) -> tuple[int, int]:
        """Say where a calendar's windows begin and end; new ones are written down."""
        known = self.packed.windows
        if calendar is None:
            return 0, 0
        if calendar < len(known):
            return known[calendar]
        records = window_records(problem.calendars[calendar])
        begin = self._free
        self._write_at(begin, records)
        self._free = begin + len(records)
        return begin, self._free

    def _write_departures(self, pair: tuple[int, int], departures: Sequence[int]) -> None:
        origin, target = pair
        line = self.memory[at.TRUCK] + origin * self.memory[at.SITES] + target
        self.memory[line] = self._free
        self._write_at(self._free, (len(departures), *departures))
        self._free += 1 + len(departures)

    def _write_hours(self, here: int, begin: int, end: int) -> None:
        self.memory[here + at.WINDOWS], self.memory[here + at.WINDOWS_END] = begin, end

    def _step(self, job: int, operation: int) -> int:
        return self._first[job] + operation * at.OPERATION

    def _slot(self, job: int, operation: int, here: int) -> Slot:
        return Slot(
            job=job,
            operation=operation,
            machine=self._number[int(self.memory[here + at.MACHINE])],
            start=int(self.memory[here + at.START]),
            end=int(self.memory[here + at.END]),
        )

    def _set_die(self) -> None:
        """Let the die fall as it did for the job before: an answer does not depend on others."""
        self.memory[at.DIE_ONE], self.memory[at.DIE_TWO] = 2, 88172645

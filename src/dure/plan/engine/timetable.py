"""A plan to look things up in: what each job has, and what each machine does in order of time."""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter

from dure.plan.engine.problem import Slot

BY_START = attrgetter("start")


class Timetable:
    """Slots by job and by machine. Two slots of one machine never begin at the same minute."""

    def __init__(self, slots: Iterable[Slot] = ()) -> None:
        self._jobs: dict[int, dict[int, Slot]] = defaultdict(dict)
        self._machines: dict[int, list[Slot]] = defaultdict(list)
        for slot in sorted(slots, key=BY_START):
            self._jobs[slot.job][slot.operation] = slot
            self._machines[slot.machine].append(slot)

    def __iter__(self) -> Iterator[Slot]:
        """Give all slots, in order of job and operation."""
        for job in sorted(self._jobs):
            own = self._jobs[job]
            yield from (own[operation] for operation in sorted(own))

    def of_job(self, job: int) -> Mapping[int, Slot]:
        """Give a job's slots by operation."""
        return self._jobs.get(job, {})

    def on_machine(self, machine: int) -> Sequence[Slot]:
        """Give a machine's slots in order of time."""
        return self._machines.get(machine, ())

    def around(self, machine: int, minute: int) -> tuple[Slot | None, Slot | None]:
        """Give the last slot of a machine that begins before a minute, and the first from it on."""
        row = self.on_machine(machine)
        place = bisect_left(row, minute, key=BY_START)
        before = row[place - 1] if place else None
        return before, row[place] if place < len(row) else None

    def add(self, slot: Slot) -> None:
        """Put a slot in."""
        self._jobs[slot.job][slot.operation] = slot
        insort(self._machines[slot.machine], slot, key=BY_START)

    def remove(self, slot: Slot) -> None:
        """Take a slot out."""
        del self._jobs[slot.job][slot.operation]
        row = self._machines[slot.machine]
        del row[bisect_left(row, slot.start, key=BY_START)]

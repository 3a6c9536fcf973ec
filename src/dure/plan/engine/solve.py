"""
Plan a problem: a feasible plan first, then better ones, until the budget is spent.

    plan = solve(problem, seed=7, budget=Steps(2000))

The same problem, seed and steps give the same plan to the byte, on any machine, with
or without a compiler.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from sys import modules
from typing import Any, Literal

from dure.kernel.reason import Reason
from dure.plan.engine import kernel
from dure.plan.engine import layout as at
from dure.plan.engine.bound import lower_bound
from dure.plan.engine.budget import WHOLE, Budget
from dure.plan.engine.check import broken_rules
from dure.plan.engine.instants import Stretched
from dure.plan.engine.islands import search
from dure.plan.engine.kernel.ruin import MOST
from dure.plan.engine.layout import Memory
from dure.plan.engine.pack import pack
from dure.plan.engine.plan import Plan
from dure.plan.engine.problem import (
    Problem,
    Slot,
)
from dure.plan.engine.score import score
from dure.plan.engine.unbroken import exists, unbroken
from dure.plan.engine.validate import impossible, validate

Way = Literal["auto", "python", "compiled"]
SMALL = 400
"""Up to so many operations the compiler costs more than it saves, until it is there anyway."""
COMPILED = "dure.plan.engine.compiled"
CHUNK = 64
"""Steps between two looks at the budget: part of what makes a plan repeatable."""
RULES = 5
QUARTERS = (0, 1, 2, 4, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far planning is: steps done, what the best plan costs, thousandths of the budget."""

    steps: int
    best: int
    used: int


def solve(
    problem: Problem,
    *,
    seed: int,
    budget: Budget,
    way: Way = "auto",
    watch: Callable[[Progress], None] | None = None,
) -> Plan:
    """
    Find a plan and make it better until the budget is spent.

    Jobs that cannot be placed are `unplanned`, each with its reason; all others are
    placed. Pinned work stays. Raises Malformed for a problem that makes no sense.
    """
    validate(problem)
    stretched = Stretched.of(problem)
    floor = Floor(stretched.problem, seed=seed, way=way)
    floor.first_plan(budget)
    floor.improve(budget, watch)
    return stretched.restore(floor.best())


def prepare() -> None:
    """
    Compile the kernel, or load what was compiled, before somebody's clock runs.

    For programs that plan and end, whose compiler needs no linear algebra.
    """
    _leave_linear_algebra_out()
    from dure.plan.engine import compiled

    compiled.prepare()


def _leave_linear_algebra_out() -> None:
    """Let numba begin as where scipy is not installed: to look for its BLAS takes it longest."""
    if "scipy.linalg" in modules:
        return
    modules["scipy.linalg"] = None  # type: ignore[assignment]  # importing it fails, says Python
    try:
        import_module("numba.np.arraymath")
    finally:
        del modules["scipy.linalg"]


class Floor:
    """A problem in memory, with the kernel that works on it."""

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        way: Way = "auto",
        room: int = 0,
        spare_slots: int = 0,
        workers: int | None = None,
    ) -> None:
        self.workers = workers  # how many regions at once; None: as there are cores
        self.problem = problem
        self.seed = seed
        self.packed = pack(problem, seed=seed, spare_slots=spare_slots)
        self.memory: Memory = self.packed.memory
        self.run: dict[str, Any] = kernel.names()
        operations = sum(len(job.operations) for job in problem.jobs)
        if way == "compiled" or (way == "auto" and (operations > SMALL or COMPILED in modules)):
            self._compile(room)
        else:
            self.packed.memory.extend([0] * room)
        self.run["least_rest"](self.memory)
        self._pin()

    def first_plan(self, budget: Budget | None = None) -> None:
        """
        Keep the best of gap insertion by several rules, job by job and step by step.

        One rule is enough for a plan: where a budget is spent with it, no other is tried.
        """
        memory: Any = self.memory  # a list or an array: both are copied, and written over whole
        self._insert_by(0)
        least, best = int(self.run["value"](memory)), memory.copy()
        for rule in range(1, RULES + len(QUARTERS)):
            if budget is not None and budget.used(0) >= WHOLE:
                break
            self._insert_by(rule)
            value = int(self.run["value"](memory))
            if value < least:
                least, best[:] = value, memory
        if self.problem.goal.change and self.problem.published:
            self._stand_as_published()
            if int(self.run["value"](memory)) <= least:
                best[:] = memory
        memory[:] = best
        self.run["keep_all"](self.memory)

    def _stand_as_published(self) -> None:
        """Let stand what of the published plan breaks no rule, and put the rest into the gaps."""
        known = [slot for slot in self.problem.published if exists(self.problem, slot)]
        self.run["clear"](self.memory)
        self.stand(unbroken(self.problem, known))
        self.run["fill"](self.memory)

    def keep_standing(self, slots: Iterable[Slot]) -> None:
        """Put the given slots where they say, and what is missing into the gaps between them."""
        self.stand(slots)
        self.run["fill"](self.memory)
        self.run["keep_all"](self.memory)

    def stand(self, slots: Iterable[Slot]) -> None:
        """Put the given slots where they say."""
        for slot in sorted(slots, key=lambda slot: slot.start):
            here = self.packed.operation(slot.job, slot.operation)
            if not self.memory[here + at.MACHINE]:
                self.put(here, slot)

    def put(self, here: int, slot: Slot) -> None:
        """Put an operation where a slot says."""
        self.memory[here + at.WAY] = self._way(here, slot)
        self._place(here, slot)

    def improve(self, budget: Budget, watch: Callable[[Progress], None] | None = None) -> None:
        """Tabu search where the makespan counts and machines always work; else ruin, recreate."""
        if self._is_graph():
            self._search(budget, watch)
        else:
            self._recreate(budget, watch)

    @cached_property
    def lower_bound(self) -> int:
        """What no plan can be below; not what is planned, but the problem alone decides that."""
        return lower_bound(self.problem, self.packed, self.memory)

    def _is_graph(self) -> bool:
        """Say whether longest paths tell all: no calendars, crews, trucks or pins."""
        free = not (self.problem.trucks or self.problem.pinned)
        free = free and all(
            machine.calendar is None and machine.crew is None for machine in self.problem.machines
        )
        return self.problem.goal.makespan and free and bool(self.problem.jobs)

    def _search(self, budget: Budget, watch: Callable[[Progress], None] | None) -> None:
        """Search for a shorter makespan; cease where it cannot be shorter."""
        self.memory[at.BOUND] = self.lower_bound

        def tell(steps: int, used: int) -> None:
            if watch is not None:
                watch(Progress(steps=steps, best=int(self.memory[at.BEST]), used=used))

        search(self.memory, budget=budget, watch=tell, workers=self.workers)

    def _recreate(self, budget: Budget, watch: Callable[[Progress], None] | None) -> None:
        """Ruin and recreate, cooling down as the budget goes."""
        warm = int(self.memory[at.BEST]) // max(1, len(self.problem.jobs))

        def heat(used: int) -> int:
            return warm * (WHOLE - used) ** 2 // WHOLE**2

        def tell(steps: int, used: int) -> None:
            if watch is not None:
                watch(Progress(steps=steps, best=int(self.memory[at.BEST]), used=used))

        if (count := self._regions()) > 1:
            from dure.plan.engine.regions import improve_in_regions

            improve_in_regions(
                *(self.packed, self.memory, self.run),
                budget=budget,
                heat=heat,
                most=MOST,
                count=count,
                watch=tell,
                workers=self.workers,
            )
            return
        if self.memory[at.NOTES]:
            from dure.plan.engine.twins import improve_as_twins

            jobs = len(self.problem.jobs)
            improve_as_twins(
                self.memory,
                jobs=jobs,
                budget=budget,
                heat=heat,
                most=MOST,
                watch=tell,
                workers=self.workers,
            )
            return
        steps = 0
        while self.problem.jobs and (used := budget.used(steps)) < WHOLE:
            self.run["improve"](self.memory, CHUNK, heat(used), MOST)
            steps += CHUNK
            tell(steps, used)

    def _regions(self) -> int:
        """Say into how many regions the book is cut: only what is compiled is."""
        if isinstance(self.memory, list):
            return 1
        from dure.plan.engine.regions import region_count

        return region_count(self.packed, self.memory, self.run)

    def best(self) -> Plan:
        """Give the best plan so far."""
        slots, missing = self._whole_jobs(self._slots())
        return Plan(
            slots=tuple(slots),
            objective=score(self.problem, slots).total,
            lower_bound=self.lower_bound,
            unplanned=missing,
            seed=self.seed,
            steps=int(self.memory[at.STEPS]),
        )

    def _whole_jobs(self, slots: list[Slot]) -> tuple[list[Slot], dict[int, Reason]]:
        """
        Leave out what stands of jobs that have no place; say why.

        Set-ups are others then: what lacks its own for that has no place either.
        """
        missing = self._missing(slots)
        while True:
            slots = [slot for slot in slots if slot.job not in missing or self._is_pinned(slot)]
            if not (missing and self.problem.setups):
                return slots, missing
            broken = next(broken_rules(self.problem, slots, unplanned=tuple(missing)), None)
            if broken is None or int(broken.parameters["job"]) in missing:
                return slots, missing
            job = int(broken.parameters["job"])
            missing[job] = Reason("plan.no_room", {"job": job})

    def _compile(self, room: int) -> None:
        # The compiler is not imported before a problem needs it: it takes most of a second.
        from dure.plan.engine import compiled

        self.memory = compiled.as_array(self.packed.memory, room)
        self.run = compiled.FUNCTIONS

    def _pin(self) -> None:
        for pin in sorted(self.problem.pinned, key=lambda pin: pin.start):
            here = self.packed.operation(pin.job, pin.operation)
            self.put(here, pin)
            self.memory[here + at.IS_FIXED] = 1

    def _place(self, here: int, slot: Slot) -> None:
        self.memory[here + at.START] = slot.start
        self.memory[here + at.END] = slot.end
        self.run["put_back"](self.memory, here, self.packed.machines[slot.machine])

    def _way(self, here: int, slot: Slot) -> int:
        machine = self.packed.machines[slot.machine]
        ways = range(self.memory[here + at.WAYS], self.memory[here + at.WAYS_END], at.WAY_SIZE)
        return next((way for way in ways if self.memory[way + at.ON] == machine), 0)

    def _insert_by(self, rule: int) -> None:
        self.run["clear"](self.memory)
        if rule < RULES:
            self.run["first_plan"](self.memory, rule)
        else:
            self.run["dispatch"](self.memory, QUARTERS[rule - RULES], 0)

    def _slots(self) -> list[Slot]:
        begin = self.packed.first_operation
        records, slots, here = self._numbers(begin[0], begin[-1]), [], 0
        for job, whole in enumerate(self.problem.jobs):
            for step in range(len(whole.operations)):
                machine = records[here + at.BEST_MACHINE]
                if machine:
                    number = self.packed.machines.index(machine)
                    start, end = records[here + at.BEST_START], records[here + at.BEST_END]
                    slots.append(
                        Slot(job=job, operation=step, machine=number, start=start, end=end)
                    )
                here += at.OPERATION
        return slots

    def _numbers(self, begin: int, end: int) -> list[int]:
        """Give a part of the memory as plain integers: at once, because one by one is slow."""
        memory: Any = self.memory
        part = memory[begin:end]
        return part if isinstance(part, list) else list(part.tolist())

    def _is_pinned(self, slot: Slot) -> bool:
        return bool(self.memory[self.packed.operation(slot.job, slot.operation) + at.IS_FIXED])

    def _missing(self, slots: Sequence[Slot]) -> dict[int, Reason]:
        planned = Counter(slot.job for slot in slots)
        jobs = enumerate(self.problem.jobs)
        missing = [job for job, whole in jobs if planned[job] < len(whole.operations)]
        if not missing:
            return {}
        never = {job: why for job, _, why in reversed(impossible(self.problem))}
        return {job: never.get(job, Reason("plan.no_room", {"job": job})) for job in missing}

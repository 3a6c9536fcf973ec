"""
Small problems exactly: a plan that costs less, or the proof that there is none (CP-SAT).

    plan = proved(problem, plan, seconds=5)     # nothing is better: lower_bound == objective

Nothing waits for it: there is a plan before, and it stays where nothing better is found. One
worker with one seed and a limit of deterministic time does the same work each time; whose clock
ends it first gets a weaker bound. What comes out is checked like any other plan.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil, isfinite
from typing import Any, Protocol

from dure.plan.engine.budget import Budget
from dure.plan.engine.plan import Plan
from dure.plan.engine.problem import Operation, Problem, Slot
from dure.plan.engine.score import score
from dure.plan.engine.solve import Floor

MOST = 120
"""So many operations at most: above, the search on paths finds more in the same time."""
EFFORT = 30.0
"""CP-SAT's deterministic time: about as many seconds."""
Key = tuple[int, int]


class Clock(Budget, Protocol):
    """A budget of seconds."""

    def left(self) -> float:
        """Give the seconds that are left."""
        ...


@dataclass(frozen=True, slots=True)
class _Half:
    """Half of a budget."""

    whole: Budget

    def used(self, steps: int) -> int:
        return 2 * self.whole.used(steps)


def improve_and_prove(floor: Floor, clock: Clock) -> Plan:
    """Give the best plan that can be had in time; for a small problem half of that is for proof."""
    if not (_is_small(floor.problem) and is_provable(floor.problem, floor.best())):
        floor.improve(clock)
        return floor.best()
    floor.improve(_Half(clock))
    plan = floor.best()
    if plan.lower_bound == plan.objective:
        return plan
    return proved(floor.problem, plan, seconds=max(0.1, clock.left()))


def is_provable(problem: Problem, plan: Plan) -> bool:
    """Say whether a proof is worth trying: a small problem of a kind that is posed here."""
    beside = problem.calendars or problem.trucks or problem.crews or problem.pinned
    goal = replace(problem.goal, makespan=False, tardiness=0)
    is_plain = not any((goal.transport, goal.setup, goal.cost, goal.change, goal.evenness))
    small = _is_small(problem) and not beside and not plan.unplanned
    return small and (is_plain or problem.goal.makespan) and plan.lower_bound < plan.objective


def _is_small(problem: Problem) -> bool:
    return 0 < sum(len(job.operations) for job in problem.jobs) <= MOST


def proved(problem: Problem, plan: Plan, *, seconds: float) -> Plan:
    """Give the best plan and the best lower bound that can be had in so many seconds."""
    from ortools.sat.python import cp_model

    posed = _Posed(problem, plan)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = plan.seed % 2**31
    solver.parameters.max_deterministic_time = EFFORT
    solver.parameters.max_time_in_seconds = seconds
    status = solver.solve(posed.model)
    if status == cp_model.INFEASIBLE:  # nothing costs less
        return replace(plan, lower_bound=plan.objective)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        slots = tuple(posed.slots(solver))
        plan = replace(plan, slots=slots, objective=score(problem, slots).total)
    bound = max(plan.lower_bound, _whole(solver.best_objective_bound))
    return replace(plan, lower_bound=min(plan.objective, bound))


def _whole(bound: float) -> int:
    """The least whole number that is not below a bound; costs are whole."""
    return ceil(bound - 1e-6) if isfinite(bound) else 0


class _Posed:
    """The problem as a model whose plans all cost less than the one that is there."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        from ortools.sat.python import cp_model

        self.problem = problem
        self.model: Any = cp_model.CpModel()
        self.horizon = plan.objective if problem.goal.makespan else self._horizon
        self.start: dict[Key, Any] = {}
        self.end: dict[Key, Any] = {}
        self.used: dict[tuple[int, int, int], Any] = {}
        self.done = [self._time() for _ in problem.jobs]
        for number, job in enumerate(problem.jobs):
            for step, operation in enumerate(job.operations):
                self._add_operation(number, step, operation)
                self._follow(number, step, operation)
                self._arrive(number, step, operation)
        for machine in range(len(problem.machines)):
            self._one_at_a_time(machine)
        self._cost_less(plan.objective)
        for slot in plan.slots:
            self.model.add_hint(self.start[slot.job, slot.operation], slot.start)

    @cached_property
    def _horizon(self) -> int:
        """By when all could be done, one operation after the other."""
        roads = max((max(row) for row in self.problem.transport), default=0)
        setups = max((max(map(max, each)) for each in self.problem.setups), default=0)
        release = max(max(job.release, *(o.release for o in job.operations))
                      for job in self.problem.jobs)  # fmt: skip
        return release + sum(
            max(way.minutes for way in operation.alternatives) + operation.dwell + roads + setups
            for job in self.problem.jobs
            for operation in job.operations
        )

    def slots(self, solver: Any) -> list[Slot]:
        """Give the plan that was found."""
        return [
            Slot(
                job=job,
                operation=step,
                machine=machine,
                start=solver.value(self.start[job, step]),
                end=solver.value(self.end[job, step]),
            )
            for (job, step, machine), there in self.used.items()
            if solver.boolean_value(there)
        ]

    def _time(self) -> Any:
        return self.model.new_int_var(0, self.horizon, "")

    def _add_operation(self, job: int, step: int, operation: Operation) -> None:
        """Ensures that an operation is done in one of its ways, not before it can begin."""
        release = max(self.problem.jobs[job].release, operation.release)
        self.start[job, step] = self.model.new_int_var(release, self.horizon, "")
        self.end[job, step] = self._time()
        for way in operation.alternatives:
            there = self.model.new_bool_var("")
            self.used[job, step, way.machine] = there
            least = self.start[job, step] + way.minutes
            self.model.add(self.end[job, step] == least).only_enforce_if(there)
        ways = [self.used[job, step, way.machine] for way in operation.alternatives]
        self.model.add_exactly_one(ways)

    def _follow(self, job: int, step: int, operation: Operation) -> None:
        """Ensures that what an operation needs was made, and is there."""
        for before in operation.after:
            first = self.problem.jobs[job].operations[before]
            leaves = self.end[job, before] + first.dwell
            self.model.add(self.start[job, step] >= leaves)
            for old in first.alternatives:
                for new in operation.alternatives:
                    road = self._road(old.machine, new.machine)
                    both = [self.used[job, before, old.machine], self.used[job, step, new.machine]]
                    if road:
                        least = self.start[job, step] >= leaves + road
                        self.model.add(least).only_enforce_if(both)

    def _arrive(self, job: int, step: int, operation: Operation) -> None:
        """Ensures that a job is done when all of it is where it is wanted."""
        home = self.problem.jobs[job].destination
        for way in operation.alternatives:
            site = self.problem.machines[way.machine].site
            road = self.problem.transport[site][home] if home is not None else 0
            least = self.done[job] >= self.end[job, step] + operation.dwell + road
            self.model.add(least).only_enforce_if(self.used[job, step, way.machine])

    def _road(self, origin: int, target: int) -> int:
        machines, roads = self.problem.machines, self.problem.transport
        return roads[machines[origin].site][machines[target].site] if roads else 0

    def _one_at_a_time(self, machine: int) -> None:
        """Ensures that a machine does one thing at a time."""
        keys = [key for key in self.used if key[2] == machine]
        intervals = [
            self.model.new_optional_interval_var(
                self.start[job, step], self._minutes(job, step, machine), self.end[job, step],
                self.used[job, step, machine], "",
            )
            for job, step, _ in keys
        ]  # fmt: skip
        self.model.add_no_overlap(intervals)
        if self.problem.machines[machine].setups is not None:
            self._set_up(machine, [(job, step) for job, step, _ in keys])

    def _minutes(self, job: int, step: int, machine: int) -> int:
        ways = self.problem.jobs[job].operations[step].alternatives
        return next(way.minutes for way in ways if way.machine == machine)

    def _set_up(self, machine: int, keys: list[Key]) -> None:
        """Ensures that a machine is set up between what it does: a circuit through all of that."""
        empty = self.model.new_bool_var("")
        arcs = [(0, 0, empty)]
        for here, key in enumerate(keys, start=1):
            there = self.used[*key, machine]
            self.model.add_implication(empty, ~there)
            arcs += [(here, here, ~there), (here, 0, self.model.new_bool_var(""))]
            for before in range(len(keys) + 1):
                if before != here:
                    arc = self.model.new_bool_var("")
                    arcs.append((before, here, arc))
                    free = self._free(machine, keys, before, key)
                    self.model.add(self.start[key] >= free).only_enforce_if(arc)
        self.model.add_circuit(arcs)

    def _free(self, machine: int, keys: list[Key], before: int, key: Key) -> Any:
        """When a machine is set up for an operation behind another (0: at the beginning)."""
        known = self.problem.machines[machine]
        assert known.setups is not None, "only such machines have a circuit"
        matrix = self.problem.setups[known.setups]
        if before:
            return (
                self.end[keys[before - 1]]
                + matrix[self._family(keys[before - 1])][self._family(key)]
            )
        return 0 if known.family is None else matrix[known.family][self._family(key)]

    def _family(self, key: Key) -> int:
        return self.problem.jobs[key[0]].operations[key[1]].family

    def _cost_less(self, objective: int) -> None:
        """Ensures that a plan costs less than the one that there is."""
        if self.problem.goal.makespan:
            cost = self._time()
            self.model.add_max_equality(cost, self.done)
        else:
            cost = sum(
                self.problem.goal.tardiness * job.weight * self._late(number, job.due)
                for number, job in enumerate(self.problem.jobs)
            )
        self.model.add(cost <= objective - 1)
        self.model.minimize(cost)

    def _late(self, job: int, due: int) -> Any:
        late = self._time()
        self.model.add(late >= self.done[job] - due)
        return late

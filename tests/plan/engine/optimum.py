"""
Σ w T by CP-SAT, with transport by the pair of machines, set-ups, and who does them; no calendars
or trucks.

It runs in a process of its own: ortools and highspy each bring a HiGHS library, and
whichever is loaded second fails.
"""

from math import ceil

from ortools.sat.python import cp_model

from dure.plan.engine.problem import Problem

HORIZON = 400


EFFORT = 1.0
"""CP-SAT's deterministic time for a problem: where that is too little, bounds are what is known."""


def optimum(problem: Problem) -> tuple[int, int]:
    """Give what no plan can be below, and the least cost that was found; alike for an optimum."""
    model = cp_model.CpModel()
    on_machine = [[] for _ in problem.machines]
    tardy, starts, ends, used = [], {}, {}, {}
    for j, job in enumerate(problem.jobs):
        for o, operation in enumerate(job.operations):
            start = model.new_int_var(max(job.release, operation.release), HORIZON, "")
            end = model.new_int_var(0, HORIZON, "")
            for way in operation.alternatives:
                there = model.new_bool_var("")
                used[j, o, way.machine] = there
                interval = model.new_optional_interval_var(start, way.minutes, end, there, "")
                on_machine[way.machine].append(interval)
            model.add_exactly_one(used[j, o, way.machine] for way in operation.alternatives)
            starts[j, o], ends[j, o] = start, end
            for before in operation.after:
                for way in operation.alternatives:
                    for other in job.operations[before].alternatives:
                        travel = road(problem, other.machine, way.machine)
                        both = (used[j, before, other.machine], used[j, o, way.machine])
                        model.add(
                            start >= ends[j, before] + job.operations[before].dwell + travel
                        ).only_enforce_if(both)
        tardy.append(lateness(model, problem, j, ends, used))
    for intervals in on_machine:
        model.add_no_overlap(intervals)
    bound = [[] for _ in problem.crews]
    for number, machine in enumerate(problem.machines):
        if machine.setups is not None:
            set_ups(model, problem, number, starts, ends, used, bound)
    for crew, intervals in zip(problem.crews, bound, strict=True):
        model.add_cumulative(intervals, [1] * len(intervals), crew.operators)
    model.minimize(sum(job.weight * late for job, late in zip(problem.jobs, tardy, strict=True)))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = EFFORT
    if solver.solve(model) in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return ceil(solver.best_objective_bound - 1e-6), round(solver.objective_value)
    return 0, sum(job.weight for job in problem.jobs) * HORIZON


def set_ups(model, problem, number, starts, ends, used, bound):
    """A circuit through what the machine does; each arc is a set-up right before its end."""
    machine = problem.machines[number]
    keys = [(j, o) for j, o, on in used if on == number]
    empty = model.new_bool_var("")
    arcs = [(0, 0, empty)]
    for here, key in enumerate(keys, start=1):
        model.add_implication(empty, ~used[*key, number])
        arcs += [(here, here, ~used[*key, number]), (here, 0, model.new_bool_var(""))]
        for before, old in enumerate([None, *keys]):
            if old == key:
                continue
            arc = model.new_bool_var("")
            arcs.append((before, here, arc))
            family = machine.family if old is None else family_of(problem, old)
            minutes = 0
            if family is not None:
                minutes = problem.setups[machine.setups][family][family_of(problem, key)]
            free = 0 if old is None else ends[old]
            model.add(starts[key] >= free + minutes).only_enforce_if(arc)
            if minutes and machine.crew is not None:
                begin = model.new_int_var(-HORIZON, HORIZON, "")
                bound[machine.crew].append(
                    model.new_optional_interval_var(begin, minutes, starts[key], arc, "")
                )
    model.add_circuit(arcs)


def family_of(problem, key):
    return problem.jobs[key[0]].operations[key[1]].family


def lateness(model, problem, j, ends, used):
    job = problem.jobs[j]
    late = model.new_int_var(0, HORIZON, "")
    for o, operation in enumerate(job.operations):
        for way in operation.alternatives:
            travel = 0
            if job.destination is not None:
                site = problem.machines[way.machine].site
                travel = problem.transport[site][job.destination]
            model.add(late >= ends[j, o] + operation.dwell + travel - job.due).only_enforce_if(
                used[j, o, way.machine]
            )
    return late


def road(problem, origin, target):
    return problem.transport[problem.machines[origin].site][problem.machines[target].site]

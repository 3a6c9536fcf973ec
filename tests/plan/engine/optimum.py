"""
Σ w T by CP-SAT, with transport by the pair of machines; no calendars, set-ups or trucks.

It runs in a process of its own: ortools and highspy each bring a HiGHS library, and
whichever is loaded second fails.
"""

from ortools.sat.python import cp_model

from dure.plan.engine.problem import Problem

HORIZON = 400


def optimum(problem: Problem) -> int:
    model = cp_model.CpModel()
    on_machine = [[] for _ in problem.machines]
    tardy, ends, used = [], {}, {}
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
            ends[j, o] = end
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
    model.minimize(sum(job.weight * late for job, late in zip(problem.jobs, tardy, strict=True)))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    return int(solver.objective_value)


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

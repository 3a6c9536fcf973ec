"""A stranger's solver on small problems: ours must reach its optimum, and never beat it."""

from hypothesis import given, settings
from ortools.sat.python import cp_model

from dure.plan.engine.budget import Steps
from dure.plan.engine.problem import Goal, Problem
from dure.plan.engine.solve import solve
from tests.plan.engine.problems import problems

HORIZON = 400


def optimum(problem: Problem) -> int:
    """Σ w T by CP-SAT, with transport by the pair of machines; no calendars, set-ups or trucks."""
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
                        model.add(start >= ends[j, before] + travel).only_enforce_if(both)
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
            model.add(late >= ends[j, o] + travel - job.due).only_enforce_if(
                used[j, o, way.machine]
            )
    return late


def road(problem, origin, target):
    return problem.transport[problem.machines[origin].site][problem.machines[target].site]


def without_calendars(problem: Problem) -> Problem:
    machines = tuple(type(m)(site=m.site) for m in problem.machines)
    return Problem(jobs=problem.jobs, machines=machines, transport=problem.transport, goal=Goal())


@settings(max_examples=25, deadline=None)
@given(problems(most_jobs=3, most_machines=3).map(without_calendars))
def test_the_optimum_bounds_every_plan_from_below(problem):
    best = optimum(problem)

    plan = solve(problem, seed=1, budget=Steps(640), way="python")

    assert plan.lower_bound <= best <= plan.objective


def test_small_books_are_solved_to_the_optimum():
    found = []

    @settings(max_examples=30, deadline=None, derandomize=True, database=None)
    @given(problems(most_jobs=3, most_machines=3).map(without_calendars))
    def compare(problem):
        plan = solve(problem, seed=1, budget=Steps(640), way="python")
        found.append(plan.objective == optimum(problem))

    compare()

    assert 0.9 <= sum(found) / len(found)

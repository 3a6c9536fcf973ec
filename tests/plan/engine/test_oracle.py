"""A stranger's solver on small problems: ours must reach its optimum, and never beat it."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
from hypothesis import given, settings

from dure.plan.engine.budget import Steps
from dure.plan.engine.problem import Goal, Problem
from dure.plan.engine.solve import solve
from tests.plan.engine.problems import problems


def call(problem: Problem) -> int:
    from tests.plan.engine.optimum import optimum  # in the other process only

    return optimum(problem)


@pytest.fixture(scope="module")
def optimum():
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as elsewhere:
        yield lambda problem: elsewhere.submit(call, problem).result()


def without_calendars(problem: Problem) -> Problem:
    machines = tuple(type(m)(site=m.site) for m in problem.machines)
    return Problem(jobs=problem.jobs, machines=machines, transport=problem.transport, goal=Goal())


@settings(max_examples=12, deadline=None)
@given(problems(most_jobs=3, most_machines=3).map(without_calendars))
def test_the_optimum_bounds_every_plan_from_below(optimum, problem):
    best = optimum(problem)

    plan = solve(problem, seed=1, budget=Steps(320), way="python")

    assert plan.lower_bound <= best <= plan.objective


def test_small_books_are_solved_to_the_optimum(optimum):
    found = []

    @settings(max_examples=12, deadline=None, derandomize=True, database=None)
    @given(problems(most_jobs=3, most_machines=3).map(without_calendars))
    def compare(problem):
        plan = solve(problem, seed=1, budget=Steps(320), way="python")
        found.append(plan.objective == optimum(problem))

    compare()

    assert 0.8 <= sum(found) / len(found)

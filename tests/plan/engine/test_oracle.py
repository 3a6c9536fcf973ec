"""A stranger's solver on small problems: ours must reach its optimum, and never beat it."""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import pytest
from hypothesis import given, settings

from dure.plan.engine.budget import Steps
from dure.plan.engine.problem import Crew, Goal, Machine, Problem
from dure.plan.engine.solve import solve
from tests.plan.engine.problems import problems


def call(problem: Problem) -> tuple[int, int]:
    from tests.plan.engine.optimum import optimum  # in the other process only

    return optimum(problem)


@pytest.fixture(scope="module")
def elsewhere():
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        yield process


@pytest.fixture(scope="module")
def optimum(elsewhere):
    return lambda problem: elsewhere.submit(call, problem).result()


def without_calendars(problem: Problem) -> Problem:
    machines = tuple(type(m)(site=m.site) for m in problem.machines)
    return Problem(jobs=problem.jobs, machines=machines, transport=problem.transport, goal=Goal())


@settings(max_examples=12, deadline=None)
@given(problems(most_jobs=3, most_machines=3).map(without_calendars))
def test_the_optimum_bounds_every_plan_from_below(optimum, problem):
    bound, best = optimum(problem)

    plan = solve(problem, seed=1, budget=Steps(320), way="python")

    assert plan.lower_bound <= best
    assert bound <= plan.objective


def test_small_books_are_solved_to_the_optimum(optimum):
    found = []

    @settings(max_examples=12, deadline=None, derandomize=True, database=None)
    @given(problems(most_jobs=3, most_machines=3).map(without_calendars))
    def compare(problem):
        plan = solve(problem, seed=1, budget=Steps(320), way="python")
        found.append(plan.objective <= optimum(problem)[1])

    compare()

    assert 0.8 <= sum(found) / len(found)


def one_hall(problem: Problem) -> Problem:
    """Set-ups everywhere, and one person for all of them."""
    machines = tuple(
        Machine(site=machine.site, family=0, setups=0, crew=0 if machine.site == 0 else None)
        for machine in problem.machines
    )
    return replace(
        without_calendars(problem),
        machines=machines,
        setups=(((0, 6, 4), (6, 0, 5), (4, 5, 0)),),
        crews=(Crew(),),
    )


def test_halls_with_one_operator_are_solved_to_the_optimum_and_never_beaten(optimum):
    found = []

    @settings(max_examples=12, deadline=None, derandomize=True, database=None)
    @given(problems(most_jobs=3, most_machines=3).map(one_hall))
    def compare(problem):
        plan = solve(problem, seed=1, budget=Steps(320), way="python")
        bound, best = optimum(problem)
        assert plan.lower_bound <= best
        assert bound <= plan.objective
        found.append(plan.objective <= best)

    compare()

    assert 0.7 <= sum(found) / len(found)


def prove(problem: Problem) -> tuple[int, int, tuple[int, int], list[str]]:
    from dure.plan.engine.check import broken_rules
    from dure.plan.engine.exact import is_provable, proved
    from tests.plan.engine.optimum import optimum

    least, best = optimum(problem)
    plan = solve(problem, seed=1, budget=Steps(1), way="python")
    if least == best and is_provable(problem, plan):  # what the other solver cannot prove is hard
        plan = proved(problem, plan, seconds=60)
    broken = [why.code for why in broken_rules(problem, plan.slots)]
    return plan.lower_bound, plan.objective, (least, best), broken


def set_up_everywhere(problem: Problem) -> Problem:
    machines = tuple(replace(machine, crew=None) for machine in one_hall(problem).machines)
    return replace(one_hall(problem), machines=machines, crews=())


@pytest.mark.parametrize("kind", [without_calendars, set_up_everywhere])
def test_small_problems_are_proved(elsewhere, kind):
    @settings(max_examples=8, deadline=None)
    @given(problems(most_jobs=3, most_machines=3).map(kind))
    def compare(problem):
        bound, found, (least, best), broken = elsewhere.submit(prove, problem).result()

        assert ([], True) == (broken, bound <= best and least <= found)
        if least == best:
            assert (best, best) == (bound, found)

    compare()

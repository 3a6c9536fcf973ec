"""The tabu search: its graph holds what it says, and both ways of running it agree."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from dure.plan.engine import layout as at
from dure.plan.engine.budget import Steps
from dure.plan.engine.check import broken_rules
from dure.plan.engine.fanning import done_by
from dure.plan.engine.problem import Alternative, Goal, Job, Machine, Operation, Problem
from dure.plan.engine.solve import Floor, solve
from tests.plan.engine.problems import problems, sampled


def always_open(problem):
    machines = tuple(replace(each, calendar=None, crew=None) for each in problem.machines)
    return replace(problem, machines=machines, trucks={}, goal=Goal(makespan=True))


def searched(problem, way, turns=120, patience=6):
    floor = Floor(problem, seed=3, way=way)
    floor.first_plan()
    floor.run["tabu"](floor.memory, turns, patience)
    return floor


@sampled(15, 240, problems(most_jobs=7).map(always_open))
def test_every_plan_it_finds_passes_the_checker_and_has_the_makespan_it_says(problem):
    floor = searched(problem, "python")

    plan = floor.best()

    assert [] == list(broken_rules(problem, plan.slots))
    assert floor.memory[at.BEST] == plan.objective


@sampled(15, 240, problems(most_jobs=7).map(always_open))
def test_heads_and_tails_are_what_they_would_be_worked_out_anew(problem):
    floor = searched(problem, "python", turns=25)
    m = floor.memory
    nodes = range(m[at.NODES], m[at.NODES_END], at.NODE)
    before = [(m[node + at.HEAD], m[node + at.TAIL]) for node in nodes], m[at.LONGEST]
    for index, node in enumerate(nodes):
        m[m[at.ORDER] + index] = node
        m[m[at.ORDER_KEYS] + index] = m[node + at.HEAD]

    floor.run["arrange"](m)

    assert before == ([(m[node + at.HEAD], m[node + at.TAIL]) for node in nodes], m[at.LONGEST])


@settings(max_examples=15, deadline=None)
@given(problems(most_jobs=7).map(always_open))
def test_compiled_and_plain_python_search_alike(problem):
    plain, compiled = searched(problem, "python"), searched(problem, "compiled")

    assert plain.best().body() == compiled.best().body()
    assert list(plain.memory) == list(compiled.memory)


def test_it_ceases_where_nothing_can_be_better():
    step = Operation(alternatives=(Alternative(machine=0, minutes=5),))
    problem = Problem(
        jobs=(Job(operations=(step,)),) * 3, machines=(Machine(),), goal=Goal(makespan=True)
    )

    plan = solve(problem, seed=1, budget=Steps(10**9))

    assert 15 == plan.objective == plan.lower_bound


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_finds_the_known_optimum_of_a_small_shop(seed):
    """Fisher and Thompson's 6 x 6 (1963): 55."""
    rows = (
        "2 1 0 3 1 6 3 7 5 3 4 6", "1 8 2 5 4 10 5 10 0 10 3 4", "2 5 3 4 5 8 0 9 1 1 4 7",
        "1 5 0 5 2 5 3 3 4 8 5 9", "2 9 1 3 4 5 5 4 0 3 3 1", "1 3 3 3 5 9 0 10 4 4 2 1",
    )  # fmt: skip
    jobs = tuple(
        Job(
            operations=tuple(
                Operation(
                    alternatives=(Alternative(machine=machine, minutes=minutes),),
                    after=(step - 1,) if step else (),
                )
                for step, (machine, minutes) in enumerate(zip(row[::2], row[1::2], strict=True))
            )
        )
        for row in ([int(word) for word in line.split()] for line in rows)
    )
    problem = Problem(jobs=jobs, machines=(Machine(),) * 6, goal=Goal(makespan=True))

    plan = solve(problem, seed=seed, budget=Steps(2048), way="python")

    assert 55 == plan.objective


def shop(jobs=12, machines=4):
    step = Operation(alternatives=tuple(Alternative(machine=m, minutes=9 + m) for m in range(4)))
    steps = tuple(replace(step, after=(n - 1,) if n else ()) for n in range(3))
    return Problem(
        jobs=(Job(operations=steps),) * jobs,
        machines=(Machine(),) * machines,
        goal=Goal(makespan=True),
    )


@pytest.mark.torture
def test_where_the_islands_are_worked_on_changes_nothing():
    ways = {"threads": ("", None), "alone": ("", 1), "processes": ("loky", 2)}

    plans = {name: planned(shop(), backend, workers) for name, (backend, workers) in ways.items()}

    assert 1 == len({plan.body() for plan in plans.values()})


def planned(problem, backend, workers):
    floor = Floor(problem, seed=3, way="compiled", workers=workers)
    floor.first_plan()
    with done_by(backend):
        floor.improve(Steps(400_000))
    return floor.best()

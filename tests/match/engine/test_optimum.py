from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.match.engine.coop import Coop
from dure.match.engine.need import Task, in_order
from dure.match.engine.optimum import optimum
from dure.match.engine.problem import pose
from dure.match.engine.sieve import able
from dure.match.engine.weights import weights
from tests.match.engine.coops import by_chance, graph, skill


def posed(coop, tasks, label="cheap"):
    ordered = in_order(tasks)
    rows = [able(coop, task) for task in ordered]
    return pose(coop, ordered, rows, weights()[label], fair_bp=1000)


def fits(problem, picks):
    used = {}
    for task, row in zip(problem.tasks, picks, strict=True):
        minutes = int(problem.coop.minutes(np.array([row]), task.quantity)[0])
        used[row] = used.get(row, 0) + minutes
    return all(
        minutes <= problem.coop.columns["free_minutes"][row] for row, minutes in used.items()
    )


def by_trying_all(problem):
    """Give the least cost over every choice there is: the judge of the small problems."""
    every = product(*(map(int, rows) for rows in problem.rows))
    costs = [problem.cost(picks) for picks in every if fits(problem, picks)]
    return min(costs, default=None)


def test_it_works():
    coop = Coop.of([skill(1, unit_won=120), skill(2, unit_won=100), skill(3, unit_won=110)])

    found = optimum(posed(coop, [Task(code="press", process="press", quantity=100)]))

    assert 2 == coop.columns["member"][found.picks[0]]
    assert found.cost == found.bound == 20_000


def test_a_dearer_neighbour_wins_where_the_road_costs_more_than_its_price():
    coop = Coop.of(
        [
            skill(1, "press", east_m=0),
            skill(2, "paint", unit_won=100, east_m=10_000),
            skill(3, "paint", unit_won=150, east_m=0),
        ]
    )
    tasks = [
        Task(code="press", process="press", quantity=100),
        Task(code="paint", process="paint", quantity=100, after=("press",)),
    ]

    found = optimum(posed(coop, tasks))

    assert [1, 3] == [int(coop.columns["member"][row]) for row in found.picks]


def test_a_tie_goes_to_the_smaller_member_number():
    coop = Coop.of([skill(9), skill(4), skill(7)])

    found = optimum(posed(coop, [Task(code="press", process="press", quantity=10)]))

    assert 4 == coop.columns["member"][found.picks[0]]


def test_two_steps_do_not_get_one_members_last_minutes():
    coop = Coop.of([skill(1, free_minutes=100), skill(2, unit_won=900, free_minutes=100)])
    tasks = [
        Task(code="a", process="press", quantity=100),
        Task(code="b", process="press", quantity=100, after=("a",)),
    ]

    found = optimum(posed(coop, tasks))

    assert {1, 2} == {int(coop.columns["member"][row]) for row in found.picks}


def test_where_all_minutes_together_do_not_suffice_there_is_no_cluster():
    coop = Coop.of([skill(1, free_minutes=100)])
    tasks = [
        Task(code="a", process="press", quantity=100),
        Task(code="b", process="press", quantity=100, after=("a",)),
    ]

    assert optimum(posed(coop, tasks)) is None


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(2, 5), st.booleans())
def test_it_is_the_least_of_all_choices_on_any_small_graph(seed, tasks, tight):
    coop = by_chance(seed, members=5, processes=3, tight=tight)
    problem = posed(coop, graph(seed, tasks, processes=3))

    found = optimum(problem)

    least = by_trying_all(problem)
    assert least == (found and found.cost)
    if found:
        assert found.cost == found.bound == problem.cost(found.picks)


@pytest.mark.parametrize("seed", range(3))
def test_leaving_out_rows_keeps_the_optimum_of_a_large_coop(seed):
    coop = by_chance(seed, members=300, processes=4)
    tasks = [
        Task(code=f"t{n}", process=f"p{n}", quantity=100, after=(f"t{n - 1}",) if n else ())
        for n in range(4)
    ]
    problem = posed(coop, tasks)

    found = optimum(problem)

    assert whole_chain(problem) == found.cost == found.bound


def whole_chain(problem):
    """Give the least cost of a chain by the textbook's recurrence, over every row."""
    value = problem.node[0]
    for place in range(1, len(problem.tasks)):
        ways = problem.coop.road_minutes(problem.rows[place - 1], problem.rows[place])
        value = (ways * problem.road_won + value[:, None]).min(axis=0) + problem.node[place]
    return int(value.min())

"""Large books in regions: the plan holds, and does not depend on how many cores there are."""

from dataclasses import replace
from random import Random

from dure.plan.engine.budget import Steps
from dure.plan.engine.check import check
from dure.plan.engine.problem import Alternative, Goal, Job, Machine, Operation, Problem
from dure.plan.engine.regions import region_count
from dure.plan.engine.solve import Floor

SITES = 24


def book():
    chance = Random(5)
    places = [(chance.randrange(300) + 900 * (n % 2), 0) for n in range(SITES)]
    roads = tuple(tuple(abs(a - c) + abs(b - d) for c, d in places) for a, b in places)
    return Problem(
        jobs=tuple(_job(chance) for _ in range(1200)),
        machines=tuple(Machine(site=number // 4, setups=0) for number in range(4 * SITES)),
        transport=roads,
        setups=(((0, 9), (7, 0)),),
        goal=Goal(setup=1, evenness=1),
    )


def _job(chance):
    near = [
        4 * site + number for site in range(chance.randrange(2), SITES, 2) for number in range(4)
    ]
    steps = tuple(
        Operation(
            alternatives=tuple(
                Alternative(machine=machine, minutes=chance.randint(10, 90))
                for machine in chance.sample(near, 4)
            ),
            after=(number - 1,) if number else (),
            family=chance.randrange(2),
        )
        for number in range(4)
    )
    return Job(operations=steps, due=chance.randrange(100, 3000), weight=chance.randint(1, 5))


def planned(problem, workers=None):
    floor = Floor(problem, seed=3, way="compiled", workers=workers)
    floor.first_plan()
    first = floor.best()
    floor.improve(Steps(60_000))
    return floor, first


def test_the_plan_in_regions_holds_is_better_and_costs_what_the_kernel_counts():
    problem = book()

    floor, first = planned(problem)

    plan = floor.best()
    check(problem, plan.slots)
    assert plan.objective == floor.memory[2] < first.objective
    assert 2 == region_count(floor.packed, floor.memory, floor.run)


def test_a_book_whose_work_goes_everywhere_is_not_cut():
    whole = book()
    ways = tuple(
        tuple(Alternative(machine=4 * site, minutes=10) for site in range(side, SITES, 2))
        for side in range(2)
    )
    steps = tuple(
        Operation(alternatives=ways[n % 2], after=(n - 1,) if n else ()) for n in range(4)
    )
    problem = replace(whole, jobs=(Job(operations=steps),) * 1200)
    floor = Floor(problem, seed=3, way="compiled")
    floor.first_plan()

    assert 1 == region_count(floor.packed, floor.memory, floor.run)


def test_one_core_and_many_give_the_same_bytes():
    problem = book()
    many, _ = planned(problem)

    one, _ = planned(problem, workers=1)

    assert many.best().body() == one.best().body()

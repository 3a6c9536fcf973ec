"""Twins: one plan is improved on two cores, and does not depend on how many there are."""

from random import Random

import pytest

from dure.plan.engine import layout as at
from dure.plan.engine import pack as packing
from dure.plan.engine.budget import Steps
from dure.plan.engine.check import check
from dure.plan.engine.fanning import functions_for
from dure.plan.engine.problem import Alternative, Calendar, Job, Machine, Operation, Problem
from dure.plan.engine.solve import Floor

MACHINES = 30


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(packing, "TWINS", 1)


def book(jobs):
    """Work that goes to any of the machines, which are set up, and rest at night."""
    chance = Random(8)
    days = Calendar(windows=tuple((day * 600, day * 600 + 480) for day in range(99)))
    return Problem(
        jobs=tuple(_job(chance) for _ in range(jobs)),
        machines=tuple(Machine(site=n, setups=0, calendar=0) for n in range(MACHINES)),
        transport=tuple(tuple(9 * (a != b) for a in range(MACHINES)) for b in range(MACHINES)),
        setups=(((0, 30, 9), (12, 0, 20), (25, 7, 0)),),
        calendars=(days,),
    )


def _job(chance):
    steps = tuple(
        Operation(
            alternatives=tuple(
                Alternative(machine=machine, minutes=chance.randint(10, 120))
                for machine in sorted(chance.sample(range(MACHINES), 4))
            ),
            after=(number - 1,) if number else (),
            family=chance.randrange(3),
        )
        for number in range(4)
    )
    return Job(operations=steps, due=chance.randrange(100, 1500), weight=chance.randint(1, 5))


def begun(problem, way="compiled", workers=None):
    floor = Floor(problem, seed=3, way=way, workers=workers)
    floor.first_plan()
    return floor


def standing(floor):
    """What stands where, and what it costs."""
    memory = floor.memory
    operations = range(memory[at.OPERATIONS], memory[at.OPERATIONS_END], at.OPERATION)
    places = [tuple(memory[each + at.MACHINE : each + at.END + 1]) for each in operations]
    rows = [
        tuple(memory[memory[each + row] :][: memory[each + at.COUNT]])
        for each in floor.packed.machines
        for row in at.ROWS
    ]
    return places, rows, memory[at.TOTAL], memory[at.SETUP]


def improved(floor):
    """Go some steps, noting them."""
    floor.memory[at.NOTES_END] = floor.memory[at.NOTES]
    floor.memory[at.NOTES_FULL] = floor.memory[at.NOTES] + 20_000
    floor.run["improve"](floor.memory, 200, 50, 5)
    return floor.memory[floor.memory[at.NOTES] : floor.memory[at.NOTES_END]].copy()


def test_twins_give_the_same_bytes_on_one_core_and_a_better_plan_that_holds():
    problem = book(250)
    two, one = begun(problem, workers=2), begun(problem, workers=1)
    first = two.best().objective

    two.improve(Steps(20_000))
    one.improve(Steps(20_000))

    plan = two.best()
    check(problem, plan.slots)
    assert plan.objective == two.memory[at.BEST] < first
    assert one.best().body() == plan.body()


def test_plain_python_and_compiled_twins_leave_the_same_plan(small):
    problem = book(20)
    plain, quick = begun(problem, way="python"), begun(problem)

    plain.improve(Steps(256))
    quick.improve(Steps(256))

    assert plain.best().body() == quick.best().body()
    assert standing(plain) == standing(quick)


def test_steps_that_are_undone_leave_the_plan_as_it_was(small):
    floor = begun(book(40))
    before = standing(floor)
    assert len(improved(floor))
    assert before != standing(floor)

    functions_for(floor.memory)["go_back"](floor.memory)

    assert before == standing(floor)


def test_a_twin_that_goes_along_has_the_same_plan(small):
    one, two = begun(book(40)), begun(book(40))
    steps = improved(one)
    begin = two.memory[at.OTHERS]
    two.memory[begin : begin + len(steps)] = steps

    functions_for(two.memory)["go_along"](two.memory, begin, begin + len(steps))

    assert standing(one) == standing(two)
    assert one.memory[at.BEST] >= two.memory[at.BEST]


def test_steps_that_the_other_is_in_the_way_of_are_left_out_and_the_plan_holds(small):
    one, two = begun(book(40)), begun(book(40))
    two.memory[at.DIE_ONE] += 1
    steps = improved(one)
    improved(two)
    begin = two.memory[at.OTHERS]
    two.memory[begin : begin + len(steps)] = steps

    gone = functions_for(two.memory)["go_along"](two.memory, begin, begin + len(steps))

    functions_for(two.memory)["keep_all"](two.memory)
    check(two.problem, two.best().slots)
    assert 0 <= gone < _count(steps)


def _count(steps):
    count = here = 0
    while here < len(steps):
        count += 1
        here += 1 + steps[here] * at.NOTE
    return count

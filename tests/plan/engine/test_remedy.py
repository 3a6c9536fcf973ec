"""What would bring a late job in on time."""

from dataclasses import replace

from hypothesis import given, settings

from dure.plan.engine.board import Board
from dure.plan.engine.budget import Steps
from dure.plan.engine.problem import Alternative, Calendar, Job, Machine, Operation, Problem, Slot
from dure.plan.engine.remedy import remedies
from dure.plan.engine.solve import solve
from tests.plan.engine.problems import problems

STEP = Operation(alternatives=(Alternative(machine=0, minutes=10),))


def said(board, job):
    return [(each.reason.code, each.minutes) for each in remedies(board, job)]


def slot(job, start, end):
    return Slot(job=job, operation=0, machine=0, start=start, end=end)


def test_a_job_on_time_needs_nothing():
    problem = Problem(jobs=(Job(operations=(STEP,), due=10),), machines=(Machine(),))

    assert [] == said(Board(problem, [slot(0, 0, 10)]), 0)


def test_material_that_would_come_just_early_enough():
    late = Operation(alternatives=STEP.alternatives, release=50)
    problem = Problem(jobs=(Job(operations=(late,), due=45),), machines=(Machine(),))

    found = said(Board(problem, [slot(0, 50, 60)]), 0)

    assert {("plan.remedy_material", 15), ("plan.remedy_date", 15)} == set(found)


def test_overtime_of_just_so_many_minutes():
    problem = Problem(
        jobs=(Job(operations=(STEP,), due=30, release=16),),
        machines=(Machine(calendar=0),),
        calendars=(Calendar(windows=((0, 20), (60, 100))),),
    )

    found = said(Board(problem, [slot(0, 60, 70)]), 0)

    assert [("plan.remedy_overtime", 6), ("plan.remedy_date", 40)] == found


def test_another_job_that_gives_way_and_what_it_loses():
    problem = Problem(
        jobs=(Job(operations=(STEP,), due=12), Job(operations=(STEP,), due=99)),
        machines=(Machine(),),
    )

    found = said(Board(problem, [slot(1, 0, 10), slot(0, 10, 20)]), 0)

    assert [("plan.remedy_date", 8), ("plan.remedy_yield", 10)] == found


def test_one_more_truck_just_early_enough():
    elsewhere = Operation(alternatives=(Alternative(machine=1, minutes=10),), after=(0,))
    problem = Problem(
        jobs=(Job(operations=(STEP, elsewhere), due=60),),
        machines=(Machine(site=0), Machine(site=1)),
        transport=((0, 10), (10, 0)),
        trucks={(0, 1): (100,)},
    )
    slots = [slot(0, 0, 10), Slot(job=0, operation=1, machine=1, start=110, end=120)]

    found = remedies(Board(problem, slots), 0)

    assert [("plan.remedy_truck", 60), ("plan.remedy_date", 60)] == said(Board(problem, slots), 0)
    assert {"operation": 1, "at": 40, "minutes": 60} == found[0].reason.parameters


def test_one_more_truck_home():
    problem = Problem(
        jobs=(Job(operations=(STEP,), due=40, destination=1),),
        machines=(Machine(site=0),),
        transport=((0, 10), (10, 0)),
        trucks={(0, 1): (50, 90)},
    )

    found = said(Board(problem, [slot(0, 0, 10)]), 0)

    assert [("plan.remedy_truck", 20), ("plan.remedy_date", 20)] == found


def test_asking_again_and_again_takes_no_room():
    windows = tuple((20 * day, 20 * day + 12) for day in range(400))
    problem = Problem(
        jobs=(Job(operations=(STEP, replace(STEP, after=(0,))), due=20),),
        machines=(Machine(calendar=0),),
        calendars=(Calendar(windows=windows),),
    )
    board = Board(problem, [slot(0, 0, 10), Slot(job=0, operation=1, machine=0, start=20, end=30)])
    first = said(board, 0)

    again = [said(board, 0) for _ in range(40)]

    assert [first] * 40 == again


@settings(max_examples=40, deadline=None)
@given(problems())
def test_every_late_job_has_a_remedy_and_asking_changes_nothing(problem):
    plan = solve(problem, seed=1, budget=Steps(64), way="python")
    board = Board(problem, plan.slots, way="python")

    for job in {slot.job for slot in plan.slots} - set(plan.unplanned):
        late = problem.finish(job, plan.slots) - problem.jobs[job].due
        found = remedies(board, job)

        assert (late > 0) == bool(found)
        assert all(remedy.minutes > 0 for remedy in found)
    assert plan.slots == board.slots

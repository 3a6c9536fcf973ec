"""What would bring a late job in on time."""

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

"""What would bring a late job in on time."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings

from dure.plan.engine.board import Board
from dure.plan.engine.budget import Steps
from dure.plan.engine.check import broken_rules
from dure.plan.engine.problem import (
    DAY,
    Alternative,
    Calendar,
    Goal,
    Job,
    Machine,
    Operation,
    Problem,
    Slot,
)
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


def applied(problem, job, code, minutes=0, operation=0, machine=0, at=0):
    """The problem after somebody did what a remedy asks."""
    jobs, machines = list(problem.jobs), list(problem.machines)
    if code == "plan.remedy_material":
        steps = list(jobs[job].operations)
        release = steps[operation].release - minutes
        steps[operation] = replace(steps[operation], release=max(0, release))
        jobs[job] = replace(jobs[job], operations=tuple(steps))
    elif code == "plan.remedy_truck":
        more = {
            line: tuple(sorted({*all_day, at % DAY})) for line, all_day in problem.trucks.items()
        }
        problem = replace(problem, trucks=more)
    elif code == "plan.remedy_overtime":
        hours = set()
        for opens, closes in (
            *problem.calendars[machines[machine].calendar].windows,
            (at, at + minutes),
        ):
            hours |= set(range(opens, closes))
        windows = tuple((minute, minute + 1) for minute in sorted(hours))
        machines[machine] = replace(machines[machine], calendar=len(problem.calendars))
        calendars = (*problem.calendars, Calendar(windows=windows))
        problem = replace(problem, calendars=calendars)
    return replace(problem, jobs=tuple(jobs), machines=tuple(machines))


@pytest.mark.parametrize("many", [pytest.param(600, marks=pytest.mark.torture), 30])
def test_who_does_what_a_remedy_says_has_the_job_on_time(many):
    @settings(max_examples=many, deadline=None)
    @given(problems())
    def applies(problem):
        problem = replace(problem, goal=Goal())
        plan = solve(problem, seed=1, budget=Steps(1), way="python")
        assume(not plan.unplanned)  # or they would take the room that a remedy makes
        board = Board(problem, plan.slots, way="python")

        for job in range(len(problem.jobs)):
            for remedy in remedies(board, job):
                if remedy.reason.code == "plan.remedy_date":
                    continue  # that is said of any late job, and nothing is done
                asked = dict(remedy.reason.parameters)
                gives_way = asked.pop("job", None)
                then = applied(problem, job, remedy.reason.code, **asked)
                stays = tuple(slot for slot in plan.slots if slot.job not in {job, gives_way})
                jobs = list(then.jobs)
                jobs[job] = replace(jobs[job], weight=10**6)
                then = replace(then, jobs=tuple(jobs), pinned=stays)
                better = solve(then, seed=1, budget=Steps(640), way="python")

                assert [] == list(broken_rules(then, better.slots))
                assert then.finish(job, better.slots) <= then.jobs[job].due

    applies()

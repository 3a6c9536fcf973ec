"""A book of orders becomes a problem of numbers that is as small as what it says."""

from datetime import timedelta
from uuid import UUID

import pytest

from dure.plan.engine.budget import Steps
from dure.plan.engine.check import check
from dure.plan.engine.posing import Book, Busy, Task, Work, Yard, pose
from dure.plan.engine.problem import Crew
from dure.plan.engine.solve import solve
from tests.cast import AT, BUSAN, GIMHAE

HOUR = timedelta(hours=1)
OPEN = ((AT, AT + 8 * HOUR), (AT + 24 * HOUR, AT + 32 * HOUR))
PRESS, PAINT, ORDER, OTHER = (UUID(int=number) for number in range(1, 5))


def yard(firm, machine, **more):
    known = {"windows": OPEN, "setup_minutes": {"a": 30, "b": 40}} | more
    return Yard(firm=firm, site=UUID(int=machine.int + 90), machines=(machine,), **known)


def work(step, firm, machine, family, after=()):
    return Work(step=step, after=after, family=family, firm=firm, machines=(machine,), minutes=60)


def book(*, press=None, busy=()):
    steps = (work("press", BUSAN, PRESS, "a"), work("paint", GIMHAE, PAINT, "b", ("press",)))
    task = Task(order=ORDER, works=steps, release=AT, due=AT + 30 * HOUR)
    yards = (yard(BUSAN, PRESS, **(press or {})), yard(GIMHAE, PAINT))
    return Book(tasks=(task,), busy=tuple(busy), yards=yards)


def posed(known):
    return pose(known, roads=lambda here, there: 0 if here == there else 15, at=AT)


def test_what_machines_are_set_up_for_is_numbered_firm_by_firm():
    problem = posed(book()).problem

    assert [1, 1] == [operation.family for operation in problem.jobs[0].operations]
    assert (((0, 30), (0, 0)), ((0, 40), (0, 0))) == problem.setups


def test_yards_with_the_same_hours_share_a_calendar():
    problem = posed(book()).problem

    assert 1 == len(problem.calendars)
    assert [0, 0] == [machine.calendar for machine in problem.machines]


def test_a_machine_that_stands_still_has_its_own():
    still = {PRESS: ((AT, AT + HOUR),)}

    problem = posed(book(press={"standstills": still})).problem

    press, paint = (problem.calendars[machine.calendar] for machine in problem.machines)
    assert press.windows[0][0] == paint.windows[0][0] + 60


@pytest.mark.parametrize(("operators", "crew"), [(None, 1), (3, 3)])
def test_while_nobody_sets_up_the_crew_is_not_there(operators, crew):
    absent = {"setup_absences": ((AT, AT + 2 * HOUR),), "setup_operators": operators}

    known = posed(book(press=absent))

    (there,) = known.problem.crews
    assert (crew, True) == (there.operators, there.calendar is not None)
    plan = solve(known.problem, seed=1, budget=Steps(64))
    check(known.problem, plan.slots)
    assert AT + 2 * HOUR + timedelta(minutes=30) == known.placed(plan.slots)[0].starts


def test_without_operators_and_absences_set_ups_wait_for_nobody():
    assert () == posed(book()).problem.crews
    assert (Crew(operators=2),) == posed(book(press={"setup_operators": 2})).problem.crews


def test_others_are_named_and_what_overlaps_a_fact_is_one():
    first = Busy(machine=PRESS, family="a", starts=AT, ends=AT + HOUR, whose=OTHER)
    cut = Busy(machine=PRESS, family="a", starts=AT, ends=AT + 2 * HOUR, whose=OTHER)

    known = posed(book(busy=(first, cut)))

    assert [None, OTHER, None] == [known.other(job) for job in range(3)]

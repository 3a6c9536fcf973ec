"""Work that takes no time is planned like any other."""

from dataclasses import replace

import pytest
from hypothesis import strategies as st

from dure.kernel.errors import Malformed
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
from dure.plan.engine.read import read_fjs
from dure.plan.engine.score import score
from dure.plan.engine.solve import solve
from tests.plan.engine.problems import problems, sampled

TWO_GATES = "2 2\n3 1 1 4 1 2 0 1 1 3\n3 1 2 5 1 1 0 1 2 2\n"


@st.composite
def with_instants(draw):
    """Problems of the plain kind, in which some operations take no time."""
    problem = draw(problems(most_jobs=4))
    jobs = tuple(
        replace(
            job,
            operations=tuple(
                replace(
                    operation,
                    alternatives=tuple(
                        replace(way, minutes=draw(st.sampled_from((0, way.minutes))))
                        for way in operation.alternatives
                    ),
                )
                for operation in job.operations
            ),
        )
        for job in problem.jobs
    )
    machines = tuple(replace(each, calendar=None, crew=None) for each in problem.machines)
    goal = Goal(makespan=draw(st.booleans()))
    return replace(
        problem, jobs=jobs, machines=machines, calendars=(), crews=(), trucks={}, goal=goal
    )


@sampled(12, 400, with_instants())
def test_the_checker_accepts_every_plan_of_it(problem):
    plan = solve(problem, seed=1, budget=Steps(64), way="python")

    assert [] == list(broken_rules(problem, plan.slots))
    assert score(problem, plan.slots).total == plan.objective
    assert plan.lower_bound <= plan.objective


def test_an_instant_waits_for_its_machine():
    plan = solve(read_fjs(TWO_GATES), seed=1, budget=Steps(640), way="python")

    assert (8, 7) == (plan.objective, plan.lower_bound)  # no machine is left in mid-work for it


def test_nothing_but_work_of_no_time_is_done_at_once():
    plan = solve(read_fjs("1 1\n2 1 1 0 1 1 0\n"), seed=1, budget=Steps(64), way="python")

    assert [(0, 0), (0, 0)] == [(slot.start, slot.end) for slot in plan.slots]


@st.composite
def among_everything(draw):
    """Problems with all that there can be; on machines without set-ups some work takes no time."""
    problem = draw(problems(most_jobs=4))
    jobs = tuple(
        replace(
            job,
            operations=tuple(
                replace(
                    operation,
                    alternatives=tuple(
                        way
                        if problem.machines[way.machine].setups is not None
                        else replace(way, minutes=draw(st.sampled_from((0, way.minutes))))
                        for way in operation.alternatives
                    ),
                )
                for operation in job.operations
            ),
        )
        for job in problem.jobs
    )
    return replace(problem, jobs=jobs)


def accepted(problem, way="python"):
    plan = solve(problem, seed=1, budget=Steps(64), way=way)
    assert [] == list(broken_rules(problem, plan.slots, unplanned=tuple(plan.unplanned)))
    assert score(problem, plan.slots).total == plan.objective
    assert plan.unplanned or plan.lower_bound <= plan.objective  # a bound is of all jobs
    return plan


@sampled(25, 600, among_everything(), st.data())
def test_among_calendars_trucks_crews_and_pins_the_checker_accepts_every_plan(problem, data):
    plan = accepted(problem)

    pins = data.draw(st.lists(st.sampled_from(plan.slots), unique=True)) if plan.slots else []
    again = accepted(replace(problem, pinned=tuple(pins), published=plan.slots))

    assert set(pins) <= set(again.slots)


@sampled(4, 60, among_everything())
def test_compiled_it_is_the_same_plan(problem):
    assert accepted(problem) == accepted(problem, way="compiled")


def at_hours(windows, operations, **more):
    """One job on one machine that works in the given windows."""
    return Problem(
        jobs=(Job(operations=operations, **more),),
        machines=(Machine(calendar=0),),
        calendars=(Calendar(windows=windows),),
    )


def op(minutes, after=(), machine=0):
    return Operation(alternatives=(Alternative(machine=machine, minutes=minutes),), after=after)


def places(plan):
    return [(slot.start, slot.end) for slot in plan.slots]


def test_a_shift_that_is_full_to_its_last_minute_has_room_for_it():
    problem = at_hours(((3, 9),), (op(0), op(6, after=(0,)), op(0, after=(1,))), due=9)

    plan = solve(problem, seed=1, budget=Steps(64), way="python")

    assert [(3, 3), (3, 9), (9, 9)] == places(plan)
    assert 0 == plan.objective


def test_nothing_is_done_while_the_machine_is_closed():
    problem = at_hours(((3, 9), (20, 30)), (op(0),), release=10)

    plan = solve(problem, seed=1, budget=Steps(64), way="python")

    assert [(20, 20)] == places(plan)
    assert ["plan.rule_calendar"] == [
        why.code for why in broken_rules(problem, [replace(plan.slots[0], start=12, end=12)])
    ]


def test_it_goes_on_by_the_truck_of_its_minute():
    job = Job(operations=(op(0), op(0, after=(0,), machine=1)), release=DAY + 480)
    problem = Problem(
        jobs=(job,),
        machines=(Machine(), Machine(site=1)),
        transport=((0, 30), (30, 0)),
        trucks={(0, 1): (480, 960)},
    )

    plan = solve(problem, seed=1, budget=Steps(64), way="python")

    assert [(DAY + 480, DAY + 480), (DAY + 510, DAY + 510)] == places(plan)


def test_it_stands_between_pins_that_leave_no_minute():
    problem = Problem(
        jobs=(Job(operations=(op(4), op(0, after=(0,)), op(5, after=(1,)))),),
        machines=(Machine(),),
        pinned=(
            Slot(job=0, operation=0, machine=0, start=1, end=5),
            Slot(job=0, operation=2, machine=0, start=5, end=10),
        ),
    )

    plan = solve(problem, seed=1, budget=Steps(64), way="python")

    assert [(1, 5), (5, 5), (5, 10)] == places(plan)


@pytest.mark.parametrize("minutes", [0, 3])
def test_only_work_of_no_time_is_pinned_to_no_time(minutes):
    pin = Slot(job=0, operation=0, machine=0, start=7, end=7)
    problem = Problem(jobs=(Job(operations=(op(minutes),)),), machines=(Machine(),), pinned=(pin,))

    if minutes == 0:
        assert (pin,) == solve(problem, seed=1, budget=Steps(64), way="python").slots
        return
    with pytest.raises(Malformed, match=r"plan\.bad_pin"):
        solve(problem, seed=1, budget=Steps(64), way="python")


def test_where_hours_and_set_ups_meet_it_is_refused_with_the_machine():
    problem = at_hours(((0, 99),), (op(5), op(0, after=(0,))))
    problem = replace(
        problem, machines=(replace(problem.machines[0], setups=0),), setups=(((0,),),)
    )

    with pytest.raises(Malformed) as caught:
        solve(problem, seed=1, budget=Steps(64), way="python")

    assert "plan.instant_setup" == caught.value.reason.code
    assert {"job": 0, "operation": 1, "machine": 0} == caught.value.reason.parameters

"""Work that takes no time is planned like any other."""

from dataclasses import replace

import pytest
from hypothesis import strategies as st

from dure.kernel.errors import Malformed
from dure.plan.engine.budget import Steps
from dure.plan.engine.check import broken_rules
from dure.plan.engine.problem import Calendar, Goal
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


def test_where_machines_have_hours_work_takes_a_minute_at_least():
    problem = read_fjs(TWO_GATES)
    machines = tuple(replace(machine, calendar=0) for machine in problem.machines)
    problem = replace(problem, machines=machines, calendars=(Calendar(windows=((0, 99),)),))

    with pytest.raises(Malformed) as caught:
        solve(problem, seed=1, budget=Steps(64), way="python")

    assert ("plan.bad_minutes", 0, 1) == (
        caught.value.reason.code,
        *caught.value.reason.parameters.values(),
    )

"""A good plan, spoilt in one way at a time: the checker names the rule."""

from dataclasses import replace

import pytest

from dure.kernel.errors import Unproven
from dure.plan.engine.check import broken_rules, check
from dure.plan.engine.problem import (
    Alternative,
    Calendar,
    Job,
    Machine,
    Operation,
    Problem,
    Slot,
)

PRESS, PAINT = 0, 1
STAMP = Operation(alternatives=(Alternative(machine=PRESS, minutes=30),), family=0)
COAT = Operation(alternatives=(Alternative(machine=PAINT, minutes=20),), after=(0,), family=1)
PROBLEM = Problem(
    jobs=(Job(operations=(STAMP, COAT), release=10), Job(operations=(replace(STAMP, family=1),))),
    machines=(Machine(site=0, setups=0), Machine(site=1, calendar=0)),
    transport=((0, 15), (15, 0)),
    setups=(((0, 5), (5, 0)),),
    calendars=(Calendar(windows=((0, 100), (200, 300))),),
)
STAMPED = Slot(job=0, operation=0, machine=PRESS, start=10, end=40)
COATED = Slot(job=0, operation=1, machine=PAINT, start=55, end=75)
OTHER = Slot(job=1, operation=0, machine=PRESS, start=45, end=75)


def broken(*slots, problem=PROBLEM):
    return [reason.code for reason in broken_rules(problem, slots)]


def test_it_accepts_a_good_plan():
    check(PROBLEM, (STAMPED, COATED, OTHER))


def test_it_raises_with_the_rule_and_where():
    late = replace(COATED, start=54, end=74)

    with pytest.raises(Unproven, match=r"plan\.rule_transport") as caught:
        check(PROBLEM, (STAMPED, late, OTHER))

    assert {"job": 0, "operation": 1, "before": 0} == caught.value.reason.parameters


@pytest.mark.parametrize(
    ("rule", "slots"),
    [
        ("plan.rule_once", (STAMPED, COATED)),
        ("plan.rule_once", (STAMPED, STAMPED, COATED, OTHER)),
        ("plan.rule_unknown_operation", (STAMPED, COATED, OTHER, replace(OTHER, operation=9))),
        ("plan.rule_machine", (STAMPED, replace(COATED, machine=PRESS, start=80, end=100), OTHER)),
        ("plan.rule_release", (replace(STAMPED, start=9, end=39), COATED, OTHER)),
        ("plan.rule_precedence", (STAMPED, replace(COATED, start=35, end=55), OTHER)),
        ("plan.rule_transport", (STAMPED, replace(COATED, start=50, end=70), OTHER)),
        ("plan.rule_calendar", (STAMPED, replace(COATED, start=90, end=110), OTHER)),
        ("plan.rule_calendar", (STAMPED, replace(COATED, end=76), OTHER)),
        ("plan.rule_calendar", (replace(STAMPED, end=39), COATED, OTHER)),
        ("plan.rule_capacity", (STAMPED, COATED, replace(OTHER, start=39, end=69))),
        ("plan.rule_setup", (STAMPED, COATED, replace(OTHER, start=44, end=74))),
    ],
)
def test_it_names_the_broken_rule(rule, slots):
    assert rule in broken(*slots)


def test_pinned_work_must_stand_where_it_stood():
    pinned = replace(PROBLEM, pinned=(OTHER,))

    assert [] == broken(STAMPED, COATED, OTHER, problem=pinned)
    moved = replace(OTHER, start=100, end=130)
    assert ["plan.rule_frozen"] == broken(STAMPED, COATED, moved, problem=pinned)


def test_pinned_work_is_a_fact_and_not_asked_whether_it_could_be():
    too_early = Slot(job=0, operation=1, machine=PAINT, start=120, end=130)
    pinned = replace(PROBLEM, pinned=(too_early,))

    assert [] == broken(STAMPED, too_early, OTHER, problem=pinned)


def test_a_split_operation_works_its_minutes_over_the_pause():
    split = replace(COAT, splittable=True)
    problem = replace(
        PROBLEM, jobs=(replace(PROBLEM.jobs[0], operations=(STAMP, split)), PROBLEM.jobs[1])
    )
    over = replace(COATED, start=90, end=210)

    assert [] == broken(STAMPED, over, OTHER, problem=problem)
    assert ["plan.rule_calendar"] == broken(STAMPED, replace(over, end=211), OTHER, problem=problem)
    idle = replace(over, start=100, end=220)
    assert ["plan.rule_calendar"] == broken(STAMPED, idle, OTHER, problem=problem)

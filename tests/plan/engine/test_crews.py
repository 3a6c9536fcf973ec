"""Set-ups that need somebody: kernel and checker agree on who is free when, in every use."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.kernel.errors import Malformed
from dure.plan.engine.board import Board
from dure.plan.engine.budget import Steps
from dure.plan.engine.check import broken_rules, check
from dure.plan.engine.document import problem_document, read_document
from dure.plan.engine.happening import Absence, Closing, Lateness
from dure.plan.engine.problem import (
    Alternative,
    Calendar,
    Crew,
    Goal,
    Job,
    Machine,
    Operation,
    Problem,
    Slot,
)
from dure.plan.engine.promise import Promise
from dure.plan.engine.repair import repair
from dure.plan.engine.solve import Floor, solve
from dure.plan.engine.validate import validate
from dure.plan.engine.why import chain
from tests.plan.engine.problems import calendars, jobs, sampled


def step(machine, minutes, family, **more):
    way = Alternative(machine=machine, minutes=minutes)
    return Operation(alternatives=(way,), family=family, **more)


# Two machines that stand as painted white; whatever else they paint takes 5 minutes of set-up.
SHOP = Problem(
    jobs=(Job(operations=(step(0, 10, 1),)), Job(operations=(step(1, 10, 1),))),
    machines=(Machine(setups=0, family=0, crew=0),) * 2,
    setups=(((0, 5), (5, 0)),),
    crews=(Crew(),),
)


@st.composite
def shops(draw):
    """Give a crowded hall: few people, many set-ups, shifts of machines and of people."""
    machines = draw(st.integers(2, 4))
    clocks = tuple(draw(st.lists(calendars(), max_size=2)))
    hours = st.sampled_from((None, *range(len(clocks))))
    matrix = tuple(tuple(draw(st.integers(0, 7)) for _ in range(3)) for _ in range(3))
    return Problem(
        jobs=tuple(draw(jobs(machines, 1)) for _ in range(draw(st.integers(2, 5)))),
        machines=tuple(
            Machine(
                setups=0,
                calendar=draw(hours),
                family=draw(st.sampled_from((None, 0, 1))),
                crew=draw(st.sampled_from((0, 0, 0, 1, None))),
            )
            for _ in range(machines)
        ),
        calendars=clocks,
        setups=(matrix,),
        crews=tuple(
            Crew(operators=draw(st.sampled_from((1, 1, 2))), calendar=draw(hours)) for _ in range(2)
        ),
        goal=draw(st.sampled_from((Goal(), Goal(setup=2), Goal(makespan=True)))),
    )


def planned(problem, way="python"):
    return solve(problem, seed=1, budget=Steps(64), way=way)


def crew_rules(problem, slots):
    return [why.parameters for why in broken_rules(problem, slots) if "operator" in why.code]


def test_one_operator_sets_up_one_machine_after_the_other():
    plan = planned(SHOP)

    assert [5, 10] == sorted(slot.start for slot in plan.slots)


def test_two_operators_set_up_both_at_once():
    plan = planned(replace(SHOP, crews=(Crew(operators=2),)))

    assert [5, 5] == sorted(slot.start for slot in plan.slots)


def test_what_needs_no_set_up_needs_nobody():
    plan = planned(replace(SHOP, machines=(Machine(setups=0, family=1, crew=0),) * 2))

    assert [0, 0] == [slot.start for slot in plan.slots]


def test_the_checker_names_the_set_up_for_which_nobody_is_free():
    slots = [
        Slot(job=0, operation=0, machine=0, start=5, end=15),
        Slot(job=1, operation=0, machine=1, start=9, end=19),
    ]

    assert [{"job": 1, "operation": 0, "crew": 0}] == crew_rules(SHOP, slots)


def test_the_checker_names_the_set_up_at_which_nobody_is_there():
    problem = replace(SHOP, crews=(Crew(calendar=0),), calendars=(Calendar(windows=((2, 60),)),))
    slots = [
        Slot(job=0, operation=0, machine=0, start=6, end=16),
        Slot(job=1, operation=0, machine=1, start=12, end=22),
    ]

    assert [{"job": 0, "operation": 0, "crew": 0}] == crew_rules(problem, slots)


def test_an_operator_in_a_pause_of_the_machine_stays_bound():
    """The set-up of machine 0 is interrupted from 3 to 20: its operator sets nothing else up."""
    problem = replace(
        SHOP,
        machines=(replace(SHOP.machines[0], calendar=0), SHOP.machines[1]),
        calendars=(Calendar(windows=((0, 3), (20, 60))),),
    )
    slots = [
        Slot(job=0, operation=0, machine=0, start=22, end=32),
        Slot(job=1, operation=0, machine=1, start=15, end=25),
    ]

    assert 1 == len(crew_rules(problem, slots))


def test_facts_are_not_asked_who_set_up():
    slots = tuple(Slot(job=n, operation=0, machine=n, start=5, end=15) for n in range(2))

    check(replace(SHOP, pinned=slots), slots)


def test_a_late_job_that_waited_for_somebody_says_so():
    plan = planned(SHOP)
    last = max(plan.slots, key=lambda slot: slot.start)

    links = chain(SHOP, plan.slots, last.job)

    assert [("setup", 5), ("operator", 5), ("work", 10)] == [(x.cause, x.minutes) for x in links]


def test_what_waits_on_when_somebody_is_free_says_wait():
    slots = [
        Slot(job=0, operation=0, machine=0, start=5, end=15),
        Slot(job=1, operation=0, machine=1, start=40, end=50),
    ]

    links = [(link.cause, link.minutes) for link in chain(SHOP, slots, 1)]

    assert [("setup", 5), ("operator", 5), ("wait", 30), ("work", 10)] == links


def test_when_nobody_is_there_only_what_needs_a_set_up_moves():
    problem = replace(
        SHOP,
        jobs=(*SHOP.jobs, Job(operations=(step(0, 10, 1),))),
        crews=(Crew(operators=2),),
    )
    board = Board(problem, planned(problem).slots)

    draft = board.repair(now=0, happenings=[Absence(crew=0, start=0, end=30)])

    first = [slot for slot in board.slots if slot.start == 5]
    assert {slot.job for slot in first} <= {move.old.job for move in draft.moves if move.old}
    assert all(move.new is not None and move.new.start >= 35 for move in draft.moves)
    board.adopt(draft)
    check(draft.problem, board.slots)


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (replace(SHOP, crews=()), "plan.bad_crew"),
        (replace(SHOP, crews=(Crew(operators=0),)), "plan.bad_operators"),
        (replace(SHOP, crews=(Crew(calendar=0),)), "plan.bad_crew_calendar"),
        (
            replace(SHOP, machines=(SHOP.machines[0], replace(SHOP.machines[1], site=1))),
            "plan.crew_apart",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_crew_that_cannot_be_is_refused_at_load(problem, code):
    with pytest.raises(Malformed, match=code):
        validate(problem)


@sampled(10, 160, shops())
def test_a_hall_comes_back_from_its_file(problem):
    assert problem == read_document(problem_document(problem))


@sampled(15, 240, shops())
def test_every_plan_of_a_crowded_hall_passes_the_checker(problem):
    plan = planned(problem)

    check(problem, plan.slots, unplanned=tuple(plan.unplanned))


@settings(max_examples=25, deadline=None)
@given(shops())
def test_both_ways_of_the_kernel_give_the_same_plan_of_a_crowded_hall(problem):
    assert planned(problem).body() == planned(problem, "compiled").body()


@sampled(15, 240, shops())
def test_every_first_plan_of_a_crowded_hall_passes_the_checker(problem):
    floor = Floor(problem, seed=1, way="python")

    floor.first_plan()

    plan = floor.best()
    check(problem, plan.slots, unplanned=tuple(plan.unplanned))


@sampled(15, 240, shops(), st.data())
def test_a_promise_in_a_crowded_hall_passes_the_checker(problem, data):
    plan = planned(problem)
    job = data.draw(jobs(len(problem.machines), 1))
    board = Board(problem, plan.slots, way="python")

    promised = board.add(job)

    assert set(plan.slots) <= set(board.slots)
    if isinstance(promised, Promise):
        check(board.problem, board.slots, unplanned=tuple(plan.unplanned))


@sampled(20, 320, shops(), st.integers(0, 40), st.integers(1, 30), st.data())
def test_a_repair_of_a_crowded_hall_passes_the_checker(problem, now, down, data):
    plan = planned(problem)
    if plan.unplanned:
        return
    board = Board(problem, plan.slots, way="python")
    slot = data.draw(st.sampled_from(plan.slots))
    happening = data.draw(
        st.sampled_from(
            (
                Absence(crew=0, start=now, end=now + down),
                Closing(machine=slot.machine, start=now, end=now + down),
                Lateness(job=slot.job, operation=slot.operation, minute=now + down),
            )
        )
    )
    if isinstance(happening, Lateness) and slot.start < now:
        return

    draft = board.repair(now=now, happenings=[happening])

    assert plan.slots == board.slots
    assert all(move.old.start >= now for move in draft.moves)
    board.adopt(draft)
    pins = tuple(slot for slot in board.slots if slot.start < now)
    after = replace(draft.problem, pinned=pins)
    assert [] == list(broken_rules(after, board.slots, unplanned=draft.unplanned))


@sampled(10, 160, shops(), st.data())
def test_a_repair_from_scratch_of_a_crowded_hall_passes_the_checker(problem, data):
    plan = planned(problem)
    if plan.unplanned:
        return
    pins = data.draw(st.lists(st.sampled_from(plan.slots), max_size=3, unique=True))
    crews = tuple(replace(crew, operators=1) for crew in problem.crews)
    changed = replace(problem, crews=crews, pinned=tuple(pins))

    mended = repair(changed, plan.slots, seed=1, budget=Steps(64), way="python")

    check(changed, mended.slots, unplanned=tuple(mended.unplanned))

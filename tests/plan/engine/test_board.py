"""The resident board: promises and repairs on a plan that stays in memory."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from dure.plan.engine.board import Board
from dure.plan.engine.budget import Steps
from dure.plan.engine.check import broken_rules, check
from dure.plan.engine.happening import Closing, Lateness, Refusal
from dure.plan.engine.problem import Alternative, Calendar, Job, Machine, Operation, Problem
from dure.plan.engine.promise import Promise, promise
from dure.plan.engine.solve import solve
from tests.plan.engine.problems import jobs, problems, sampled

STEP = Operation(alternatives=(Alternative(machine=0, minutes=10),))
SHOP = Problem(jobs=(Job(operations=(STEP,)),) * 4, machines=(Machine(), Machine()))


def planned(problem):
    return solve(problem, seed=1, budget=Steps(64), way="python")


def test_it_works():
    board = Board(SHOP, planned(SHOP).slots)

    promised = board.promise(Job(operations=(STEP,)))

    assert 50 == promised.minute
    assert 4 == len(board.slots)


@sampled(15, 240, problems(), st.data())
def test_a_promise_keeps_all_that_stands_and_passes_the_checker(problem, data):
    plan = planned(problem)
    job = data.draw(jobs(len(problem.machines), problem.sites))
    board = Board(problem, plan.slots, way="python")

    promised = board.add(job)

    assert set(plan.slots) <= set(board.slots)
    if isinstance(promised, Promise):
        whole = board.problem
        check(whole, board.slots, unplanned=tuple(plan.unplanned))
        assert promised.minute == whole.finish(len(problem.jobs), promised.slots)


@settings(max_examples=30, deadline=None)
@given(problems(), st.data())
def test_a_promise_is_not_later_than_a_greedy_one_from_scratch(problem, data):
    plan = planned(problem)
    job = data.draw(jobs(len(problem.machines), problem.sites))
    if plan.unplanned:
        return

    resident = Board(problem, plan.slots, way="python").promise(job)

    anew = promise(problem, plan.slots, job, seed=1, steps=0, way="python")
    assert isinstance(resident, Promise) == isinstance(anew, Promise)
    assert not isinstance(resident, Promise) or resident.minute <= anew.minute


@settings(max_examples=20, deadline=None)
@given(problems(), st.data())
def test_promises_do_not_depend_on_what_was_asked_before(problem, data):
    plan = planned(problem)
    job, other = (data.draw(jobs(len(problem.machines), problem.sites)) for _ in range(2))
    board = Board(problem, plan.slots, way="python")
    first = board.promise(job)

    board.promise(other)

    assert first == board.promise(job)


@sampled(25, 400, problems(), st.integers(0, 40), st.integers(1, 30), st.data())
def test_a_repair_passes_the_checker_and_moves_nothing_that_began(problem, now, down, data):
    plan = planned(problem)
    if plan.unplanned:
        return
    board = Board(problem, plan.slots, way="python")
    machine = data.draw(st.integers(0, len(problem.machines) - 1))
    slot = data.draw(st.sampled_from(plan.slots))
    other = data.draw(st.sampled_from(plan.slots))
    happenings = [
        Closing(machine=machine, start=now, end=now + down),
        Lateness(job=slot.job, operation=slot.operation, minute=now + down // 2),
    ]
    if (
        slot.start >= now
        and data.draw(st.booleans())
        and (slot.job, slot.operation)
        != (
            other.job,
            other.operation,
        )
    ):
        happenings.append(Refusal(job=other.job, operation=other.operation))
    if slot.start < now:
        happenings.pop(1)

    draft = board.repair(now=now, happenings=happenings)

    assert plan.slots == board.slots
    assert all(move.old.start >= now for move in draft.moves)
    assert all(move.new is None or move.new.start >= now for move in draft.moves)
    board.adopt(draft)
    assert [] == list(broken_rules(draft.problem, board.slots, unplanned=draft.unplanned))


def test_where_nothing_happened_nothing_moves():
    board = Board(SHOP, planned(SHOP).slots)

    assert () == board.repair(now=0, happenings=[]).moves


def test_only_what_must_moves():
    board = Board(SHOP, planned(SHOP).slots)

    draft = board.repair(now=10, happenings=[Closing(machine=0, start=12, end=22)])

    assert [(10, 40), (20, 50)] == [(move.old.start, move.new.start) for move in draft.moves]


def test_what_was_refused_stays_and_others_make_room():
    problem = replace(
        SHOP,
        jobs=(
            Job(operations=(STEP, replace(STEP, after=(0,), alternatives=(
                Alternative(machine=1, minutes=5),)))),
            Job(operations=(STEP,)),
        ),
    )  # fmt: skip
    board = Board(problem, planned(problem).slots)
    stays = board.table.of_job(0)[1]

    draft = board.repair(
        now=0, happenings=[Refusal(job=0, operation=1), Closing(machine=1, start=50, end=60)]
    )

    assert stays not in [move.old for move in draft.moves]


def test_repair_after_repair_on_one_board():
    plan = planned(SHOP)
    board = Board(SHOP, plan.slots)

    for start in (5, 15, 25, 35):
        board.adopt(
            board.repair(now=start, happenings=[Closing(machine=0, start=start, end=start + 7)])
        )

    check(board.problem, board.slots)


def test_a_job_without_any_room_left_is_said():
    short = replace(
        SHOP, machines=(Machine(calendar=0), Machine()), calendars=(Calendar(windows=((0, 40),)),)
    )
    board = Board(short, planned(short).slots)

    draft = board.repair(now=5, happenings=[Closing(machine=0, start=12, end=22)])

    assert 1 <= len(draft.unplanned)
    board.adopt(draft)
    check(draft.problem, board.slots, unplanned=draft.unplanned)

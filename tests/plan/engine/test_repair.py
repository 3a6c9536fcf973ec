from dataclasses import replace

from hypothesis import strategies as st

from dure.plan.engine.budget import Steps
from dure.plan.engine.check import broken_rules, check
from dure.plan.engine.problem import Alternative, Calendar, Job, Machine, Operation, Problem, Slot
from dure.plan.engine.promise import Promise, promise
from dure.plan.engine.repair import moves, repair
from dure.plan.engine.solve import solve
from tests.plan.engine.problems import jobs, problems, sampled


@sampled(15, 240, problems(), st.integers(0, 60), st.integers(1, 30), st.data())
def test_after_a_breakdown_the_plan_holds_and_started_work_stays(problem, at, down, data):
    plan = solve(problem, seed=1, budget=Steps(64), way="python")
    machine = data.draw(st.integers(0, len(problem.machines) - 1))
    started = tuple(
        slot for slot in plan.slots if slot.start < at and slot.job not in plan.unplanned
    )
    now = broken_down(replace(problem, pinned=started), machine, at, at + down)

    repaired = repair(now, plan.slots, seed=1, way="python")

    assert [] == list(broken_rules(now, repaired.slots, unplanned=tuple(repaired.unplanned)))
    assert set(started) <= set(repaired.slots)


def broken_down(problem, machine, start, until):
    calendar = problem.machines[machine].calendar
    windows = ((0, 10_000),) if calendar is None else problem.calendars[calendar].windows
    cut = [
        piece
        for opens, closes in windows
        for piece in ((opens, min(closes, start)), (max(opens, until), closes))
        if piece[0] < piece[1]
    ]
    machines = list(problem.machines)
    machines[machine] = replace(machines[machine], calendar=len(problem.calendars))
    calendars = (*problem.calendars, Calendar(windows=tuple(cut)))
    return replace(problem, machines=tuple(machines), calendars=calendars)


@sampled(10, 120, problems())
def test_where_nothing_happened_nothing_moves(problem):
    plan = solve(problem, seed=1, budget=Steps(64), way="python")

    repaired = repair(problem, plan.slots, seed=1, way="python")

    assert () == moves(plan.slots, [s for s in repaired.slots if s.job not in plan.unplanned])


def test_only_what_must_moves():
    step = Operation(alternatives=(Alternative(machine=0, minutes=10),))
    problem = Problem(jobs=(Job(operations=(step,)),) * 4, machines=(Machine(calendar=0),))
    problem = replace(problem, calendars=(Calendar(windows=((0, 15), (25, 100))),))
    published = tuple(
        Slot(job=job, operation=0, machine=0, start=start, end=start + 10)
        for job, start in enumerate((0, 10, 30, 40))
    )

    repaired = repair(problem, published, seed=1)

    (moved,) = moves(published, repaired.slots)
    assert (1, 50, 40) == (moved.new.job, moved.new.start, moved.later)


def test_what_was_refused_to_be_moved_stays_and_the_rest_goes_around_it():
    first = Operation(alternatives=(Alternative(machine=0, minutes=10),))
    second = Operation(alternatives=(Alternative(machine=1, minutes=10),), after=(0,))
    problem = Problem(jobs=(Job(operations=(first, second)),), machines=(Machine(), Machine()))
    late = replace(problem, jobs=(replace(problem.jobs[0], release=5),))
    pinned = Slot(job=0, operation=1, machine=1, start=15, end=25)
    published = (Slot(job=0, operation=0, machine=0, start=0, end=10), pinned)

    repaired = repair(replace(late, pinned=(pinned,)), published, seed=1)

    assert (5, 15) == (repaired.slots[0].start, repaired.slots[1].start)
    assert not repaired.unplanned


@sampled(10, 160, problems(), st.data())
def test_a_promise_keeps_every_earlier_one(problem, data):
    plan = solve(problem, seed=1, budget=Steps(64), way="python")
    kept = tuple(slot for slot in plan.slots if slot.job not in plan.unplanned)
    problem = replace(
        problem,
        jobs=tuple(job for n, job in enumerate(problem.jobs) if n not in plan.unplanned),
    )
    numbers = {job: n for n, job in enumerate(sorted({slot.job for slot in kept}))}
    kept = tuple(replace(slot, job=numbers[slot.job]) for slot in kept)
    new = data.draw(jobs(len(problem.machines), 1))

    promised = promise(problem, kept, new, seed=1, way="python")

    if isinstance(promised, Promise):
        whole = replace(problem, jobs=(*problem.jobs, new))
        check(whole, (*kept, *promised.slots))
        assert promised.minute == whole.finish(len(problem.jobs), promised.slots)


def test_a_step_that_stood_nowhere_moves_only_what_stands_in_its_way():
    def machine_of(number):
        return (Alternative(machine=number, minutes=10),)

    first, second = Operation(alternatives=machine_of(0)), Operation(alternatives=machine_of(1))
    job = Job(operations=(first, replace(second, after=(0,))))
    problem = Problem(jobs=(job, job), machines=(Machine(), Machine()))
    standing = [
        Slot(job=0, operation=1, machine=1, start=0, end=10),
        Slot(job=1, operation=0, machine=0, start=10, end=20),
        Slot(job=1, operation=1, machine=1, start=40, end=50),
    ]

    repaired = repair(problem, standing, seed=1)

    check(problem, repaired.slots)
    assert [Slot(job=0, operation=1, machine=1, start=10, end=20)] == [
        each.new for each in moves(standing, repaired.slots) if each.old
    ]

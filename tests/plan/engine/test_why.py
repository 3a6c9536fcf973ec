from itertools import pairwise

from dure.plan.engine.budget import Steps
from dure.plan.engine.problem import Alternative, Calendar, Job, Machine, Operation, Problem
from dure.plan.engine.solve import solve
from dure.plan.engine.why import chain, minutes_by_cause, reasons
from tests.plan.engine.problems import problems, sampled

SEW = Operation(alternatives=(Alternative(machine=0, minutes=30),), family=0)
PACK = Operation(
    alternatives=(Alternative(machine=1, minutes=20),), after=(0,), family=1, release=70
)


@sampled(15, 240, problems())
def test_the_links_cover_the_time_from_release_to_end_without_gap_or_overlap(problem):
    plan = solve(problem, seed=2, budget=Steps(64), way="python")

    for job in {slot.job for slot in plan.slots} - set(plan.unplanned):
        links = chain(problem, plan.slots, job)

        assert problem.jobs[job].release == links[0].start
        assert problem.finish(job, plan.slots) == links[-1].end
        assert all(left.end == right.start for left, right in pairwise(links))


def test_each_cause_is_named():
    problem = Problem(
        jobs=(Job(operations=(SEW, PACK), due=60), Job(operations=(SEW,), due=0, weight=9)),
        machines=(Machine(site=0), Machine(site=1, setups=0, family=0, calendar=0)),
        transport=((0, 5), (5, 0)),
        setups=(((0, 10), (0, 0)),),
        calendars=(
            Calendar(
                windows=((80, 100), (110, 200)),
            ),
        ),
    )

    plan = solve(problem, seed=1, budget=Steps(64))

    expected = {
        "work": 50,
        "queue": 30,
        "calendar": 30,
        "setup": 10,
        "transport": 5,
        "material": 5,
    }
    assert expected == minutes_by_cause(chain(problem, plan.slots, 0))


def test_a_late_job_says_by_how_much_first():
    problem = Problem(jobs=(Job(operations=(SEW,), due=20),), machines=(Machine(), Machine()))

    plan = solve(problem, seed=1, budget=Steps(64))

    late, work = reasons(problem, plan.slots, 0)
    assert ("plan.late", 10) == (late.code, late.parameters["minutes"])
    assert ("plan.took_work", 30) == (work.code, work.parameters["minutes"])

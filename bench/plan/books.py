"""Order books by a die of our own, and five dispatch rules to compare with."""

import heapq
from random import Random

from dure.plan.engine.problem import Alternative, Goal, Job, Machine, Operation, Problem

RULES = (0.0, 0.25, 0.5, 1.0, 2.0)


def order_book(*, jobs: int, factories: int, setups: bool, seed: int = 1) -> Problem:
    """Make an order book: factories with five machines, chains of steps, dates that are tight."""
    chance = Random(seed)
    places = [(chance.uniform(0, 80), chance.uniform(0, 80)) for _ in range(factories)]
    roads = tuple(
        tuple(round(15 + 1.5 * abs(ax - bx) + 1.5 * abs(ay - by)) if a != b else 0
              for b, (bx, by) in enumerate(places))
        for a, (ax, ay) in enumerate(places)
    )  # fmt: skip
    skills = [chance.randrange(10) for _ in range(5 * factories)]
    able = [[m for m, skill in enumerate(skills) if skill == each] for each in range(10)]
    matrices = tuple(
        tuple(tuple(0 if a == b else chance.randint(10, 60) for b in range(6)) for a in range(6))
        for _ in range(10)
    )
    return Problem(
        jobs=tuple(_job(chance, able) for _ in range(jobs)),
        machines=tuple(
            Machine(site=number // 5, setups=skill if setups else None)
            for number, skill in enumerate(skills)
        ),
        transport=roads,
        setups=matrices if setups else (),
        goal=Goal(),
    )


def _job(chance: Random, able: list[list[int]]) -> Job:
    steps, whole = [], 0
    for number in range(chance.randint(3, 7)):
        skill = chance.choice([each for each in range(10) if able[each]])
        minutes = chance.randint(20, 300)
        whole += minutes
        machines = chance.sample(able[skill], min(len(able[skill]), chance.randint(2, 10)))
        ways = tuple(
            Alternative(machine=machine, minutes=round(minutes * chance.uniform(0.8, 1.25)))
            for machine in sorted(machines)
        )
        after = (number - 1,) if number else ()
        steps.append(Operation(alternatives=ways, after=after, family=chance.randrange(6)))
    release = chance.randint(0, 1200)
    due = release + round(whole * chance.uniform(1.2, 2.2))
    return Job(operations=tuple(steps), release=release, due=due, weight=chance.randint(1, 8))


def best_dispatch(problem: Problem) -> int:
    """Dispatch by five rules, appending only; the least weighted tardiness."""
    return min(_dispatch(problem, factor) for factor in RULES)


def _dispatch(problem: Problem, factor: float) -> int:
    free = [0] * len(problem.machines)
    family: list[int | None] = [None] * len(problem.machines)
    heap = [
        (_rank(job, 0, job.release, factor), n, 0, job.release, -1)
        for n, job in enumerate(problem.jobs)
    ]
    heapq.heapify(heap)
    total = 0
    while heap:
        _, number, step, ready, site = heapq.heappop(heap)
        job = problem.jobs[number]
        end, machine = min(
            (_append(problem, way, job.operations[step], ready, site, free, family), way.machine)
            for way in job.operations[step].alternatives
        )
        free[machine], family[machine] = end, job.operations[step].family
        if step + 1 < len(job.operations):
            here = problem.machines[machine].site
            heapq.heappush(heap, (_rank(job, step + 1, end, factor), number, step + 1, end, here))
        else:
            total += job.weight * max(0, end - job.due)
    return total


def _rank(job: Job, step: int, ready: int, factor: float) -> float:
    left = sum(each.alternatives[0].minutes for each in job.operations[step:])
    return ready + factor * max(0, job.due - ready - left) / job.weight


def _append(problem, way, operation, ready, site, free, family) -> int:  # type: ignore[no-untyped-def]
    machine = problem.machines[way.machine]
    arrives = ready if site < 0 else ready + problem.transport[site][machine.site]
    setup = 0
    if machine.setups is not None and family[way.machine] is not None:
        setup = problem.setups[machine.setups][family[way.machine]][operation.family]
    return max(arrives, free[way.machine] + setup) + way.minutes

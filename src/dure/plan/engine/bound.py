"""
Lower bounds: what no plan can be better than, whoever makes it.

Lateness: each job alone on the quickest machines, with the roads between. Makespan: the
longest job, and the least work there is shared evenly over the machines that can do it.
"""

from collections import defaultdict
from functools import reduce
from operator import or_

from dure.plan.engine.layout import MINUTES, REST, WAY_SIZE, WAYS, WAYS_END, Memory
from dure.plan.engine.pack import Packed
from dure.plan.engine.problem import FAR, Problem


def lower_bound(problem: Problem, packed: Packed, memory: Memory) -> int:
    """Give a lower bound of the goal; the kernel must have worked out `least_rest`."""
    jobs = enumerate(problem.jobs)
    if problem.goal.makespan:
        alone = [_alone(problem, packed, memory, number) for number, _ in jobs]
        return max([*alone, _work_share(problem)])
    return sum(
        problem.goal.tardiness
        * job.weight
        * max(0, _alone(problem, packed, memory, number) - job.due)
        for number, job in jobs
        if job.due < FAR
    )


def _alone(problem: Problem, packed: Packed, memory: Memory, job: int) -> int:
    """When the job would end if it had all machines to itself, whenever they worked."""
    whole = problem.jobs[job]
    return max(
        max(whole.release, operation.release) + _quickest(memory, packed.operation(job, step))
        for step, operation in enumerate(whole.operations)
    )


def _quickest(memory: Memory, operation: int) -> int:
    ways = range(memory[operation + WAYS], memory[operation + WAYS_END], WAY_SIZE)
    return min(int(memory[way + MINUTES] + memory[way + REST]) for way in ways)


def _work_share(problem: Problem) -> int:
    """The work that only a set of machines can do, shared evenly among that set."""
    work: dict[int, int] = defaultdict(int)  # by set of machines, each a bit of a number
    for job in problem.jobs:
        for operation in job.operations:
            able = sum(1 << way.machine for way in operation.alternatives)
            work[able] += min(way.minutes for way in operation.alternatives)
    known = tuple(work.items())
    shares = (-(-_inside(known, able) // able.bit_count()) for able, _ in known)
    whole = reduce(or_, work, 0)
    return max([*shares, -(-sum(work.values()) // max(1, whole.bit_count()))])


def _inside(work: tuple[tuple[int, int], ...], able: int) -> int:
    others = ~able
    return sum([minutes for some, minutes in work if not some & others])

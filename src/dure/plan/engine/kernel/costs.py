"""What a job, and the whole plan, costs by the goal."""

from dure.plan.engine.kernel.roads import (
    arrival,
    travel,
)
from dure.plan.engine.layout import (
    BEFORE,
    BEFORE_END,
    CHANGE,
    COST,
    COST_WEIGHT,
    DESTINATION,
    DUE,
    DWELL,
    END,
    EVENNESS,
    FIRST,
    JOB_SIZE,
    JOBS,
    JOBS_END,
    LAST,
    MACHINE,
    MAKESPAN,
    NONE,
    OPERATION,
    PRICE,
    PUBLISHED_MACHINE,
    PUBLISHED_START,
    ROAD,
    SETUP,
    SETUP_WEIGHT,
    SITE,
    START,
    TARDINESS,
    TOTAL,
    TRANSPORT,
    UNEVEN,
    WAY,
    WEIGHT,
    Memory,
)

UNPLANNED = 2**36
"""What a job costs that is not planned: more than any lateness."""


def completion(m: Memory, job: int) -> int:
    """Say when all of a job is done, and has arrived where it is wanted."""
    last = 0
    for operation in range(m[job + FIRST], m[job + LAST], OPERATION):
        leaves = m[operation + END] + m[operation + DWELL]
        if m[job + DESTINATION] != NONE:
            origin = m[m[operation + MACHINE] + SITE]
            leaves = arrival(m, origin, m[job + DESTINATION], leaves)
        last = max(last, leaves)
    return last


def job_cost(m: Memory, job: int) -> int:
    """Say what a job costs by the goal; UNPLANNED where an operation has no place."""
    for operation in range(m[job + FIRST], m[job + LAST], OPERATION):
        if m[operation + MACHINE] == 0:
            return UNPLANNED
    done = completion(m, job)
    if m[MAKESPAN]:
        return done
    cost = m[TARDINESS] * m[job + WEIGHT] * max(0, done - m[job + DUE])
    if m[TRANSPORT] + m[COST_WEIGHT] + m[CHANGE] > 0:
        for operation in range(m[job + FIRST], m[job + LAST], OPERATION):
            cost += operation_cost(m, operation)
    return cost


def operation_cost(m: Memory, operation: int) -> int:
    """Say what an operation costs besides lateness: the road to it, its machine, its change."""
    machine = m[operation + MACHINE]
    cost = 0
    if m[operation + WAY]:
        cost += m[COST_WEIGHT] * m[m[operation + WAY] + PRICE]
    if m[ROAD]:
        for index in range(m[operation + BEFORE], m[operation + BEFORE_END]):
            origin = m[m[m[index] + MACHINE] + SITE]
            cost += m[TRANSPORT] * travel(m, origin, m[machine + SITE])
    published = m[operation + PUBLISHED_MACHINE]
    moved = published != machine or m[operation + PUBLISHED_START] != m[operation + START]
    if published and moved:
        cost += m[CHANGE]
    return cost


def value(m: Memory) -> int:
    """Say what the whole plan costs."""
    if m[MAKESPAN]:
        latest = 0
        for job in range(m[JOBS], m[JOBS_END], JOB_SIZE):
            latest = max(latest, m[job + COST])
        return latest * ((m[JOBS_END] - m[JOBS]) // JOB_SIZE) + m[TOTAL] // 2
    return m[TOTAL] + m[SETUP_WEIGHT] * m[SETUP] + m[EVENNESS] * m[UNEVEN]


def settle_job(m: Memory, job: int) -> None:
    """Bring a job's cost and the total up to date."""
    cost = job_cost(m, job)
    m[TOTAL] += cost - m[job + COST]
    m[job + COST] = cost


def forget_job(m: Memory, job: int) -> None:
    """Leave a job's cost out of the total while it has no place."""
    m[TOTAL] -= m[job + COST]
    m[job + COST] = 0

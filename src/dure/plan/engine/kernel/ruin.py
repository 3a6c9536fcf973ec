"""Ruin and recreate: take out jobs that stand together, put them back in another order."""

from dure.plan.engine.kernel.costs import (
    forget_job,
    settle_job,
    value,
)
from dure.plan.engine.kernel.dice import (
    roll,
)
from dure.plan.engine.kernel.first import (
    miss,
    next_operation,
    rank,
    renew,
    sort_chosen,
)
from dure.plan.engine.kernel.jobs import (
    place_job,
    place_somewhere,
)
from dure.plan.engine.kernel.machines import (
    place_after,
    put_back,
    take,
    too_close,
)
from dure.plan.engine.kernel.notes import (
    note_step,
)
from dure.plan.engine.kernel.roads import (
    ready_at,
)
from dure.plan.engine.layout import (
    AWAY,
    CHOSEN,
    COST,
    COUNT,
    CUT,
    DUE,
    END,
    FIRST,
    IS_CHAIN,
    IS_CHOSEN,
    IS_FIXED,
    JOB,
    JOB_SIZE,
    JOBS,
    JOBS_END,
    KEYS,
    LAST,
    LOOSE,
    LOOSE_LIST,
    MACHINE,
    MAKESPAN,
    MINUTES,
    NOTES_END,
    NOTES_FULL,
    OLD_END,
    OLD_MACHINE,
    OLD_START,
    OLD_WAY,
    ON,
    OPERATION,
    PATIENCE,
    REMOVED,
    REMOVED_LIST,
    REST,
    SITE,
    SLOTS,
    START,
    STEPS,
    TARDINESS,
    WAY,
    WAY_SIZE,
    WAYS,
    WAYS_END,
    WEIGHT,
    Memory,
)
from dure.plan.engine.problem import (
    FAR,
)

MOST = 4
"""So many jobs are taken out at a time, at most."""
BLINK = 8
"""One alternative in so many is overlooked while recreating, so that the greedy is not always."""


def choose(m: Memory, operation: int, count: int) -> int:
    """Add a job from an operation on to the chosen ones, unless it is away; give their number."""
    job = m[operation + JOB]
    if m[job + AWAY]:
        return count
    if m[job + IS_CHOSEN]:
        m[job + CUT] = min(m[job + CUT], m[operation + START])
        return count
    m[job + IS_CHOSEN] = 1
    m[job + CUT] = m[operation + START]
    m[m[CHOSEN] + count] = job
    return count + 1


def seed_job(m: Memory) -> int:
    """Choose a job to begin with: mostly one that costs."""
    jobs = (m[JOBS_END] - m[JOBS]) // JOB_SIZE
    job = m[JOBS] + roll(m, jobs) * JOB_SIZE
    if roll(m, 4) == 0:
        return job
    for _ in range(8):
        if m[job + COST] > 0 and m[job + AWAY] == 0:
            return job
        job = m[JOBS] + roll(m, jobs) * JOB_SIZE
    return job


def any_operation(m: Memory, job: int, cut: int) -> int:
    """Choose one of a job's operations from a minute on."""
    chosen = m[job + FIRST]
    count = 0
    for operation in range(m[job + FIRST], m[job + LAST], OPERATION):
        if m[operation + START] >= cut:
            count += 1
            if roll(m, count) == 0:
                chosen = operation
    return chosen


def neighbour(m: Memory, job: int) -> int:
    """Give an operation beside one of a job's: near in time on a machine it uses or could use."""
    operation = any_operation(m, job, m[job + CUT])
    machine = m[operation + MACHINE]
    if machine == 0 or roll(m, 2) == 0:
        ways = (m[operation + WAYS_END] - m[operation + WAYS]) // WAY_SIZE
        machine = m[m[operation + WAYS] + roll(m, ways) * WAY_SIZE + ON]
    if m[machine + COUNT] == 0:
        return operation
    place = place_after(m, machine, m[operation + START]) + roll(m, 3) - 1
    place = min(max(place, 0), m[machine + COUNT] - 1)
    return m[m[machine + SLOTS] + place]


def choose_jobs(m: Memory, most: int) -> int:
    """Choose jobs that stand together; give their number."""
    count = 0
    for _ in range(64):
        if count == 0:
            job = seed_job(m)
            count = choose(m, any_operation(m, job, -FAR), 0)
    wanted = 2 + roll(m, most - 1)
    tries = 3 * wanted
    while 0 < count < wanted and tries > 0:
        near = m[m[CHOSEN] + roll(m, count)]
        count = choose(m, neighbour(m, near), count)
        tries -= 1
    for index in range(m[CHOSEN], m[CHOSEN] + count):
        m[m[index] + IS_CHOSEN] = 0
    return count


def ruin(m: Memory, count: int) -> None:
    """Take the chosen jobs out of the plan, each from its cut on; note where they stood."""
    gone = m[REMOVED_LIST]
    for index in range(m[CHOSEN], m[CHOSEN] + count):
        job = m[index]
        cut = m[job + CUT]
        for operation in range(m[job + FIRST], m[job + LAST], OPERATION):
            stands = m[operation + MACHINE] != 0
            stays = stands and (m[operation + IS_FIXED] or m[operation + START] < cut)
            if not stays:
                m[operation + OLD_MACHINE] = m[operation + MACHINE]
                m[operation + OLD_WAY] = m[operation + WAY]
                m[operation + OLD_START] = m[operation + START]
                m[operation + OLD_END] = m[operation + END]
                if stands:
                    take(m, operation)
                m[gone] = operation
                gone += 1
        forget_job(m, job)
    m[REMOVED] = gone - m[REMOVED_LIST]


def order_chosen(m: Memory, count: int) -> None:
    """Put the chosen jobs in an order: by a rule or by chance, and perhaps two of them swapped."""
    rule = roll(m, 6)
    for index in range(count):
        if rule == 5:
            m[m[KEYS] + index] = roll(m, 1048576)
        else:
            m[m[KEYS] + index] = rank(m, m[m[CHOSEN] + index], rule)
    sort_chosen(m, count)
    if roll(m, 2) == 0:
        one = m[CHOSEN] + roll(m, count)
        two = m[CHOSEN] + roll(m, count)
        m[one], m[two] = m[two], m[one]


def recreate(m: Memory, count: int, limit: int) -> bool:
    """Put the chosen jobs back in; stop as soon as the plan must cost more than the limit."""
    pending = 0
    for index in range(count):
        m[m[KEYS] + index] = least_cost(m, m[m[CHOSEN] + index])
        pending += m[m[KEYS] + index]
    for index in range(count):
        job = m[m[CHOSEN] + index]
        if value(m) + pending > limit:
            return False
        pending -= m[m[KEYS] + index]
        if not place_within(m, job, BLINK, limit - value(m) - pending):
            return False
        settle_job(m, job)
    return value(m) <= limit and all_set_up(m)


def least_cost(m: Memory, job: int) -> int:
    """Say what a job costs at least, given where its operations stand that have a place."""
    if m[MAKESPAN] or m[job + IS_CHAIN] == 0:
        return 0
    operation = next_operation(m, job)
    if operation == 0:
        return 0
    least = FAR
    for way in range(m[operation + WAYS], m[operation + WAYS_END], WAY_SIZE):
        ready = ready_at(m, operation, m[m[way + ON] + SITE])
        least = min(least, ready + m[way + MINUTES] + m[way + REST])
    return late_cost(m, job, least)


def late_cost(m: Memory, job: int, done: int) -> int:
    """Say what it costs that a job is done at a minute."""
    return m[TARDINESS] * m[job + WEIGHT] * max(0, done - m[job + DUE])


def place_within(m: Memory, job: int, blink: int, most: int) -> bool:
    """Put a job's operations in; stop and say False as soon as it must cost more than so much."""
    if m[MAKESPAN] or m[job + IS_CHAIN] == 0:
        place_job(m, job, blink)
        return True
    for operation in range(m[job + FIRST], m[job + LAST], OPERATION):
        if m[operation + MACHINE] == 0:
            if not place_somewhere(m, operation, blink):
                return True
            done = m[operation + END] + m[m[operation + WAY] + REST]
            if late_cost(m, job, done) > most:
                return False
    return True


def all_set_up(m: Memory) -> bool:
    """Say whether the places that were left have time for their set-up (matrices may be odd)."""
    for index in range(m[LOOSE_LIST], m[LOOSE_LIST] + m[LOOSE]):
        if m[m[index] + MACHINE] and too_close(m, m[index]):
            return False
    return True


def undo(m: Memory, count: int) -> None:
    """Put everything back where it stood before the ruin."""
    for index in range(m[REMOVED_LIST], m[REMOVED_LIST] + m[REMOVED]):
        if m[m[index] + MACHINE]:
            take(m, m[index])
    for index in range(m[REMOVED_LIST], m[REMOVED_LIST] + m[REMOVED]):
        operation = m[index]
        m[operation + START] = m[operation + OLD_START]
        m[operation + END] = m[operation + OLD_END]
        m[operation + WAY] = m[operation + OLD_WAY]
        if m[operation + OLD_MACHINE]:
            put_back(m, operation, m[operation + OLD_MACHINE])
    for index in range(m[CHOSEN], m[CHOSEN] + count):
        settle_job(m, m[index])


def keep(m: Memory, count: int) -> None:
    """Accept a step: note it for a twin, and renew the best plan if this one is better."""
    if m[NOTES_FULL]:
        note_step(m)
    for index in range(m[CHOSEN], m[CHOSEN] + count):
        miss(m, m[index])
    renew(m)


def improve(m: Memory, steps: int, temperature: int, most: int) -> None:
    """Ruin and recreate so many times at one temperature."""
    for _ in range(steps):
        if m[NOTES_FULL] and m[NOTES_END] > m[NOTES_FULL]:
            return
        m[STEPS] += 1
        m[LOOSE] = 0
        limit = value(m) + temperature * m[m[PATIENCE] + roll(m, 1024)] // 1024
        count = choose_jobs(m, most)
        if count == 0:
            continue
        ruin(m, count)
        order_chosen(m, count)
        if recreate(m, count, limit):
            keep(m, count)
        else:
            undo(m, count)

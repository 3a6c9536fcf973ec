"""First plans: jobs or steps one after the other, by rules of urgency."""

from dure.plan.engine.kernel.costs import (
    forget_job,
    settle_job,
    value,
)
from dure.plan.engine.kernel.jobs import (
    place_job,
    place_somewhere,
    withdraw,
)
from dure.plan.engine.kernel.machines import (
    place_after,
    too_close,
)
from dure.plan.engine.layout import (
    BEFORE,
    BEFORE_END,
    BEST,
    BEST_END,
    BEST_MACHINE,
    BEST_START,
    CHOSEN,
    DUE,
    DWELL,
    END,
    FIRST,
    IS_FIXED,
    IS_STALE,
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
    OPERATION,
    OPERATIONS,
    OPERATIONS_END,
    RELEASE,
    REST,
    SLOTS,
    STALE,
    STALE_LIST,
    START,
    WAYS,
    WEIGHT,
    Memory,
)


def sort_chosen(m: Memory, count: int) -> None:
    """Sort the chosen jobs by their keys."""
    sort_by_key(m, m[CHOSEN], m[KEYS], count)


def sort_by_key(m: Memory, items: int, keys: int, count: int) -> None:
    """Sort a list by the keys beside it (shell sort: no recursion, few items mostly)."""
    gap = count // 2
    while gap > 0:
        for index in range(gap, count):
            item = m[items + index]
            key = m[keys + index]
            hole = index
            while hole >= gap and m[keys + hole - gap] > key:
                m[items + hole] = m[items + hole - gap]
                m[keys + hole] = m[keys + hole - gap]
                hole -= gap
            m[items + hole] = item
            m[keys + hole] = key
        gap //= 2


def rank(m: Memory, job: int, rule: int) -> int:
    """Give a job's rank by a rule: due date, latest start, slack over weight, weight, length."""
    operation = m[job + FIRST]
    way = m[operation + WAYS]
    length = m[way + MINUTES] + m[way + REST]
    latest = m[job + DUE] - length
    if rule == 0:
        return m[job + DUE] * 4 - m[job + WEIGHT]
    if rule == 1:
        return latest
    if rule == 2:
        return latest - (latest - m[operation + RELEASE]) // (1 + m[job + WEIGHT])
    if rule == 3:
        return -m[job + WEIGHT] * 4096 // length
    return -length


def first_plan(m: Memory, rule: int) -> None:
    """Put all jobs in, one after the other in the order of a rule."""
    count = 0
    for job in range(m[JOBS], m[JOBS_END], JOB_SIZE):
        m[m[CHOSEN] + count] = job
        m[m[KEYS] + count] = rank(m, job, rule)
        count += 1
    sort_chosen(m, count)
    for index in range(m[CHOSEN], m[CHOSEN] + count):
        if not place_job(m, m[index], 0):
            withdraw(m, m[index])
        settle_job(m, m[index])
        m[LOOSE] = 0


def dispatch(m: Memory, quarters: int, blink: int) -> None:
    """
    Put one operation after the other in, always of the job that is most urgent just then.

    Urgent is who is ready early, slack weighing so many quarters. One way in `blink` is
    overlooked (0: none). In a crowded book that
    is a better beginning than whole jobs.
    """
    count = 0
    for job in range(m[JOBS], m[JOBS_END], JOB_SIZE):
        count = push(m, count, job, quarters)
    while count > 0:
        job = m[m[CHOSEN]]
        count = pop(m, count)
        operation = next_operation(m, job)
        if operation and place_somewhere(m, operation, blink):
            count = push(m, count, job, quarters)
            continue
        if operation:
            withdraw(m, job)
        settle_job(m, job)
    mend(m)


def mend(m: Memory) -> None:
    """Take the jobs off that lack their set-up since others went; where that is a fact, those."""
    index = m[LOOSE_LIST]
    while index < m[LOOSE_LIST] + m[LOOSE]:
        operation = m[index]
        while m[operation + MACHINE] and too_close(m, operation):
            victim = operation
            if m[operation + IS_FIXED]:
                machine = m[operation + MACHINE]
                victim = m[m[machine + SLOTS] + place_after(m, machine, m[operation + START]) - 1]
            withdraw(m, m[victim + JOB])
            settle_job(m, m[victim + JOB])
        index += 1
    m[LOOSE] = 0


def next_operation(m: Memory, job: int) -> int:
    """Give a job's first operation without a place; 0 where all have one."""
    for operation in range(m[job + FIRST], m[job + LAST], OPERATION):
        if m[operation + MACHINE] == 0:
            return operation
    return 0


def urgency(m: Memory, job: int, quarters: int) -> int:
    """Say when a job's next operation is ready, and later the more slack there is."""
    operation = next_operation(m, job)
    if operation == 0:
        return 0
    ready = m[operation + RELEASE]
    for index in range(m[operation + BEFORE], m[operation + BEFORE_END]):
        ready = max(ready, m[m[index] + END] + m[m[index] + DWELL])
    way = m[operation + WAYS]
    length = m[way + MINUTES] + m[way + REST]
    if m[MAKESPAN]:
        return ready - quarters * length // 4
    slack = max(0, m[job + DUE] - ready - length)
    return ready + quarters * slack // (4 * max(1, m[job + WEIGHT]))


def push(m: Memory, count: int, job: int, quarters: int) -> int:
    """Put a job into the heap of those that wait; give their number."""
    key = urgency(m, job, quarters)
    hole = count
    while hole > 0 and m[m[KEYS] + (hole - 1) // 2] > key:
        above = (hole - 1) // 2
        m[m[CHOSEN] + hole] = m[m[CHOSEN] + above]
        m[m[KEYS] + hole] = m[m[KEYS] + above]
        hole = above
    m[m[CHOSEN] + hole] = job
    m[m[KEYS] + hole] = key
    return count + 1


def pop(m: Memory, count: int) -> int:
    """Take the first job out of the heap; give how many are left."""
    count -= 1
    job = m[m[CHOSEN] + count]
    key = m[m[KEYS] + count]
    hole = 0
    while 2 * hole + 1 < count:
        below = 2 * hole + 1
        if below + 1 < count and m[m[KEYS] + below + 1] < m[m[KEYS] + below]:
            below += 1
        if m[m[KEYS] + below] >= key:
            break
        m[m[CHOSEN] + hole] = m[m[CHOSEN] + below]
        m[m[KEYS] + hole] = m[m[KEYS] + below]
        hole = below
    m[m[CHOSEN] + hole] = job
    m[m[KEYS] + hole] = key
    return count


def fill(m: Memory) -> None:
    """Put what has no place into the gaps, jobs that are due first, all else staying."""
    count = 0
    for job in range(m[JOBS], m[JOBS_END], JOB_SIZE):
        m[m[CHOSEN] + count] = job
        m[m[KEYS] + count] = rank(m, job, 0)
        count += 1
    sort_chosen(m, count)
    for index in range(m[CHOSEN], m[CHOSEN] + count):
        place_job(m, m[index], 0)
        settle_job(m, m[index])


def clear(m: Memory) -> None:
    """Take everything off that is not fixed."""
    for job in range(m[JOBS], m[JOBS_END], JOB_SIZE):
        withdraw(m, job)
        forget_job(m, job)
        m[LOOSE] = 0


def keep_all(m: Memory) -> None:
    """Remember the present plan, all of it, as the best."""
    for operation in range(m[OPERATIONS], m[OPERATIONS_END], OPERATION):
        remember(m, operation)
    for job in range(m[JOBS], m[JOBS_END], JOB_SIZE):
        m[job + IS_STALE] = 0
    m[STALE] = 0
    m[BEST] = value(m)


def remember(m: Memory, operation: int) -> None:
    """Remember where an operation stands as part of the best plan."""
    m[operation + BEST_MACHINE] = m[operation + MACHINE]
    m[operation + BEST_START] = m[operation + START]
    m[operation + BEST_END] = m[operation + END]


def miss(m: Memory, job: int) -> None:
    """Note that the best plan lacks a job's present state."""
    if m[job + IS_STALE] == 0:
        m[job + IS_STALE] = 1
        m[m[STALE_LIST] + m[STALE]] = job
        m[STALE] += 1


def renew(m: Memory) -> None:
    """Remember the present plan as the best, if it is better."""
    now = value(m)
    if now >= m[BEST]:
        return
    for index in range(m[STALE_LIST], m[STALE_LIST] + m[STALE]):
        job = m[index]
        m[job + IS_STALE] = 0
        for operation in range(m[job + FIRST], m[job + LAST], OPERATION):
            remember(m, operation)
    m[STALE] = 0
    m[BEST] = now

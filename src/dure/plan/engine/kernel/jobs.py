"""Gap insertion: each operation goes where its whole job can then end earliest."""

from dure.plan.engine.kernel.costs import (
    completion,
)
from dure.plan.engine.kernel.dice import (
    roll,
)
from dure.plan.engine.kernel.machines import (
    above_share,
    find_gap,
    put,
    put_back,
    take,
)
from dure.plan.engine.kernel.roads import (
    arrival,
    ready_at,
    travel,
)
from dure.plan.engine.layout import (
    BEFORE,
    BEFORE_END,
    BEHIND,
    BEHIND_END,
    CHANGE,
    COST_WEIGHT,
    DWELL,
    END,
    EVENNESS,
    FIRST,
    IS_CHAIN,
    IS_FIXED,
    JOB_SIZE,
    JOBS,
    JOBS_END,
    LAST,
    LOOSE,
    MACHINE,
    MINUTES,
    OLD_END,
    OLD_MACHINE,
    OLD_START,
    OLD_WAY,
    ON,
    ONLY,
    OPERATION,
    PRICE,
    PUBLISHED_MACHINE,
    REST,
    SHUT,
    SITE,
    START,
    WAY,
    WAY_SIZE,
    WAYS,
    WAYS_END,
    Memory,
)
from dure.plan.engine.problem import (
    FAR,
)


def least_rest(m: Memory) -> None:
    """Work out, for each alternative, the least time from its end to the end of its job."""
    for job in range(m[JOBS], m[JOBS_END], JOB_SIZE):
        least_rest_of(m, job)


def least_rest_of(m: Memory, job: int) -> None:
    """Work it out for one job."""
    operation = m[job + LAST] - OPERATION
    while operation >= m[job + FIRST]:
        for way in range(m[operation + WAYS], m[operation + WAYS_END], WAY_SIZE):
            m[way + REST] = max(m[way + REST], m[operation + DWELL])
        for index in range(m[operation + BEFORE], m[operation + BEFORE_END]):
            lift_rest(m, m[index], operation)
        operation -= OPERATION


def lift_rest(m: Memory, before: int, operation: int) -> None:
    """Make each alternative of `before` wait for the quickest alternative of the next operation."""
    for way in range(m[before + WAYS], m[before + WAYS_END], WAY_SIZE):
        here = m[m[way + ON] + SITE]
        least = FAR
        for other in range(m[operation + WAYS], m[operation + WAYS_END], WAY_SIZE):
            there = travel(m, here, m[m[other + ON] + SITE])
            least = min(least, there + m[other + MINUTES] + m[other + REST])
        m[way + REST] = max(m[way + REST], m[before + DWELL] + least)


def in_time(m: Memory, operation: int, machine: int, end: int) -> bool:
    """Say whether steps that stand already, pinned, can follow an operation that ends so."""
    for index in range(m[operation + BEHIND], m[operation + BEHIND_END]):
        target = m[m[index] + MACHINE]
        if target:
            leaves = end + m[operation + DWELL]
            there = arrival(m, m[machine + SITE], m[target + SITE], leaves)
            if there > m[m[index] + START]:
                return False
    return True


def place_operation(m: Memory, operation: int, blink: int) -> bool:
    """Put an operation where its job can end earliest; one alternative in `blink` is overlooked."""
    best_score = FAR
    best_way = best_place = best_start = best_end = 0
    for way in range(m[operation + WAYS], m[operation + WAYS_END], WAY_SIZE):
        if m[operation + ONLY] not in (0, way) or (blink > 0 and roll(m, blink) == 0):
            continue
        machine = m[way + ON]
        if m[machine + SHUT]:
            continue
        extra = m[way + REST] + m[way + PRICE] * m[COST_WEIGHT]
        if m[operation + PUBLISHED_MACHINE] not in (0, machine):
            extra += m[CHANGE]
        if m[EVENNESS]:
            extra += m[EVENNESS] * above_share(m, machine, m[way + MINUTES])
        ready = ready_at(m, operation, m[machine + SITE])
        if ready + m[way + MINUTES] + extra >= best_score:
            continue
        place, start, end = find_gap(m, operation, way, ready)
        if end + extra < best_score and in_time(m, operation, machine, end):
            best_score, best_way = end + extra, way
            best_place, best_start, best_end = place, start, end
    if best_way == 0:
        return False
    m[operation + START] = best_start
    m[operation + END] = best_end
    m[operation + WAY] = best_way
    put(m, operation, m[best_way + ON], best_place)
    return True


def place_job(m: Memory, job: int, blink: int) -> bool:
    """Put every operation of a job that has no place yet into one; stop at the first without."""
    if blink > 0 and m[job + IS_CHAIN] == 0:
        return place_graph(m, job, blink)
    for operation in range(m[job + FIRST], m[job + LAST], OPERATION):
        if m[operation + MACHINE] == 0 and not place_somewhere(m, operation, blink):
            return False
    return True


def place_somewhere(m: Memory, operation: int, blink: int) -> bool:
    """Put an operation somewhere; where too much was overlooked, overlook nothing."""
    if place_operation(m, operation, blink):
        return True
    return blink > 0 and place_operation(m, operation, 0)


def place_graph(m: Memory, job: int, blink: int) -> bool:
    """Do the same in an order by chance: branches of a graph compete for machines."""
    while True:
        chosen = 0
        ready = 0
        for operation in range(m[job + FIRST], m[job + LAST], OPERATION):
            if m[operation + MACHINE] == 0 and follows(m, operation):
                ready += 1
                if roll(m, ready) == 0:
                    chosen = operation
        if chosen == 0:
            return True
        if not place_somewhere(m, chosen, blink):
            return False


def follows(m: Memory, operation: int) -> bool:
    """Say whether all that comes before an operation has its place."""
    for index in range(m[operation + BEFORE], m[operation + BEFORE_END]):
        if m[m[index] + MACHINE] == 0:
            return False
    return True


def withdraw(m: Memory, job: int) -> None:
    """Take every operation of a job out of the plan that is not fixed."""
    for operation in range(m[job + FIRST], m[job + LAST], OPERATION):
        if m[operation + MACHINE] and m[operation + IS_FIXED] == 0:
            take(m, operation)


def place_best(m: Memory, job: int, tries: int) -> bool:
    """Put a job in where it ends earliest of so many tries, all else staying; False for nowhere."""
    if not place_job(m, job, 0):
        withdraw(m, job)
        return False
    best = completion(m, job)
    copy_places(m, job)
    for _ in range(tries):
        withdraw(m, job)
        m[LOOSE] = 0  # nobody asks; noted try after try they would outgrow their list
        if place_job(m, job, 4) and completion(m, job) < best:
            best = completion(m, job)
            copy_places(m, job)
    withdraw(m, job)
    for operation in range(m[job + FIRST], m[job + LAST], OPERATION):
        m[operation + START] = m[operation + OLD_START]
        m[operation + END] = m[operation + OLD_END]
        m[operation + WAY] = m[operation + OLD_WAY]
        put_back(m, operation, m[operation + OLD_MACHINE])
    m[LOOSE] = 0
    return True


def copy_places(m: Memory, job: int) -> None:
    """Note where a job's operations stand."""
    for operation in range(m[job + FIRST], m[job + LAST], OPERATION):
        m[operation + OLD_MACHINE] = m[operation + MACHINE]
        m[operation + OLD_WAY] = m[operation + WAY]
        m[operation + OLD_START] = m[operation + START]
        m[operation + OLD_END] = m[operation + END]

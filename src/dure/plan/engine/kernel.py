"""
The kernel: gap insertion, and ruin and recreate. One source, run as Python or compiled.

It is written in the small language that both understand: integers in one row of memory
(layout.py), while and for. No floats, so that the same seed gives the same plan on any
machine; no recursion, which numba's cache does not survive. In what follows `m` is the
memory; a job, an operation, a way (an alternative) and a machine are addresses in it.

Gap insertion puts an operation into the first gap that is long enough on the machine
where the whole job can then end earliest, with transport from wherever the work
before it was done, set-ups on both sides, and the machine's calendar. Ruin and
recreate (after Schrimpf et al. 2000 and SISR, Christiaens and Vanden Berghe 2020)
takes out a late job and its neighbours in machine and time, puts them back in another
order, and keeps what is better or, while it is warm, not much worse.
"""

from dure.plan.engine.layout import (
    BEFORE,
    BEFORE_END,
    BEHIND,
    BEHIND_END,
    BEST,
    BEST_END,
    BEST_MACHINE,
    BEST_START,
    CHANGE,
    CHOSEN,
    CLOSES,
    COST,
    COST_WEIGHT,
    COUNT,
    DESTINATION,
    DIE_ONE,
    DIE_TWO,
    DONE,
    DUE,
    DWELL,
    END,
    FAMILY,
    FIRST,
    IS_CHAIN,
    IS_CHOSEN,
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
    NONE,
    OLD_END,
    OLD_MACHINE,
    OLD_START,
    OLD_WAY,
    ON,
    OPENS,
    OPERATION,
    OPERATIONS,
    OPERATIONS_END,
    PATIENCE,
    PRICE,
    PUBLISHED_MACHINE,
    PUBLISHED_START,
    RELEASE,
    REMOVED,
    REMOVED_LIST,
    REST,
    ROAD,
    SETUP,
    SETUP_AT_START,
    SETUP_WEIGHT,
    SETUPS,
    SETUPS_SIZE,
    SITE,
    SITES,
    SLOTS,
    SPLIT,
    STALE,
    STALE_LIST,
    START,
    STEPS,
    TARDINESS,
    TOTAL,
    TRANSPORT,
    TRUCK,
    WAY,
    WAY_SIZE,
    WAYS,
    WAYS_END,
    WEIGHT,
    WINDOW,
    WINDOWS,
    WINDOWS_END,
    Memory,
)
from dure.plan.engine.problem import DAY, FAR

UNPLANNED = 2**36
"""What a job costs that is not planned: more than any lateness."""


BLINK = 8
"""One alternative in so many is overlooked while recreating, so that the greedy is not always."""


def roll(m: Memory, sides: int) -> int:
    """Throw a die of so many sides: L'Ecuyer's combined generator (1988), within 53 bits."""
    one = m[DIE_ONE] * 40014 % 2147483563
    two = m[DIE_TWO] * 40692 % 2147483399
    m[DIE_ONE] = one
    m[DIE_TWO] = two
    return (one - two) % 2147483562 % sides


# calendars


def window_at(m: Memory, machine: int, minute: int) -> int:
    """Find the first window of a machine's calendar that closes after minute."""
    low = 0
    high = (m[machine + WINDOWS_END] - m[machine + WINDOWS]) // WINDOW
    while low < high:
        middle = (low + high) // 2
        if m[m[machine + WINDOWS] + middle * WINDOW + CLOSES] > minute:
            high = middle
        else:
            low = middle + 1
    return m[machine + WINDOWS] + low * WINDOW


def after_work(m: Memory, machine: int, minute: int, work: int) -> int:
    """Give the minute at which so many working minutes have passed; FAR if the calendar ends."""
    if m[machine + WINDOWS] == 0 or work == 0 or minute >= FAR:
        return min(minute + work, FAR)
    window = window_at(m, machine, minute)
    if window == m[machine + WINDOWS_END]:
        return FAR
    target = m[window + DONE] + max(0, minute - m[window + OPENS]) + work
    low = 0
    high = (m[machine + WINDOWS_END] - window) // WINDOW
    while low < high:
        middle = (low + high) // 2
        other = window + middle * WINDOW
        if m[other + DONE] + m[other + CLOSES] - m[other + OPENS] >= target:
            high = middle
        else:
            low = middle + 1
    window += low * WINDOW
    if window == m[machine + WINDOWS_END]:
        return FAR
    return m[window + OPENS] + target - m[window + DONE]


def first_start(m: Memory, machine: int, minute: int, work: int, split: int) -> int:
    """Give the first minute from which the machine has room for work, in one piece unless split."""
    if m[machine + WINDOWS] == 0 or minute >= FAR:
        return minute
    for window in range(window_at(m, machine, minute), m[machine + WINDOWS_END], WINDOW):
        begin = max(minute, m[window + OPENS])
        if split or begin + work <= m[window + CLOSES]:
            return begin
    return FAR


# transport and set-ups


def arrival(m: Memory, origin: int, target: int, minute: int) -> int:
    """Say when what leaves one site at minute is at another: by the next truck, or at once."""
    pair = origin * m[SITES] + target
    if m[TRUCK] and m[m[TRUCK] + pair]:
        line = m[m[TRUCK] + pair]
        today = minute % DAY
        leaves = DAY + m[line + 1]
        for stop in range(line + 1, line + 1 + m[line]):
            if m[stop] >= today:
                leaves = m[stop]
                break
        minute += leaves - today
    if m[ROAD] == 0:
        return minute
    return minute + m[m[ROAD] + pair]


def changeover(m: Memory, machine: int, before: int, family: int) -> int:
    """Minutes to set a machine up for family after an operation (0: at the beginning)."""
    matrix = m[machine + SETUPS]
    if matrix == 0:
        return 0
    old = m[before + FAMILY] if before else m[machine + SETUP_AT_START]
    if old == NONE:
        return 0
    return m[matrix + old * m[machine + SETUPS_SIZE] + family]


def ready_at(m: Memory, operation: int, site: int) -> int:
    """Say when all that an operation needs is at a site: material, and the steps before it."""
    ready = m[operation + RELEASE]
    for index in range(m[operation + BEFORE], m[operation + BEFORE_END]):
        before = m[index]
        leaves = m[before + END] + m[before + DWELL]
        ready = max(ready, arrival(m, m[m[before + MACHINE] + SITE], site, leaves))
    return ready


# places on a machine


def place_after(m: Memory, machine: int, minute: int) -> int:
    """Find the place of the first operation on a machine that ends after minute."""
    low = 0
    high = m[machine + COUNT]
    while low < high:
        middle = (low + high) // 2
        if m[m[m[machine + SLOTS] + middle] + END] > minute:
            high = middle
        else:
            low = middle + 1
    return low


def find_gap(m: Memory, operation: int, way: int, ready: int) -> tuple[int, int, int]:
    """Give place, start and end in the first gap from ready on; FAR where there is none."""
    machine = m[way + ON]
    work = m[way + MINUTES]
    place = place_after(m, machine, ready)
    slots = m[machine + SLOTS]
    count = m[machine + COUNT]
    while place <= count:
        before = m[slots + place - 1] if place > 0 else 0
        behind = m[slots + place] if place < count else 0
        start = max(ready, m[before + END]) if before else ready
        if behind == 0 or start + work <= m[behind + START]:
            start, end = fit(m, operation, way, before, start)
            if behind == 0:
                return place, start, end
            setup = changeover(m, machine, operation, m[behind + FAMILY])
            if after_work(m, machine, end, setup) <= m[behind + START]:
                return place, start, end
        place += 1
    return place, FAR, FAR


def fit(m: Memory, operation: int, way: int, before: int, start: int) -> tuple[int, int]:
    """Give start and end of an operation behind another: set up, in open hours."""
    machine = m[way + ON]
    work = m[way + MINUTES]
    setup = changeover(m, machine, before, m[operation + FAMILY])
    if setup > 0:
        free = m[before + END] if before else 0
        start = max(start, after_work(m, machine, free, setup))
    start = first_start(m, machine, start, work, m[operation + SPLIT])
    if start >= FAR:
        return FAR, FAR
    end = after_work(m, machine, start, work)
    if end >= FAR:
        return FAR, FAR
    return start, end


def put(m: Memory, operation: int, machine: int, place: int) -> None:
    """Put an operation, whose start and end are set, into its place on a machine."""
    slots = m[machine + SLOTS]
    count = m[machine + COUNT]
    index = slots + count
    while index > slots + place:
        m[index] = m[index - 1]
        index -= 1
    m[index] = operation
    m[machine + COUNT] = count + 1
    m[operation + MACHINE] = machine
    if m[machine + SETUPS]:
        before = m[index - 1] if place > 0 else 0
        behind = m[index + 1] if place < count else 0
        m[SETUP] += detour(m, machine, before, operation, behind)


def take(m: Memory, operation: int) -> None:
    """Take an operation off its machine; note its neighbour if that may now stand too close."""
    machine = m[operation + MACHINE]
    slots = m[machine + SLOTS]
    place = place_after(m, machine, m[operation + START])
    count = m[machine + COUNT] - 1
    for index in range(slots + place, slots + count):
        m[index] = m[index + 1]
    m[machine + COUNT] = count
    m[operation + MACHINE] = 0
    if m[machine + SETUPS]:
        before = m[slots + place - 1] if place > 0 else 0
        behind = m[slots + place] if place < count else 0
        m[SETUP] -= detour(m, machine, before, operation, behind)
        if behind and too_close(m, behind):
            m[m[LOOSE_LIST] + m[LOOSE]] = behind
            m[LOOSE] += 1


def detour(m: Memory, machine: int, before: int, operation: int, behind: int) -> int:
    """Minutes of set-up that an operation adds between its two neighbours."""
    added = changeover(m, machine, before, m[operation + FAMILY])
    if behind:
        family = m[behind + FAMILY]
        added += changeover(m, machine, operation, family)
        added -= changeover(m, machine, before, family)
    return added


def too_close(m: Memory, operation: int) -> bool:
    """Say whether there is no time to set up between an operation and the one before it."""
    machine = m[operation + MACHINE]
    place = place_after(m, machine, m[operation + START])
    before = m[m[machine + SLOTS] + place - 1] if place > 0 else 0
    if m[operation + IS_FIXED] and (before == 0 or m[before + IS_FIXED]):
        return False  # a fact: nobody asks whether it could have been
    setup = changeover(m, machine, before, m[operation + FAMILY])
    free = m[before + END] if before else 0
    return setup > 0 and after_work(m, machine, free, setup) > m[operation + START]


def put_back(m: Memory, operation: int, machine: int) -> None:
    """Put an operation where its start says."""
    put(m, operation, machine, place_after(m, machine, m[operation + START]))


# jobs


def least_rest(m: Memory) -> None:
    """Work out, for each alternative, the least time from its end to the end of its job."""
    for job in range(m[JOBS], m[JOBS_END], JOB_SIZE):
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
        road = m[ROAD] + m[m[way + ON] + SITE] * m[SITES]
        least = FAR
        for other in range(m[operation + WAYS], m[operation + WAYS_END], WAY_SIZE):
            travel = m[road + m[m[other + ON] + SITE]] if m[ROAD] else 0
            least = min(least, travel + m[other + MINUTES] + m[other + REST])
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
        if blink > 0 and roll(m, blink) == 0:
            continue
        machine = m[way + ON]
        extra = m[way + REST] + m[way + PRICE] * m[COST_WEIGHT]
        if m[operation + PUBLISHED_MACHINE] not in (0, machine):
            extra += m[CHANGE]
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
            cost += m[TRANSPORT] * m[m[ROAD] + origin * m[SITES] + m[machine + SITE]]
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
    return m[TOTAL] + m[SETUP_WEIGHT] * m[SETUP]


def settle_job(m: Memory, job: int) -> None:
    """Bring a job's cost and the total up to date."""
    cost = job_cost(m, job)
    m[TOTAL] += cost - m[job + COST]
    m[job + COST] = cost


def forget_job(m: Memory, job: int) -> None:
    """Leave a job's cost out of the total while it has no place."""
    m[TOTAL] -= m[job + COST]
    m[job + COST] = 0


# the first plan


def sort_chosen(m: Memory, count: int) -> None:
    """Sort the chosen jobs by their keys (shell sort: no recursion, few jobs mostly)."""
    jobs = m[CHOSEN]
    keys = m[KEYS]
    gap = count // 2
    while gap > 0:
        for index in range(gap, count):
            job = m[jobs + index]
            key = m[keys + index]
            hole = index
            while hole >= gap and m[keys + hole - gap] > key:
                m[jobs + hole] = m[jobs + hole - gap]
                m[keys + hole] = m[keys + hole - gap]
                hole -= gap
            m[jobs + hole] = job
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


def dispatch(m: Memory, quarters: int) -> None:
    """
    Put one operation after the other in, always of the job that is most urgent just then.

    Urgent is who is ready early, slack weighing so many quarters. In a crowded book that
    is a better beginning than whole jobs.
    """
    count = 0
    for job in range(m[JOBS], m[JOBS_END], JOB_SIZE):
        count = push(m, count, job, quarters)
    while count > 0:
        job = m[m[CHOSEN]]
        count = pop(m, count)
        operation = next_operation(m, job)
        if operation and place_operation(m, operation, 0):
            count = push(m, count, job, quarters)
            continue
        if operation:
            withdraw(m, job)
        settle_job(m, job)
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


# ruin and recreate


def choose(m: Memory, job: int, count: int) -> int:
    """Add a job to the chosen ones, unless it is there already."""
    if m[job + IS_CHOSEN]:
        return count
    m[job + IS_CHOSEN] = 1
    m[m[CHOSEN] + count] = job
    return count + 1


def seed_job(m: Memory) -> int:
    """Choose a job to begin with: mostly one that costs."""
    jobs = (m[JOBS_END] - m[JOBS]) // JOB_SIZE
    job = m[JOBS] + roll(m, jobs) * JOB_SIZE
    if roll(m, 4) == 0:
        return job
    for _ in range(8):
        if m[job + COST] > 0:
            return job
        job = m[JOBS] + roll(m, jobs) * JOB_SIZE
    return job


def any_operation(m: Memory, job: int) -> int:
    """Choose one of a job's operations."""
    return m[job + FIRST] + roll(m, (m[job + LAST] - m[job + FIRST]) // OPERATION) * OPERATION


def neighbour(m: Memory, job: int) -> int:
    """Give a job that stands beside this one: near in time on a machine it uses or could use."""
    operation = any_operation(m, job)
    machine = m[operation + MACHINE]
    if machine == 0 or roll(m, 2) == 0:
        ways = (m[operation + WAYS_END] - m[operation + WAYS]) // WAY_SIZE
        machine = m[m[operation + WAYS] + roll(m, ways) * WAY_SIZE + ON]
    if m[machine + COUNT] == 0:
        return job
    place = place_after(m, machine, m[operation + START]) + roll(m, 5) - 2
    place = min(max(place, 0), m[machine + COUNT] - 1)
    return m[m[m[machine + SLOTS] + place] + JOB]


def choose_jobs(m: Memory, most: int) -> int:
    """Choose jobs that stand together; give their number."""
    count = choose(m, seed_job(m), 0)
    wanted = 2 + roll(m, most - 1)
    tries = 3 * wanted
    while count < wanted and tries > 0:
        near = m[m[CHOSEN] + roll(m, count)]
        count = choose(m, neighbour(m, near), count)
        tries -= 1
    for index in range(m[CHOSEN], m[CHOSEN] + count):
        m[m[index] + IS_CHOSEN] = 0
    return count


def cut_at(m: Memory) -> int:
    """Choose the minute from which to ruin: half the time the whole jobs, else their ends."""
    if roll(m, 2) == 0:
        return -FAR
    return m[any_operation(m, m[m[CHOSEN]]) + START]


def ruin(m: Memory, count: int, cut: int) -> None:
    """Take the chosen jobs' operations from the cut on out of the plan; note where they stood."""
    gone = m[REMOVED_LIST]
    for index in range(m[CHOSEN], m[CHOSEN] + count):
        job = m[index]
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
    """Put the chosen jobs back in; stop as soon as the plan costs more than the limit."""
    for index in range(m[CHOSEN], m[CHOSEN] + count):
        place_job(m, m[index], BLINK)
        settle_job(m, m[index])
        if value(m) > limit:
            return False
    return all_set_up(m)


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
    """Accept a step: note which jobs the best plan lacks, and renew it if this one is better."""
    for index in range(m[CHOSEN], m[CHOSEN] + count):
        if m[m[index] + IS_STALE] == 0:
            m[m[index] + IS_STALE] = 1
            m[m[STALE_LIST] + m[STALE]] = m[index]
            m[STALE] += 1
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


def improve(m: Memory, steps: int, temperature: int, most: int) -> None:
    """Ruin and recreate so many times at one temperature."""
    for _ in range(steps):
        m[STEPS] += 1
        m[LOOSE] = 0
        limit = value(m) + temperature * m[m[PATIENCE] + roll(m, 1024)] // 1024
        count = choose_jobs(m, most)
        ruin(m, count, cut_at(m))
        order_chosen(m, count)
        if recreate(m, count, limit):
            keep(m, count)
        else:
            undo(m, count)

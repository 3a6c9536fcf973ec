"""Places on a machine: the gaps in its row of operations, and putting in and taking out."""

from dure.plan.engine.kernel.calendars import (
    after_work,
    first_start,
)
from dure.plan.engine.kernel.crews import (
    crew_free,
    crew_lacks,
    hold_crew,
    let_crew_go,
    setup_begins,
    setup_ends,
    start_with_crew,
)
from dure.plan.engine.kernel.roads import (
    changeover,
    setup_at,
)
from dure.plan.engine.layout import (
    COUNT,
    CREW,
    END,
    ENDS,
    EVENNESS,
    FAMILIES,
    FAMILY,
    IS_FIXED,
    LOADS,
    LOOSE,
    LOOSE_LIST,
    MACHINE,
    MINUTES,
    NOW,
    ON,
    SETUP,
    SETUPS,
    SHARE,
    SITE,
    SITE_SIZE,
    SLOTS,
    SPLIT,
    START,
    STARTS,
    UNEVEN,
    WAY,
    WORK,
    Memory,
)
from dure.plan.engine.problem import (
    FAR,
)


def place_after(m: Memory, machine: int, minute: int) -> int:
    """Find the place of the first operation on a machine that ends after minute."""
    ends = m[machine + ENDS]
    low = 0
    high = m[machine + COUNT]
    while low < high:
        middle = (low + high) // 2
        if m[ends + middle] > minute:
            high = middle
        else:
            low = middle + 1
    return low


def find_gap(m: Memory, operation: int, way: int, ready: int) -> tuple[int, int, int]:
    """Give place, start and end in the first gap from ready on; FAR where there is none."""
    machine = m[way + ON]
    work = m[way + MINUTES]
    place = place_after(m, machine, ready)
    starts, ends = m[machine + STARTS], m[machine + ENDS]
    count = m[machine + COUNT]
    while True:
        start = max(ready, m[ends + place - 1]) if place > 0 else ready
        if place == count or start + work <= m[starts + place]:
            start, end = fit(m, operation, way, place, start)
            if place == count or leaves_room(m, operation, machine, place, end):
                return place, start, end
        place += 1


def leaves_room(m: Memory, operation: int, machine: int, place: int, end: int) -> bool:
    """Say whether what stands at a place can be set up for behind an operation that ends so."""
    start = m[m[machine + STARTS] + place]
    if m[machine + SETUPS] == 0:
        return end <= start
    setup = changeover(m, machine, m[operation + FAMILY], m[m[machine + FAMILIES] + place])
    if setup and m[machine + CREW] and not has_crew(m, m[m[machine + SLOTS] + place], setup):
        return False
    return after_work(m, machine, end, setup) <= start


def has_crew(m: Memory, operation: int, setup: int) -> bool:
    """Say whether somebody is free for a set-up before an operation that stands."""
    machine, start = m[operation + MACHINE], m[operation + START]
    begins = setup_begins(m, machine, start, setup)
    return crew_free(m, machine, begins, setup_ends(m, machine, start), operation) == begins


def fit(m: Memory, operation: int, way: int, place: int, start: int) -> tuple[int, int]:
    """Give start and end of an operation at a place: set up, in open hours."""
    machine = m[way + ON]
    work = m[way + MINUTES]
    setup = setup_at(m, machine, place, m[operation + FAMILY])
    if setup > 0:
        free = max(m[NOW], m[m[machine + ENDS] + place - 1] if place > 0 else 0)
        start = max(start, after_work(m, machine, free, setup))
    start = first_start(m, machine, start, work, m[operation + SPLIT])
    if setup > 0 and m[machine + CREW]:
        start = start_with_crew(m, operation, way, place, start)
    if start >= FAR:
        return FAR, FAR
    end = after_work(m, machine, start, work)
    if end >= FAR:
        return FAR, FAR
    return start, end


def put(m: Memory, operation: int, machine: int, place: int) -> None:
    """Put an operation, whose start and end are set, into its place on a machine."""
    slots, starts, ends = m[machine + SLOTS], m[machine + STARTS], m[machine + ENDS]
    count = m[machine + COUNT]
    index = count
    while index > place:
        m[slots + index] = m[slots + index - 1]
        m[starts + index] = m[starts + index - 1]
        m[ends + index] = m[ends + index - 1]
        index -= 1
    m[slots + place] = operation
    m[starts + place] = m[operation + START]
    m[ends + place] = m[operation + END]
    m[machine + COUNT] = count + 1
    m[operation + MACHINE] = machine
    if m[EVENNESS]:
        weigh(m, machine, minutes_of(m, operation))
    if m[machine + SETUPS]:
        families = m[machine + FAMILIES]
        for index in range(count, place, -1):
            m[families + index] = m[families + index - 1]
        m[families + place] = m[operation + FAMILY]
        m[SETUP] += detour(m, machine, operation, place, place + 1)
        if m[machine + CREW]:
            hold_crew(m, operation, m[slots + place - 1] if place > 0 else 0)
            hold_crew_behind(m, m[slots + place + 1] if place < count else 0, operation)


def take(m: Memory, operation: int) -> None:
    """Take an operation off its machine; note its neighbour if that may now stand too close."""
    machine = m[operation + MACHINE]
    slots, starts, ends = m[machine + SLOTS], m[machine + STARTS], m[machine + ENDS]
    place = place_after(m, machine, m[operation + START])
    count = m[machine + COUNT] - 1
    for index in range(place, count):
        m[slots + index] = m[slots + index + 1]
        m[starts + index] = m[starts + index + 1]
        m[ends + index] = m[ends + index + 1]
    m[machine + COUNT] = count
    m[operation + MACHINE] = 0
    if m[EVENNESS]:
        weigh(m, machine, -minutes_of(m, operation))
    if m[machine + SETUPS]:
        families = m[machine + FAMILIES]
        for index in range(place, count):
            m[families + index] = m[families + index + 1]
        m[SETUP] -= detour(m, machine, operation, place, place)
        behind = m[slots + place] if place < count else 0
        if m[machine + CREW]:
            let_crew_go(m, operation, machine)
            hold_crew_behind(m, behind, m[slots + place - 1] if place > 0 else 0)
        if behind and too_close(m, behind):
            m[m[LOOSE_LIST] + m[LOOSE]] = behind
            m[LOOSE] += 1


def hold_crew_behind(m: Memory, behind: int, before: int) -> None:
    """Bind a crew anew to the set-up of an operation that stands behind another one now."""
    if behind:
        let_crew_go(m, behind, m[behind + MACHINE])
        hold_crew(m, behind, before)


def minutes_of(m: Memory, operation: int) -> int:
    """Give an operation's minutes of work; a fact takes as long as it took."""
    if m[operation + WAY]:
        return m[m[operation + WAY] + MINUTES]
    return m[operation + END] - m[operation + START]


def weigh(m: Memory, machine: int, minutes: int) -> None:
    """Count so many minutes of work more at a machine's site."""
    site = m[LOADS] + m[machine + SITE] * SITE_SIZE
    m[UNEVEN] += above_share(m, machine, minutes)
    m[site + WORK] += minutes


def above_share(m: Memory, machine: int, minutes: int) -> int:
    """Say how many minutes more lie above even shares if a machine's site gets so many more."""
    site = m[LOADS] + m[machine + SITE] * SITE_SIZE
    above = m[site + WORK] - m[site + SHARE]
    return max(0, above + minutes) - max(0, above)


def detour(m: Memory, machine: int, operation: int, place: int, behind: int) -> int:
    """Minutes of set-up that an operation adds at a place, before what stands at another."""
    added = setup_at(m, machine, place, m[operation + FAMILY])
    if behind < m[machine + COUNT]:
        family = m[m[machine + FAMILIES] + behind]
        added += changeover(m, machine, m[operation + FAMILY], family)
        added -= setup_at(m, machine, place, family)
    return added


def too_close(m: Memory, operation: int) -> bool:
    """Say whether there is no time, or nobody, to set up between an operation and that before."""
    machine = m[operation + MACHINE]
    place = place_after(m, machine, m[operation + START])
    before = m[m[machine + SLOTS] + place - 1] if place > 0 else 0
    if m[operation + IS_FIXED] and (before == 0 or m[before + IS_FIXED]):
        return False  # a fact: nobody asks whether it could have been
    setup = setup_at(m, machine, place, m[operation + FAMILY])
    free = m[before + END] if before else 0
    if setup == 0:
        return False
    if after_work(m, machine, free, setup) > m[operation + START]:
        return True
    return m[machine + CREW] > 0 and crew_lacks(m, operation)


def put_back(m: Memory, operation: int, machine: int) -> None:
    """Put an operation where its start says."""
    put(m, operation, machine, place_after(m, machine, m[operation + START]))

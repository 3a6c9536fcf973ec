"""
The graph of a plan whose makespan counts: rows of nodes on machines, heads and tails.

A node's head is the earliest start that the nodes before it in its job and on its machine
allow; its tail is what must still follow its end. Head + length + tail of a node is the longest
path through it; nodes where that is the makespan are critical.
"""

from dure.plan.engine.kernel.dice import (
    roll,
)
from dure.plan.engine.kernel.first import (
    sort_by_key,
)
from dure.plan.engine.kernel.roads import (
    changeover,
    family_after,
    travel,
)
from dure.plan.engine.layout import (
    AFTERWARDS,
    ARRIVES,
    ARRIVES_END,
    CHOICE,
    DESTINATION,
    DWELL,
    FAMILY,
    HEAD,
    IN_ROW,
    JOB,
    LANE,
    LEAVES,
    LEAVES_END,
    LENGTH,
    LONGEST,
    MACHINE_SIZE,
    MACHINES,
    MACHINES_END,
    MINUTES,
    NEXT,
    NODE,
    NODES,
    NODES_END,
    NONE,
    ON,
    ORDER,
    ORDER_KEYS,
    PATH,
    PATH_LENGTH,
    PLACE,
    PREVIOUS,
    READY,
    RELEASE,
    ROW,
    SETUPS,
    SINKS,
    SINKS_END,
    SITE,
    STEP,
    TAIL,
    Memory,
)


def arrange(m: Memory) -> None:
    """Line the nodes up on the machines of their choices, in the order of their keys; measure."""
    for machine in range(m[MACHINES], m[MACHINES_END], MACHINE_SIZE):
        m[machine + IN_ROW] = 0
    count = (m[NODES_END] - m[NODES]) // NODE
    sort_by_key(m, m[ORDER], m[ORDER_KEYS], count)
    for place in range(count):
        node = m[m[ORDER] + place]
        m[node + PLACE] = place
        link(m, node, m[node + CHOICE], m[m[m[node + CHOICE] + ON] + IN_ROW])
        set_head(m, node)
    for place in range(count - 1, -1, -1):
        set_tail(m, m[m[ORDER] + place])
    set_longest(m)


def link(m: Memory, node: int, way: int, index: int) -> None:
    """Put a node into the row of a way's machine."""
    machine = m[way + ON]
    row = m[machine + ROW]
    here = row + m[machine + IN_ROW]
    while here > row + index:
        m[here] = m[here - 1]
        here -= 1
    m[here] = node
    before = m[here - 1] if index > 0 else 0
    behind = m[here + 1] if index < m[machine + IN_ROW] else 0
    m[machine + IN_ROW] += 1
    m[node + CHOICE] = way
    m[node + LANE] = machine
    m[node + LENGTH] = m[way + MINUTES]
    join(m, before, node)
    join(m, node, behind)


def unlink(m: Memory, node: int) -> None:
    """Take a node out of its row."""
    machine = m[node + LANE]
    row = m[machine + ROW]
    last = row + m[machine + IN_ROW] - 1
    for here in range(row + row_index(m, node), last):
        m[here] = m[here + 1]
    m[machine + IN_ROW] -= 1
    join(m, m[node + PREVIOUS], m[node + NEXT])


def join(m: Memory, before: int, behind: int) -> None:
    """Let two nodes stand beside one another; either may be none."""
    if before:
        m[before + NEXT] = behind
    if behind:
        m[behind + PREVIOUS] = before


def row_index(m: Memory, node: int) -> int:
    """Say at which place of its row a node stands, by its head."""
    return first_after(m, m[node + LANE], m[node + HEAD])


def first_after(m: Memory, machine: int, minute: int) -> int:
    """Give the place of the first node of a machine's row that ends after a minute."""
    low = 0
    high = m[machine + IN_ROW]
    while low < high:
        middle = (low + high) // 2
        node = m[m[machine + ROW] + middle]
        if m[node + HEAD] + m[node + LENGTH] > minute:
            high = middle
        else:
            low = middle + 1
    return low


def gap_between(m: Memory, machine: int, before: int, behind: int) -> int:
    """Minutes of set-up between two nodes on a machine (before 0: at the beginning)."""
    if m[machine + SETUPS] == 0:
        return 0
    old = family_after(m, machine, m[before + STEP] if before else 0)
    return changeover(m, machine, old, m[m[behind + STEP] + FAMILY])


def road_between(m: Memory, origin: int, target: int) -> int:
    """Minutes between two machines' sites."""
    return travel(m, m[origin + SITE], m[target + SITE])


def ready_on(m: Memory, node: int, machine: int) -> int:
    """Say when what a node needs is at a machine, by the heads of the nodes before it."""
    ready = m[m[node + STEP] + RELEASE]
    for index in range(m[node + ARRIVES], m[node + ARRIVES_END]):
        before = m[index]
        there = m[before + HEAD] + m[before + LENGTH] + m[m[before + STEP] + DWELL]
        ready = max(ready, there + road_between(m, m[before + LANE], machine))
    return ready


def afterwards_on(m: Memory, node: int, machine: int) -> int:
    """Say what must follow a node in its job if it ends on a machine, by tails."""
    dwell = m[m[node + STEP] + DWELL]
    destination = m[m[m[node + STEP] + JOB] + DESTINATION]
    rest = dwell
    if destination != NONE:
        rest += travel(m, m[machine + SITE], destination)
    for index in range(m[node + LEAVES], m[node + LEAVES_END]):
        behind = m[index]
        road = road_between(m, machine, m[behind + LANE])
        rest = max(rest, dwell + road + m[behind + LENGTH] + m[behind + TAIL])
    return rest


def set_head(m: Memory, node: int) -> None:
    """Set a node's head by what comes before it."""
    machine = m[node + LANE]
    ready = ready_on(m, node, machine)
    m[node + READY] = ready
    m[node + HEAD] = max(ready, free_behind(m, machine, m[node + PREVIOUS], node))


def set_tail(m: Memory, node: int) -> None:
    """Set a node's tail by what follows it."""
    machine = m[node + LANE]
    rest = afterwards_on(m, node, machine)
    m[node + AFTERWARDS] = rest
    behind = m[node + NEXT]
    if behind:
        setup = gap_between(m, machine, node, behind)
        rest = max(rest, setup + m[behind + LENGTH] + m[behind + TAIL])
    m[node + TAIL] = rest


def set_longest(m: Memory) -> None:
    """Work out the makespan."""
    longest = 0
    for index in range(m[SINKS], m[SINKS_END]):
        node = m[index]
        longest = max(longest, m[node + HEAD] + m[node + LENGTH] + m[node + AFTERWARDS])
    m[LONGEST] = longest


def free_behind(m: Memory, machine: int, before: int, node: int) -> int:
    """Say when a machine is set up for a node behind another (0: at the beginning)."""
    setup = gap_between(m, machine, before, node)
    if before:
        setup += m[before + HEAD] + m[before + LENGTH]
    return setup


def trace_path(m: Memory) -> None:
    """List one longest path, from its end back, choosing by chance where several lead."""
    node = 0
    ties = 0
    for index in range(m[SINKS], m[SINKS_END]):
        other = m[index]
        rest = m[other + TAIL]
        if m[other + HEAD] + m[other + LENGTH] + rest == m[LONGEST] and rest == way_home(m, other):
            ties += 1
            if roll(m, ties) == 0:
                node = other
    count = 0
    while node:
        m[m[PATH] + count] = node
        count += 1
        node = critical_before(m, node)
    m[PATH_LENGTH] = count


def way_home(m: Memory, node: int) -> int:
    """Minutes from a node's end until what it made is where its job is wanted."""
    rest = m[m[node + STEP] + DWELL]
    destination = m[m[m[node + STEP] + JOB] + DESTINATION]
    if destination == NONE:
        return rest
    return rest + travel(m, m[m[node + LANE] + SITE], destination)


def critical_before(m: Memory, node: int) -> int:
    """Give a node that this one had to wait for; 0 where it waited for none."""
    machine = m[node + LANE]
    found = m[node + PREVIOUS]
    if found and free_behind(m, machine, found, node) < m[node + HEAD]:
        found = 0
    ties = 1 if found else 0
    for index in range(m[node + ARRIVES], m[node + ARRIVES_END]):
        before = m[index]
        there = m[before + HEAD] + m[before + LENGTH] + m[m[before + STEP] + DWELL]
        if there + road_between(m, m[before + LANE], machine) == m[node + HEAD]:
            ties += 1
            if roll(m, ties) == 0:
                found = before
    return found

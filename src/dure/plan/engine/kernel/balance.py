"""
Loads: which machine does what, so that none has more to do than need be; no order of time yet.

Where every machine is always busy the makespan is the greatest load, and longest paths say little:
almost every node is on one. Simulated annealing on loads alone, some hundred throws for each
operation, finds in milliseconds what a search on paths does not find at all. A node goes to
another machine, or changes machines with one that stands there: where each has machines that are
quickest for it, only that keeps all work short.
"""

from dure.plan.engine.kernel.dice import (
    roll,
)
from dure.plan.engine.layout import (
    BALANCED,
    BOUND,
    CHOICE,
    LOAD,
    MACHINE_SIZE,
    MACHINES,
    MACHINES_END,
    MINUTES,
    NODE,
    NODES,
    NODES_END,
    ON,
    ONLY,
    OPERATION,
    OPERATIONS,
    OPERATIONS_END,
    PATIENCE,
    STEP,
    WAY_SIZE,
    WAYS,
    WAYS_END,
    Memory,
)

THROWS, MOST_THROWS = 100, 1000
"""So many for each node, and two more for each other node, up to so many."""
LENGTHY = 40
"""What a minute of work more weighs, beside squares of minutes above the bound."""
TRIES = 32
"""So many nodes are looked at for one to change machines with."""


def balance(m: Memory) -> None:
    """Choose a way for each node so that little work lies above the bound, and all is short."""
    load_machines(m)
    count = (m[NODES_END] - m[NODES]) // NODE
    warm = LENGTHY * m[BALANCED] // max(1, count)
    throws = min(THROWS + 2 * count, MOST_THROWS) * count
    for left in range(throws, 0, -1):
        share = left * 1024 // throws
        heat = warm * share // 1024 * share // 1024 * share // 1024
        heat = heat * m[m[PATIENCE] + roll(m, 1024)] // 1024
        node = m[NODES] + roll(m, count) * NODE
        step = m[node + STEP]
        ways = (m[step + WAYS_END] - m[step + WAYS]) // WAY_SIZE
        if ways == 1:
            continue
        way = m[step + WAYS] + roll(m, ways) * WAY_SIZE
        if way == m[node + CHOICE]:
            continue
        if burden_of(m, node, way) <= heat:
            choose_way(m, node, way)
        elif roll(m, 2) == 0:
            exchange(m, node, way, m[NODES] + roll(m, count) * NODE, heat)
    for node in range(m[NODES], m[NODES_END], NODE):
        m[m[node + STEP] + ONLY] = m[node + CHOICE]


def exchange(m: Memory, node: int, way: int, other: int, heat: int) -> None:
    """Let a node take a way, and one from there the machine that it leaves, if that is worth it."""
    here, there = m[m[node + CHOICE] + ON], m[way + ON]
    other = node_on(m, there, other)
    back = way_on(m, other, here) if other else 0
    if back == 0:
        return
    on = m[way + MINUTES] - m[m[other + CHOICE] + MINUTES]
    off = m[back + MINUTES] - m[m[node + CHOICE] + MINUTES]
    one, two = m[here + LOAD], m[there + LOAD]
    change = over(m, one + off) - over(m, one) + over(m, two + on) - over(m, two)
    if change + LENGTHY * (on + off) <= heat:
        choose_way(m, node, way)
        choose_way(m, other, back)


def node_on(m: Memory, machine: int, node: int) -> int:
    """Give a node of a machine, looking from one on; 0 where none is near."""
    for _ in range(TRIES):
        if m[m[node + CHOICE] + ON] == machine:
            return node
        node += NODE
        if node == m[NODES_END]:
            node = m[NODES]
    return 0


def way_on(m: Memory, node: int, machine: int) -> int:
    """Give a node's way on a machine; 0 where there is none."""
    step = m[node + STEP]
    for way in range(m[step + WAYS], m[step + WAYS_END], WAY_SIZE):
        if m[way + ON] == machine:
            return way
    return 0


def choose_way(m: Memory, node: int, way: int) -> None:
    """Let a node take a way."""
    m[m[m[node + CHOICE] + ON] + LOAD] -= m[m[node + CHOICE] + MINUTES]
    m[m[way + ON] + LOAD] += m[way + MINUTES]
    m[node + CHOICE] = way


def load_machines(m: Memory) -> None:
    """Begin with each node's quickest way, and add the work up."""
    for machine in range(m[MACHINES], m[MACHINES_END], MACHINE_SIZE):
        m[machine + LOAD] = 0
    m[BALANCED] = 0
    for node in range(m[NODES], m[NODES_END], NODE):
        step = m[node + STEP]
        best = m[step + WAYS]
        for way in range(m[step + WAYS], m[step + WAYS_END], WAY_SIZE):
            if m[way + MINUTES] < m[best + MINUTES]:
                best = way
        m[node + CHOICE] = best
        m[m[best + ON] + LOAD] += m[best + MINUTES]
        m[BALANCED] += m[best + MINUTES]


def burden_of(m: Memory, node: int, way: int) -> int:
    """Say how much worse loads are if a node takes a way: squares above the bound, and all work."""
    old = m[node + CHOICE]
    if old == way:
        return 0
    here, there = m[m[old + ON] + LOAD], m[m[way + ON] + LOAD]
    off, on = m[old + MINUTES], m[way + MINUTES]
    change = over(m, here - off) - over(m, here) + over(m, there + on) - over(m, there)
    return change + LENGTHY * (on - off)


def over(m: Memory, load: int) -> int:
    """Give the square of what a load has above the bound."""
    above = max(0, load - m[BOUND])
    return above * above


def free_choice(m: Memory) -> None:
    """Let every operation take any way again."""
    for operation in range(m[OPERATIONS], m[OPERATIONS_END], OPERATION):
        m[operation + ONLY] = 0

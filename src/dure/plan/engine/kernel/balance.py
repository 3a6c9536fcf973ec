"""
Loads: which machine does what, so that none has more to do than need be; no order of time yet.

Where every machine is always busy the makespan is the greatest load, and longest paths say little:
almost every node is on one. Simulated annealing on loads alone, some hundred throws for each
operation, finds in milliseconds what a search on paths does not find at all.
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

THROWS = 300
"""So many for each node."""
LENGTHY = 4
"""What a minute of work more weighs, beside squares of minutes above the bound."""


def balance(m: Memory) -> None:
    """Choose a way for each node so that little work lies above the bound, and all is short."""
    load_machines(m)
    count = (m[NODES_END] - m[NODES]) // NODE
    warm = (m[BALANCED] // max(1, count)) ** 2
    throws = THROWS * count
    for left in range(throws, 0, -1):
        node = m[NODES] + roll(m, count) * NODE
        step = m[node + STEP]
        ways = (m[step + WAYS_END] - m[step + WAYS]) // WAY_SIZE
        if ways == 1:
            continue
        way = m[step + WAYS] + roll(m, ways) * WAY_SIZE
        share = left * 1024 // throws
        heat = warm * share // 1024 * share // 1024 * share // 1024
        if burden_of(m, node, way) <= heat * m[m[PATIENCE] + roll(m, 1024)] // 1024:
            m[m[m[node + CHOICE] + ON] + LOAD] -= m[m[node + CHOICE] + MINUTES]
            m[m[way + ON] + LOAD] += m[way + MINUTES]
            m[node + CHOICE] = way
    for node in range(m[NODES], m[NODES_END], NODE):
        m[m[node + STEP] + ONLY] = m[node + CHOICE]


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

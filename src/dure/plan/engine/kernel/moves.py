"""
The moves of the tabu search: a critical node to another machine, or elsewhere in its block.

To another machine: between any two nodes there that leave no circle, estimated by the longest
path through the node (Mastrolilli and Gambardella 2000; with set-ups, Gonzalez, Vela and Varela
2013). Within a block: any node before its first or behind its last, the first and the last to
anywhere inside (N6, Balas and Vazacopoulos 1998), estimated by new heads and tails of all that
the move passes.
"""

from dure.plan.engine.kernel.dice import (
    roll,
)
from dure.plan.engine.kernel.graph import (
    afterwards_on,
    first_after,
    free_behind,
    gap_between,
    ready_on,
)
from dure.plan.engine.layout import (
    AFTERWARDS,
    ARRIVES,
    ARRIVES_END,
    CHOICE,
    CLIMB,
    HEAD,
    IN_ROW,
    LANE,
    LAST_AFTER,
    LAST_NODE_MOVED,
    LAST_TIES,
    LAST_WAY,
    LEAVES,
    LEAVES_END,
    LENGTH,
    MINUTES,
    MOVE_AFTER,
    MOVE_NODE,
    MOVE_TIES,
    MOVE_VALUE,
    MOVE_WAY,
    NEW_HEAD,
    NEXT,
    ON,
    PATH,
    PATH_LENGTH,
    PREVIOUS,
    READY,
    ROW,
    STEP,
    TABU,
    TAIL,
    TURN,
    WAY_SIZE,
    WAYS,
    WAYS_END,
    Memory,
)
from dure.plan.engine.problem import (
    FAR,
)

TABU_SIZE = 65536
REACH = 16
"""So many nodes of a block a move passes, as a rule: what passes more takes long to weigh."""
SELDOM = 8
"""One time in so many any number may be passed."""


def tabu_at(m: Memory, one: int, other: int) -> int:
    """Give the place in the tabu table of one before the other, or of one on a machine."""
    return m[TABU] + (one * 7919 + other * 104729) % TABU_SIZE


def look_around(m: Memory) -> None:
    """Weigh all moves of the nodes on the longest path; the best stands in the header."""
    m[MOVE_NODE] = m[LAST_NODE_MOVED] = 0
    m[MOVE_VALUE] = FAR
    m[MOVE_TIES] = m[LAST_TIES] = 0
    last = m[PATH] + m[PATH_LENGTH] - 1
    index = m[PATH]
    while index <= last:
        first = index
        weigh_machines(m, m[index])
        while index < last and m[m[index] + PREVIOUS] == m[index + 1]:
            index += 1
            weigh_machines(m, m[index])
        if index > first:
            weigh_block(m, m[index], m[first])
        index += 1


def offer(m: Memory, node: int, way: int, after: int, value: int, is_tabu: bool) -> None:  # noqa: PLR0917 - no keywords
    """Take note of a move if it is the best so far; of tabu ones keep any, for want of others."""
    if is_tabu and value >= m[CLIMB]:
        m[LAST_TIES] += 1
        if roll(m, m[LAST_TIES]) == 0:
            m[LAST_NODE_MOVED], m[LAST_WAY], m[LAST_AFTER] = node, way, after
        return
    if value > m[MOVE_VALUE]:
        return
    if value < m[MOVE_VALUE]:
        m[MOVE_TIES] = 0
    m[MOVE_TIES] += 1
    if roll(m, m[MOVE_TIES]) == 0:
        m[MOVE_VALUE] = value
        m[MOVE_NODE], m[MOVE_WAY], m[MOVE_AFTER] = node, way, after


# to another machine


def weigh_machines(m: Memory, node: int) -> None:
    """Weigh every place on every other machine that can do a node."""
    step = m[node + STEP]
    for way in range(m[step + WAYS], m[step + WAYS_END], WAY_SIZE):
        if way != m[node + CHOICE]:
            weigh_machine(m, node, way)


def weigh_machine(m: Memory, node: int, way: int) -> None:
    """
    Weigh the places on another machine that leave no circle and of which none is surely better.

    Before the first node there that ends after this one is ready, earlier places gain nothing;
    behind the first that lets its own job go on at once, later ones gain nothing.
    """
    machine = m[way + ON]
    ready = ready_on(m, node, machine)
    rest = afterwards_on(m, node, machine)
    is_tabu = m[tabu_at(m, node, machine)] > m[TURN]
    place = first_after(m, machine, ready)
    row = m[machine + ROW]
    after = m[row + place - 1] if place > 0 else 0
    while True:
        behind = m[row + place] if place < m[machine + IN_ROW] else 0
        end = rest
        if behind:
            setup = gap_between(m, machine, node, behind)
            end = max(end, setup + m[behind + LENGTH] + m[behind + TAIL])
        begin = max(ready, free_behind(m, machine, after, node))
        offer(m, node, way, after, begin + m[way + MINUTES] + end, is_tabu)
        if end == rest or follows_from(m, node, behind):
            return
        after = behind
        place += 1


def may_reach(m: Memory, one: int, other: int) -> bool:
    """Say whether a path might lead from one node to another: by heads and tails, no proof."""
    if one == other:
        return True
    if m[other + HEAD] < m[one + HEAD] + m[one + LENGTH]:
        return False
    return m[one + TAIL] >= m[other + LENGTH] + m[other + TAIL]


def leads_before(m: Memory, other: int, node: int) -> bool:
    """Say whether another node might have to be done before one that precedes this in its job."""
    for index in range(m[node + ARRIVES], m[node + ARRIVES_END]):
        if may_reach(m, other, m[index]):
            return True
    return False


def follows_from(m: Memory, node: int, other: int) -> bool:
    """Say whether another node might have to wait for one that follows this in its job."""
    for index in range(m[node + LEAVES], m[node + LEAVES_END]):
        if may_reach(m, m[index], other):
            return True
    return False


# within a block


def weigh_block(m: Memory, first: int, last: int) -> None:
    """Weigh the moves of a block, from its first node to its last; far ones now and then."""
    reach = REACH if roll(m, SELDOM) else FAR
    node = first
    for _ in range(reach):
        node = m[node + NEXT]
        weigh_ahead(m, node, first)
        weigh_behind(m, first, node)
        if node == last:
            break
    node = last
    for _ in range(reach):
        node = m[node + PREVIOUS]
        if node == first:
            break
        weigh_behind(m, node, last)
        weigh_ahead(m, last, node)


def weigh_behind(m: Memory, node: int, target: int) -> None:
    """Weigh a node's move to right behind a target that stands behind it."""
    if follows_from(m, node, target):
        return
    machine = m[node + LANE]
    is_tabu = False
    before = m[node + PREVIOUS]
    end = m[before + HEAD] + m[before + LENGTH] if before else 0
    here = node
    while here != target:
        here = m[here + NEXT]
        if m[tabu_at(m, here, node)] > m[TURN]:
            is_tabu = True
        head = max(m[here + READY], end + gap_between(m, machine, before, here))
        m[here + NEW_HEAD] = head
        end = head + m[here + LENGTH]
        before = here
    head = max(m[node + READY], end + gap_between(m, machine, target, node))
    value = weigh_tails(m, node, head, target)
    offer(m, node, m[node + CHOICE], target, value, is_tabu)


def weigh_tails(m: Memory, node: int, head: int, target: int) -> int:
    """Give the longest path through a node moved behind a target, and all that it passes."""
    machine = m[node + LANE]
    here, behind, first = target, m[target + NEXT], m[node + NEXT]
    tail = new_tail(m, machine, node, behind, m[behind + TAIL] if behind else 0)
    value = head + m[node + LENGTH] + tail
    behind = node
    while True:
        tail = new_tail(m, machine, here, behind, tail)
        value = max(value, m[here + NEW_HEAD] + m[here + LENGTH] + tail)
        if here == first:
            return value
        behind, here = here, m[here + PREVIOUS]


def new_tail(m: Memory, machine: int, node: int, behind: int, tail: int) -> int:
    """Give a node's tail in front of another with its tail."""
    rest = m[node + AFTERWARDS]
    if behind == 0:
        return rest
    return max(rest, gap_between(m, machine, node, behind) + m[behind + LENGTH] + tail)


def weigh_ahead(m: Memory, node: int, target: int) -> None:
    """Weigh a node's move to right before a target that stands before it."""
    if leads_before(m, target, node):
        return
    machine = m[node + LANE]
    before = m[target + PREVIOUS]
    end = m[before + HEAD] + m[before + LENGTH] if before else 0
    head = max(m[node + READY], end + gap_between(m, machine, before, node))
    is_tabu = False
    end, last, here = head + m[node + LENGTH], node, target
    while here != node:
        if m[tabu_at(m, node, here)] > m[TURN]:
            is_tabu = True
        head_here = max(m[here + READY], end + gap_between(m, machine, last, here))
        m[here + NEW_HEAD] = head_here
        end, last, here = head_here + m[here + LENGTH], here, m[here + NEXT]
    value = weigh_passed(m, node, head, target)
    offer(m, node, m[node + CHOICE], before, value, is_tabu)


def weigh_passed(m: Memory, node: int, head: int, target: int) -> int:
    """Give the longest path through a node moved before a target, and all that it passes."""
    machine = m[node + LANE]
    value, behind = 0, m[node + NEXT]
    tail = m[behind + TAIL] if behind else 0
    here = m[node + PREVIOUS]
    while True:
        tail = new_tail(m, machine, here, behind, tail)
        value = max(value, m[here + NEW_HEAD] + m[here + LENGTH] + tail)
        behind = here
        if here == target:
            break
        here = m[here + PREVIOUS]
    tail = new_tail(m, machine, node, target, tail)
    return max(value, head + m[node + LENGTH] + tail)

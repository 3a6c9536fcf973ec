"""
The order of the nodes in time: kept, and heads and tails with it, when one of them moves.

Only what lies between the old place of a node and its new one is put in another order, and
only nodes whose head or tail becomes another are looked at.
"""

from dure.plan.engine.kernel.graph import (
    link,
    row_index,
    set_head,
    set_longest,
    set_tail,
    unlink,
)
from dure.plan.engine.layout import (
    ARRIVES,
    ARRIVES_END,
    HEAD,
    LEAVES,
    LEAVES_END,
    MARK,
    NEXT,
    ORDER,
    PLACE,
    PREVIOUS,
    SPARE,
    STAMP,
    TAIL,
    Memory,
)


def move_node(m: Memory, node: int, way: int, after: int) -> bool:
    """Move a node behind another on a way's machine; False, and nothing good, if in a circle."""
    before, behind = m[node + PREVIOUS], m[node + NEXT]
    unlink(m, node)
    m[STAMP] += 1
    link(m, node, way, row_index(m, after) + 1 if after else 0)
    if not put_in_order(m, node):
        return False
    spread_heads(m, node, behind)
    spread_tails(m, node, before)
    set_longest(m)
    return True


def put_in_order(m: Memory, node: int) -> bool:
    """Renew the order of time around a node that has moved; False if there is none."""
    before, behind = m[node + PREVIOUS], m[node + NEXT]
    if before and m[before + PLACE] > m[node + PLACE]:
        return push_back(m, node, m[before + PLACE])
    if behind and m[behind + PLACE] < m[node + PLACE]:
        return pull_forward(m, node, m[behind + PLACE])
    return True


def push_back(m: Memory, node: int, last: int) -> bool:
    """Move a node, and all up to a place that must wait for it, behind that place."""
    m[STAMP] += 1
    stamp = m[STAMP]
    order = m[ORDER]
    free = m[node + PLACE]
    m[node + MARK] = stamp
    m[m[SPARE]] = node
    count = 1
    for place in range(free + 1, last + 1):
        other = m[order + place]
        if waits_for_mark(m, other, stamp):
            m[other + MARK] = stamp
            m[m[SPARE] + count] = other
            count += 1
        else:
            m[order + free] = other
            m[other + PLACE] = free
            free += 1
    for index in range(count):
        other = m[m[SPARE] + index]
        m[order + free + index] = other
        m[other + PLACE] = free + index
    return m[m[node + PREVIOUS] + MARK] != stamp


def waits_for_mark(m: Memory, node: int, stamp: int) -> bool:
    """Say whether a node waits for one that is marked."""
    if m[node + PREVIOUS] and m[m[node + PREVIOUS] + MARK] == stamp:
        return True
    for index in range(m[node + ARRIVES], m[node + ARRIVES_END]):
        if m[m[index] + MARK] == stamp:
            return True
    return False


def pull_forward(m: Memory, node: int, first: int) -> bool:
    """Move a node, and all down to a place that it must wait for, before that place."""
    m[STAMP] += 1
    stamp = m[STAMP]
    order = m[ORDER]
    free = m[node + PLACE]
    m[node + MARK] = stamp
    m[m[SPARE]] = node
    count = 1
    for place in range(free - 1, first - 1, -1):
        other = m[order + place]
        if awaited_by_mark(m, other, stamp):
            m[other + MARK] = stamp
            m[m[SPARE] + count] = other
            count += 1
        else:
            m[order + free] = other
            m[other + PLACE] = free
            free -= 1
    for index in range(count):
        other = m[m[SPARE] + index]
        m[order + free - index] = other
        m[other + PLACE] = free - index
    return m[m[node + NEXT] + MARK] != stamp


def awaited_by_mark(m: Memory, node: int, stamp: int) -> bool:
    """Say whether one that is marked waits for a node."""
    if m[node + NEXT] and m[m[node + NEXT] + MARK] == stamp:
        return True
    for index in range(m[node + LEAVES], m[node + LEAVES_END]):
        if m[m[index] + MARK] == stamp:
            return True
    return False


def spread_heads(m: Memory, node: int, left: int) -> None:
    """Renew the heads of a node that moved, of the one it left, and of all that differ."""
    m[STAMP] += 1
    stamp = m[STAMP]
    waiting = mark(m, node, stamp) + mark(m, left, stamp)
    place = m[node + PLACE]
    if left:
        place = min(place, m[left + PLACE])
    while waiting > 0:
        other = m[m[ORDER] + place]
        place += 1
        if m[other + MARK] == stamp:
            waiting -= 1
            old = m[other + HEAD]
            set_head(m, other)
            if old != m[other + HEAD] or other == node:
                waiting += mark(m, m[other + NEXT], stamp)
                for index in range(m[other + LEAVES], m[other + LEAVES_END]):
                    waiting += mark(m, m[index], stamp)


def spread_tails(m: Memory, node: int, left: int) -> None:
    """Renew the tails of a node that moved, of the one it left, and of all that differ."""
    m[STAMP] += 1
    stamp = m[STAMP]
    waiting = mark(m, node, stamp) + mark(m, left, stamp)
    place = m[node + PLACE]
    if left:
        place = max(place, m[left + PLACE])
    while waiting > 0:
        other = m[m[ORDER] + place]
        place -= 1
        if m[other + MARK] == stamp:
            waiting -= 1
            old = m[other + TAIL]
            set_tail(m, other)
            if old != m[other + TAIL] or other == node:
                waiting += mark(m, m[other + PREVIOUS], stamp)
                for index in range(m[other + ARRIVES], m[other + ARRIVES_END]):
                    waiting += mark(m, m[index], stamp)


def mark(m: Memory, node: int, stamp: int) -> int:
    """Mark a node; give 1 if there is one and it was not marked yet."""
    if node == 0 or m[node + MARK] == stamp:
        return 0
    m[node + MARK] = stamp
    return 1

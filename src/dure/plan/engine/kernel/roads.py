"""What lies between two operations: roads, trucks, drying; set-ups on a machine."""

from dure.plan.engine.layout import (
    BEFORE,
    BEFORE_END,
    DAY_LENGTH,
    DWELL,
    END,
    FAMILIES,
    FAMILY,
    LONGEST_ROAD,
    MACHINE,
    NONE,
    RELEASE,
    ROAD,
    ROAD_BITS,
    ROADS_IN_ONE,
    SETUP_AT_START,
    SETUPS,
    SETUPS_SIZE,
    SITE,
    SITES,
    TRUCK,
    Memory,
)


def travel(m: Memory, origin: int, target: int) -> int:
    """Minutes from one site to another; 0 where there are no roads."""
    if m[ROAD] == 0:
        return 0
    pair = origin * m[SITES] + target
    if m[ROADS_IN_ONE] == 1:
        return m[m[ROAD] + pair]
    return m[m[ROAD] + (pair >> 2)] >> (pair & 3) * ROAD_BITS & LONGEST_ROAD


def arrival(m: Memory, origin: int, target: int, minute: int) -> int:
    """Say when what leaves one site at minute is at another: by the next truck, or at once."""
    pair = origin * m[SITES] + target
    if m[TRUCK] and m[m[TRUCK] + pair]:
        line = m[m[TRUCK] + pair]
        today = minute % m[DAY_LENGTH]
        leaves = m[DAY_LENGTH] + m[line + 1]
        for stop in range(line + 1, line + 1 + m[line]):
            if m[stop] >= today:
                leaves = m[stop]
                break
        minute += leaves - today
    return minute + travel(m, origin, target)


def changeover(m: Memory, machine: int, old: int, family: int) -> int:
    """Minutes to set a machine up for a family after another one (NONE: after nothing)."""
    matrix = m[machine + SETUPS]
    if matrix == 0 or old == NONE:
        return 0
    return m[matrix + old * m[machine + SETUPS_SIZE] + family]


def family_after(m: Memory, machine: int, operation: int) -> int:
    """Say what a machine is set up for after an operation (0: at the beginning)."""
    return m[operation + FAMILY] if operation else m[machine + SETUP_AT_START]


def setup_at(m: Memory, machine: int, place: int, family: int) -> int:
    """Minutes to set a machine up for a family at a place in its row."""
    if m[machine + SETUPS] == 0:
        return 0
    old = m[m[machine + FAMILIES] + place - 1] if place > 0 else m[machine + SETUP_AT_START]
    return changeover(m, machine, old, family)


def ready_at(m: Memory, operation: int, site: int) -> int:
    """Say when all that an operation needs is at a site: material, and the steps before it."""
    ready = m[operation + RELEASE]
    for index in range(m[operation + BEFORE], m[operation + BEFORE_END]):
        before = m[index]
        leaves = m[before + END] + m[before + DWELL]
        ready = max(ready, arrival(m, m[m[before + MACHINE] + SITE], site, leaves))
    return ready

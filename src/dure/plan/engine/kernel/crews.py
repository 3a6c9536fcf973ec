"""
Crews: who is bound to which set-up, and when somebody is free for another.

A set-up is done in the machine's last working minutes before its operation, so where it lies
follows from what stands on the machine; a crew keeps the operations whose set-ups it is bound to
in a row, in order of time. A crew may be overbooked for a moment, while work is moved about:
then the operation is loose (machines.py), and the step is undone unless that went by.
"""

from dure.plan.engine.kernel.calendars import (
    after_work,
    first_start,
    window_at,
)
from dure.plan.engine.kernel.roads import (
    changeover,
    family_after,
    setup_at,
)
from dure.plan.engine.layout import (
    CLOSES,
    COUNT,
    CREW,
    DONE,
    FAMILY,
    HELD,
    HELD_COUNT,
    HELD_FROM,
    HELD_TO,
    HOLDS,
    LONGEST_HELD,
    MACHINE,
    MINUTES,
    ON,
    OPENS,
    OPERATORS,
    SLOTS,
    SPLIT,
    START,
    WINDOW,
    WINDOWS,
    WINDOWS_END,
    Memory,
)
from dure.plan.engine.problem import (
    FAR,
)


def setup_begins(m: Memory, machine: int, start: int, setup: int) -> int:
    """Give the last minute from which so many working minutes pass before a start."""
    if m[machine + WINDOWS] == 0:
        return start - setup
    window = last_window(m, machine, start)
    if window == 0:
        return start - setup
    target = m[window + DONE] + min(start, m[window + CLOSES]) - m[window + OPENS] - setup
    low = 0
    high = (window - m[machine + WINDOWS]) // WINDOW
    while low < high:
        middle = (low + high + 1) // 2
        if m[m[machine + WINDOWS] + middle * WINDOW + DONE] <= target:
            low = middle
        else:
            high = middle - 1
    window = m[machine + WINDOWS] + low * WINDOW
    return m[window + OPENS] + target - m[window + DONE]


def setup_ends(m: Memory, machine: int, start: int) -> int:
    """Give the end of the last working minute before a start."""
    if m[machine + WINDOWS] == 0:
        return start
    window = last_window(m, machine, start)
    return min(start, m[window + CLOSES]) if window else start


def last_window(m: Memory, machine: int, start: int) -> int:
    """Find the last window of a machine that opens before a minute; 0 for none."""
    window = window_at(m, machine, start)
    if window == m[machine + WINDOWS_END] or m[window + OPENS] >= start:
        window -= WINDOW
    return window if window >= m[machine + WINDOWS] else 0


def start_with_crew(m: Memory, operation: int, way: int, place: int, start: int) -> int:
    """Give the first start, from one on that does without a crew, for which somebody is free."""
    machine = m[way + ON]
    behind = m[m[machine + SLOTS] + place] if place < m[machine + COUNT] else 0
    setup = setup_at(m, machine, place, m[operation + FAMILY])
    while start < FAR:
        begins = setup_begins(m, machine, start, setup)
        free = crew_free(m, machine, begins, setup_ends(m, machine, start), behind)
        if free == begins or free >= FAR:
            return start if free == begins else FAR
        start = after_work(m, machine, free, setup)
        start = first_start(m, machine, start, m[way + MINUTES], m[operation + SPLIT])
    return FAR


def crew_free(m: Memory, machine: int, begins: int, ends: int, but: int) -> int:
    """
    Give `begins` where somebody is free from then to `ends`, else the first minute to try next.

    The set-up of the operation `but` is not counted.
    """
    crew = m[machine + CREW]
    absent = crew_closed(m, machine, begins, ends)
    if absent > begins:
        return absent
    hold = last_hold(m, crew, ends)
    last = hold
    while hold >= m[crew + HOLDS] and m[m[hold] + HELD_FROM] > begins - m[crew + LONGEST_HELD]:
        other = m[hold]
        if other != but and m[other + HELD_TO] > begins:
            free = freed_at(m, crew, max(begins, m[other + HELD_FROM]), last, but)
            if free > begins:
                return free
        hold -= 1
    return begins


def last_hold(m: Memory, crew: int, minute: int) -> int:
    """Find the place of the last set-up of a crew that begins before a minute."""
    low = 0
    high = m[crew + HELD_COUNT]
    while low < high:
        middle = (low + high) // 2
        if m[m[m[crew + HOLDS] + middle] + HELD_FROM] < minute:
            low = middle + 1
        else:
            high = middle
    return m[crew + HOLDS] + low - 1


def freed_at(m: Memory, crew: int, minute: int, hold: int, but: int) -> int:
    """Say when, if all are bound at a minute, the first of them is free; else 0."""
    bound = 0
    free = FAR
    while hold >= m[crew + HOLDS] and m[m[hold] + HELD_FROM] > minute - m[crew + LONGEST_HELD]:
        other = m[hold]
        if other != but and m[other + HELD_FROM] <= minute < m[other + HELD_TO]:
            bound += 1
            free = min(free, m[other + HELD_TO])
        hold -= 1
    return free if bound >= m[crew + OPERATORS] else 0


def crew_closed(m: Memory, machine: int, begins: int, ends: int) -> int:
    """Give `begins` if the crew is there whenever the machine works, else when it comes back."""
    crew = m[machine + CREW]
    if m[crew + WINDOWS] == 0:
        return begins
    if m[machine + WINDOWS] == 0:
        return back_at(m, crew, begins, ends, begins)
    window = window_at(m, machine, begins)
    while window < m[machine + WINDOWS_END] and m[window + OPENS] < ends:
        opens = max(begins, m[window + OPENS])
        back = back_at(m, crew, opens, min(ends, m[window + CLOSES]), begins)
        if back > begins:
            return back
        window += WINDOW
    return begins


def back_at(m: Memory, crew: int, opens: int, closes: int, begins: int) -> int:
    """Give `begins` if a crew is there from one minute to another, else when it comes back."""
    window = window_at(m, crew, opens)
    if window == m[crew + WINDOWS_END]:
        return FAR
    if m[window + OPENS] > opens:
        return m[window + OPENS]
    if m[window + CLOSES] >= closes:
        return begins
    window += WINDOW
    return m[window + OPENS] if window < m[crew + WINDOWS_END] else FAR


def hold_crew(m: Memory, operation: int, before: int) -> None:
    """Bind a crew to the set-up of an operation that stands behind another, if it needs one."""
    machine = m[operation + MACHINE]
    setup = changeover(m, machine, family_after(m, machine, before), m[operation + FAMILY])
    if setup == 0:
        return
    crew = m[machine + CREW]
    begins = setup_begins(m, machine, m[operation + START], setup)
    m[operation + HELD] = 1
    m[operation + HELD_FROM] = begins
    m[operation + HELD_TO] = setup_ends(m, machine, m[operation + START])
    m[crew + LONGEST_HELD] = max(m[crew + LONGEST_HELD], m[operation + HELD_TO] - begins)
    hold = m[crew + HOLDS] + m[crew + HELD_COUNT]
    m[crew + HELD_COUNT] += 1
    while hold > m[crew + HOLDS] and m[m[hold - 1] + HELD_FROM] > begins:
        m[hold] = m[hold - 1]
        hold -= 1
    m[hold] = operation


def let_crew_go(m: Memory, operation: int, machine: int) -> None:
    """Bind nobody to the set-up of an operation any more."""
    if m[operation + HELD] == 0:
        return
    m[operation + HELD] = 0
    crew = m[machine + CREW]
    hold = last_hold(m, crew, m[operation + HELD_FROM] + 1)
    while m[hold] != operation:
        hold -= 1
    m[crew + HELD_COUNT] -= 1
    for index in range(hold, m[crew + HOLDS] + m[crew + HELD_COUNT]):
        m[index] = m[index + 1]


def crew_lacks(m: Memory, operation: int) -> bool:
    """Say whether nobody is free for the set-up that an operation has now."""
    machine = m[operation + MACHINE]
    if m[operation + HELD] == 0:
        return False
    begins = m[operation + HELD_FROM]
    return crew_free(m, machine, begins, m[operation + HELD_TO], operation) != begins


def hold_crews_anew(m: Memory, machine: int) -> None:
    """Bind crews anew to all set-ups of a machine whose calendar is another now."""
    for place in range(m[machine + COUNT]):
        operation = m[m[machine + SLOTS] + place]
        let_crew_go(m, operation, machine)
        hold_crew(m, operation, m[m[machine + SLOTS] + place - 1] if place > 0 else 0)

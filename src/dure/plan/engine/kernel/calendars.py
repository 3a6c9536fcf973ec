"""Working time: calendars are windows in order, each with the minutes worked before it."""

from dure.plan.engine.layout import (
    CLOSES,
    DONE,
    OPENS,
    WINDOW,
    WINDOWS,
    WINDOWS_END,
    Memory,
)
from dure.plan.engine.problem import (
    FAR,
)


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

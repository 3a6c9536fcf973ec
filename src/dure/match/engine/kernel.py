"""
What `tighten` does most, compiled: costs drawn over an edge, and whole turns over few labels.

numba compiles it in some seconds, once for a machine, and keeps the result beside the source or,
where that cannot be written, in the user's cache folder. All in 64-bit integers.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a function where it stands; what it compiles to is kept where that can be."""
    how: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    try:
        return njit(cache=True, **how)(function)
    except RuntimeError:  # numba's word for: no folder here can be written
        return njit(**how)(function)


@compiled
def drawn(  # noqa: PLR0917  # compiled code takes arrays by their places
    east: Any, north: Any, far_east: Any, far_north: Any, cost: Any, roads: Any, out: Any
) -> None:
    """
    Give for each place the least of a source's cost and the weighed road from it.

    Sources come with the cheapest first, so that each place looks at few. roads: won a minute,
    minutes of handling, metres a minute.
    """
    won, handling, speed = roads[0], roads[1], roads[2]
    inverse = 1.0 / speed
    for place in range(len(out)):
        least = np.int64(2**62)
        for at in range(len(cost)):
            if cost[at] >= least:
                break
            metres = abs(east[place] - far_east[at]) + abs(north[place] - far_north[at])
            if metres == 0:
                least = cost[at]
            elif cost[at] + won * (handling + np.int64(metres * inverse)) < least:
                whole = cost[at] + won * (handling + (metres + speed - 1) // speed)
                least = min(least, whole)
        out[place] = least


@compiled
def freed(  # noqa: PLR0917  # compiled code takes arrays by their places
    row: Any, first: Any, last: Any, minutes: Any, first_day: Any, last_day: Any, free: Any
) -> None:
    """
    Bound the free minutes of rows by those of their windows between two days.

    Of a window that reaches past the days, the part by days counts, rounded down. Windows of a row
    stand together. free: of all rows; it is changed.
    """
    at = 0
    while at < len(row):
        here, inside = row[at], np.int64(0)
        while at < len(row) and row[at] == here:
            days = min(last[at], last_day) - max(first[at], first_day) + 1
            whole = last[at] - first[at] + 1
            if days >= whole:
                inside += minutes[at]
            elif days > 0:
                inside += minutes[at] * days // whole
            at += 1
        free[here] = min(free[here], inside)


@compiled
def gathered(  # noqa: PLR0917  # compiled code takes arrays by their places
    east: Any, north: Any, cost: Any, starts: Any, far: Any, weight: Any, roads: Any, out: Any
) -> None:
    """
    Give for each of some spots, and each slot, who is cheapest with the road to that spot.

    Of a slot the cheapest come first, so that each spot looks at few. far: the spots' metres east
    and north. weight: won a minute for each slot.
    """
    handling, speed = roads[0], roads[1]
    for spot in range(len(far)):
        for slot in range(len(starts) - 1):
            least, pick = np.int64(2**62), 0
            for at in range(starts[slot], starts[slot + 1]):
                if cost[at] >= least:
                    break
                metres = abs(east[at] - far[spot, 0]) + abs(north[at] - far[spot, 1])
                whole = cost[at]
                if metres:
                    whole += weight[slot] * (handling + (metres + speed - 1) // speed)
                if whole < least:
                    least, pick = whole, at - starts[slot]
            out[spot, slot] = pick


@compiled
def improve(  # noqa: PLR0917  # compiled code takes arrays by their places
    rounds: Any,
    cost: Any,
    starts: Any,
    east: Any,
    north: Any,
    edges: Any,
    weight: Any,
    around: Any,
    around_starts: Any,
    roads: Any,
    picks: Any,
) -> None:
    """
    Let one slot after the other have who is cheapest there, the others staying where they are.

    picks: the row that each slot has; it is changed. Ends where nothing helps.
    """
    handling, speed = roads[0], roads[1]
    for _ in range(rounds):
        is_changed = False
        for slot in range(len(starts) - 1):
            least, pick = np.int64(2**62), picks[slot]
            for at in range(starts[slot], starts[slot + 1]):
                whole = cost[at]
                for item in range(around_starts[slot], around_starts[slot + 1]):
                    if whole >= least:
                        break
                    edge = around[item]
                    other = edges[edge, 1] if edges[edge, 0] == slot else edges[edge, 0]
                    there = starts[other] + picks[other]
                    metres = abs(east[at] - east[there]) + abs(north[at] - north[there])
                    if metres:
                        whole += weight[edge] * (handling + (metres + speed - 1) // speed)
                if whole < least:
                    least, pick = whole, at - starts[slot]
            if pick != picks[slot]:
                picks[slot] = pick
                is_changed = True
        if not is_changed:
            break


@compiled
def turns(  # noqa: PLR0912, PLR0915, PLR0917  # one loop nest: calls would cost more than they do
    times: Any,
    edges: Any,
    starts: Any,
    road_starts: Any,
    around: Any,
    around_starts: Any,
    theta: Any,
    road: Any,
    ours: Any,
    theirs: Any,
    ours_starts: Any,
    theirs_starts: Any,
    through: Any,
    bound: Any,
) -> Any:
    """Sweep forward and backward so many times over labels with a table for each edge."""
    slots = len(starts) - 1
    for turn in range(2 * times):
        before = bound
        forward = turn % 2 == 0
        for step in range(slots):
            slot = step if forward else slots - 1 - step
            first, size = starts[slot], starts[slot + 1] - starts[slot]
            onward = 0
            for item in range(around_starts[slot], around_starts[slot + 1]):
                edge = around[item]
                is_first = edges[edge, 0] == slot
                if is_first == forward:
                    onward += 1
                    continue
                u, v = edges[edge, 0], edges[edge, 1]
                wide = starts[v + 1] - starts[v]
                mine, other = ours_starts[edge], theirs_starts[edge]
                if is_first:
                    for i in range(size):
                        row = road_starts[edge] + i * wide
                        least = road[row] + theirs[other]
                        for j in range(1, wide):
                            least = min(least, road[row + j] + theirs[other + j])
                        least += ours[mine + i]
                        ours[mine + i] -= least
                        theta[first + i] += least
                else:
                    drawn_in = np.full(size, 2**62)
                    for i in range(starts[u + 1] - starts[u]):
                        row = road_starts[edge] + i * wide
                        base = ours[mine + i]
                        for j in range(size):
                            drawn_in[j] = min(drawn_in[j], road[row + j] + base)
                    for j in range(size):
                        least = drawn_in[j] + theirs[other + j]
                        theirs[other + j] -= least
                        theta[first + j] += least
            least = theta[first]
            for i in range(1, size):
                least = min(least, theta[first + i])
            bound += least
            for i in range(size):
                theta[first + i] -= least
                through[first + i] = theta[first + i] + bound
            if onward == 0:
                continue
            seen = 0
            for item in range(around_starts[slot], around_starts[slot + 1]):
                edge = around[item]
                is_first = edges[edge, 0] == slot
                if is_first != forward:
                    continue
                seen += 1
                base = ours_starts[edge] if is_first else theirs_starts[edge]
                for i in range(size):
                    part = theta[first + i] // onward
                    if seen == onward:
                        part = theta[first + i] - part * (onward - 1)
                    if is_first:
                        ours[base + i] += part
                    else:
                        theirs[base + i] += part
            for i in range(size):
                theta[first + i] = 0
        if not forward and bound == before and turn > 2:
            break
    return bound

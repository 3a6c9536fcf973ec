"""
The least of many sources' cost and road, for many places at once, compiled.

Roads go east and north, so that of a source to the south-west a place sees cost - east - north,
and what it adds itself is its own east + north. So of the sources on each of its four sides only
one number counts, the least; sweeping from west to east, and from east to west, a tree of least
numbers by north (Fenwick, 1994) gives it. n sources and places take n · log n steps, not n².

Minutes on the road are taken here as they are, not rounded up: what is given is never more than
what the road costs, and less than one minute's won below it.
"""

from typing import Any

import numpy as np

from dure.match.engine.kernel import compiled

LEAST = 2**62


@compiled
def _put(tree: Any, at: Any, value: Any) -> None:
    """Let a value count for this position and all after it."""
    at += 1
    while at < len(tree):
        tree[at] = min(tree[at], value)
        at += at & -at


@compiled
def _least(tree: Any, count: Any) -> Any:
    """Give the least value of the first so many positions."""
    least = np.int64(LEAST)
    while count > 0:
        least = min(least, tree[count])
        count -= count & -count
    return least


@compiled
def enveloped(here: Any, there: Any, cost: Any, roads: Any, out: Any) -> None:
    """
    Give for each place of here a bound under the least of a source's cost and the road from it.

    here, there: of places and sources east, north, number of the spot, and their numbers in
    order of east and of north, a row each. roads: won a minute, minutes of handling, metres a
    minute, and how many spots there can be.
    """
    won, handling, speed, places = roads[0], roads[1], roads[2], roads[3]
    sources, targets = there.shape[1], here.shape[1]
    rank = np.empty(sources, dtype=np.int64)
    below = np.empty(targets, dtype=np.int64)  # sources not north of a place
    above = np.empty(targets, dtype=np.int64)  # and those not south of it
    for at in range(sources):
        rank[there[4, at]] = at
    seen, passed = 0, 0
    for at in range(targets):
        target = here[4, at]
        while seen < sources and there[1, there[4, seen]] <= here[1, target]:
            seen += 1
        while passed < sources and there[1, there[4, passed]] < here[1, target]:
            passed += 1
        below[target], above[target] = seen, sources - passed
    at_place = np.full(places, LEAST)
    for source in range(sources):
        at_place[there[2, source]] = min(at_place[there[2, source]], cost[source])
    best = np.full(targets, LEAST)
    south = np.empty(sources + 1, dtype=np.int64)
    north = np.empty(sources + 1, dtype=np.int64)
    for side in (1, -1):  # first the sources to the west, then those to the east
        south[:] = LEAST
        north[:] = LEAST
        taken = 0
        for step in range(targets):
            target = here[3, step if side == 1 else targets - 1 - step]
            while taken < sources:
                source = there[3, taken if side == 1 else sources - 1 - taken]
                if side * (there[0, source] - here[0, target]) > 0:
                    break
                own = cost[source] * speed - won * side * there[0, source]
                _put(south, rank[source], own - won * there[1, source])
                _put(north, sources - 1 - rank[source], own + won * there[1, source])
                taken += 1
            added = won * side * here[0, target]
            least = _least(south, below[target])
            if least < LEAST:
                best[target] = min(best[target], least + added + won * here[1, target])
            least = _least(north, above[target])
            if least < LEAST:
                best[target] = min(best[target], least + added - won * here[1, target])
    for target in range(targets):
        whole = (best[target] + speed - 1) // speed  # it is whole won, rounded up
        out[target] = min(at_place[here[2, target]], won * handling + whole)

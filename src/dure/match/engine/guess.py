"""
A first guess at a cluster, as good as can be had in a millisecond or two: a limit for the search.

The guess gathers: around each of some spots, who is cheapest with the road to it. The best of
these is then improved one slot at a time, the others staying where they are, until nothing helps.

What is compiled is imported where it is called: numba takes seconds to load, and most
processes never match.
"""

from collections.abc import Sequence

import numpy as np

from dure.match.engine.shelf import Column
from dure.match.engine.tighten import Tight, starts

SPOTS = 48
ROUNDS = 4
NEAR = 150  # rows of each slot that may be gathered
DEARER = (1, 4, 16, 200)  # tenths on top, where a choice must differ from earlier ones


def guess(tight: Tight, cost: Sequence[Column]) -> list[list[int]]:
    """Give guesses, a row a slot. cost: of each slot's rows before anything was moved."""
    spots = _spots(tight, cost)
    found = _gathered(tight, cost, spots)
    whole = _costs(tight, cost, found)
    best = [found[at].tolist() for at in np.argsort(whole, kind="stable")[:2]]
    guesses = [improved(tight, cost, picks) for picks in best]
    for parts in DEARER if tight.problem.differs else ():
        dearer = _dearer(tight, cost, parts)
        guesses += [improved(tight, dearer, picks) for picks in best]
    return guesses


def _dearer(tight: Tight, cost: Sequence[Column], parts: int) -> list[Column]:
    """Give costs in which who had a slot in an earlier choice is dearer by tenths."""
    earlier = tight.problem.differs
    return [
        own + own * parts // 10 * np.isin(slot.member, [members[at] for members in earlier])
        for at, (slot, own) in enumerate(zip(tight.problem.slots, cost, strict=True))
    ]


def improved(tight: Tight, cost: Sequence[Column], picks: Sequence[int]) -> list[int]:
    """Give a choice in which no slot alone could do better."""
    from dure.match.engine.kernel import improve

    slots, roads = tight.problem.slots, tight.problem.places.roads
    now = np.array(picks, dtype=np.int64)
    improve(
        ROUNDS,
        np.concatenate(cost),
        starts(cost),
        np.concatenate([slot.spots[0] for slot in slots]),
        np.concatenate([slot.spots[1] for slot in slots]),
        np.array(tight.edges, dtype=np.int64).reshape(-1, 2),
        np.array(tight.weight, dtype=np.int64),
        np.array([edge for each in tight.around for edge in each], dtype=np.int64),
        starts(tight.around),
        np.array([roads.handling_minutes, roads.metres_a_minute]),
        now,
    )
    found: list[int] = now.tolist()
    return found


def _spots(tight: Tight, cost: Sequence[Column]) -> Column:
    """Give the places of the cheapest few of each slot."""
    few = SPOTS // len(cost) + 1
    return np.unique(
        np.concatenate(
            [
                slot.place[np.argpartition(each, few)[:few] if len(each) > few else slice(None)]
                for slot, each in zip(tight.problem.slots, cost, strict=True)
            ]
        )
    )


def _gathered(tight: Tight, cost: Sequence[Column], spots: Column) -> Column:
    """Give for each spot and slot the row that is cheapest there, of those that cost least."""
    from dure.match.engine.kernel import gathered

    places, slots = tight.problem.places, tight.problem.slots
    rows = [_cheapest(own) for own in cost]
    weight = [max((tight.weight[edge] for edge in each), default=0) for each in tight.around]
    found = np.empty((len(spots), len(slots)), dtype=np.int64)
    gathered(
        np.concatenate([slot.spots[0, own] for slot, own in zip(slots, rows, strict=True)]),
        np.concatenate([slot.spots[1, own] for slot, own in zip(slots, rows, strict=True)]),
        np.concatenate([each[own] for each, own in zip(cost, rows, strict=True)]),
        starts(rows),
        np.column_stack([places.east[spots], places.north[spots]]),
        np.array(weight, dtype=np.int64),
        np.array([places.roads.handling_minutes, places.roads.metres_a_minute]),
        found,
    )
    return np.column_stack([own[found[:, at]] for at, own in enumerate(rows)])


def _cheapest(cost: Column) -> Column:
    """Give the rows that cost least, the cheapest first."""
    if len(cost) <= NEAR:
        return np.argsort(cost, kind="stable")
    few = np.sort(np.argpartition(cost, NEAR)[:NEAR])
    return few[np.argsort(cost[few], kind="stable")]


def _costs(tight: Tight, cost: Sequence[Column], found: Column) -> Column:
    places, slots = tight.problem.places, tight.problem.slots
    whole = np.zeros(len(found), dtype=np.int64)
    for slot, own in enumerate(cost):
        whole += own[found[:, slot]]
    for edge, (u, v) in enumerate(tight.edges):
        here, there = slots[u].place[found[:, u]], slots[v].place[found[:, v]]
        metres = np.abs(places.east[here] - places.east[there])
        metres += np.abs(places.north[here] - places.north[there])
        whole += tight.weight[edge] * places.roads.minutes(metres)
    return whole

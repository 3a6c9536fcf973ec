"""
Lower bounds by moving costs about: no cluster's cost changes, and more and more of it shows.

Each slot has a cost for each of its labels (the rows that are left), each edge one for each
pair. What an edge costs at least whatever stands at its other end may be moved to the slot;
what a slot costs at least whatever is chosen is moved to the bound. A sweep visits the slots
in turn: it draws in what the edges around a slot cost at least, adds the least of it all to
the bound, and spreads the rest over the edges that lead on. On a chain one sweep each way
gives the optimum itself; on other graphs the bound climbs with each (sequential reweighted
message passing: Kolmogorov, TPAMI 2006 and 2015). On the way it shows for each label a cost
that no cluster with it goes below; labels past the limit are left out.

All in integers: what is moved is taken away where it came from, to the won.

What is compiled is imported where it is called: numba takes seconds to load, and most
processes never match.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from dure.match.engine.problem import WAY, Problem
from dure.match.engine.shelf import Column

TABLE = 160 * 160  # pairs of labels of an edge of which a table is made
CLOSE = 200 * 200  # pairs of labels of an edge that are looked at one by one
LARGE = 2**40  # costs past which an envelope could pass 64 bits


@dataclass(slots=True)
class Tight:
    """
    Costs as they stand after the moves.

    theta: of each slot's labels. weight: won a minute on each edge. ours, theirs: what was
    moved to an edge from its first and from its second slot. through: for each label the
    least cost of a cluster with it, as last seen.
    """

    problem: Problem
    weight: tuple[int, ...]
    theta: list[Column]
    bound: int
    ours: list[Column] = field(default_factory=list)
    theirs: list[Column] = field(default_factory=list)
    through: list[Column] = field(default_factory=list)
    edges: tuple[tuple[int, int], ...] = ()
    around: list[list[int]] = field(default_factory=list)
    ordered: dict[int, Column] = field(default_factory=dict)

    @classmethod
    def of(cls, problem: Problem) -> "Tight":
        """Give the costs of a problem as they are before anything is moved, in parts of a won."""
        minute, flow = problem.minute_won, problem.flow
        theta = [
            WAY * slot.won + minute * parts * slot.minutes
            for slot, parts in zip(problem.slots, flow.at, strict=True)
        ]
        weight = tuple(WAY * problem.road_won + minute * parts for parts in flow.along)
        rested = sum(
            parts * problem.rest[u] for parts, (u, _) in zip(flow.along, problem.edges, strict=True)
        )
        return cls(problem, weight, theta, minute * rested)

    def __post_init__(self) -> None:
        self.edges = self.problem.edges
        if not self.ours:
            self.ours = [np.zeros(len(self.theta[u]), dtype=np.int64) for u, _ in self.edges]
            self.theirs = [np.zeros(len(self.theta[v]), dtype=np.int64) for _, v in self.edges]
        if not self.through:
            self.through = [np.full(len(each), self.bound) for each in self.theta]
        self.around = [[] for _ in self.theta]
        for edge, (u, v) in enumerate(self.edges):
            self.around[u].append(edge)
            self.around[v].append(edge)

    def alone(self) -> None:
        """Bound each label by what it costs itself and the cheapest of all others, roads apart."""
        least = [int(each.min()) for each in self.theta]
        for slot, each in enumerate(self.theta):
            self.through[slot] = each - least[slot] + (self.bound + sum(least))

    def backward(self) -> None:
        """Sweep from the last slot to the first, over any number of labels."""
        for slot in range(len(self.theta) - 1, -1, -1):
            self._visit(slot, is_forward=False)

    def forward(self) -> None:
        """Sweep from the first slot to the last, over any number of labels."""
        for slot in range(len(self.theta)):
            self._visit(slot, is_forward=True)

    def turned(self, times: int) -> None:
        """Sweep forward and backward so many times, over labels that are few; stops at rest."""
        tables = [self.table(edge) for edge in range(len(self.edges))]
        flat = _Flat(self)
        road = np.concatenate([each.ravel() for each in tables] or [np.zeros(0, dtype=np.int64)])
        self.bound = int(flat.turned(times, road, np.int64(self.bound)))
        flat.back()

    def table(self, edge: int) -> Column:
        """Give what an edge's road costs, by its first slot's labels down, its second's across."""
        u, v = self.edges[edge]
        slots = self.problem.slots
        return self.weight[edge] * self.problem.places.minutes(slots[u].place, slots[v].place)

    def residual(self, edge: int) -> Column:
        """Give what is left on an edge, by its first slot's labels down, its second's across."""
        return self.table(edge) + self.ours[edge][:, None] + self.theirs[edge][None, :]

    def left(self) -> int:
        """Count the labels that are left."""
        return sum(len(each) for each in self.theta)

    @property
    def least(self) -> int:
        """Give what any cluster costs at least: each has some label of every slot."""
        return max(self.bound, *(int(each.min()) for each in self.through))

    def is_over(self, limit: int) -> bool:
        """Say whether every cluster costs more than a limit."""
        return self.least > limit

    def has_few(self) -> bool:
        """Say whether tables of all edges can be made."""
        return all(len(self.theta[u]) * len(self.theta[v]) <= TABLE for u, v in self.edges)

    def narrowed(self, kept: Sequence[Column]) -> "Tight":
        """Give the same with only some of the labels."""
        return Tight(
            self.problem.kept(kept),
            self.weight,
            [each[own] for each, own in zip(self.theta, kept, strict=True)],
            self.bound,
            [each[kept[u]] for each, (u, _) in zip(self.ours, self.edges, strict=True)],
            [each[kept[v]] for each, (_, v) in zip(self.theirs, self.edges, strict=True)],
            [each[own] for each, own in zip(self.through, kept, strict=True)],
        )

    def within(self, limit: int) -> "Tight":
        """Give the same without the labels whose cost passes a limit, where that is many."""
        kept = [np.flatnonzero(each <= limit) for each in self.through]
        if sum(map(len, kept)) * 10 > self.left() * 9:
            return self  # so few would go that it is not worth it
        if any(not len(own) for own in kept):
            return self  # the limit is under all that there is
        return self.narrowed(kept)

    def _visit(self, slot: int, *, is_forward: bool) -> None:
        theta, onward = self.theta[slot], []
        for edge in self.around[slot]:
            if (self.edges[edge][0] == slot) == is_forward:
                onward.append(edge)
            else:  # what lies the other way was drawn in when the sweep came from there
                theta = theta + self._drawn(edge, slot)
        least = int(theta.min())
        self.bound += least
        theta = theta - least
        self.through[slot] = np.maximum(self.through[slot], theta + self.bound)
        self.theta[slot] = theta
        if onward:
            part = theta // len(onward)
            for edge in onward[1:]:
                self._push(slot, edge, part)
            self._push(slot, onward[0], theta - part * (len(onward) - 1))
            self.theta[slot] = np.zeros_like(theta)

    def _drawn(self, edge: int, slot: int) -> Column:
        from dure.match.engine.envelope import enveloped
        from dure.match.engine.kernel import drawn

        u, v = self.edges[edge]
        is_first = slot == u
        moved = self.theirs[edge] if is_first else self.ours[edge]
        mine = self.ours[edge] if is_first else self.theirs[edge]
        here, there = self.problem.slots[slot], self.problem.slots[v if is_first else u]
        places, found = self.problem.places, np.empty(len(mine), dtype=np.int64)
        roads = np.array(
            [
                self.weight[edge],
                places.roads.handling_minutes,
                places.roads.metres_a_minute,
                len(places.east),
            ]
        )
        if len(here) * len(there) <= CLOSE or int(np.abs(moved).max()) > LARGE:
            order = np.argsort(moved, kind="stable")
            far = there.spots[:2, order]
            drawn(here.spots[0], here.spots[1], far[0], far[1], moved[order], roads, found)
        else:
            enveloped(self._ordered(slot), self._ordered(v if is_first else u), moved, roads, found)
        found += mine
        mine -= found
        return found

    def _ordered(self, slot: int) -> Column:
        """Give where a slot's labels are, with their order from west to east and south to north."""
        if slot not in self.ordered:
            spots = self.problem.slots[slot].spots
            orders = np.argsort(spots[0]), np.argsort(spots[1])
            self.ordered[slot] = np.concatenate([spots, orders])
        return self.ordered[slot]

    def _push(self, slot: int, edge: int, part: Column) -> None:
        if self.edges[edge][0] == slot:
            self.ours[edge] += part
        else:
            self.theirs[edge] += part


class _Flat:
    """The costs in a row, as the compiled turns take them."""

    def __init__(self, tight: Tight) -> None:
        self.tight = tight
        self.starts = starts(tight.theta)
        self.theta = np.concatenate(tight.theta)
        self.through = np.concatenate(tight.through)
        none = [np.zeros(0, dtype=np.int64)]
        self.ours, self.ours_starts = np.concatenate(tight.ours + none), starts(tight.ours)
        self.theirs = np.concatenate(tight.theirs + none)
        self.theirs_starts = starts(tight.theirs)
        self.around = np.array([edge for each in tight.around for edge in each], dtype=np.int64)
        self.around_starts = starts(tight.around)

    def turned(self, times: int, road: Column, bound: object) -> int:
        from dure.match.engine.kernel import turns

        edges = np.array(self.tight.edges, dtype=np.int64).reshape(-1, 2)
        sizes = [len(self.tight.theta[u]) * len(self.tight.theta[v]) for u, v in self.tight.edges]
        seen = np.empty_like(self.through)
        found = turns(
            times,
            edges,
            self.starts,
            np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            self.around,
            self.around_starts,
            self.theta,
            road,
            self.ours,
            self.theirs,
            self.ours_starts,
            self.theirs_starts,
            seen,
            bound,
        )
        self.through = np.maximum(self.through, seen)
        return int(found)

    def back(self) -> None:
        tight = self.tight
        tight.theta = _parts(self.theta, self.starts)
        tight.through = _parts(self.through, self.starts)
        tight.ours = _parts(self.ours, self.ours_starts)
        tight.theirs = _parts(self.theirs, self.theirs_starts)


def starts(parts: Sequence[Sequence[int]] | Sequence[Column]) -> Column:
    """Give where each part begins once they stand in a row, and where the last one ends."""
    return np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)


def _parts(flat: Column, ends: Column) -> list[Column]:
    return [flat[ends[at] : ends[at + 1]].copy() for at in range(len(ends) - 1)]

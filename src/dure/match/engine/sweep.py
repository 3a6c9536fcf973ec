"""
The exact choice by dynamic programming over what stays open, and its certificate.

Slots are settled in order. What is settled already matters to the rest only through the
slots that stay open (their output is still to be carried, or their row's minutes could be
wanted again) and through counts (lots in a capped region, slots that repeat an earlier
choice). Of all ways to the same open state the cheapest goes on. On a chain one slot is
open at a time: that is the textbook's recurrence; on a graph as many as its width.

Costs are taken as `tighten` left them, so that the sum so far is already a bound on the
whole: a state whose bound passes the limit is dropped. Where too many are left the worst are
dropped, and the least of their bounds joins the certificate.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dure.match.engine.problem import NEVER, Problem
from dure.match.engine.shelf import Column, Mask
from dure.match.engine.tighten import Tight

CROWD = 8  # times the states that go on are looked at closely


@dataclass(frozen=True, slots=True)
class Swept:
    """The best choice that was found, what it costs in parts of a won, and the least dropped."""

    picks: tuple[int, ...] | None
    cost: int
    dropped: int


@dataclass(slots=True)
class _States:
    """picks: of each state the label of each slot. counts: in each region, of each repetition."""

    picks: Column
    sums: Column
    counts: Column

    def kept(self, rows: Column) -> "_States":
        return _States(self.picks[rows], self.sums[rows], self.counts[rows])


def sweep(tight: Tight, limit: int, most: int) -> Swept:
    """
    Give the cheapest choice that costs at most the limit, a label a slot.

    The problem's labels are those of the costs. picks is None where there is no such choice,
    or where all that led to one were dropped. Ties go to smaller member numbers.
    """
    return _Sweep(tight, limit, most).run()


class _Sweep:
    def __init__(self, tight: Tight, limit: int, most: int) -> None:
        problem = tight.problem
        self.problem, self.tight = problem, tight
        self.residual = [tight.residual(edge) for edge in range(len(tight.edges))]
        self.limit, self.most = limit, most
        self.into: list[list[tuple[int, int]]] = [[] for _ in problem.slots]
        for edge, (u, v) in enumerate(tight.edges):
            self.into[v].append((edge, u))
        self.conflicts = _conflicts(problem)
        self.last_use = _last_uses(problem, self.conflicts)
        self.regions = sorted(problem.caps)
        caps = [problem.caps[region] for region in self.regions]
        self.most_counts = np.array([*caps, *[problem.agrees] * len(problem.differs)])

    def run(self) -> Swept:
        slots, counts = len(self.problem.slots), len(self.regions) + len(self.problem.differs)
        states = _States(
            np.zeros((1, slots), dtype=np.int64),
            np.full(1, self.tight.bound, dtype=np.int64),
            np.zeros((1, counts), dtype=np.int64),
        )
        dropped = NEVER
        for slot in range(slots):
            states = self._settled(states, slot)
            if not len(states.sums):
                return Swept(None, 0, dropped)
            states, gone = _best(states, CROWD * self.most)
            states = states.kept(self._cheapest_of_each(states, slot))
            states, more = _best(states, self.most)
            dropped = min(dropped, gone, more)
        best = int(states.sums.argmin())
        return Swept(tuple(states.picks[best].tolist()), int(states.sums[best]), dropped)

    def _settled(self, states: _States, slot: int) -> _States:
        """Settle a slot in every way that is allowed."""
        labels = len(self.problem.slots[slot])
        sums = states.sums[:, None] + self.tight.theta[slot][None, :]
        for edge, source in self.into[slot]:
            sums = sums + self.residual[edge][states.picks[:, source]]
        parents, label = np.divmod(np.flatnonzero(self._allowed(states, slot, sums)), labels)
        after = states.kept(parents)
        after.picks[:, slot] = label
        after.sums = sums[parents, label]
        if after.counts.shape[1]:
            self._count(after, slot)
            after = after.kept(np.flatnonzero((after.counts <= self.most_counts).all(axis=1)))
        return after

    def _allowed(self, states: _States, slot: int, sums: Column) -> Mask:
        allowed = sums <= self.limit
        here = self.problem.slots[slot]
        for first, second in self.problem.lots:
            if second == slot:
                theirs = self.problem.slots[first].member[states.picks[:, first]]
                allowed &= theirs[:, None] != here.member[None, :]
        needed = np.broadcast_to(here.minutes[None, :], sums.shape)
        twice = np.zeros(sums.shape, dtype=np.bool_)
        for other in self.conflicts[slot]:
            there, picks = self.problem.slots[other], states.picks[:, other]
            both = there.rows[picks][:, None] == here.rows[None, :]
            needed = needed + both * there.minutes[picks][:, None]
            twice |= both
        if self.conflicts[slot]:
            allowed &= ~twice | (needed <= here.free[None, :])
        return allowed

    def _count(self, after: _States, slot: int) -> None:
        here, label = self.problem.slots[slot], after.picks[:, slot]
        for column, region in enumerate(self.regions):
            after.counts[:, column] += here.region[label] == region
        for number, members in enumerate(self.problem.differs):
            column = len(self.regions) + number
            after.counts[:, column] += here.member[label] == members[slot]

    def _cheapest_of_each(self, states: _States, slot: int) -> Column:
        """Give the states that go on: the cheapest of those with the same open slots and counts."""
        key = np.zeros(len(states.sums), dtype=np.int64)
        for at in range(slot + 1):
            if self.last_use[at] > slot:
                key = _joined(key, states.picks[:, at], len(self.problem.slots[at]))
        for column in range(states.counts.shape[1]):
            key = _joined(key, states.counts[:, column], slot + 2)
        order = np.lexsort((states.sums, key))
        starts = np.r_[True, key[order][1:] != key[order][:-1]]
        return np.sort(order[starts])


def _best(states: _States, most: int) -> tuple[_States, int]:
    """Give the best of many states, and the least bound of the others."""
    if len(states.sums) <= most:
        return states, NEVER
    ranked = np.argpartition(states.sums, most)
    gone = int(states.sums[ranked[most:]].min())
    return states.kept(np.sort(ranked[:most])), gone


def _joined(key: Column, column: Column, size: int) -> Column:
    if len(key) and int(key.max()) > 2**62 // max(1, size):
        key = np.unique(key, return_inverse=True)[1].astype(np.int64)
    return key * size + column


def _conflicts(problem: Problem) -> list[list[int]]:
    """Find for each slot those before it with which it could want more minutes than a row has."""
    found: list[list[int]] = [[] for _ in problem.slots]
    apart = set(problem.lots)
    for u, v in problem.same:
        if (u, v) in apart:
            continue
        here, there = problem.slots[u], problem.slots[v]
        if np.isin(here.rows, there.rows).any():
            found[v].append(u)
    return [
        others if _could_crowd(problem, slot, others) else [] for slot, others in enumerate(found)
    ]


def _could_crowd(problem: Problem, slot: int, others: Sequence[int]) -> bool:
    here = problem.slots[slot]
    most = sum(int(problem.slots[other].minutes.max()) for other in others)
    return bool(others) and bool((here.minutes + most > here.free).any())


def _last_uses(problem: Problem, conflicts: Sequence[Sequence[int]]) -> list[int]:
    """Say for each slot the last that still asks for it."""
    last = list(range(len(problem.slots)))
    for v, sources in enumerate(problem.before):
        for u in sources:
            last[u] = max(last[u], v)
    for v, others in enumerate(conflicts):
        for u in others:
            last[u] = max(last[u], v)
    for u, v in problem.lots:
        last[u] = max(last[u], v)
    return last

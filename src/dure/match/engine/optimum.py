"""
The certified optimum: a guess, bounds over all who can, and an exact choice among who is left.

A good guess (guess.py) gives a limit. Bounds (tighten.py) say for each row what a cluster with
it costs at least; whoever's bound passes the limit is left out. Few are left, and among
them the choice is exact (sweep.py). Nothing that could be better is lost, so that the
answer is the optimum of the whole cooperative. Where too many would be left, the least of the
bounds of those left out joins the certificate.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dure.match.engine.guess import guess, improved
from dure.match.engine.problem import BP, NEVER, WAY, Problem
from dure.match.engine.shelf import Column
from dure.match.engine.sweep import sweep
from dure.match.engine.tighten import Tight

SLACK = 40  # basis points of its cost by which a choice among many need not be bettered
EXACT_ROWS = 4_000  # among so few rows the very best is sought
FIRST_LOOK = 16  # rows of each slot in a quick choice
SECOND_LOOK = 150  # rows of each slot that are looked at closely
FEW_STATES, MANY_STATES, ALL_STATES = 64, 2_000, 200_000
LOOKS, TURNS = 4, 12  # of bounds among the rows that are left, and sweeps in each
FLOWS = 6  # times that the flow is moved towards the longest way


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimum:
    """
    For each slot the place of its row, what they cost, and a bound under which none can be.

    In won; what is not a whole won is rounded up.
    """

    picks: tuple[int, ...]
    cost: int
    bound: int


def optimum(problem: Problem, known: Sequence[Sequence[int]] = ()) -> Optimum | None:
    """
    Give the cheapest choice of a row for each slot, with its certificate.

    cost == bound says that it is proven the cheapest. known: choices to begin with. None
    where no choice keeps to all rules.
    """
    if any(not len(slot) for slot in problem.slots):
        return None
    return _Search(problem, known).run()


def hurried(problem: Problem, picks: Sequence[int]) -> Problem:
    """
    Give a problem in which minutes weigh with the flow on the ways that would be the longest.

    Begins with the longest way of a choice, improves the choice as that asks, and moves a part
    of the flow to what is the longest then, and so on.
    """
    ways = {problem.longest(picks)[1]: WAY}
    for turn in range(2, FLOWS + 2):
        posed = problem.flowing(ways)
        tight = Tight.of(posed)
        picks = improved(tight, tight.theta, picks)
        longest = posed.longest(picks)[1]
        if ways == {longest: WAY}:
            break
        ways = {way: parts * (turn - 1) // turn for way, parts in ways.items()}
        ways[longest] = ways.get(longest, 0) + WAY - sum(ways.values())
    return problem.flowing({way: parts for way, parts in ways.items() if parts})


class _Search:
    """
    The search for one optimum.

    limit: what the best choice so far costs. aim: what another has to stay under to be worth
    seeking. floor: the least bound of all that was left out, or passed the aim unseen.
    """

    def __init__(self, problem: Problem, known: Sequence[Sequence[int]]) -> None:
        self.problem = problem
        self.best: tuple[int, ...] | None = None
        self.limit = self.floor = NEVER
        self.slack = SLACK if sum(map(len, problem.slots)) > EXACT_ROWS else 0
        for picks in known:
            self._guessed(picks)

    @property
    def aim(self) -> int:
        return self.limit - self.limit * self.slack // BP

    def run(self) -> Optimum | None:
        for states in (MANY_STATES, ALL_STATES):
            self.floor = NEVER
            self._search(states)
            if self.best is not None:
                bound = min(self.limit, self.floor)
                return Optimum(picks=self.best, cost=_won(self.limit), bound=_won(bound))
            if self.floor == NEVER:
                return None
        return None

    def _search(self, states: int) -> None:
        """Leave out rows until few are left, and choose exactly among these."""
        tight = self._begun()
        for _ in range(2):
            if tight.is_over(self.aim) or tight.has_few():
                break
            tight.forward()
            tight = self._within(tight)
            tight.backward()
            self._quick(tight)
            tight = self._within(tight)
        if not tight.is_over(self.aim):
            tight = self._chosen(tight if tight.has_few() else self._few(tight), states)
        if tight.is_over(self.aim):
            self._left_out(tight.least)

    def _begun(self) -> Tight:
        """Give the bounds over all rows after one sweep, with a first choice among the best few."""
        whole = Tight.of(self.problem)
        cost = list(whole.theta)
        for picks in guess(whole, cost):
            self._guessed(picks)
        whole.alone()
        tight = self._within(whole)
        tight.backward()
        self._quick(tight)
        if self.best is not None:
            self._guessed(improved(whole, cost, self.best))
        return self._within(tight)

    def _few(self, tight: Tight) -> Tight:
        """Leave out rows that could be of use, where too many are left."""
        kept = [_first(each, SECOND_LOOK) for each in tight.through]
        for each, own in zip(tight.through, kept, strict=True):
            if len(own) < len(each):
                self._left_out(int(np.delete(each, own).min()))
        return tight.narrowed(kept)

    def _chosen(self, tight: Tight, states: int) -> Tight:
        """Choose exactly among the rows that are left, unless bounds show that nothing is."""
        for _ in range(LOOKS):
            before = tight.bound, tight.left()
            tight.turned(TURNS)
            tight = self._within(tight)
            if tight.is_over(self.aim):
                return tight
            if (tight.bound, tight.left()) == before:
                break
            self._quick(tight)
            tight = self._within(tight)
            if tight.is_over(self.aim):
                return tight
        aim = self.aim
        self._left_out(self._swept(tight, aim, states))
        self._left_out(aim + 1)
        return tight

    def _within(self, tight: Tight) -> Tight:
        """Leave out the rows whose clusters all cost more than the aim."""
        aim = self.aim
        found = tight.within(aim)
        if found is not tight:
            self._left_out(min(int(each[each > aim].min(initial=NEVER)) for each in tight.through))
        return found

    def _left_out(self, bound: int) -> None:
        self.floor = min(self.floor, bound)

    def _quick(self, tight: Tight) -> None:
        """Choose quickly among few rows, for a limit."""
        few = tight.narrowed([_first(each, FIRST_LOOK) for each in tight.through])
        self._swept(few, self.limit, FEW_STATES)

    def _swept(self, tight: Tight, limit: int, states: int) -> int:
        found = sweep(tight, limit, states)
        if found.picks is not None:
            slots = tight.problem.slots
            own = [int(slot.label[at]) for slot, at in zip(slots, found.picks, strict=True)]
            self._take(tuple(own), found.cost)
        return found.dropped

    def _guessed(self, picks: Sequence[int]) -> None:
        if self.problem.allows(picks):
            self._take(tuple(picks), self.problem.cost(picks))

    def _take(self, picks: tuple[int, ...], cost: int) -> None:
        if self.best is None or (cost, picks) < (self.limit, self.best):
            self.best, self.limit = picks, cost


def _first(through: Column, most: int) -> Column:
    """Give the rows with the least bounds, smaller ones first where they are alike."""
    if len(through) <= most:
        return np.arange(len(through))
    return np.sort(np.argsort(through, kind="stable")[:most])


def _won(parts: int) -> int:
    return -(-parts // WAY)

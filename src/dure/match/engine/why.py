"""
Why a member was chosen for a step or not: the factor and a coarse rank, never a margin.

A member that passes the hard filter is weighed beside the cluster that was found: what this step
would cost with it, all other steps staying with who has them. The factor is the part of that
(price, expected remaking, fair share, road) in which it stands furthest behind the one that was
taken; the rank is the third in which it stands. Of fewer than five there is no rank: it would be
one firm's.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from dure.kernel.reason import Reason
from dure.match.engine.alternatives import Alternative
from dure.match.engine.coop import Coop
from dure.match.engine.need import Need
from dure.match.engine.problem import BP, Problem, Slot, pose
from dure.match.engine.shelf import Column
from dure.match.engine.sieve import FEWEST_FIRMS, refusals, told
from dure.match.engine.weights import weights

TAKEN, TOGETHER = "match.why_taken", "match.why_together"
FACTORS = ("match.why_price", "match.why_quality", "match.why_fair_share", "match.why_road")
YOURS, DECLINED, OTHERWISE = "match.why_yours", "match.why_declined", "match.why_otherwise"
NO_RANK = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is said to one member about a step. third: 1 is the best, 0 where no rank is told."""

    member: int
    code: str
    third: int = NO_RANK


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoned:
    """All verdicts about a step, with what a reason about it may name."""

    task: str
    told: dict[str, str | int]
    verdicts: tuple[Verdict, ...]


def reckoned(coop: Coop, need: Need, found: Alternative | None) -> Iterator[Reckoned]:
    """Give the verdict on everybody who has a step's process, step by step."""
    weighed = dict(_weighed(coop, need, found)) if found else {}
    for task in need.tasks:
        refused = {member: reason.code for member, reason in refusals(coop, need, task)}
        passed = weighed.get(task.code, ())
        able = {verdict.member for verdict in passed}
        verdicts = [*passed]
        verdicts += [
            Verdict(member=member, code=code)
            for member, code in refused.items()
            if member not in able
        ]
        ordered = tuple(sorted(verdicts, key=lambda each: each.member))
        yield Reckoned(task=task.code, told=told(task), verdicts=ordered)


def _weighed(
    coop: Coop, need: Need, found: Alternative
) -> Iterator[tuple[str, tuple[Verdict, ...]]]:
    lots = [sum(choice.task == task.code for choice in found.choices) for task in need.tasks]
    problem = pose(coop, need, weights()[found.label], lots)
    picks = [_picked(coop, need, slot, found) for slot in problem.slots]
    done: set[str] = set()
    for at, slot in enumerate(problem.slots):
        code = need.tasks[slot.task].code
        if code not in done:
            done.add(code)
            parts = _parts(coop, need, problem, picks, at)
            yield code, tuple(_verdicts(slot, parts, picks[at]))


def _picked(coop: Coop, need: Need, slot: Slot, found: Alternative) -> int:
    task = need.tasks[slot.task]
    chosen = [each.skill for each in found.choices if each.task == task.code]
    origin = coop.shelf(task.process).columns["origin"][slot.rows]
    return int(np.flatnonzero(np.isin(origin, chosen))[0])


def _parts(coop: Coop, need: Need, problem: Problem, picks: Sequence[int], at: int) -> Column:
    """Give for each row its price, remaking, fair share and road, in won."""
    slot = problem.slots[at]
    shelf = coop.shelf(need.tasks[slot.task].process)
    remaking = slot.spent * shelf.at("fails_bp", slot.rows) // BP
    road = np.zeros(len(slot), dtype=np.int64)
    for u, v in problem.edges:
        if at in (u, v):
            other = v if at == u else u
            there = problem.slots[other].place[[picks[other]]]
            road += problem.places.minutes(slot.place, there)[:, 0] * problem.road_won
    return np.column_stack([slot.spent, remaking, slot.won - slot.spent - remaking, road])


def _verdicts(slot: Slot, parts: Column, pick: int) -> Iterator[Verdict]:
    whole = parts.sum(axis=1)
    order = np.lexsort((whole, slot.member))
    first = np.r_[True, np.diff(slot.member[order]) != 0]
    best = order[first]  # of each member its best row, by member number
    ranked = np.sort(whole[best])
    behind = parts[best] - parts[pick]
    for row, short in zip(best.tolist(), behind, strict=True):
        member = int(slot.member[row])
        if member == int(slot.member[pick]):
            yield Verdict(member=member, code=TAKEN)
            continue
        rank = int(np.searchsorted(ranked, whole[row]))
        third = 1 + 3 * rank // len(best) if len(best) >= FEWEST_FIRMS else NO_RANK
        factor = FACTORS[int(short.argmax())] if short.max() > 0 else TOGETHER
        yield Verdict(member=member, code=factor, third=third)


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """What a member was told about a step: why, in which third it stood (0: not told), and when."""

    step: str
    reason: Reason
    third: int
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """
    How a member stands, as it may know it.

    share_percent: its part of the members' work, 100 being its fair one, in tens; None where fewer
    than five members have work. fails_bp: pieces in 10,000 that are expected to fail; usual_bp: the
    same of one without a history.
    """

    weighed: int
    offered: int
    accepted: int
    declined: int
    silent: int
    share_percent: int | None
    fails_bp: int
    usual_bp: int
    inspected: int


MOST_ADVICE = 4


def advice(codes: Iterable[str], position: Position) -> tuple[Reason, ...]:
    """Say what would change a member's standing, by what stood against it most often."""
    counted = Counter(codes)
    for neutral in (TAKEN, YOURS, TOGETHER, OTHERWISE):
        counted.pop(neutral, None)
    found = [
        Reason(f"{code}_advice", {"times": times})
        for code, times in sorted(counted.items(), key=lambda each: (-each[1], each[0]))
    ]
    if position.fails_bp > position.usual_bp:
        found.append(Reason("match.fails_advice", {"pieces": position.fails_bp}))
    if position.silent:
        found.append(Reason("match.silence_advice", {"times": position.silent}))
    return tuple(found[:MOST_ADVICE])

"""
The hard filter: who can do a task at all, and for everybody else the reason why not.

The rules stand in one list, in the order in which they are told: a member that fails
several is told the first.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from dure.kernel.reason import Reason
from dure.match.engine.coop import Coop
from dure.match.engine.need import ALWAYS, Need, Task
from dure.match.engine.shelf import SIDES, Column, Mask, Shelf

FEWEST_FIRMS = 5  # fewer are not told of together: their numbers would be one firm's


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """
    What is asked of a shelf's rows: a lot of a task of a need, in a cooperative.

    minutes, free: of each row, what the lot takes and what it has in the need's window.
    """

    coop: Coop
    need: Need
    task: Task
    quantity: int
    shelf: Shelf
    minutes: Column
    free: Column

    @classmethod
    def of(cls, coop: Coop, need: Need, task: Task, quantity: int | None = None) -> "Asked":
        """Ask for a lot of a task, or for all of it."""
        whole, shelf = task.quantity if quantity is None else quantity, coop.shelf(task.process)
        return cls(
            coop=coop,
            need=need,
            task=task,
            quantity=whole,
            shelf=shelf,
            minutes=shelf.minutes(whole),
            free=shelf.free(need.first_day, need.last_day),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """
    One rule: which rows of the shelf pass it, and the code of what is said to those that do not.

    None where it is not asked for: all pass.
    """

    code: str
    passes: Callable[[Asked], Mask | None]


def takes_part(asked: Asked) -> Mask | None:
    """Ensure that the maker agreed to take part, and works for this buyer."""
    who, people = asked.shelf.columns["who"], asked.coop.members
    refused = people.refused.get(asked.need.buyer)
    if not refused:
        return people.consents[who]
    return people.consents[who] & ~np.isin(who, sorted(refused))


def holds_licences(asked: Asked) -> Mask | None:
    """Ensure that the maker holds each licence that the goods ask for, to the last day."""
    return _holds(asked, "licence", asked.task.licences)


def holds_certificates(asked: Asked) -> Mask | None:
    """Ensure that the maker holds each certificate that the buyer asks for, to the last day."""
    return _holds(asked, "certificate", asked.task.certificates)


def works_the_material(asked: Asked) -> Mask | None:
    """Ensure that the maker works the material; one that names none works all."""
    if not asked.task.material:
        return None
    sets = asked.coop.materials
    good = np.array([not each or asked.task.material in each for each in sets], dtype=np.bool_)
    return good[asked.shelf.columns["materials"]]


def has_the_room(asked: Asked) -> Mask | None:
    """Ensure that the piece goes into the machine, turned as it likes."""
    if asked.task.envelope_mm is None:
        return None
    sides = sorted(asked.task.envelope_mm, reverse=True)
    fits = [asked.shelf.columns[name] >= side for name, side in zip(SIDES, sides, strict=True)]
    return fits[0] & fits[1] & fits[2]


def holds_the_tolerance(asked: Asked) -> Mask | None:
    """Ensure that the maker holds the tolerance class: an IT grade as fine, or finer."""
    if not asked.task.tolerance:
        return None
    return asked.shelf.columns["tolerance"] <= asked.task.tolerance


def takes_the_lot(asked: Asked) -> Mask | None:
    """Ensure that the lot lies in the maker's lot range."""
    least, most = asked.shelf.columns["lot_min"], asked.shelf.columns["lot_max"]
    return (least <= asked.quantity) & (asked.quantity <= most)


def has_time(asked: Asked) -> Mask | None:
    """Ensure that the maker has the machine minutes free in the need's window."""
    return asked.minutes <= asked.free


def is_not_excluded(asked: Asked) -> Mask | None:
    """Ensure that the maker was not left out: it declined, or the rules say so."""
    if not asked.task.excluded:
        return None
    return ~np.isin(asked.shelf.columns["member"], sorted(asked.task.excluded))


def is_new_where_asked(asked: Asked) -> Mask | None:
    """Ensure that a trial goes to a member that has had little work yet."""
    if not asked.task.only_new:
        return None
    return asked.coop.members.is_new[asked.shelf.columns["who"]]


RULES = (
    Rule(code="match.no_consent", passes=takes_part),
    Rule(code="match.no_licence", passes=holds_licences),
    Rule(code="match.no_certificate", passes=holds_certificates),
    Rule(code="match.other_material", passes=works_the_material),
    Rule(code="match.too_large", passes=has_the_room),
    Rule(code="match.too_coarse", passes=holds_the_tolerance),
    Rule(code="match.lot_range", passes=takes_the_lot),
    Rule(code="match.no_free_time", passes=has_time),
    Rule(code="match.excluded", passes=is_not_excluded),
    Rule(code="match.not_new", passes=is_new_where_asked),
)


def able(asked: Asked) -> Column:
    """Give the rows of the shelf that can do what is asked, by member number."""
    able = np.ones(len(asked.shelf), dtype=np.bool_)
    for rule in RULES:
        if (passed := rule.passes(asked)) is not None:
            able &= passed
    return np.flatnonzero(able)


class Sieve:
    """Who can do the lots of one need's tasks: each is asked for once."""

    def __init__(self, coop: Coop, need: Need) -> None:
        self.coop, self.need = coop, need
        self._seen: dict[tuple[str, int], tuple[Asked, Column]] = {}

    def ask(self, task: Task, quantity: int) -> tuple[Asked, Column]:
        """Give what is asked for a lot of a task, and the rows that can do it."""
        key = (task.code, quantity)
        if key not in self._seen:
            asked = Asked.of(self.coop, self.need, task, quantity)
            self._seen[key] = asked, able(asked)
        return self._seen[key]


def refusals(coop: Coop, need: Need, task: Task) -> Iterator[tuple[int, Reason]]:
    """Give each member that has the process and cannot do the task, with the first reason why."""
    asked = Asked.of(coop, need, task)
    for rule, failed in _failed(asked):
        for member in asked.shelf.columns["member"][failed].tolist():
            yield member, Reason(rule.code, told(task))


def blocking(coop: Coop, need: Need, task: Task, quantity: int | None = None) -> Reason:
    """Say which rule would have to give so that anybody could do a task that nobody can."""
    asked = Asked.of(coop, need, task, quantity)
    left, code = len(asked.shelf), "match.nobody_has"
    for rule, failed in _failed(asked):
        if left:
            left, code = left - int(np.count_nonzero(failed)), f"{rule.code}_blocks"
    nearest = _nearest(asked) if code == "match.lot_range_blocks" else {}
    return Reason(code, {"step": task.code, **told(task), "quantity": asked.quantity, **nearest})


def _failed(asked: Asked) -> Iterator[tuple[Rule, Mask]]:
    """Give for each rule the rows that fail it and passed all before it."""
    left = np.ones(len(asked.shelf), dtype=np.bool_)
    for rule in RULES:
        passed = rule.passes(asked)
        if passed is not None and left.any():
            yield rule, left & ~passed
            left &= passed


def told(task: Task) -> dict[str, str | int]:
    """Give what a reason about a task may name: the task's own words, nothing of a member."""
    sides = " × ".join(str(side) for side in task.envelope_mm or ())
    return {
        "certificates": ", ".join(sorted(task.certificates)),
        "licences": ", ".join(sorted(task.licences)),
        "material": task.material,
        "process": task.process,
        "quantity": task.quantity,
        "sides": sides,
        "tolerance": task.tolerance,
    }


def _holds(asked: Asked, sort: str, kinds: frozenset[str]) -> Mask | None:
    if not kinds:
        return None
    who = asked.shelf.columns["who"]
    passed = np.ones(len(who), dtype=np.bool_)
    day = 1 if asked.need.last_day == ALWAYS else asked.need.last_day
    for kind in kinds:
        until = asked.coop.members.permits.get((sort, kind))
        if until is None:
            return np.zeros(len(who), dtype=np.bool_)
        passed &= until[who] >= day
    return passed


def _nearest(asked: Asked) -> dict[str, int]:
    """Give the least and the most that anybody takes, where enough members have it."""
    if len(np.unique(asked.shelf.columns["member"])) < FEWEST_FIRMS:
        return {"least": 0, "most": 0}
    return {
        "least": int(asked.shelf.columns["lot_min"].min()),
        "most": int(asked.shelf.columns["lot_max"].max()),
    }

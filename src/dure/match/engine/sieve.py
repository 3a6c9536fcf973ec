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


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a row: a lot of a task of a need, in a cooperative."""

    coop: Coop
    need: Need
    task: Task
    quantity: int
    shelf: Shelf

    @classmethod
    def of(cls, coop: Coop, need: Need, task: Task, quantity: int | None = None) -> "Asked":
        """Ask for a lot of a task, or for all of it."""
        whole = task.quantity if quantity is None else quantity
        return cls(coop, need, task, whole, coop.shelf(task.process))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: which rows pass it, and the code of what is said to those that do not."""

    code: str
    passes: Callable[[Asked, Column], Mask]


def takes_part(asked: Asked, rows: Column) -> Mask:
    """Ensure that the maker agreed to take part, and works for this buyer."""
    who = asked.shelf.at("who", rows)
    agreed = asked.coop.members.consents[who]
    refused = asked.coop.members.refused.get(asked.need.buyer)
    return agreed & ~np.isin(who, sorted(refused)) if refused else agreed


def holds_licences(asked: Asked, rows: Column) -> Mask:
    """Ensure that the maker holds each licence that the goods ask for, to the last day."""
    return _holds(asked, rows, "licence", asked.task.licences)


def holds_certificates(asked: Asked, rows: Column) -> Mask:
    """Ensure that the maker holds each certificate that the buyer asks for, to the last day."""
    return _holds(asked, rows, "certificate", asked.task.certificates)


def works_the_material(asked: Asked, rows: Column) -> Mask:
    """Ensure that the maker works the material; one that names none works all."""
    if not asked.task.material:
        return np.ones(len(rows), dtype=np.bool_)
    sets = asked.coop.materials
    good = np.array([not each or asked.task.material in each for each in sets], dtype=np.bool_)
    return good[asked.shelf.at("materials", rows)]


def has_the_room(asked: Asked, rows: Column) -> Mask:
    """Ensure that the piece goes into the machine, turned as it likes."""
    if asked.task.envelope_mm is None:
        return np.ones(len(rows), dtype=np.bool_)
    sides = sorted(asked.task.envelope_mm, reverse=True)
    fits = [
        asked.shelf.columns[name][rows] >= side for name, side in zip(SIDES, sides, strict=True)
    ]
    return fits[0] & fits[1] & fits[2]


def holds_the_tolerance(asked: Asked, rows: Column) -> Mask:
    """Ensure that the maker holds the tolerance class: an IT grade as fine, or finer."""
    if not asked.task.tolerance:
        return np.ones(len(rows), dtype=np.bool_)
    return asked.shelf.columns["tolerance"][rows] <= asked.task.tolerance


def takes_the_lot(asked: Asked, rows: Column) -> Mask:
    """Ensure that the lot lies in the maker's lot range."""
    least, most = asked.shelf.columns["lot_min"][rows], asked.shelf.columns["lot_max"][rows]
    return (least <= asked.quantity) & (asked.quantity <= most)


def has_time(asked: Asked, rows: Column) -> Mask:
    """Ensure that the maker has the machine minutes free in the need's window."""
    free = asked.shelf.free(rows, asked.need.first_day, asked.need.last_day)
    return asked.shelf.minutes(rows, asked.quantity) <= free


def is_not_excluded(asked: Asked, rows: Column) -> Mask:
    """Ensure that the maker was not left out: it declined, or the rules say so."""
    if not asked.task.excluded:
        return np.ones(len(rows), dtype=np.bool_)
    return ~np.isin(asked.shelf.columns["member"][rows], sorted(asked.task.excluded))


def is_new_where_asked(asked: Asked, rows: Column) -> Mask:
    """Ensure that a trial goes to a member that has had little work yet."""
    if not asked.task.only_new:
        return np.ones(len(rows), dtype=np.bool_)
    return asked.coop.members.is_new[asked.shelf.at("who", rows)]


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
    rows = np.arange(len(asked.shelf), dtype=np.int64)
    for rule in RULES:
        passed = rule.passes(asked, rows)
        if not passed.all():
            rows = rows[passed]
    return rows


def refusals(coop: Coop, need: Need, task: Task) -> Iterator[tuple[int, Reason]]:
    """Give each member that has the process and cannot do the task, with the first reason why."""
    asked = Asked.of(coop, need, task)
    rows = np.arange(len(asked.shelf), dtype=np.int64)
    for rule in RULES:
        passed = rule.passes(asked, rows)
        for member in asked.shelf.columns["member"][rows[~passed]].tolist():
            yield member, Reason(rule.code, told(task))
        rows = rows[passed]


def blocking(coop: Coop, need: Need, task: Task, quantity: int | None = None) -> Reason:
    """Say which rule would have to give so that anybody could do a task that nobody can."""
    asked = Asked.of(coop, need, task, quantity)
    rows = np.arange(len(asked.shelf), dtype=np.int64)
    code = "match.nobody_has"
    for rule in RULES:
        if len(rows) == 0:
            break
        rows, code = rows[rule.passes(asked, rows)], f"{rule.code}_blocks"
    nearest = _nearest(asked) if code == "match.lot_range_blocks" else {}
    return Reason(code, {"step": task.code, **told(task), "quantity": asked.quantity, **nearest})


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


def _holds(asked: Asked, rows: Column, sort: str, kinds: frozenset[str]) -> Mask:
    passed = np.ones(len(rows), dtype=np.bool_)
    day = 1 if asked.need.last_day == ALWAYS else asked.need.last_day
    for kind in kinds:
        until = asked.coop.members.permits.get((sort, kind))
        if until is None:
            return np.zeros(len(rows), dtype=np.bool_)
        passed &= until[asked.shelf.at("who", rows)] >= day
    return passed


def _nearest(asked: Asked) -> dict[str, int]:
    """Give the least and the most that anybody takes, where enough members have it."""
    if len(np.unique(asked.shelf.columns["member"])) < FEWEST_FIRMS:
        return {"least": 0, "most": 0}
    return {
        "least": int(asked.shelf.columns["lot_min"].min()),
        "most": int(asked.shelf.columns["lot_max"].max()),
    }

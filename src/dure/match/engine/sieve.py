"""
The hard filter: who can do a task at all, and for everybody else the reason why not.

The rules stand in one list, in the order in which they are told: a member that fails
several is told the first.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from dure.kernel.reason import Reason
from dure.match.engine.coop import Column, Coop, Mask
from dure.match.engine.need import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: which rows pass it, and the code of what is said to those that do not."""

    code: str
    passes: Callable[[Coop, Task, Column], Mask]


def holds_licences(coop: Coop, task: Task, rows: Column) -> Mask:
    """Ensure that the maker holds each licence that the goods ask for."""
    if any(kind not in coop.bits for kind in task.licences):
        return np.zeros(len(rows), dtype=np.bool_)
    wanted = sum(coop.bits[kind] for kind in task.licences)
    return (coop.permits[rows] & wanted) == wanted


def takes_the_lot(coop: Coop, task: Task, rows: Column) -> Mask:
    """Ensure that the lot lies in the maker's lot range."""
    least, most = coop.at("lot_min", rows), coop.at("lot_max", rows)
    return (least <= task.quantity) & (task.quantity <= most)


def has_time(coop: Coop, task: Task, rows: Column) -> Mask:
    """Ensure that the maker has the machine minutes free before the need is due."""
    return coop.minutes(rows, task.quantity) <= coop.at("free_minutes", rows)


def is_not_excluded(coop: Coop, task: Task, rows: Column) -> Mask:
    """Ensure that the maker was not left out: it declined, or the rules say so."""
    if not task.excluded:
        return np.ones(len(rows), dtype=np.bool_)
    return ~np.isin(coop.at("member", rows), sorted(task.excluded))


RULES = (
    Rule(code="match.no_licence", passes=holds_licences),
    Rule(code="match.lot_range", passes=takes_the_lot),
    Rule(code="match.no_free_time", passes=has_time),
    Rule(code="match.excluded", passes=is_not_excluded),
)


def able(coop: Coop, task: Task) -> Column:
    """Give the rows that can do a task, by member number."""
    rows = coop.rows(task.process)
    for rule in RULES:
        rows = rows[rule.passes(coop, task, rows)]
    return rows


def refusals(coop: Coop, task: Task) -> Iterator[tuple[int, Reason]]:
    """Give each member that has the process and cannot do the task, with the first reason why."""
    rows = coop.rows(task.process)
    for rule in RULES:
        passed = rule.passes(coop, task, rows)
        for row in rows[~passed]:
            yield int(coop.columns["member"][row]), Reason(rule.code, _told(rule, task))
        rows = rows[passed]


def blocking(coop: Coop, task: Task) -> Reason:
    """Say which rule would have to give so that anybody could do a task that nobody can."""
    rows = coop.rows(task.process)
    code = "match.nobody_has"
    for rule in RULES:
        if len(rows) == 0:
            break
        rows, code = rows[rule.passes(coop, task, rows)], f"{rule.code}_blocks"
    return Reason(
        code,
        {
            "step": task.code,
            "process": task.process,
            "quantity": task.quantity,
            "licences": ", ".join(sorted(task.licences)),
        },
    )


def _told(rule: Rule, task: Task) -> dict[str, str | int]:
    if rule.code == "match.no_licence":
        return {"licences": ", ".join(sorted(task.licences))}
    return {"quantity": task.quantity}

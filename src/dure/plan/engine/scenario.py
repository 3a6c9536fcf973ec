"""
What would be if: changes to a copy of a book, and what two plans of it differ in.

    {"kind": "machine_absent", "machine": id, "starts": instant, "until": instant}
    {"kind": "machine_added", "machine": id}                       one more like it, beside it
    {"kind": "shift_added", "firm": id, "starts": instant, "until": instant}
    {"kind": "order_added", "order": id, "percent": 150, "due": day}   like it, so much of it
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from dure.kernel.errors import Malformed
from dure.kernel.reason import Reason
from dure.kernel.time import Instant
from dure.plan.engine.opening import Window, joined
from dure.plan.engine.plan import Plan
from dure.plan.engine.posed import MINUTE, Posed
from dure.plan.engine.posing import Book, Task, Work, Yard
from dure.plan.engine.score import score

MOST_PERCENT = 1000
Changing = Callable[[Book, Mapping[str, Any], UUID], Book]


def changed(
    book: Book, changes: Sequence[Mapping[str, Any]], *, leaves_by: Callable[[date], Instant]
) -> Book:
    """
    Give the book as it would be. Raises Malformed for a change that makes no sense.

    leaves_by: the instant before which all must have left, to be at the buyer's on a day.
    """
    added: Changing = partial(_order_added, leaves_by=leaves_by)
    kinds = {**CHANGES, "order_added": added}
    for place, change in enumerate(changes, start=1):
        try:
            book = kinds[change["kind"]](book, change, UUID(int=place))
        except (KeyError, ValueError, TypeError, StopIteration) as bad:
            raise Malformed("plan.bad_change", place=place) from bad
    return book


def _machine_absent(book: Book, change: Mapping[str, Any], _new: UUID) -> Book:
    machine = UUID(change["machine"])

    def without_it(yard: Yard) -> Yard:
        known = yard.standstills.get(machine, ())
        still = joined((*known, _window(change)))
        return replace(yard, standstills={**yard.standstills, machine: still})

    return replace(book, yards=tuple(without_it(yard) for yard in book.yards))


def _machine_added(book: Book, change: Mapping[str, Any], new: UUID) -> Book:
    like = UUID(change["machine"])

    def with_it(work: Work) -> Work:
        has = like in work.machines
        return replace(work, machines=(*work.machines, new)) if has else work

    tasks = tuple(
        replace(task, works=tuple(with_it(work) for work in task.works)) for task in book.tasks
    )
    yards = tuple(
        replace(yard, machines=(*yard.machines, new)) if like in yard.machines else yard
        for yard in book.yards
    )
    return replace(book, tasks=tasks, yards=yards)


def _shift_added(book: Book, change: Mapping[str, Any], _new: UUID) -> Book:
    firm, shift = UUID(change["firm"]), _window(change)
    yards = tuple(
        replace(yard, windows=joined((*yard.windows, shift))) if yard.firm == firm else yard
        for yard in book.yards
    )
    return replace(book, yards=yards)


def _order_added(
    book: Book, change: Mapping[str, Any], new: UUID, *, leaves_by: Callable[[date], Instant]
) -> Book:
    like = next(task for task in book.tasks if task.order == UUID(change["order"]))
    percent = int(change["percent"])
    if not 0 < percent <= MOST_PERCENT:
        raise ValueError(percent)
    works = tuple(
        replace(work, minutes=max(1, work.minutes * percent // 100)) for work in like.works
    )
    added = Task(
        order=new,
        works=works,
        release=like.release,
        due=leaves_by(date.fromisoformat(change["due"])),
    )
    return replace(book, tasks=(*book.tasks, added))


def _window(change: Mapping[str, Any]) -> Window:
    starts = datetime.fromisoformat(change["starts"])
    until = datetime.fromisoformat(change["until"])
    if not starts < until:
        raise ValueError("it ends before it begins")
    return starts, until


CHANGES: dict[str, Changing] = {
    "machine_absent": _machine_absent,
    "machine_added": _machine_added,
    "shift_added": _shift_added,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """
    A plan of a book in figures: orders late, and minutes late, of set-up and on the road.

    lost: orders that have no place at all, and so leave never.
    """

    late: int
    lost: int
    tardiness: int
    setup: int
    transport: int
    leaves: Mapping[UUID, datetime | None]

    def as_json(self) -> dict[str, int]:
        """Give what can be compared with another plan."""
        return {
            "late": self.late,
            "lost": self.lost,
            "tardiness": self.tardiness,
            "setup": self.setup,
            "transport": self.transport,
        }


def figures(posed: Posed, plan: Plan) -> Figures:
    """Give the figures of a plan."""
    parts = score(posed.problem, plan.slots)
    leaves: dict[UUID, datetime | None] = {}
    late = 0
    for job, (order, _) in enumerate(posed.orders):
        if job in plan.unplanned:
            leaves[order] = None
            continue
        end = posed.problem.finish(job, plan.of_job(job))
        leaves[order] = posed.instant(end)
        late += end > posed.problem.jobs[job].due
    return Figures(
        late=late,
        lost=len(plan.unplanned),
        tardiness=parts.tardiness,
        setup=parts.setup,
        transport=parts.transport,
        leaves=leaves,
    )


def compared(before: Figures, after: Figures) -> tuple[Reason, ...]:
    """Say in words what would be different."""
    found = []
    if before.lost != after.lost:
        code = "plan.scenario_fewer_lost" if after.lost < before.lost else "plan.scenario_more_lost"
        found.append(Reason(code, {"before": before.lost, "after": after.lost}))
    if before.late != after.late:
        code = "plan.scenario_fewer_late" if after.late < before.late else "plan.scenario_more_late"
        found.append(Reason(code, {"before": before.late, "after": after.late}))
    less = before.tardiness - after.tardiness
    if less:
        code = "plan.scenario_less_tardy" if less > 0 else "plan.scenario_more_tardy"
        found.append(Reason(code, {"minutes": abs(less)}))
    earlier = _minutes_earlier(before, after)
    if earlier:
        code = "plan.scenario_earlier" if earlier > 0 else "plan.scenario_later"
        found.append(Reason(code, {"minutes": abs(earlier)}))
    minutes = before.setup - after.setup
    if minutes:
        code = "plan.scenario_less_setup" if minutes > 0 else "plan.scenario_more_setup"
        found.append(Reason(code, {"minutes": abs(minutes)}))
    return tuple(found) or (Reason("plan.scenario_same"),)


def _minutes_earlier(before: Figures, after: Figures) -> int:
    """Add up by how much the orders that are in both leave earlier."""
    both = [
        (was, would)
        for order, was in before.leaves.items()
        if was and (would := after.leaves.get(order))
    ]
    return sum(int((was - would) // MINUTE) for was, would in both)

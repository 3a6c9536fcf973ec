"""
A problem of numbers and what its numbers mean: which orders, steps, machines, instants.

The first jobs of the problem are the orders that are planned, job by job and step by
step; the jobs behind them are what stands frozen among them.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from dure.kernel.canonical import Json, canonical, plain
from dure.kernel.time import SEOUL, Instant, seoul_date
from dure.plan.engine.document import problem_document, read_document
from dure.plan.engine.problem import Problem, Slot

MINUTE = timedelta(minutes=1)
Key = tuple[UUID, str]
"""An order, by its request, and one of its steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A step of an order on a machine, in business time."""

    order: UUID
    step: str
    machine: UUID
    starts: Instant
    ends: Instant

    @property
    def key(self) -> Key:
        """Name the step."""
        return self.order, self.step


@dataclass(frozen=True, kw_only=True)  # no slots: it keeps where to find what, once asked
class Posed:
    """
    orders names the first jobs of the problem: each an order and its steps.

    others: whose the jobs behind these are (see Busy); None for facts. It is not stored.
    """

    problem: Problem
    orders: tuple[tuple[UUID, tuple[str, ...]], ...]
    machines: tuple[UUID, ...]
    epoch: Instant
    others: tuple[UUID | None, ...] = ()

    def minute(self, instant: Instant) -> int:
        """Give the minute of an instant, begun minutes counting."""
        return -((self.epoch - instant) // MINUTE)

    def instant(self, minute: int) -> Instant:
        """Give the instant of a minute."""
        return self.epoch + minute * MINUTE

    def job(self, order: UUID) -> int:
        """Give the number of an order's job."""
        return self._jobs[order]

    def machine(self, machine: UUID) -> int:
        """Give a machine's number."""
        return self._machines[machine]

    @cached_property
    def _jobs(self) -> Mapping[UUID, int]:
        return {order: number for number, (order, _) in enumerate(self.orders)}

    @cached_property
    def _machines(self) -> Mapping[UUID, int]:
        return {machine: number for number, machine in enumerate(self.machines)}

    def other(self, job: int) -> UUID | None:
        """Say whose a job is that stands frozen; None where it is a fact, or planned here."""
        place = job - len(self.orders)
        return self.others[place] if 0 <= place < len(self.others) else None

    def key(self, job: int, operation: int) -> Key | None:
        """Name an operation; None where it belongs to what stands frozen."""
        if job >= len(self.orders):
            return None
        order, steps = self.orders[job]
        return order, steps[operation]

    def placed(self, slots: Sequence[Slot]) -> tuple[Placed, ...]:
        """Give the orders' slots in business time, in the order of orders and steps."""
        return tuple(
            Placed(
                order=self.orders[slot.job][0],
                step=self.orders[slot.job][1][slot.operation],
                machine=self.machines[slot.machine],
                starts=self.instant(slot.start),
                ends=self.instant(slot.end),
            )
            for slot in sorted(slots)
            if slot.job < len(self.orders)
        )

    def standing(self, placed: Sequence[Placed], *, fixed: Set[Key]) -> "Posed":
        """
        Give the same problem with its orders standing as published; the fixed steps are facts.

        Where a fact overlaps what a machine was to do for others, the fact is right.
        """
        slots = {each.key: self.slot(each) for each in placed}
        facts = _side_by_side([slot for key, slot in slots.items() if key in fixed])
        others = [pin for pin in self.problem.pinned if not any(_meet(pin, fact) for fact in facts)]
        loose = [slot for key, slot in slots.items() if key not in fixed]
        problem = replace(
            self.problem, pinned=(*others, *facts), published=(*others, *facts, *loose)
        )
        return replace(self, problem=problem)

    def slot(self, placed: Placed) -> Slot:
        """Give a step's place in numbers."""
        start, job = self.minute(placed.starts), self.job(placed.order)
        return Slot(
            job=job,
            operation=self.orders[job][1].index(placed.step),
            machine=self.machine(placed.machine),
            start=start,
            end=max(start + 1, self.minute(placed.ends)),
        )

    def as_json(self) -> dict[str, Json]:
        """Give the form that is stored with a plan, from which anyone can plan it again."""
        return {
            "epoch": plain(self.epoch),
            "machines": plain(self.machines),
            "orders": [[str(order), list(steps)] for order, steps in self.orders],
            "problem": problem_document(self.problem),
        }

    def body(self) -> bytes:
        """Give the stored bytes."""
        return canonical(self.as_json())


def read_posed(document: Mapping[str, Any]) -> Posed:
    """Read a stored problem back."""
    return Posed(
        problem=read_document(document["problem"]),
        orders=tuple((UUID(order), tuple(steps)) for order, steps in document["orders"]),
        machines=tuple(UUID(machine) for machine in document["machines"]),
        epoch=datetime.fromisoformat(document["epoch"]),
    )


def midnight(at: Instant) -> Instant:
    """Give the midnight in Seoul before an instant: the epoch of what is planned then."""
    return start_of(seoul_date(at))


def start_of(day: date) -> Instant:
    """Give the instant at which a day begins in Seoul."""
    return datetime(day.year, day.month, day.day, tzinfo=SEOUL)


def end_of(day: date) -> Instant:
    """Give the instant at which a day ends in Seoul."""
    return start_of(day + timedelta(days=1))


def _side_by_side(facts: Sequence[Slot]) -> list[Slot]:
    """Let facts on one machine not overlap: the earlier ends where the later begins."""
    apart: list[Slot] = []
    for fact in sorted(facts, key=lambda slot: (slot.machine, slot.start, slot.end)):
        if not apart or apart[-1].machine != fact.machine or apart[-1].end <= fact.start:
            apart.append(fact)
            continue
        cut = max(apart[-1].start + 1, fact.start)
        apart[-1] = replace(apart[-1], end=cut)
        apart.append(replace(fact, start=cut, end=max(fact.end, cut + 1)))
    return apart


def _meet(left: Slot, right: Slot) -> bool:
    return left.machine == right.machine and left.start < right.end and right.start < left.end

"""
Why an order leaves when it does: the chain that led there, and what would make it earlier.

What would bring a late order in on time is tried by the worker when the plan is made, and
stored with it: trying takes the solver, which no page waits for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dure.kernel.canonical import from_canonical
from dure.kernel.reason import Reason
from dure.kernel.time import Instant
from dure.members import public as members
from dure.plan import models
from dure.plan.bridge import plans
from dure.plan.engine.board import Board
from dure.plan.engine.plan import Plan
from dure.plan.engine.posed import Posed
from dure.plan.engine.problem import Slot
from dure.plan.engine.remedy import Remedy, remedies
from dure.plan.engine.why import Link, chain

MOST_EXPLAINED = 20
"""A book in which more is late has another trouble than any one order's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """One link: from when to when, at which step, on which machine, and what it was."""

    what: Reason
    step: str
    machine: UUID
    starts: Instant
    ends: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The chain of an order in order of time, and the smallest changes that would help."""

    links: tuple[Because, ...] = ()
    remedies: tuple[Reason, ...] = ()


NOTHING = Why()


def why(order_id: UUID, *, english: bool = False) -> Why:
    """Give what an order's time goes into, as its plan of record has it; steps by their names."""
    order = models.Order.objects.filter(id=order_id).first()
    row = models.Plan.objects.filter(id=order.plan_id).first() if order else None
    if order is None or row is None:
        return NOTHING
    posed, _, _ = plans.read_inputs(bytes(row.inputs))
    slots = _slots(from_canonical(bytes(row.body)))
    job = posed.job(order.request_id)
    links = [_because(posed, link, job) for link in chain(posed.problem, slots, job)]
    found = row.remedies.get(str(order.request_id), ())
    return Why(links=tuple(links), remedies=tuple(_named(each, order, english) for each in found))


def remedies_of(posed: Posed, plan: Plan) -> dict[str, list[dict[str, Any]]]:
    """Try what would be enough for each late order, by its request, the smallest change first."""
    late = [
        job
        for job, whole in enumerate(posed.problem.jobs[: len(posed.orders)])
        if job not in plan.unplanned and posed.problem.finish(job, plan.of_job(job)) > whole.due
    ]
    if not late:
        return {}
    board = Board(posed.problem, plan.slots)
    return {
        str(posed.orders[job][0]): [_stored(posed, job, each) for each in remedies(board, job)]
        for job in late[:MOST_EXPLAINED]
    }


def _stored(posed: Posed, job: int, remedy: Remedy) -> dict[str, Any]:
    """Give a remedy in the names of the house instead of the problem's numbers."""
    told: dict[str, Any] = dict(remedy.reason.parameters)
    if "operation" in told:
        told["operation"] = posed.orders[job][1][told["operation"]]
    if "machine" in told:
        told["machine"] = str(posed.machines[told["machine"]])
    if "at" in told:
        told["at"] = posed.instant(told["at"]).isoformat()
    if "job" in told:
        rival = told["job"]
        told["job"] = str(posed.orders[rival][0]) if rival < len(posed.orders) else ""
    return {"code": remedy.reason.code, "parameters": told}


def _named(stored: Mapping[str, Any], order: models.Order, english: bool) -> Reason:
    """Give a remedy as it is read: steps, machines and orders by their names."""
    told: dict[str, Any] = dict(stored["parameters"])
    if "operation" in told:
        names = {it["step"]: (english and it["name_en"]) or it["name"] for it in order.milestones}
        told["operation"] = names.get(told["operation"], told["operation"])
    if "machine" in told:
        machine = next((m for m in members.equipment() if str(m.id) == told["machine"]), None)
        told["machine"] = machine.name if machine else "–"
    if "job" in told:
        rivals = models.Order.objects.filter(request_id__in=[told["job"]] if told["job"] else [])
        told["job"] = "".join(str(rival.number) for rival in rivals) or "–"
    return Reason(stored["code"], told)


def _slots(body: dict[str, Any]) -> Sequence[Slot]:
    return tuple(Slot(**each) for each in body["operations"])


def _because(posed: Posed, link: Link, job: int) -> Because:
    return Because(
        what=Reason(f"plan.took_{link.cause}", {"minutes": link.minutes}),
        step=posed.orders[job][1][link.operation],
        machine=posed.machines[link.machine],
        starts=posed.instant(link.start),
        ends=posed.instant(link.end),
    )

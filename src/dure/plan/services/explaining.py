"""Why an order leaves when it does: the chain that led there, from its stored plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dure.kernel.canonical import from_canonical
from dure.kernel.reason import Reason
from dure.kernel.time import Instant
from dure.plan import models
from dure.plan.bridge import plans
from dure.plan.engine.posed import Posed
from dure.plan.engine.problem import Slot
from dure.plan.engine.why import Link, chain


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


def why(order_id: UUID) -> Why:
    """Give what an order's time goes into, as its plan of record has it."""
    order = models.Order.objects.filter(id=order_id).first()
    row = models.Plan.objects.filter(id=order.plan_id).first() if order else None
    if order is None or row is None:
        return NOTHING
    posed, _, _ = plans.read_inputs(bytes(row.inputs))
    slots = _slots(from_canonical(bytes(row.body)))
    job = posed.job(order.request_id)
    links = [_because(posed, link, job) for link in chain(posed.problem, slots, job)]
    return Why(links=tuple(links))


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

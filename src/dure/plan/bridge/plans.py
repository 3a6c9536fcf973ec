"""Between rows of plan versions and what the planner made."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from uuid import UUID

from dure.kernel.canonical import canonical, from_canonical
from dure.kernel.time import Instant
from dure.plan import models
from dure.plan.engine.plan import Plan
from dure.plan.engine.posed import Key, Placed, Posed, read_posed
from dure.plan.engine.posing import Work


def plan_row(
    posed: Posed,
    plan: Plan,
    works: Mapping[Key, Work],
    *,
    number: int,
    request: UUID | None,
    at: Instant,
) -> tuple[models.Plan, list[models.Slot]]:
    """Give the rows of a plan version and its slots, those of works, not stored yet."""
    inputs, body = inputs_of(posed, plan), plan.body()
    row = models.Plan(
        number=number,
        request_id=request,
        digest=digest(inputs, body),
        inputs=inputs,
        body=body,
        made_at=at,
    )
    slots = [
        models.Slot(
            plan=row,
            request_id=placed.order,
            step=placed.step,
            family=works[placed.key].family,
            firm_id=works[placed.key].firm,
            equipment_id=placed.machine,
            starts=placed.starts,
            ends=placed.ends,
        )
        for placed in posed.placed(plan.slots)
        if placed.key in works
    ]
    return row, slots


def inputs_of(posed: Posed, plan: Plan) -> bytes:
    """Give what a plan was made of, as it is stored."""
    return canonical(posed.as_json() | {"seed": plan.seed, "budget": plan.steps})


def digest(inputs: bytes, body: bytes) -> str:
    """Name a version by what was planned and what came out."""
    return sha256(inputs + body).hexdigest()


def read_inputs(inputs: bytes) -> tuple[Posed, int, int]:
    """Give what a plan version was made of: the problem, the seed, the steps."""
    document = from_canonical(inputs)
    return read_posed(document), document["seed"], document["budget"]


def read_placed(slots: Iterable[models.Slot], request: UUID) -> dict[str, Placed]:
    """Give where a plan version has each step of an order."""
    return {row.step: place_of(row) for row in slots if row.request_id == request}


def place_of(row: models.Slot) -> Placed:
    """Give where a slot stands."""
    return Placed(
        order=row.request_id,
        step=row.step,
        machine=row.equipment_id,
        starts=row.starts,
        ends=row.ends,
    )

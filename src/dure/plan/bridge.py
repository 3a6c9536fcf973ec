"""Between rows of plans, orders and job orders and their values."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from itertools import groupby
from typing import Any
from uuid import UUID

from dure.kernel.canonical import canonical, from_canonical, plain
from dure.kernel.ids import FirmId
from dure.kernel.money import Won
from dure.kernel.reason import Reason
from dure.kernel.time import Instant
from dure.match import public as match
from dure.members import public as members
from dure.plan import models
from dure.plan.engine import values
from dure.plan.engine.plan import Plan
from dure.plan.engine.posing import Busy, Placed, Posed, Work, Yard, pose, read_posed
from dure.sense import public as sense

HORIZON = timedelta(days=180)


def read_works(
    assignments: Sequence[match.Assignment],
    need: sense.Need,
    quantities: Mapping[str, int] | None = None,
) -> tuple[Work, ...]:
    """Give an order's steps as they were given to members; in other quantities than needed."""
    given = {each.step: each for each in assignments}
    capabilities = {each.id: each for each in members.capabilities()}
    works = []
    for step in need.steps:
        assigned = given[step.code]
        capability = capabilities[assigned.capability]
        works.append(
            Work(
                step=step.code,
                after=step.after,
                family=family(step.process, need.product),
                firm=assigned.firm,
                machines=capability.equipment,
                minutes=running_minutes(
                    capability, (quantities or {}).get(step.code, step.quantity)
                ),
                dwell=step.rest_minutes,
            )
        )
    return tuple(works)


def running_minutes(capability: members.Capability, quantity: int) -> int:
    """Give a lot's machine minutes without its set-up, which depends on what came before."""
    return max(1, capability.minutes_for(quantity) - capability.setup_minutes)


def family(process: str, product: str) -> str:
    """Name what a machine is set up for."""
    return f"{process}/{product}"


def read_posed_order(
    works: Sequence[Work], *, order: UUID | None, request: UUID, at: Instant, due: Instant
) -> Posed:
    """Pose an order among the released work of all others and the quotes that still stand."""
    busy = [*_released(order), *_held(request, at)]
    families = {work.family for work in works} | {each.family for each in busy}
    machines = {machine for work in works for machine in work.machines}
    yards = _yards(machines, families, at)
    sites = {site.id: site for site in members.sites()}

    def roads(here: UUID, there: UUID) -> int:
        return members.minutes_between(sites[here], sites[there])

    return pose(works, busy, yards, roads=roads, at=at, due=due)


def _released(order: UUID | None) -> Iterable[Busy]:
    rows = models.JobOrder.objects.exclude(state=models.JobOrder.State.DONE)
    if order:
        rows = rows.exclude(order_id=order)
    for row in rows.order_by("number"):
        yield Busy(machine=row.equipment_id, family=row.family, starts=row.starts, ends=row.ends)


def _held(request: UUID, at: Instant) -> Iterable[Busy]:
    quotes = models.Quote.objects.filter(state=models.Quote.State.OPEN, valid_until__gt=at)
    plans = quotes.exclude(request_id=request).values_list("plan_id", flat=True)
    for row in models.Slot.objects.filter(plan__in=list(plans)).order_by("plan__number", "step"):
        yield Busy(machine=row.equipment_id, family=row.family, starts=row.starts, ends=row.ends)


def _yards(machines: set[UUID], families: set[str], at: Instant) -> list[Yard]:
    found = [each for each in members.equipment() if each.id in machines]
    minutes = {(each.firm, each.process): each.setup_minutes for each in members.capabilities()}
    calendars = members.calendars()
    yards = []
    for (firm, site), those in groupby(found, key=lambda each: (each.firm, each.site)):
        setups = {name: minutes.get((firm, name.split("/")[0]), 0) for name in families}
        yards.append(
            Yard(
                firm=firm,
                site=site,
                machines=tuple(each.id for each in those),
                windows=tuple(calendars[firm].windows(at - timedelta(days=1), at + HORIZON)),
                setup_minutes=setups,
            )
        )
    return yards


def plan_row(
    posed: Posed, plan: Plan, works: Sequence[Work], *, number: int, request: UUID, at: Instant
) -> tuple[models.Plan, list[models.Slot]]:
    """Give the rows of a plan version and its slots, not stored yet."""
    inputs = canonical(posed.as_json() | {"seed": plan.seed, "budget": plan.steps})
    body = plan.body()
    row = models.Plan(
        number=number,
        request_id=request,
        digest=sha256(inputs + body).hexdigest(),
        inputs=inputs,
        body=body,
        made_at=at,
    )
    by_step = {work.step: work for work in works}
    slots = [
        models.Slot(
            plan=row,
            step=placed.step,
            family=by_step[placed.step].family,
            firm_id=by_step[placed.step].firm,
            equipment_id=placed.machine,
            starts=placed.starts,
            ends=placed.ends,
        )
        for placed in posed.placed(plan.slots)
    ]
    return row, slots


def read_inputs(row: models.Plan) -> tuple[Posed, int, int]:
    """Give what a plan version was made of: the problem, the seed, the steps."""
    document = from_canonical(bytes(row.inputs))
    return read_posed(document), document["seed"], document["budget"]


def read_placed(slots: Iterable[models.Slot]) -> dict[str, Placed]:
    """Give where a plan version has each step."""
    return {
        row.step: Placed(step=row.step, machine=row.equipment_id, starts=row.starts, ends=row.ends)
        for row in slots
    }


def read_order(row: models.Order) -> values.Order:
    """Give the value of an order."""
    return values.Order(
        id=row.id,
        number=row.number,
        request=row.request_id,
        cluster=row.cluster_id,
        buyer=FirmId(row.buyer_id),
        quantity=row.quantity,
        price=Won(row.price),
        work=Won(row.quote.work),
        materials=Won(row.quote.materials),
        fee=Won(row.quote.fee),
        promised_on=row.promised_on,
        leaves_at=row.leaves_at,
        accepted_at=row.accepted_at,
        reasons=read_reasons(row.reasons),
        milestones=tuple(values.Milestone(**each) for each in row.milestones),
        state=row.state,
    )


def read_quote(row: models.Quote) -> values.Quote:
    """Give the value of a quote."""
    return values.Quote(
        id=row.id,
        number=row.number,
        request=row.request_id,
        buyer=FirmId(row.buyer_id),
        quantity=row.quantity,
        band=(row.band_low, row.band_high),
        price=Won(row.price),
        work=Won(row.work),
        materials=Won(row.materials),
        fee=Won(row.fee),
        promised_on=row.promised_on,
        due=row.due,
        reasons=read_reasons(row.reasons),
        valid_until=row.valid_until,
        state=row.state,
    )


def read_job_order(row: models.JobOrder) -> values.JobOrder:
    """Give the value of a job order."""
    return values.JobOrder(
        id=row.id,
        number=row.number,
        order=row.order_id,
        order_number=row.order_number,
        firm=FirmId(row.firm_id),
        place=row.place,
        step=row.step,
        name=row.name,
        name_en=row.name_en,
        quantity=row.quantity,
        good=row.good,
        unit=row.unit,
        price=Won(row.price),
        equipment=row.equipment_id,
        starts=row.starts,
        ends=row.ends,
        receives=tuple(read_hand_over(each) for each in row.receives),
        hands_over=tuple(read_hand_over(each) for each in row.hands_over),
        pinned=row.pinned,
        state=row.state,
    )


def read_hand_over(body: Mapping[str, Any]) -> values.HandOver:
    """Give a hand-over between two firms."""
    return values.HandOver.from_json(body)


def read_proposal(row: models.Proposal) -> values.Proposal:
    """Give the value of a proposal."""
    return values.Proposal(
        id=row.id,
        number=row.number,
        firm=FirmId(row.firm_id),
        order=row.order_id,
        order_number=row.order_number,
        job_order=row.job_order_id,
        name=row.name,
        name_en=row.name_en,
        old=values.Place.from_json(row.old),
        new=values.Place.from_json(row.new),
        reasons=read_reasons(row.reasons),
        proposed_at=row.proposed_at,
        answer_by=row.answer_by,
        state=row.state,
    )


def read_reasons(bodies: Iterable[Mapping[str, Any]]) -> tuple[Reason, ...]:
    """Read stored reasons."""
    return tuple(Reason(body["code"], body["parameters"]) for body in bodies)


def reasons_body(reasons: Iterable[Reason]) -> list[Any]:
    """Give reasons as they are stored."""
    return [plain(reason.as_json()) for reason in reasons]

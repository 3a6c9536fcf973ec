"""Between rows of plans, orders and job orders and their values."""

from collections.abc import Iterable, Mapping
from typing import Any

from dure.kernel.canonical import plain
from dure.kernel.ids import FirmId
from dure.kernel.money import Won
from dure.kernel.reason import Reason
from dure.plan import models
from dure.plan.engine import values


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
        family=row.family,
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
        given_back=row.given_back,
        changes=row.version,
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
        plan=row.plan_id,
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

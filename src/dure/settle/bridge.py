"""Between rows of money and the values of its engine."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from dure.kernel.money import Won
from dure.kernel.time import seoul_date
from dure.members.public import Firm, Kind, bylaws, firms, shares
from dure.move import public as move
from dure.plan import public as plan
from dure.settle import models
from dure.settle.engine.books import Posting, accounts, surplus
from dure.settle.engine.materials import Use
from dure.settle.engine.order import Deduction, DeliveredOrder, OrderMaterial, Step
from dure.settle.engine.rulebook import Rules, rules
from dure.settle.engine.year import MemberYear, YearBooks


def read_rules() -> Rules:
    """Give the rulebook of the cooperative's legal form."""
    return rules(bylaws().legal_form)


def firms_by_number() -> dict[int, Firm]:
    """Give all firms by their dense number."""
    return {firm.number: firm for firm in firms()}


def steps_by_number(order_id: UUID) -> Mapping[int, plan.JobOrder]:
    """Give an order's job orders that the actor may see, by the numbers of the shares."""
    return {job.place + 1: job for job in plan.job_orders_of(order_id)}


def makers_of(order_id: UUID) -> Iterable[UUID]:
    """Give the members that share in an order's money."""
    shares = models.ShareLine.objects.filter(settlement__order_id=order_id)
    return shares.values_list("member_id", flat=True)


def read_materials(order_number: int) -> tuple[OrderMaterial, ...]:
    """Give what the rounds cost for an order's work."""
    rows = models.MaterialCharge.objects.filter(order_number=order_number)
    return tuple(
        OrderMaterial(round=row.round_number, member=row.member_number, won=Won(row.won))
        for row in rows.order_by("round_number", "member_number")
    )


def read_order(order_id: UUID) -> DeliveredOrder:
    """Read an order that its buyer has inspected: from plan its prices, from move what arrived."""
    order, delivery = plan.order(order_id), move.delivery_of(order_id)
    jobs, arrivals = plan.job_orders_of(order_id), move.arrivals_of(order_id)
    numbers = {firm.id: firm.number for firm in firms()}
    return DeliveredOrder(
        number=order.number,
        buyer=numbers[order.buyer],
        price=order.price,
        ordered=order.quantity,
        accepted=delivery.accepted or 0,
        rejected=delivery.rejected or 0,
        received_on=seoul_date(delivery.delivered_at),
        deposit_paid=read_deposit(order.number),
        steps=tuple(_read_step(job, numbers[job.firm], arrivals, jobs) for job in jobs),
        materials=read_materials(order.number),
        fee_basis_points=bylaws().fee_basis_points,
    )


def _read_step(
    job: plan.JobOrder,
    member: int,
    arrivals: Sequence[move.Arrival],
    jobs: Sequence[plan.JobOrder],
) -> Step:
    own = [arrival for arrival in arrivals if arrival.step == job.step]
    missing = sum(arrival.missing for arrival in own if arrival.bearer == "sender")
    missing += sum(
        arrival.missing
        for arrival in arrivals
        if arrival.bearer == "receiver" and _bears(arrival, job, jobs)
    )
    pieces = min(missing, job.good)
    return Step(
        number=job.place + 1,
        name=job.name,
        member=member,
        price=job.price,
        quantity=job.good,
        received_on=min((seoul_date(arrival.received_at) for arrival in own), default=None),
        deductions=(Deduction(kind="difference", pieces=pieces),) if pieces else (),
    )


def _bears(arrival: move.Arrival, job: plan.JobOrder, jobs: Sequence[plan.JobOrder]) -> bool:
    """Say whether a receiver answers for an arrival with this step: its first after that one."""
    sent = next((each.place for each in jobs if each.step == arrival.step), 0)
    later = [each for each in jobs if each.firm == arrival.receiver and each.place > sent]
    return bool(later) and later[0].id == job.id


def read_deposit(order_number: int) -> Won:
    """
    Give what the bank confirmed of an order's deposit.

    The deposit stays locked until the transaction ends: either the settlement counts it, or whoever
    confirms it finds the settlement.
    """
    locked = _deposits(order_number).select_for_update()
    confirmed = models.Payment.State.CONFIRMED
    return Won(sum(row.won for row in locked if row.state == confirmed))


def asked_deposit(order_number: int) -> Won:
    """Give what was asked for as an order's deposit, whether it came or not."""
    return Won(sum(row.won for row in _deposits(order_number)))


def _deposits(order_number: int) -> QuerySet[models.Payment]:
    kind = models.Payment.Kind.DEPOSIT
    return models.Payment.objects.filter(order_number=order_number, kind=kind)


def write_settlement(
    order_id: UUID, stored: bytes, book: Mapping[int, Firm]
) -> tuple[models.Settlement, models.Invoice]:
    """Make settlement and invoice, not stored yet, from the stored bytes."""
    value = json.loads(stored)
    inputs, result, invoice = value["inputs"], value["result"], value["result"]["invoice"]
    settlement = models.Settlement(
        order_id=order_id,
        buyer_id=book[inputs["buyer"]].id,
        stored=stored,
        supply=invoice["supply"],
        work=sum(share["work"] for share in result["shares"]),
        **{name: result[name] for name in ("materials", "fee", "margin")},
    )
    drafted = models.Invoice(
        settlement=settlement,
        order_id=order_id,
        order_number=inputs["number"],
        buyer_id=settlement.buyer_id,
        billed=invoice["billed"],
        due_on=date.fromisoformat(invoice["due_on"]),
    )
    return settlement, drafted


def write_shares(settlement: models.Settlement, book: Mapping[int, Firm]) -> None:
    """Store the members' shares of a settlement."""
    kept = ("step", "name", "accepted_price", "deducted", "vat", "pays")
    models.ShareLine.objects.bulk_create(
        models.ShareLine(
            settlement=settlement,
            order_id=settlement.order_id,
            order_number=settlement.order_number,
            member_id=book[share["member"]].id,
            member_number=share["member"],
            due_on=date.fromisoformat(share["due_on"]),
            **{name: share[name] for name in kept},
        )
        for share in stored_result(settlement)["shares"]
    )


def stored_result(row: models.Settlement | models.YearClose) -> Mapping[str, Any]:
    """Give the result part of what is stored."""
    result: Mapping[str, Any] = json.loads(bytes(row.stored))["result"]
    return result


def stored_inputs(row: models.Settlement | models.YearClose) -> Mapping[str, Any]:
    """Give the inputs of what is stored."""
    inputs: Mapping[str, Any] = json.loads(bytes(row.stored))["inputs"]
    return inputs


def digest(stored: bytes) -> str:
    """Give the SHA-256 by which a stored computation is named."""
    return sha256(stored).hexdigest()


def postings(lines: Iterable[Mapping[str, Any]]) -> tuple[Posting, ...]:
    """Read journal lines out of a stored settlement."""
    return tuple(Posting(**line) for line in lines)


def write_journal(source: str, on: date, lines: Iterable[Posting]) -> None:
    """Store lines that balance."""
    models.JournalLine.objects.bulk_create(
        models.JournalLine(
            on=on,
            source=source,
            account=line.account,
            party=line.party,
            won=line.won,
            because=line.because,
        )
        for line in lines
    )


def write_charges(
    booking: models.MaterialBooking, parts: Sequence[Use], book: Mapping[int, Firm], on: date
) -> None:
    """Store what each member's part of a round is for."""
    models.MaterialCharge.objects.bulk_create(
        models.MaterialCharge(
            booking=booking,
            round_number=booking.round_number,
            member_id=book[use.member].id,
            member_number=use.member,
            order_number=use.order,
            won=use.won,
            on=on,
        )
        for use in parts
    )


def read_year(year: int, funds: Mapping[str, int], by: Rules) -> YearBooks:
    """Read what a year leaves: its surplus from the books, each member's paid-in and use."""
    lines = models.JournalLine.objects.filter(on__year=year)
    held, price = shares(), by.bylaws["share_price"]
    use = _use(year)
    return YearBooks(
        year=year,
        surplus=surplus(
            Posting(account=line.account, party=0, won=Won(line.won), because="") for line in lines
        ),
        carried_over=Won(funds["carried_over"]),
        voluntary_reserve=Won(funds["voluntary_reserve"]),
        legal_reserve=Won(funds["legal_reserve"]),
        members=tuple(
            MemberYear(
                member=firm.number,
                paid_in=Won(held.get(firm.id, 0) * price),
                use=Won(use.get(firm.number, 0)),
            )
            for firm in firms(Kind.MEMBER)
        ),
    )


def write_dividends(close: models.YearClose, book: Mapping[int, Firm]) -> None:
    """Store each member's part of a proposal."""
    models.DividendLine.objects.bulk_create(
        models.DividendLine(
            close=close,
            year=close.year,
            member_id=book[line["member"]].id,
            member_number=line["member"],
            capital=line["capital"],
            patronage=line["patronage"],
        )
        for line in stored_result(close)["dividends"]
    )


def _use(year: int) -> dict[int, int]:
    """Give each member's use of the cooperative (이용실적): its work and its joint purchases."""
    use: dict[int, int] = {}
    for share in models.ShareLine.objects.filter(settlement__released_on__year=year):
        use[share.member_number] = use.get(share.member_number, 0) + share.work
    for charge in models.MaterialCharge.objects.filter(on__year=year, order_number=0):
        use[charge.member_number] = use.get(charge.member_number, 0) + charge.won
    return use


def shown_journal(row: models.Settlement) -> list[dict[str, Any]]:
    """Give the journal lines of a settlement with the names of accounts and firms."""
    book, chart = firms_by_number(), accounts()
    return [
        {"account": chart[line.account], "party": book.get(line.party), "line": line}
        for line in postings(stored_result(row)["journal"])
    ]


def shown_years() -> list[dict[str, Any]]:
    """Give what the assembly is asked to resolve about each closed year, newest first."""
    return [_shown_year(row) for row in models.YearClose.objects.order_by("-year")]


def _shown_year(row: models.YearClose) -> dict[str, Any]:
    result = stored_result(row)
    return {
        "year": row.year,
        "digest": row.digest,
        "surplus": stored_inputs(row)["surplus"],
        "legal_reserve": result["to_legal_reserve"],
        "capital": sum(line["capital"] for line in result["dividends"]),
        "patronage": sum(line["patronage"] for line in result["dividends"]),
        "carried_over": result["carried_over"],
        "uncovered": result["uncovered"],
    }

"""
What the money can do: book a round, settle an order, release it, read the bank, close a year.

Nothing is paid by our own belief: a payment is scheduled, a file is made, the bank confirms.
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from dure.buy.public import awarded_round
from dure.journal.services import tell
from dure.kernel.errors import NotFound, Refused
from dure.kernel.fact import Fact
from dure.kernel.ids import FirmId
from dure.kernel.money import Won, percent
from dure.kernel.time import Instant, seoul_date
from dure.members.public import check_not_recused, holidays
from dure.plan import public as plan
from dure.sense import public as sense
from dure.settle import bridge, models
from dure.settle.engine import books
from dure.settle.engine.bank import Movement, movements, transfers
from dure.settle.engine.books import credit, debit, posted
from dure.settle.engine.facts import (
    INVOICE_DRAFTED,
    INVOICE_ISSUED,
    MATERIALS_BOOKED,
    ORDER_SETTLED,
    PAYMENT_CONFIRMED,
    PAYMENT_FILE_MADE,
    PAYMENT_SCHEDULED,
    PAYMENTS_SCHEDULED,
    YEAR_CLOSE_PROPOSED,
)
from dure.settle.engine.form import settlement_bytes, year_bytes
from dure.settle.engine.materials import book_round, uses
from dure.settle.engine.order import DeliveredOrder, overdue_interest, vat_on
from dure.stack.tenancy import current_actor

Payment = models.Payment


def book_materials(fact: Fact, at: Instant) -> None:
    """Book an awarded round: suppliers are owed; orders bear their materials, members their own."""
    awarded, by, on = awarded_round(fact.aggregate_id), bridge.read_rules(), seoul_date(at)
    weights = {
        (member.number, use.order): use.weight for member in awarded.members for use in member.uses
    }
    parts = uses({member.number: member.pays for member in awarded.members}, weights)
    suppliers = {supplier.number: supplier.won for supplier in awarded.suppliers}
    lines = book_round(suppliers, parts, by)
    booking = models.MaterialBooking(round_id=awarded.id)
    tell(
        booking,
        MATERIALS_BOOKED,
        at=at,
        payload={"round": awarded.number},
        round_number=awarded.number,
        won=sum(suppliers.values()),
    )
    bridge.write_charges(booking, parts, bridge.firms_by_number(), on)
    bridge.write_journal(f"round {awarded.number}", on, lines)


def expect_deposit(fact: Fact, at: Instant) -> None:
    """Await the deposit that the terms of an accepted order ask for."""
    order = plan.order(fact.aggregate_id)
    percentage = sense.request(order.request).terms.deposit_percent or 0
    ask_deposit(order.number, order.buyer, order.price, percentage, at)


def settle_order(fact: Fact, at: Instant) -> None:
    """Settle an order that its buyer has inspected."""
    order_id = UUID(str(fact.payload["order"]))
    draft_settlement(order_id, bridge.read_order(order_id), at)


def ask_deposit(order: int, buyer: FirmId, price: Won, percentage: int, at: Instant) -> None:
    """Await the part of the price that the buyer pays beforehand, VAT included, within a week."""
    total = Won(price + vat_on(price, bridge.read_rules()))
    won = percent(total, percentage * 100)
    if won:
        due = seoul_date(at) + timedelta(days=7)
        parts: dict[str, Any] = {"firm": buyer, "order": order, "won": won, "due_on": due}
        _schedule(f"D{order}", Payment.Kind.DEPOSIT, at, **parts)


def draft_settlement(order_id: UUID, order: DeliveredOrder, at: Instant) -> models.Settlement:
    """Settle an inspected order, and draft the buyer's invoice; the office releases both."""
    stored = settlement_bytes(order, bridge.read_rules(), holidays())
    book = bridge.firms_by_number()
    settlement, invoice = bridge.write_settlement(order_id, stored, book)
    tell(
        settlement,
        ORDER_SETTLED,
        at=at,
        payload={"supply": settlement.supply, "margin": settlement.margin},
        order_number=order.number,
        state=models.Settlement.State.DRAFTED,
        digest=bridge.digest(stored),
    )
    bridge.write_shares(settlement, book)
    drafted = bridge.stored_result(settlement)["invoice"]
    tell(
        invoice,
        INVOICE_DRAFTED,
        at=at,
        parties=[invoice.buyer_id],
        payload={"order": order.number, "due_on": invoice.due_on},
        state=models.Invoice.State.DRAFTED,
        **{name: drafted[name] for name in ("supply", "vat", "deposit")},
    )
    return settlement


@transaction.atomic
def release_settlement(order_id: UUID, at: Instant) -> models.Settlement:
    """
    Release a drafted settlement: post it, and schedule what is owed to and by each.

    Raises NotFound where there is none, Refused where it was released already.
    """
    row = _settlement(order_id)
    if row.state != models.Settlement.State.DRAFTED:
        raise Refused("settle.released_already", order=row.order_number)
    check_not_recused(current_actor(), [share.member_id for share in row.shares.all()])
    row.released_on = seoul_date(at)
    payments = [_schedule_share(share, at) for share in row.shares.order_by("step") if share.pays]
    payments += _schedule_balance(row.invoice, at)
    lines = bridge.postings(bridge.stored_result(row)["journal"])
    bridge.write_journal(f"order {row.order_number}", row.released_on, posted(lines))
    told = {"payments": [payment.reference for payment in payments]}
    state = models.Settlement.State.RELEASED
    tell(row, PAYMENTS_SCHEDULED, at=at, payload=told, state=state)
    return row


@transaction.atomic
def issue_invoice(order_id: UUID, approval_number: str, at: Instant) -> models.Invoice:
    """Note that the tax office took the invoice, by its approval number (부가가치세법 art. 32)."""
    row = models.Invoice.objects.filter(order_id=order_id).first()
    if row is None:
        raise NotFound("settle.no_invoice")
    if row.state == models.Invoice.State.ISSUED:
        raise Refused("settle.issued_already", order=row.order_number)
    tell(
        row,
        INVOICE_ISSUED,
        at=at,
        parties=[row.buyer_id],
        payload={"order": row.order_number},
        state=models.Invoice.State.ISSUED,
        approval_number=approval_number,
    )
    return row


@transaction.atomic
def make_payment_file(until: date, at: Instant) -> str:
    """
    Give the file of all transfers due by a day, and note that it was made.

    Raises Refused where nothing is due. The bank confirms each by its own file.
    """
    rows = Payment.objects.filter(state=Payment.State.SCHEDULED, won__lt=0, due_on__lte=until)
    due = list(rows.order_by("due_on", "reference"))
    if not due:
        raise Refused("settle.nothing_to_pay")
    book = bridge.firms_by_number()
    text = transfers(
        (book[row.firm_number].business_number, -row.won, row.reference) for row in due
    )
    for row in due:
        told = {"file": bridge.digest(text.encode())}
        state = Payment.State.FILE_MADE
        tell(row, PAYMENT_FILE_MADE, at=at, parties=[row.firm_id], payload=told, state=state)
    return text


@transaction.atomic
def read_bank_file(text: str, at: Instant) -> dict[str, list[str]]:
    """
    Confirm the payments that the bank's file names, each once and to the won.

    Gives the references confirmed, and those left open because nothing of that
    reference and amount is awaited. Raises Malformed where a line cannot be read.
    """
    confirmed, unmatched = [], []
    for movement in movements(text):
        row = Payment.objects.filter(reference=movement.reference, won=movement.won).first()
        if row is None or row.state == Payment.State.CONFIRMED:
            unmatched.append(movement.reference)
            continue
        _confirm(row, movement, at)
        confirmed.append(movement.reference)
    return {"confirmed": confirmed, "unmatched": unmatched}


@transaction.atomic
def close_year(year: int, funds: dict[str, int], at: Instant) -> models.YearClose:
    """
    Propose what becomes of a year's result; the assembly resolves it, not we.

    Raises Refused where a proposal stands already.
    """
    if models.YearClose.objects.filter(year=year).exists():
        raise Refused("settle.closed_already", year=year)
    by = bridge.read_rules()
    stored = year_bytes(bridge.read_year(year, funds, by), by)
    row = models.YearClose(stored=stored)
    told = {"to_legal_reserve": bridge.stored_result(row)["to_legal_reserve"]}
    sets: dict[str, Any] = {"year": year, "state": "proposed", "digest": bridge.digest(stored)}
    tell(row, YEAR_CLOSE_PROPOSED, at=at, payload=told, **sets)
    bridge.write_dividends(row, bridge.firms_by_number())
    return row


def _settlement(order_id: UUID) -> models.Settlement:
    row = models.Settlement.objects.filter(order_id=order_id).first()
    if row is None:
        raise NotFound("settle.no_settlement")
    return row


def _schedule_share(share: models.ShareLine, at: Instant) -> models.Payment:
    return _schedule(
        f"S{share.order_number}-{share.step}",
        Payment.Kind.SHARE,
        at,
        firm=FirmId(share.member_id),
        order=share.order_number,
        won=Won(-share.pays),
        due_on=share.due_on,
    )


def _schedule_balance(invoice: models.Invoice, at: Instant) -> list[models.Payment]:
    """
    Await what the invoice leaves open, or give back what was paid too much.

    A deposit that was asked for and has not come yet goes on being awaited: it is not asked twice.
    """
    order = invoice.order_number
    balance = Won(invoice.total - bridge.asked_deposit(order))
    if not balance:
        return []
    kind = Payment.Kind.INVOICE if balance > 0 else Payment.Kind.REFUND
    parts: dict[str, Any] = {"order": order, "won": balance, "due_on": invoice.due_on}
    reference = f"{'I' if balance > 0 else 'R'}{order}"
    return [_schedule(reference, kind, at, firm=FirmId(invoice.buyer_id), **parts)]


def _schedule(
    reference: str, kind: str, at: Instant, *, firm: FirmId, order: int, won: Won, due_on: date
) -> models.Payment:
    number = next(one.number for one in bridge.firms_by_number().values() if one.id == firm)
    row = Payment(kind=kind, firm_id=firm, firm_number=number, order_number=order, due_on=due_on)
    tell(
        row,
        PAYMENT_SCHEDULED,
        at=at,
        parties=[firm],
        payload={"kind": kind, "order": order, "due_on": due_on},
        reference=reference,
        won=won,
        state=Payment.State.SCHEDULED,
    )
    return row


def _confirm(row: models.Payment, movement: Movement, at: Instant) -> None:
    """Post what the bank booked; a share paid late owes interest, which is scheduled at once."""
    interest = Won(0)
    if row.kind == Payment.Kind.SHARE:
        late = Won(-row.won), row.due_on, movement.on
        interest = overdue_interest(*late, bridge.read_rules())
    tell(
        row,
        PAYMENT_CONFIRMED,
        at=at,
        parties=[row.firm_id],
        payload={"late_interest": interest},
        state=Payment.State.CONFIRMED,
        confirmed_on=movement.on,
    )
    lines = [
        debit(books.BANK, row.won, because=row.reference),
        credit(_account_of(row), row.won, party=row.firm_number, because=row.reference),
    ]
    if interest:
        lines += _owe_interest(row, interest, movement.on, at)
    bridge.write_journal(f"bank {row.reference}", movement.on, posted(lines))


def _account_of(row: models.Payment) -> int:
    """Say what a payment settles; a deposit that comes after the settlement pays the invoice."""
    is_settled = models.Settlement.objects.filter(order_number=row.order_number).exists()
    if row.kind == Payment.Kind.DEPOSIT and is_settled:
        return books.BUYERS
    return ACCOUNT_OF[row.kind]


ACCOUNT_OF = {
    Payment.Kind.DEPOSIT.value: books.DEPOSITS,
    Payment.Kind.INVOICE.value: books.BUYERS,
    Payment.Kind.REFUND.value: books.BUYERS,
    Payment.Kind.SHARE.value: books.MEMBERS_DUE,
    Payment.Kind.INTEREST.value: books.MEMBERS_DUE,
}


def _owe_interest(row: models.Payment, interest: Won, on: date, at: Instant) -> list[books.Posting]:
    reference = row.reference.replace("S", "L", 1)
    parts: dict[str, Any] = {"order": row.order_number, "won": Won(-interest), "due_on": on}
    _schedule(reference, Payment.Kind.INTEREST, at, firm=FirmId(row.firm_id), **parts)
    return [
        debit(books.INTEREST, interest, because=reference),
        credit(books.MEMBERS_DUE, interest, party=row.firm_number, because=reference),
    ]

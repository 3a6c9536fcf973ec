"""
An order settled: the buyer's invoice, each member's share, and the lines in the books.

    billed     accepted sets, at most those ordered: supply = price · billed / ordered, half up
    invoice    supply + VAT, less the deposit that the bank confirmed
    share      the price that the member accepted for its step, less its own missing or
               rejected pieces at that price (rounded in the member's favour), plus VAT
    fee        the bylaws' part of the members' work, kept by the cooperative out of the price
    materials  what the round cost for this order: entrusted to the members, borne by the order
    margin     supply less shares, fee and materials: what the order leaves to the year's surplus

What the buyer rejects and no member is shown to have caused lowers the margin, never a
share: an agreed price is not lowered afterwards (하도급법 art. 11).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from dure.kernel.errors import Malformed
from dure.kernel.money import Won, percent
from dure.kernel.time import is_working_day
from dure.settle.engine import books
from dure.settle.engine.books import Posting, credit, debit, posted
from dure.settle.engine.rulebook import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Deduction:
    """Pieces that a step's maker answers for: `rejected`, or missing by a `difference` case."""

    kind: str
    pieces: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """
    A step of an order as its maker accepted it, for a lot of so many pieces.

    received_on is the day on which the next maker received its goods, where that is known.
    """

    number: int
    name: str
    member: int
    price: Won
    quantity: int
    received_on: date | None = None
    deductions: tuple[Deduction, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMaterial:
    """What a purchase round cost for this order's work at one member, without VAT."""

    round: int
    member: int
    won: Won


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredOrder:
    """An order that the buyer inspected. price is without VAT, for all sets ordered."""

    number: int
    buyer: int
    price: Won
    ordered: int
    accepted: int
    rejected: int
    received_on: date
    deposit_paid: Won
    steps: tuple[Step, ...]
    materials: tuple[OrderMaterial, ...]
    fee_basis_points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """What the buyer is asked for."""

    buyer: int
    billed: int
    supply: Won
    vat: Won
    deposit: Won
    due_on: date

    @property
    def total(self) -> Won:
        """Give supply and VAT."""
        return Won(self.supply + self.vat)

    @property
    def balance(self) -> Won:
        """Give what is still to be paid (negative: to be given back)."""
        return Won(self.total - self.deposit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What a member gets for one step, and by when."""

    step: int
    name: str
    member: int
    accepted_price: Won
    deducted: Won
    vat: Won
    due_on: date

    @property
    def work(self) -> Won:
        """Give what the work is worth, without VAT."""
        return Won(self.accepted_price - self.deducted)

    @property
    def pays(self) -> Won:
        """Give what is paid out, VAT included."""
        return Won(self.work + self.vat)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """An order's money, to the won."""

    order: int
    invoice: Invoice
    shares: tuple[Share, ...]
    materials: Won
    fee: Won
    margin: Won
    journal: tuple[Posting, ...]


def settle(order: DeliveredOrder, rules: Rules, holidays: Collection[date]) -> Settlement:
    """
    Settle an inspected order by the rules.

    Raises Malformed for figures that cannot be, Refused for a deduction that is never
    allowed. Supply, shares, fee, materials and margin always add up, and the journal balances.
    """
    _check(order)
    invoice = _invoice(order, rules)
    shares = tuple(_share(step, order, rules, holidays) for step in order.steps)
    work = sum(share.work for share in shares)
    fee = percent(Won(work), order.fee_basis_points)
    materials = Won(sum(material.won for material in order.materials))
    return Settlement(
        order=order.number,
        invoice=invoice,
        shares=shares,
        materials=materials,
        fee=fee,
        margin=Won(invoice.supply - work - fee - materials),
        journal=posted(_journal(invoice, shares, fee, materials)),
    )


def pay_day(received_on: date, rules: Rules, holidays: Collection[date]) -> date:
    """
    Give the day on which a member is paid: the bylaws' term, never past the statutory one.

    A day on which banks are closed moves to the working day before it, so that the
    term of 60 days from receipt is kept (하도급법 art. 13(1)).
    """
    days = min(rules.bylaws["pay_days"], rules.trade["payment"]["most_days"])
    day = received_on + timedelta(days=days)
    while not is_working_day(day, frozenset(holidays)):
        day -= timedelta(days=1)
    return day


def overdue_interest(won: Won, due_on: date, paid_on: date, rules: Rules) -> Won:
    """Give the interest that a late payment owes, for each day of 365, rounded up."""
    late = max(0, (paid_on - due_on).days)
    rate = int(rules.trade["overdue"]["basis_points"])
    return Won(-(-won * late * rate // (365 * 10_000)))


def _check(order: DeliveredOrder) -> None:
    counts = order.accepted, order.rejected, order.deposit_paid, order.price
    if order.ordered <= 0 or min(counts) < 0:
        raise Malformed("settle.order_figures", order=order.number)
    for step in order.steps:
        missing = sum(deduction.pieces for deduction in step.deductions)
        wrong = any(deduction.pieces < 0 for deduction in step.deductions)
        if step.quantity <= 0 or step.price < 0 or wrong or missing > step.quantity:
            raise Malformed("settle.step_figures", order=order.number, step=step.number)


def _invoice(order: DeliveredOrder, rules: Rules) -> Invoice:
    billed = min(order.accepted, order.ordered)
    supply = Won((2 * order.price * billed + order.ordered) // (2 * order.ordered))
    return Invoice(
        buyer=order.buyer,
        billed=billed,
        supply=supply,
        vat=vat_on(supply, rules),
        deposit=order.deposit_paid,
        due_on=order.received_on + timedelta(days=rules.bylaws["invoice_days"]),
    )


def vat_on(supply: Won, rules: Rules) -> Won:
    """Give the VAT on a supply value (부가가치세법 art. 30)."""
    return percent(supply, rules.trade["vat"]["basis_points"])


def _share(step: Step, order: DeliveredOrder, rules: Rules, holidays: Collection[date]) -> Share:
    for deduction in step.deductions:
        rules.check_deduction(deduction.kind)
    received_on = min(step.received_on or order.received_on, order.received_on)
    pieces = sum(deduction.pieces for deduction in step.deductions)
    deducted = Won(step.price * pieces // step.quantity)
    return Share(
        step=step.number,
        name=step.name,
        member=step.member,
        accepted_price=step.price,
        deducted=deducted,
        vat=vat_on(Won(step.price - deducted), rules),
        due_on=pay_day(received_on, rules, holidays),
    )


def _journal(invoice: Invoice, shares: Sequence[Share], fee: Won, materials: Won) -> list[Posting]:
    kept_fee = min(fee, invoice.supply)
    lines = [
        debit(books.BUYERS, invoice.total, party=invoice.buyer, because="invoice"),
        credit(books.SALES, invoice.supply - kept_fee, because="invoice"),
        credit(books.FEE, kept_fee, because="fee"),
        credit(books.VAT_RECEIVED, invoice.vat, because="invoice"),
        debit(books.DEPOSITS, invoice.deposit, party=invoice.buyer, because="deposit"),
        credit(books.BUYERS, invoice.deposit, party=invoice.buyer, because="deposit"),
        debit(books.MATERIALS, materials, because="materials"),
        credit(books.ENTRUSTED, materials, because="materials"),
    ]
    for share in shares:
        because = f"step {share.step}"
        lines.append(debit(books.WORK, share.work, party=share.member, because=because))
        lines.append(debit(books.VAT_PAID, share.vat, party=share.member, because=because))
        lines.append(credit(books.MEMBERS_DUE, share.pays, party=share.member, because=because))
    return lines

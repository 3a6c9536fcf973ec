"""What the API of the money takes and gives, in won."""

from datetime import date
from uuid import UUID

from ninja import Field, Schema

MOST = 10**13


class ShareOut(Schema):
    """A member's share of one step: accepted price, deductions, VAT, and when it is paid."""

    member_number: int
    step: int
    name: str
    accepted_price: int
    deducted: int
    work: int
    vat: int
    pays: int
    due_on: date


class InvoiceOut(Schema):
    """The buyer's invoice: drafted, or issued with the tax office's approval number."""

    billed: int
    supply: int
    vat: int
    total: int
    deposit: int
    balance: int
    due_on: date
    state: str
    approval_number: str


class PaymentOut(Schema):
    """A payment: scheduled, file_made or confirmed. Negative won leave the cooperative."""

    reference: str
    kind: str
    firm_number: int
    won: int
    due_on: date
    state: str
    confirmed_on: date | None


class TotalsOut(Schema):
    """What the office sees of a whole settlement."""

    state: str
    supply: int
    work: int
    materials: int
    fee: int
    margin: int
    digest: str


class SettlementOut(Schema):
    """An order's money as far as one may see it: a member its shares, the buyer the invoice."""

    order: UUID
    order_number: int
    totals: TotalsOut | None
    invoice: InvoiceOut | None
    shares: list[ShareOut]
    payments: list[PaymentOut]


class IssueIn(Schema):
    """The approval number that the tax office gave (승인번호, 24 digits)."""

    approval_number: str = Field(pattern=r"^\d{24}$")


class PaymentFileIn(Schema):
    """The last due day of the transfers to be made."""

    until: date


class FileOut(Schema):
    """A CSV file as text."""

    csv: str


class BankFileIn(Schema):
    """The bank's file: CSV with date,account,amount,reference."""

    csv: str = Field(max_length=5_000_000)


class BankFileOut(Schema):
    """Which references were confirmed, and which were awaited by nobody."""

    confirmed: list[str]
    unmatched: list[str]


class YearIn(Schema):
    """What stood in the funds before. carried_over is negative for a loss that is still open."""

    carried_over: int = Field(0, ge=-MOST, le=MOST)
    voluntary_reserve: int = Field(0, ge=0, le=MOST)
    legal_reserve: int = Field(0, ge=0, le=MOST)


class YearOut(Schema):
    """A proposed year close."""

    year: int
    state: str
    surplus: int
    to_legal_reserve: int
    capital: int
    patronage: int
    carried_over: int
    uncovered: int
    digest: str

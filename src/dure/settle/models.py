"""Rows of money, in won. Their states say what is known: the bank confirms, assemblies resolve."""

from django.db import models

from dure.journal.models import Aggregate, Row
from dure.stack.tenancy import Private


class Settlement(Aggregate):
    """stored is the canonical JSON of engine/form.py: inputs, rulebook and result."""

    class State(models.TextChoices):
        DRAFTED = "drafted"
        RELEASED = "released"

    order_id = models.UUIDField(unique=True)
    order_number = models.PositiveIntegerField(unique=True)
    buyer_id = models.UUIDField()
    state = models.CharField(max_length=8, choices=State)
    stored = models.BinaryField()
    digest = models.CharField(max_length=64)
    supply = models.PositiveBigIntegerField()
    work = models.PositiveBigIntegerField()
    materials = models.PositiveBigIntegerField()
    fee = models.PositiveBigIntegerField()
    margin = models.BigIntegerField()
    released_on = models.DateField(null=True)

    audited = ("order_number", "state", "digest")
    tenancy = Private(auditor=True)


class Invoice(Aggregate):
    """The buyer's invoice. approval_number is the tax office's (승인번호), empty until known."""

    class State(models.TextChoices):
        DRAFTED = "drafted"
        ISSUED = "issued"

    settlement = models.OneToOneField(Settlement, models.PROTECT, related_name="invoice")
    order_id = models.UUIDField(unique=True)
    order_number = models.PositiveIntegerField()
    buyer_id = models.UUIDField()
    billed = models.PositiveIntegerField()
    supply = models.PositiveBigIntegerField()
    vat = models.PositiveBigIntegerField()
    deposit = models.PositiveBigIntegerField()
    due_on = models.DateField()
    state = models.CharField(max_length=8, choices=State)
    approval_number = models.CharField(max_length=24, blank=True)

    audited = ("supply", "vat", "deposit", "state", "approval_number")
    tenancy = Private(by=("buyer_id",))

    @property
    def total(self) -> int:
        """Give supply and VAT."""
        return self.supply + self.vat

    @property
    def balance(self) -> int:
        """Give what is still to be paid."""
        return self.total - self.deposit


class ShareLine(Row):
    """A member's share of one step of an order, and how it was computed."""

    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="shares")
    order_id = models.UUIDField()
    order_number = models.PositiveIntegerField()
    member_id = models.UUIDField()
    member_number = models.PositiveIntegerField()
    step = models.PositiveIntegerField()
    name = models.CharField(max_length=80)
    accepted_price = models.PositiveBigIntegerField()
    deducted = models.PositiveBigIntegerField()
    vat = models.PositiveBigIntegerField()
    pays = models.PositiveBigIntegerField()
    due_on = models.DateField()

    tenancy = Private(by=("member_id",))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["settlement", "step"], name="one_share_a_step")
        ]

    @property
    def work(self) -> int:
        """Give what the work is worth, without VAT."""
        return self.accepted_price - self.deducted


class Payment(Aggregate):
    """
    Money between the cooperative and a firm. won is negative where it leaves the cooperative.

    scheduled: we owe or await it. file_made: the bank was told. confirmed: the bank says so.
    """

    class State(models.TextChoices):
        SCHEDULED = "scheduled"
        FILE_MADE = "file_made"
        CONFIRMED = "confirmed"

    class Kind(models.TextChoices):
        DEPOSIT = "deposit"
        INVOICE = "invoice"
        REFUND = "refund"
        SHARE = "share"
        INTEREST = "interest"

    reference = models.CharField(max_length=24, unique=True)
    kind = models.CharField(max_length=8, choices=Kind)
    firm_id = models.UUIDField()
    firm_number = models.PositiveIntegerField()
    order_number = models.PositiveIntegerField()
    won = models.BigIntegerField()
    due_on = models.DateField()
    state = models.CharField(max_length=9, choices=State)
    confirmed_on = models.DateField(null=True)

    audited = ("reference", "won", "state", "confirmed_on")
    tenancy = Private(by=("firm_id",))


class JournalLine(Row):
    """One line of the books: debit is positive, credit is negative."""

    on = models.DateField()
    source = models.CharField(max_length=24)
    account = models.PositiveSmallIntegerField()
    party = models.PositiveIntegerField()
    won = models.BigIntegerField()
    because = models.CharField(max_length=40)

    tenancy = Private(auditor=True)
    append_only = True

    class Meta:
        indexes = [models.Index(fields=["on"], name="journal_lines_by_day")]


class MaterialBooking(Aggregate):
    """A purchase round in the books."""

    round_id = models.UUIDField(unique=True)
    round_number = models.PositiveIntegerField()
    won = models.PositiveBigIntegerField()

    audited = ("round_number", "won")
    tenancy = Private(auditor=True)


class MaterialCharge(Row):
    """What a member's part of a round is for: an order's work (entrusted), or 0: its own need."""

    booking = models.ForeignKey(MaterialBooking, models.PROTECT, related_name="charges")
    round_number = models.PositiveIntegerField()
    member_id = models.UUIDField()
    member_number = models.PositiveIntegerField()
    order_number = models.PositiveIntegerField()
    won = models.PositiveBigIntegerField()
    on = models.DateField()

    tenancy = Private(by=("member_id",))


class YearClose(Aggregate):
    """What the assembly is asked to resolve. It is proposed, never resolved here."""

    year = models.PositiveSmallIntegerField(unique=True)
    state = models.CharField(max_length=8, choices=[("proposed", "proposed")])
    stored = models.BinaryField()
    digest = models.CharField(max_length=64)

    audited = ("year", "state", "digest")
    tenancy = Private(auditor=True)


class DividendLine(Row):
    """A member's part of a proposed year close."""

    close = models.ForeignKey(YearClose, models.PROTECT, related_name="dividends")
    year = models.PositiveSmallIntegerField()
    member_id = models.UUIDField()
    member_number = models.PositiveIntegerField()
    capital = models.PositiveBigIntegerField()
    patronage = models.PositiveBigIntegerField()

    tenancy = Private(by=("member_id",))

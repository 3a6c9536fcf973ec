"""Rows of joint purchasing. Won are without VAT; amounts in the item's unit, to a thousandth."""

from django.db import models

from dure.journal.models import Aggregate, Row
from dure.stack.tenancy import Private, Public


class Item(Row):
    """A material as everybody calls it. number is dense and breaks ties."""

    number = models.PositiveIntegerField(unique=True)
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)
    unit = models.CharField(max_length=8)

    tenancy = Public(writers="all")


class PurchaseRound(Aggregate):
    """One joint purchase. reason says why it went back to open, where it did."""

    class State(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed"
        AWARDED = "awarded"

    number = models.PositiveIntegerField(unique=True)
    state = models.CharField(max_length=8, choices=State)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    reason = models.JSONField(null=True)

    audited = ("number", "state")
    tenancy = Public()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="open"), name="one_open_round"
            )
        ]


class RoundItem(Row):
    """
    What every member may know of an item in the open round: nothing before five firms need it,
    and then the way to the next price break, to one digit.
    """

    round = models.ForeignKey(PurchaseRound, models.PROTECT, related_name="items")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    missing_won = models.PositiveBigIntegerField(null=True)
    falls_won = models.PositiveBigIntegerField(null=True)

    tenancy = Public()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "item"], name="one_line_an_item_a_round")
        ]


class MaterialNeed(Aggregate):
    """order_id and order_number are empty for what a member needs for itself."""

    class State(models.TextChoices):
        WAITING = "waiting"
        POOLED = "pooled"
        AWARDED = "awarded"

    number = models.PositiveIntegerField(unique=True)
    member_id = models.UUIDField()
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    amount = models.DecimalField(max_digits=15, decimal_places=3)
    by = models.DateField()
    order_id = models.UUIDField(null=True)
    order_number = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State)
    round = models.ForeignKey(PurchaseRound, models.PROTECT, null=True, related_name="needs")
    reason = models.JSONField(null=True)

    audited = ("number", "state")
    tenancy = Private(by=("member_id",))

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="need_is_positive")
        ]


class SupplierOffer(Aggregate):
    """
    One supplier's terms for one delivery.

    lines: [{"item": code, "pack": "25", "most_packs": null,
             "breaks": [{"packs": 1, "price": 9000}]}]
    """

    number = models.PositiveIntegerField(unique=True)
    supplier_id = models.UUIDField()
    freight = models.PositiveBigIntegerField()
    lead_days = models.PositiveSmallIntegerField()
    valid_until = models.DateField(null=True)
    lines = models.JSONField()

    audited = ("number", "freight", "lead_days", "lines")
    tenancy = Private(by=("supplier_id",))


class Award(Row):
    """decision is the canonical JSON of engine/form.py: round, solver's suggestions, award."""

    round = models.OneToOneField(PurchaseRound, models.PROTECT, related_name="award")
    decision = models.BinaryField()
    digest = models.CharField(max_length=64)
    total = models.PositiveBigIntegerField()
    claimed_bound = models.PositiveBigIntegerField()
    certified_bound = models.PositiveBigIntegerField()

    tenancy = Private(auditor=True)


class PurchaseOrder(Aggregate):
    """What the cooperative orders from a supplier. lines: item, packs, price, cost."""

    round = models.ForeignKey(PurchaseRound, models.PROTECT, related_name="purchase_orders")
    offer = models.ForeignKey(SupplierOffer, models.PROTECT, related_name="+")
    supplier_id = models.UUIDField()
    freight = models.PositiveBigIntegerField()
    goods = models.PositiveBigIntegerField()
    lines = models.JSONField()

    audited = ("freight", "goods")
    tenancy = Private(by=("supplier_id",))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "offer"], name="one_order_an_offer")
        ]


class Allocation(Aggregate):
    """A member's share of a round: what it pays, and what it would pay alone."""

    round = models.ForeignKey(PurchaseRound, models.PROTECT, related_name="allocations")
    member_id = models.UUIDField()
    member_number = models.PositiveIntegerField()
    goods = models.PositiveBigIntegerField()
    freight = models.PositiveBigIntegerField()
    levelled = models.BigIntegerField()
    pays = models.BigIntegerField()
    alone = models.BigIntegerField()
    alone_bound = models.BigIntegerField()

    audited = ("pays",)
    tenancy = Private(by=("member_id",))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "member_id"], name="one_allocation_a_member")
        ]


class AllocationLine(Row):
    """A member's part of one item of a round."""

    allocation = models.ForeignKey(Allocation, models.PROTECT, related_name="lines")
    member_id = models.UUIDField()
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    amount = models.DecimalField(max_digits=15, decimal_places=3)
    goods = models.PositiveBigIntegerField()
    freight = models.PositiveBigIntegerField()

    tenancy = Private(by=("member_id",))

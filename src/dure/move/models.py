"""Shipments between firms, cases where counts differ, deliveries, and every counted movement."""

from django.db import models

from dure.journal.models import Aggregate, Row
from dure.move.engine import shipment as states
from dure.move.engine.balance import Way
from dure.stack.tenancy import Private


def _choices(*values: str) -> list[tuple[str, str]]:
    return [(value, value) for value in values]


class Route(Row):
    """
    What a firm is to hand to which firm next: laid when an order's plan is published.

    Read by the two of them without seeing anything else of the plan. A firm may hand to itself;
    the last step's goods go to the buyer and have no next step. takes: the materials of the
    step, each as [code, unit, amount], for `begun` pieces of it; quantity is what the next step
    takes for `of` pieces of its own.
    """

    order_id = models.UUIDField()
    order_number = models.PositiveBigIntegerField()
    step = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)
    unit = models.CharField(max_length=8)
    quantity = models.PositiveIntegerField()
    from_firm_id = models.UUIDField()
    to_firm_id = models.UUIDField()
    to_step = models.CharField(max_length=40, blank=True)
    ready_at = models.DateTimeField()
    of = models.PositiveIntegerField(default=1)
    takes = models.JSONField(default=list)
    begun = models.PositiveIntegerField(default=1)

    tenancy = Private(by=("from_firm_id", "to_firm_id"))
    erasable = True

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order_id", "step", "from_firm_id", "to_step", "to_firm_id"],
                name="one_route_a_hop",
            )
        ]


class Shipment(Aggregate):
    """
    Part of a lot on its way from the firm that made it to the firm that works on it next.

    The goods are entrusted (사급): made of the cooperative's material for its order, they stay
    the owner's while a member holds them.
    """

    number = models.PositiveBigIntegerField(unique=True)
    order_id = models.UUIDField(db_index=True)
    lot_id = models.UUIDField(db_index=True)
    item = models.CharField(max_length=40)
    unit = models.CharField(max_length=8)
    from_firm_id = models.UUIDField()
    to_firm_id = models.UUIDField()
    owner_id = models.UUIDField()
    sent = models.PositiveIntegerField()
    counted = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=8, choices=_choices(*states.ShipmentState))
    sent_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True)

    tenancy = Private(by=("from_firm_id", "to_firm_id"))
    audited = (
        "number",
        "order_id",
        "lot_id",
        "item",
        "from_firm_id",
        "to_firm_id",
        "owner_id",
        "sent",
        "counted",
        "state",
    )


class DifferenceCase(Aggregate):
    """520 sent and 508 counted: open until the two firms know why, and who bears it."""

    number = models.PositiveBigIntegerField(unique=True)
    shipment = models.OneToOneField(Shipment, models.PROTECT, related_name="case")
    from_firm_id = models.UUIDField()
    to_firm_id = models.UUIDField()
    difference = models.IntegerField()
    state = models.CharField(max_length=8, choices=_choices(*states.CaseState))
    cause = models.CharField(max_length=12, blank=True, choices=_choices(*states.Cause))
    bearer = models.CharField(max_length=12, blank=True, choices=_choices(*states.Bearer))
    note = models.CharField(max_length=400, blank=True)

    tenancy = Private(by=("from_firm_id", "to_firm_id"))
    audited = ("number", "difference", "state", "cause", "bearer")


class Delivery(Aggregate):
    """What the last firm of an order handed to the buyer, and what the buyer made of it."""

    number = models.PositiveBigIntegerField(unique=True)
    order_id = models.UUIDField(unique=True)
    lot_id = models.UUIDField()
    from_firm_id = models.UUIDField()
    buyer_id = models.UUIDField()
    quantity = models.PositiveIntegerField()
    accepted = models.PositiveIntegerField(null=True)
    rejected = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=9, choices=_choices(*states.DeliveryState))
    delivered_at = models.DateTimeField()
    inspect_by = models.DateField()
    inspected_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=400, blank=True)

    tenancy = Private(by=("from_firm_id", "buyer_id"))
    audited = ("number", "order_id", "from_firm_id", "quantity", "accepted", "rejected", "state")


class Moved(Row):
    """One counted movement of an order's item at a firm: the lines of its mass balance."""

    order_id = models.UUIDField()
    firm_id = models.UUIDField()
    item = models.CharField(max_length=40)
    unit = models.CharField(max_length=8)
    way = models.CharField(max_length=9, choices=_choices(*Way))
    quantity = models.PositiveIntegerField()
    fact_id = models.UUIDField()

    tenancy = Private(by=("firm_id",))

    class Meta:
        indexes = [models.Index(fields=["order_id", "firm_id"], name="moved_by_order")]
        constraints = [
            models.UniqueConstraint(
                fields=["firm_id", "fact_id", "item", "way"], name="one_movement_a_fact"
            )
        ]

"""Rows of quotes, orders, plans, job orders and proposals."""

from django.db import models

from dure.journal.models import Aggregate, Row
from dure.stack.tenancy import Private


class Plan(Aggregate):
    """
    One version of an order's plan; it never changes but for its state.

    inputs and body are canonical JSON: what was planned (the problem, seed, steps) and what
    came out. digest is the SHA-256 of both, and names the version. found: good pieces by step,
    where lots that came out smaller were the reason to plan again.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        RELEASED = "released"
        REPLACED = "replaced"
        DROPPED = "dropped"

    number = models.PositiveIntegerField(unique=True)
    request_id = models.UUIDField(db_index=True)
    digest = models.CharField(max_length=64)
    inputs = models.BinaryField()
    body = models.BinaryField()
    found = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State)

    audited = ("number", "digest", "state")
    tenancy = Private()


class Slot(Row):
    """Where one step stands in one version of a plan. family is what the machine is set up for."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="slots")
    step = models.CharField(max_length=40)
    family = models.CharField(max_length=100)
    firm_id = models.UUIDField()
    equipment_id = models.UUIDField()
    starts = models.DateTimeField()
    ends = models.DateTimeField()

    tenancy = Private(by=("firm_id",))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "step"], name="one_slot_a_step"),
            models.CheckConstraint(
                condition=models.Q(starts__lt=models.F("ends")), name="slots_take_time"
            ),
        ]


class Quote(Aggregate):
    """price is without VAT: work + materials + fee. Until valid_until its machines are kept."""

    class State(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        REPLACED = "replaced"
        IMPOSSIBLE = "impossible"

    number = models.PositiveIntegerField(unique=True)
    request_id = models.UUIDField(db_index=True)
    cluster_id = models.UUIDField(null=True)
    buyer_id = models.UUIDField()
    plan_id = models.UUIDField()
    quantity = models.PositiveIntegerField()
    band_low = models.PositiveBigIntegerField(null=True)
    band_high = models.PositiveBigIntegerField(null=True)
    work = models.PositiveBigIntegerField()
    materials = models.PositiveBigIntegerField()
    fee = models.PositiveBigIntegerField()
    price = models.PositiveBigIntegerField()
    promised_on = models.DateField(null=True)
    due = models.DateField()
    leaves_at = models.DateTimeField(null=True)
    milestones = models.JSONField(default=list)
    reasons = models.JSONField(default=list)
    composed_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State)

    audited = ("number", "buyer_id", "price", "promised_on", "state")
    tenancy = Private(by=("buyer_id",))


class Order(Aggregate):
    """milestones: [{step, name, name_en, by, is_done}], what the buyer sees of the plan."""

    class State(models.TextChoices):
        ACCEPTED = "accepted"

    number = models.PositiveIntegerField(unique=True)
    request_id = models.UUIDField(unique=True)
    quote = models.OneToOneField(Quote, models.PROTECT, related_name="order")
    cluster_id = models.UUIDField(null=True)
    buyer_id = models.UUIDField()
    plan_id = models.UUIDField()
    quantity = models.PositiveIntegerField()
    price = models.PositiveBigIntegerField()
    promised_on = models.DateField()
    leaves_at = models.DateTimeField()
    reasons = models.JSONField(default=list)
    milestones = models.JSONField(default=list)
    accepted_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State)

    audited = ("number", "buyer_id", "price", "promised_on", "quantity", "state")
    tenancy = Private(by=("buyer_id",))


class JobOrder(Aggregate):
    """
    작업지시: one step, released in writing to the firm that makes it.

    receives and hands_over say when what comes from and goes to which firm: [{step, firm,
    firm_name, at}]. pinned: its firm refused to move it, or it was moved by hand.
    """

    class State(models.TextChoices):
        RELEASED = "released"
        STARTED = "started"
        DONE = "done"

    number = models.PositiveIntegerField(unique=True)
    order_id = models.UUIDField(db_index=True)
    order_number = models.PositiveIntegerField()
    firm_id = models.UUIDField()
    place = models.PositiveSmallIntegerField()
    step = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)
    family = models.CharField(max_length=100)
    quantity = models.PositiveIntegerField()
    good = models.PositiveIntegerField()
    unit = models.CharField(max_length=12)
    price = models.PositiveBigIntegerField()
    equipment_id = models.UUIDField()
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    receives = models.JSONField(default=list)
    hands_over = models.JSONField(default=list)
    pinned = models.BooleanField(default=False)
    state = models.CharField(max_length=12, choices=State)

    audited = ("number", "firm_id", "equipment_id", "quantity", "starts", "ends", "state")
    tenancy = Private(by=("firm_id",))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order_id", "step"], name="one_job_order_a_step")
        ]


class Proposal(Aggregate):
    """
    A change of one released job order, asked of its firm.

    old and new: {starts, ends, equipment_id, quantity}. Unanswered at answer_by it counts as
    refused, without penalty.
    """

    class State(models.TextChoices):
        OPEN = "open"
        AGREED = "agreed"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"

    number = models.PositiveIntegerField(unique=True)
    firm_id = models.UUIDField()
    order_id = models.UUIDField(db_index=True)
    order_number = models.PositiveIntegerField()
    plan_id = models.UUIDField()
    job_order_id = models.UUIDField()
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)
    old = models.JSONField()
    new = models.JSONField()
    reasons = models.JSONField(default=list)
    proposed_at = models.DateTimeField()
    answer_by = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State)

    audited = ("number", "firm_id", "state")
    tenancy = Private(by=("firm_id",))

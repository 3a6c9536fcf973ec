"""Rows of quotes, orders, plans, job orders, proposals, and what makes plans change."""

from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models

from dure.journal.models import Aggregate, Row
from dure.stack.tenancy import Private, Public


class PlanningRules(Aggregate):
    """
    What the cooperative resolved about plans. One row.

    frozen_hours: so far ahead nothing moves by itself. answer_hours: how long a member has to
    answer a proposed change. hold_days: how long a quote keeps its machines free.
    """

    frozen_hours = models.PositiveSmallIntegerField(default=24)
    answer_hours = models.PositiveSmallIntegerField(default=24)
    hold_days = models.PositiveSmallIntegerField(default=7)

    audited = ("frozen_hours", "answer_hours", "hold_days")
    tenancy = Public()


class Plan(Aggregate):
    """
    One version of the plan of one order or, where something concerns more, of several.

    inputs and body are canonical JSON: what was planned (the problem, seed, steps) and what
    came out; they never change. digest is the SHA-256 of both, and names the version.
    request_id is empty where the whole book was planned. cause: why it was planned again.
    moves: what it changes, in words for the office, and for each member its own part.
    risks: promises that it would not keep. found: good pieces by order and step, where lots
    that came out smaller were the reason to plan again. remedies: by request, what would
    bring a late order in on time.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        APPROVED = "approved"
        RELEASED = "released"
        FROZEN = "frozen"
        REPLACED = "replaced"
        DROPPED = "dropped"

    number = models.PositiveIntegerField(unique=True)
    request_id = models.UUIDField(db_index=True, null=True)
    is_change = models.BooleanField(default=False)
    digest = models.CharField(max_length=64)
    inputs = models.BinaryField()
    body = models.BinaryField()
    cause = models.JSONField(default=list)
    moves = models.JSONField(default=list)
    risks = models.JSONField(default=list)
    found = models.JSONField(default=dict)
    remedies = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State)

    audited = ("number", "digest", "state")
    tenancy = Private()


class Slot(Row):
    """Where one step stands in one version of a plan. family is what the machine is set up for."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="slots")
    request_id = models.UUIDField()
    step = models.CharField(max_length=40)
    family = models.CharField(max_length=100)
    firm_id = models.UUIDField()
    equipment_id = models.UUIDField()
    starts = models.DateTimeField()
    ends = models.DateTimeField()

    tenancy = Private(by=("firm_id",))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "request_id", "step"], name="one_slot_a_step"),
            models.CheckConstraint(
                condition=models.Q(starts__lt=models.F("ends")), name="slots_take_time"
            ),
        ]


class Quote(Aggregate):
    """
    price is without VAT: work + materials + fee. Until valid_until its machines are kept.

    expired: nobody accepted it in time, or its machines are no longer there.
    """

    class State(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        REPLACED = "replaced"
        EXPIRED = "expired"
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
    firm_name, at}]. pinned: its firm refused to move it, or the office pinned it by hand.
    expected_at: when it will be done, where something holds it up that nobody planned.
    given_back: its firm cannot do it at all; it stands until another member takes it over, and
    is withdrawn then.
    """

    class State(models.TextChoices):
        RELEASED = "released"
        STARTED = "started"
        DONE = "done"
        WITHDRAWN = "withdrawn"

    number = models.PositiveIntegerField(unique=True)
    order_id = models.UUIDField(db_index=True)
    order_number = models.PositiveIntegerField()
    cluster_id = models.UUIDField(null=True)
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
    given_back = models.BooleanField(default=False)
    expected_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=12, choices=State)

    audited = (
        "number",
        "firm_id",
        "equipment_id",
        "quantity",
        "starts",
        "ends",
        "pinned",
        "given_back",
        "state",
    )
    tenancy = Private(by=("firm_id",))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order_id", "step"],
                condition=~models.Q(state="withdrawn"),
                name="one_job_order_a_step",
            )
        ]
        indexes = [
            models.Index(
                fields=["equipment_id", "starts"],
                condition=models.Q(state__in=["released", "started"]),
                name="work_under_way_on_a_machine",
            )
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


class Incident(Aggregate):
    """
    Something happened that plans must be changed for.

    breakdown, operator: these machines of the firm stand still between two instants.
    setter: nobody is there to set these machines up; what they are set up for they go on with.
    material, refusal: this step cannot begin before an instant, because what it needs is not
    there, or because its firm refused the job order as it was planned.
    rush: this order is wanted by an instant, before others.
    """

    class Kind(models.TextChoices):
        BREAKDOWN = "breakdown"
        OPERATOR = "operator"
        SETTER = "setter"
        MATERIAL = "material"
        REFUSAL = "refusal"
        RUSH = "rush"

    class State(models.TextChoices):
        OPEN = "open"
        OVER = "over"

    number = models.PositiveIntegerField(unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    firm_id = models.UUIDField()
    equipment_ids: "ArrayField[list[UUID], list[UUID]]" = ArrayField(
        models.UUIDField(), default=list
    )
    order_id = models.UUIDField(null=True)
    job_order_id = models.UUIDField(null=True)
    step = models.CharField(max_length=40, blank=True)
    starts = models.DateTimeField()
    until = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)
    told_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State)

    audited = ("number", "kind", "firm_id", "starts", "until", "state")
    tenancy = Private(by=("firm_id",))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(starts__lt=models.F("until")), name="incidents_take_time"
            )
        ]


class FreeTime(Aggregate):
    """
    All that the planner may know of a member that keeps the rest to itself.

    windows: [[from, to], ...] in which it would work for the cooperative, one thing at a time.
    A lot of n takes setup_minutes and n · minutes_per_100 / 100; it costs setup_won and
    n · unit_won.
    """

    firm_id = models.UUIDField()
    capability_id = models.UUIDField(unique=True)
    site_id = models.UUIDField()
    process = models.CharField(max_length=40)
    windows = models.JSONField(default=list)
    setup_minutes = models.PositiveIntegerField()
    minutes_per_100 = models.PositiveIntegerField()
    setup_won = models.PositiveBigIntegerField()
    unit_won = models.PositiveBigIntegerField()
    is_open = models.BooleanField(default=True)

    audited = ("windows", "setup_minutes", "minutes_per_100", "setup_won", "unit_won", "is_open")
    tenancy = Private(by=("firm_id",))


class LeadTime(Row):
    """Days in which a supplier delivers a material: a projection of what suppliers offered."""

    supplier_id = models.UUIDField()
    material = models.CharField(max_length=40)
    days = models.PositiveSmallIntegerField()

    tenancy = Private()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["supplier_id", "material"], name="one_lead_time_a_material"
            )
        ]


class Scenario(Aggregate):
    """
    What would be if: changes to a copy of the present book, planned, compared, never published.

    digest is the SHA-256 of inputs and body, as with a plan; figures compares it to the book.
    """

    class State(models.TextChoices):
        ASKED = "asked"
        PLANNED = "planned"
        IMPOSSIBLE = "impossible"

    number = models.PositiveIntegerField(unique=True)
    name = models.CharField(max_length=80)
    changes = models.JSONField(default=list)
    inputs = models.BinaryField(default=bytes)
    body = models.BinaryField(default=bytes)
    digest = models.CharField(max_length=64, blank=True)
    figures = models.JSONField(default=dict)
    reasons = models.JSONField(default=list)
    made_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State)

    audited = ("number", "name", "digest", "state")
    tenancy = Private()


class CalendarFeed(Aggregate):
    """A private address under which a member's job orders are a calendar. Only its hash is kept."""

    firm_id = models.UUIDField()
    sha256 = models.BinaryField(max_length=32, unique=True)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    audited = ("revoked_at",)
    tenancy = Private(by=("firm_id",), door=True)

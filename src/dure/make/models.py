"""Rows of the shop floor."""

from django.db import models

from dure.journal.models import Aggregate, Row
from dure.make.engine.keeping import FileState
from dure.make.engine.work import JobState, LotState
from dure.stack.tenancy import Private


class Job(Aggregate):
    number = models.PositiveIntegerField(unique=True)
    firm_id = models.UUIDField()
    job_order_id = models.UUIDField(unique=True)
    order_id = models.UUIDField(db_index=True)
    order_number = models.PositiveIntegerField(default=0)
    step = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)
    unit = models.CharField(max_length=12)
    equipment_id = models.UUIDField(null=True)
    device = models.CharField(max_length=64, blank=True)
    planned = models.PositiveIntegerField()
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    state = models.CharField(max_length=12, choices=[(each, each) for each in JobState])
    good = models.PositiveIntegerField(default=0)
    scrap = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    audited = ("number", "firm_id", "job_order_id", "planned", "state", "good", "scrap")
    tenancy = Private(by=("firm_id",))


class JobKey(Row):
    """The way in by the QR code of a job order. Only the token's SHA-256 is kept."""

    job = models.OneToOneField(Job, models.PROTECT, related_name="key")
    firm_id = models.UUIDField()
    sha256 = models.BinaryField(max_length=32, unique=True)

    tenancy = Private(by=("firm_id",), door=True)


class Lot(Aggregate):
    number = models.PositiveIntegerField(unique=True)
    job = models.OneToOneField(Job, models.PROTECT, related_name="lot")
    firm_id = models.UUIDField()
    order_id = models.UUIDField(db_index=True)
    step = models.CharField(max_length=40)
    good = models.PositiveIntegerField(default=0)
    scrapped = models.PositiveIntegerField(default=0)
    counted_by = models.CharField(max_length=40, blank=True)  # grades, see engine/grade.py
    state = models.CharField(max_length=12, choices=[(each, each) for each in LotState])
    inspected = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    must_inspect = models.BooleanField(default=False)
    shipped = models.PositiveIntegerField(default=0)  # as far as the shipments say

    audited = (
        "number",
        "firm_id",
        "order_id",
        "step",
        "good",
        "scrapped",
        "counted_by",
        "state",
        "inspected",
        "failed",
        "must_inspect",
    )
    tenancy = Private(by=("firm_id",))


class Characteristic(Aggregate):
    """center and sigma are null while the baseline is still being learnt."""

    firm_id = models.UUIDField()
    equipment_id = models.UUIDField()
    device = models.CharField(max_length=64)
    metric = models.CharField(max_length=128)
    name = models.CharField(max_length=80, blank=True)
    name_en = models.CharField(max_length=80, blank=True)
    unit = models.CharField(max_length=16, blank=True)
    subgroup = models.PositiveSmallIntegerField(default=1)
    baseline = models.PositiveSmallIntegerField(default=20)
    center = models.FloatField(null=True)
    sigma = models.FloatField(null=True)

    audited = ("firm_id", "equipment_id", "metric")
    tenancy = Private(by=("firm_id",))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["firm_id", "device", "metric"], name="one_characteristic_a_metric"
            )
        ]


class Watch(Row):
    """How far a characteristic was watched: its baseline so far, then the last readings."""

    characteristic = models.OneToOneField(Characteristic, models.PROTECT, related_name="watch")
    firm_id = models.UUIDField()
    until_ms = models.BigIntegerField(default=0)
    readings = models.JSONField(default=list)

    tenancy = Private(by=("firm_id",))


class Alarm(Aggregate):
    number = models.PositiveIntegerField(unique=True)
    firm_id = models.UUIDField()
    characteristic = models.ForeignKey(Characteristic, models.PROTECT, related_name="alarms")
    lot = models.ForeignKey(Lot, models.PROTECT, null=True, related_name="alarms")
    rule = models.PositiveSmallIntegerField()
    value = models.FloatField()
    reading_at = models.DateTimeField()
    raised_at = models.DateTimeField()
    is_open = models.BooleanField(default=True)

    audited = ("number", "firm_id", "rule", "is_open")
    tenancy = Private(by=("firm_id",))


class Segment(Aggregate):
    """A sealed file of readings, or of messages that nobody could read."""

    firm_id = models.UUIDField()
    line = models.PositiveIntegerField()
    file = models.CharField(max_length=200, unique=True)
    sha256 = models.CharField(max_length=64)
    rows = models.PositiveIntegerField()

    audited = ("firm_id", "file", "sha256", "rows")
    tenancy = Private(by=("firm_id",))

    class Meta:
        indexes = [models.Index(fields=["line"], name="segments_by_line")]


class CompactedFile(Aggregate):
    """
    Segments of one kind of a firm, put together: those of the lines from first to last.

    state is a value of engine/keeping.py. day is Seoul's, on which the last was sealed.
    """

    firm_id = models.UUIDField()
    kind = models.CharField(max_length=16)
    first = models.PositiveBigIntegerField()
    last = models.PositiveBigIntegerField()
    day = models.DateField()
    file = models.CharField(max_length=200, unique=True)
    sha256 = models.CharField(max_length=64)
    rows = models.PositiveBigIntegerField()
    size = models.PositiveBigIntegerField()
    at_lo = models.BigIntegerField()
    at_hi = models.BigIntegerField()
    state = models.CharField(max_length=12, choices=[(each, each) for each in FileState])

    audited = ("firm_id", "kind", "first", "last", "file", "sha256", "rows", "state")
    tenancy = Private(by=("firm_id",))

    class Meta:
        indexes = [models.Index(fields=["firm_id", "day"], name="compacted_by_day")]


class Retention(Aggregate):
    """How long a firm keeps its readings; days is null: for ever. One row a firm, from its rule."""

    firm_id = models.UUIDField(unique=True)
    days = models.PositiveIntegerField(null=True)
    set_at = models.DateTimeField()

    audited = ("firm_id", "days", "set_at")
    tenancy = Private(by=("firm_id",))


class Gap(Aggregate):
    """Something that a firm's machines said never came; see engine/health.py."""

    firm_id = models.UUIDField()
    line = models.PositiveIntegerField()
    edge = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=16)
    expected = models.BigIntegerField()
    got = models.BigIntegerField()
    lo_ms = models.BigIntegerField()
    hi_ms = models.BigIntegerField()

    audited = ("firm_id", "edge", "kind", "expected", "got", "lo_ms", "hi_ms")
    tenancy = Private(by=("firm_id",))

    class Meta:
        indexes = [models.Index(fields=["firm_id", "hi_ms"], name="gaps_by_time")]


class Command(Aggregate):
    """One metric of a machine that its member wanted set."""

    firm_id = models.UUIDField()
    equipment_id = models.UUIDField()
    metric = models.CharField(max_length=200)
    value = models.CharField(max_length=200)

    audited = ("firm_id", "metric", "value")
    tenancy = Private(by=("firm_id",))


class Told(Row):
    """How many lines of the manifest the journal was told of: one row."""

    line = models.PositiveIntegerField(default=0)

    tenancy = Private()


class GatewayKey(Aggregate):
    """The public half of a key that was made on a member's own machine, in hexadecimal."""

    firm_id = models.UUIDField()
    name = models.CharField(max_length=80, blank=True)
    public_key = models.CharField(max_length=64)
    is_active = models.BooleanField(default=True)

    audited = ("firm_id", "public_key", "is_active")
    tenancy = Private(by=("firm_id",))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["firm_id", "public_key"], name="one_row_a_gateway_key")
        ]

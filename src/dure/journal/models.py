"""Facts at rest, the outbox of the log, and the rows that every aggregate is made of."""

from typing import ClassVar
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models

from dure.kernel.entry import FIRST
from dure.stack.ids import new_id
from dure.stack.tenancy import Private, Public, Tenancy


class Row(models.Model):
    """A row with an id that means nothing."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenancy: ClassVar[Tenancy]

    class Meta:
        abstract = True


class Aggregate(Row):
    """
    A row that facts are about.

    audited names the columns that its facts set: an audit folds them again.
    version counts its facts; whoever writes compares and swaps it.
    """

    version = models.PositiveIntegerField(default=0)
    audited: ClassVar[tuple[str, ...]] = ()

    class Meta:
        abstract = True


class Fact(models.Model):
    """
    One fact: what of it lasts. The columns repeat parts of its body, for queries.

    An erased fact keeps its commitment, so that the log holds, and has no FactKey.
    """

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=64)
    schema = models.PositiveSmallIntegerField()
    aggregate = models.CharField(max_length=64)
    aggregate_id = models.UUIDField()
    aggregate_version = models.PositiveIntegerField()
    parties: "ArrayField[list[UUID], list[UUID]]" = ArrayField(models.UUIDField())
    at = models.DateTimeField()
    commitment = models.BinaryField()

    tenancy = Private(by=("parties",))
    append_only = True

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["aggregate", "aggregate_id", "aggregate_version"],
                name="one_fact_a_version",
            )
        ]
        indexes = [models.Index(fields=["kind", "at"], name="facts_by_kind")]


class FactKey(models.Model):
    """
    What of a fact can be erased: its canonical JSON, and the 32 random bytes that salt it.

    Without them the commitment says nothing. Backups keep this table apart.
    """

    fact = models.OneToOneField(Fact, models.DO_NOTHING, primary_key=True, related_name="key")
    key = models.BinaryField()
    body = models.BinaryField()

    tenancy = Private(via="fact")
    erasable = True


class Issuer(Row):
    """
    A firm's signing key for one month: the office's key map.

    The log knows it only by its public key. A key in custody stands in `sealed_key`,
    encrypted under the custody key, which is not in the database; of a key that the firm's own
    device holds only the public half is here. Within a month the next number follows a key that
    was revoked.
    """

    class Holder(models.TextChoices):
        CUSTODIAN = "custodian"
        DEVICE = "device"

    firm_id = models.UUIDField()
    month = models.DateField()
    held = models.CharField(max_length=9, choices=Holder, default=Holder.CUSTODIAN)
    number = models.PositiveSmallIntegerField(default=1)
    public_key = models.BinaryField()
    sealed_key = models.BinaryField(default=bytes)
    next_seq = models.PositiveBigIntegerField(default=0)
    last_hash = models.BinaryField(default=FIRST)
    is_revoked = models.BooleanField(default=False)

    tenancy = Private(by=("firm_id",), office=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["firm_id", "month", "held", "number"], name="one_issuer_a_month"
            )
        ]


class Unsigned(models.Model):
    """
    A fact whose log entry waits for the signature of its firm's own device.

    The custodian signs for a device that stays away; then no row is left.
    """

    fact = models.OneToOneField(Fact, models.DO_NOTHING, primary_key=True, related_name="unsigned")
    issuer = models.ForeignKey(Issuer, models.DO_NOTHING)
    kind = models.CharField(max_length=8)
    since = models.DateTimeField()

    tenancy = Private(via="fact")
    erasable = True

    class Meta:
        indexes = [models.Index(fields=["issuer", "fact"], name="unsigned_in_order")]


class Outbox(models.Model):
    """
    A signed log entry, waiting for the sequencer or, with its place in the log, logged.

    A place is a shard and an index in it: see prove/engine/shard.py.
    """

    class Status(models.TextChoices):
        PENDING = "pending"
        LOGGED = "logged"

    fact = models.OneToOneField(Fact, models.DO_NOTHING, primary_key=True, related_name="entry")
    issuer = models.ForeignKey(Issuer, models.DO_NOTHING, db_index=False)  # leads one_entry_a_seq
    seq = models.PositiveBigIntegerField()
    entry = models.BinaryField()
    status = models.CharField(max_length=8, choices=Status, default=Status.PENDING)
    place = models.PositiveBigIntegerField(null=True, unique=True)

    tenancy = Private(via="fact")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "seq"], name="one_entry_a_seq"),
        ]
        indexes = [
            models.Index(
                fields=["issuer", "seq"],
                condition=models.Q(status="pending"),
                name="entries_pending",
            )
        ]


class Reacted(Row):
    """A reaction that took effect: in the same transaction, so that twice is as good as once."""

    fact_id = models.UUIDField()
    reaction = models.CharField(max_length=128)

    tenancy = Private()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fact_id", "reaction"], name="one_effect_a_reaction")
        ]


class NumberSeries(models.Model):
    """The last business number given out in a series."""

    name = models.CharField(max_length=64, primary_key=True)
    last = models.PositiveBigIntegerField(default=0)

    tenancy = Public(writers="all")


class BusinessTime(models.Model):
    """The stored clock of a demo: one row, moved by the twin."""

    id = models.BooleanField(primary_key=True, default=True)
    now = models.DateTimeField()

    tenancy = Public()


class Answered(Row):
    """A POST that was answered: the same key gets the same answer, and nothing happens twice."""

    firm_id = models.UUIDField(null=True)
    key_hash = models.BinaryField()
    request_hash = models.BinaryField()
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    content_type = models.CharField(max_length=128, default="")
    location = models.CharField(max_length=512, default="")
    sealed_body = models.BinaryField(default=bytes)

    tenancy = Private(by=("firm_id",), office=False, door=True)
    erasable = True

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["firm_id", "key_hash"], name="one_answer_a_key", nulls_distinct=False
            )
        ]
        indexes = [models.Index(fields=["at"], name="answers_by_age")]

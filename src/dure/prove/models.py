"""
The log at rest: entries, statements, checkpoints, tiles on their way to disk, passport links.

A checkpoint's row is the commit point of the log. `follows` is unique, so that each
size of the log has one successor: whoever comes second loses, and must read again.
Places and sizes name their shard too: see engine/shard.py.
"""

from django.db import models

from dure.journal.models import Row
from dure.stack.tenancy import Private, Public


class LogEntry(models.Model):
    """One entry, at its place in the log. It names no firm: see kernel/entry.py."""

    place = models.PositiveBigIntegerField(primary_key=True)
    line = models.BinaryField()

    tenancy = Public()
    append_only = True


class LogStatement(Row):
    """
    A note for which an entry of the log itself stands: a policy, a revocation, a checkpoint.

    Without a place it is approved and waits for its entry. See engine/roster.py.
    """

    note = models.BinaryField()
    place = models.PositiveBigIntegerField(null=True, unique=True)

    tenancy = Public()


class LogCheckpoint(models.Model):
    """
    The log's tree at one size: pending with the log's signature, final with the quorum's.

    note is what the log signed, final what was published.
    """

    size = models.PositiveBigIntegerField(primary_key=True)
    follows = models.PositiveBigIntegerField(unique=True)
    note = models.BinaryField()
    final = models.BinaryField(null=True)

    tenancy = Public()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(size__gt=models.F("follows")), name="a_log_only_grows"
            )
        ]


class StagedTile(models.Model):
    """
    A tile, by shard and path, that is committed and not yet known to be on disk.

    An entry bundle is staged without data: it is made of the entries themselves.
    """

    path = models.CharField(max_length=64, primary_key=True)
    data = models.BinaryField()

    tenancy = Private()
    erasable = True


class PassportLink(Row):
    """
    A link that opens one lot's passport for whoever holds it.

    The token is random; whoever may see the lot may ask for it.
    """

    lot_id = models.UUIDField(unique=True)
    token = models.CharField(max_length=43, unique=True)

    tenancy = Private(door=True)

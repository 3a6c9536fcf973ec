"""Between the log's rows and the engine's values: whole batches at a time, in SQL."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from dure.journal.models import Outbox
from dure.kernel.errors import Refused
from dure.prove import models
from dure.prove.engine.checkpoint import Checkpoint, read_checkpoint
from dure.prove.engine.note import Note, read_note
from dure.prove.engine.order import Waiting, in_order
from dure.prove.engine.tiles import Tile, read_path


@dataclass(frozen=True, slots=True)
class Committed:
    """The last checkpoint that the database holds, and whether it is final."""

    note: Note
    is_final: bool

    @property
    def checkpoint(self) -> Checkpoint:
        """Give the checkpoint itself."""
        return read_checkpoint(self.note.text)


def read_pending(limit: int) -> list[Waiting]:
    """
    Give entries that are not logged yet, in the order in which the log takes them.

    They are drained by status, never by what came after the last: transactions commit
    out of order, and a row with an older id may appear later.
    """
    rows = Outbox.objects.filter(status=Outbox.Status.PENDING).order_by("issuer_id", "seq")
    found = rows.values_list("fact_id", "issuer_id", "seq", "entry")[:limit]
    return in_order(Waiting(fact, issuer, seq, bytes(line)) for fact, issuer, seq, line in found)


def read_committed() -> Committed | None:
    """Give the last checkpoint; None for a log that has none."""
    row = models.LogCheckpoint.objects.order_by("-size").first()
    return Committed(read_note(bytes(row.note)), row.final is not None) if row else None


def read_staged() -> dict[Tile, bytes]:
    """Give the tiles that are committed and may not be on disk yet."""
    rows = models.StagedTile.objects.values_list("path", "data")
    return {read_path(path): bytes(data) for path, data in rows}


@transaction.atomic
def write_batch(
    follows: int, entries: Sequence[Waiting], tiles: Mapping[Tile, bytes], signed: Note
) -> None:
    """
    Commit entries, tiles and checkpoint as the log's next size: all, or nothing.

    Raises Refused where the log has grown from follows already.
    """
    places = range(follows, follows + len(entries))
    try:
        with transaction.atomic():
            models.LogCheckpoint.objects.create(
                size=follows + len(entries), follows=follows, note=bytes(signed)
            )
    except IntegrityError as taken:
        raise Refused("prove.log_has_grown", size=follows) from taken
    _insert_entries(places, [entry.line for entry in entries])
    _mark_logged(places, [entry.fact for entry in entries])
    _stage(tiles)


def forget_staged(tiles: Iterable[Tile]) -> None:
    """Forget staged tiles: they are on disk."""
    models.StagedTile.objects.filter(path__in=[tile.path for tile in tiles]).delete()


def write_final(size: int, final: Note) -> None:
    """Keep the checkpoint of a size as it was published."""
    models.LogCheckpoint.objects.filter(size=size).update(final=bytes(final))


def _insert_entries(places: range, lines: Sequence[bytes]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into prove_logentry (index, line)"
            " select * from unnest(%s::bigint[], %s::bytea[])",
            [list(places), list(lines)],
        )


def _mark_logged(places: range, facts: Sequence[UUID]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "update journal_outbox set status = 'logged', index = new.index"
            " from unnest(%s::uuid[], %s::bigint[]) as new (fact, index)"
            " where fact_id = new.fact and status = 'pending'",
            [list(facts), list(places)],
        )
        assert cursor.rowcount == len(facts), "an entry is logged once"


def _stage(tiles: Mapping[Tile, bytes]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into prove_stagedtile (path, data)"
            " select * from unnest(%s::text[], %s::bytea[])",
            [[tile.path for tile in tiles], list(tiles.values())],
        )

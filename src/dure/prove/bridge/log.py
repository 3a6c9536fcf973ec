"""Between the log's rows and the engine's values: whole batches at a time, in SQL."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import starmap
from typing import Any
from uuid import UUID

import psycopg
from django.db import IntegrityError, connection, transaction

from dure.kernel.errors import Refused
from dure.prove import models
from dure.prove.engine.checkpoint import Checkpoint, read_checkpoint
from dure.prove.engine.note import Note, read_note
from dure.prove.engine.order import Waiting, in_order
from dure.prove.engine.roster import kind_of, revoked_key
from dure.prove.engine.shard import place, split
from dure.prove.engine.tiles import ENTRIES, WIDTH, Tile, read_path, write_entries


@dataclass(frozen=True, slots=True)
class Committed:
    """The last checkpoint that the database holds, its shard, and whether it is final."""

    year: int
    note: Note
    final: Note | None

    @property
    def checkpoint(self) -> Checkpoint:
        """Give the checkpoint itself."""
        return read_checkpoint(self.note.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """
    What makes the log grow by one step, in one shard.

    First come the log's own entries, one for each of statements, and then those of the facts
    that waited, which the database has already.
    """

    year: int
    follows: int
    own: Sequence[bytes]
    statements: Sequence[tuple[UUID, Note]]
    facts: Sequence[str]
    tiles: Mapping[Tile, bytes]
    signed: Note


def read_pending(limit: int) -> list[Waiting]:
    """
    Give entries that are not logged yet, in the order in which the log takes them.

    They are drained by status, never by what came after the last: transactions commit
    out of order, and a row with an older id may appear later.
    """
    with _cursor() as cursor:
        cursor.execute(
            "select fact_id::text, issuer_id::text, seq, entry from journal_outbox"
            " where status = 'pending' order by journal_outbox.issuer_id, seq limit %s",
            [limit],
            binary=True,
        )
        return in_order(starmap(Waiting, cursor))


def read_committed() -> Committed | None:
    """Give the last checkpoint; None for a log that has none."""
    row = models.LogCheckpoint.objects.order_by("-size").first()
    if row is None:
        return None
    final = None if row.final is None else read_note(bytes(row.final))
    return Committed(split(row.size)[0], read_note(bytes(row.note)), final)


def size_of(year: int) -> int:
    """Give how many entries the database has of a shard."""
    shard = models.LogCheckpoint.objects.filter(
        size__gt=place(year, 0), size__lt=place(year + 1, 0)
    )
    last = shard.order_by("-size").values_list("size", flat=True).first()
    return split(last)[1] if last else 0


def read_staged() -> dict[tuple[int, Tile], bytes]:
    """Give the tiles, by shard, that are committed and may not be on disk yet."""
    staged = {}
    for path, data in models.StagedTile.objects.values_list("path", "data"):
        year, tile = int(path.partition("/")[0]), read_path(path.partition("/")[2])
        staged[year, tile] = bytes(data) if tile.level != ENTRIES else _bundle(year, tile)
    return staged


def _bundle(year: int, tile: Tile) -> bytes:
    start = place(year, tile.index * WIDTH)
    lines = models.LogEntry.objects.filter(place__gte=start, place__lt=start + tile.width)
    return write_entries(
        [bytes(line) for line in lines.order_by("place").values_list("line", flat=True)]
    )


def read_statements() -> Iterator[tuple[int, Note]]:
    """Give the statements that have their entry, in the order of the log."""
    logged = models.LogStatement.objects.filter(place__isnull=False).order_by("place")
    for at, note in logged.values_list("place", "note"):
        assert at is not None, "the filter takes none without"
        yield at, read_note(bytes(note))


def read_revocations(issuers: Collection[bytes]) -> list[tuple[int, bytes, str]]:
    """Give the log's own revocations of issuers' keys: place, entry, text of the statement."""
    ended = {
        at: note.text
        for at, note in read_statements()
        if kind_of(note) == "revoke" and revoked_key(note) in issuers
    }
    lines = models.LogEntry.objects.in_bulk(list(ended))
    return [(at, bytes(lines[at].line), text) for at, text in ended.items()]


def read_approved() -> list[tuple[UUID, Note]]:
    """Give the statements that wait for their entry, the oldest first."""
    waiting = models.LogStatement.objects.filter(place__isnull=True).order_by("id")
    return [(row.id, read_note(bytes(row.note))) for row in waiting]


def write_approved(statement: Note) -> UUID:
    """Let a statement wait for its entry."""
    return models.LogStatement.objects.create(note=bytes(statement)).id


def last_policy() -> Note | None:
    """Give the policy that is in force; None before the first."""
    found = [note for _, note in read_statements() if kind_of(note) == "key"]
    return found[-1] if found else None


def read_own(year: int) -> list[bytes]:
    """Give the entries of its own that a shard has, in the order of the log."""
    own = models.LogStatement.objects.filter(place__gte=place(year, 0)).values("place")
    rows = models.LogEntry.objects.filter(place__in=own).order_by("place")
    return [bytes(line) for line in rows.values_list("line", flat=True)]


@transaction.atomic
def write_batch(batch: Batch) -> None:
    """
    Commit entries, tiles and checkpoint as the log's next size: all, or nothing.

    Raises Refused where the log has grown meanwhile.
    """
    first = place(batch.year, batch.follows)
    size = first + len(batch.own) + len(batch.facts)
    try:
        with transaction.atomic():
            models.LogCheckpoint.objects.create(size=size, follows=first, note=bytes(batch.signed))
    except IntegrityError as taken:
        raise Refused("prove.log_has_grown", size=batch.follows) from taken
    _log_own(first, batch.own)
    _log_facts(first + len(batch.own), batch.facts)
    for number, (waiting, note) in enumerate(batch.statements):
        models.LogStatement.objects.filter(id=waiting).update(
            place=first + number, note=bytes(note)
        )
    _stage(batch.year, batch.tiles)


def forget_staged(tiles: Iterable[tuple[int, Tile]]) -> None:
    """Forget staged tiles: they are on disk."""
    paths = [f"{year}/{tile.path}" for year, tile in tiles]
    models.StagedTile.objects.filter(path__in=paths).delete()


def write_final(year: int, size: int, final: Note) -> None:
    """Keep the checkpoint of a size as it was published."""
    models.LogCheckpoint.objects.filter(size=place(year, size)).update(final=bytes(final))


def _log_own(first: int, lines: Sequence[bytes]) -> None:
    models.LogEntry.objects.bulk_create(
        models.LogEntry(place=at, line=line) for at, line in enumerate(lines, start=first)
    )


def _log_facts(first: int, facts: Sequence[str]) -> None:
    """Give facts their places, and copy their entries there, without a way out and back."""
    with _cursor() as cursor:
        cursor.execute(
            "with new as (select fact, %b::bigint + number - 1 as place"
            "  from unnest(%b::text[]::uuid[]) with ordinality as told (fact, number)),"
            " logged as (update journal_outbox set status = 'logged', place = new.place from new"
            "  where fact_id = new.fact and status = 'pending'"
            "  returning journal_outbox.place, entry)"
            " insert into prove_logentry (place, line) select place, entry from logged",
            [first, list(facts)],
        )
        assert cursor.rowcount == len(facts), "an entry is logged once"


def _stage(year: int, tiles: Mapping[Tile, bytes]) -> None:
    """Keep tiles until they are on disk; of an entry bundle the entries are there already."""
    models.StagedTile.objects.bulk_create(
        models.StagedTile(path=f"{year}/{tile.path}", data=b"" if tile.level == ENTRIES else data)
        for tile, data in tiles.items()
    )


def _cursor() -> psycopg.Cursor[Any]:
    """Give a cursor to which bytes go as they are: Django's spells them out in the statement."""
    assert connection.connection is not None, "the log is written inside of a transaction"
    return psycopg.Cursor(connection.connection)

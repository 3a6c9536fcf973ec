"""
Between rows and the engine's values: the log's batches, and the facts of a lot.

SQL, because a batch is thousands of rows, and because facts are asked by what they name.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from dure.journal.models import Outbox
from dure.kernel.errors import Refused
from dure.move import public as move
from dure.prove import models
from dure.prove.engine.checkpoint import Checkpoint, read_checkpoint
from dure.prove.engine.note import Note, read_note
from dure.prove.engine.order import Waiting, in_order
from dure.prove.engine.passport import AGGREGATES, steps_up_to
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A fact as it is stored, with the key that opens it and the entry that stands for it."""

    body: dict[str, Any]
    key: bytes | None
    line: bytes
    index: int | None


def read_lots(lot: UUID) -> list[UUID]:
    """Give a lot and the lots that went into it, as far as the actor may see them."""
    opened = _opened(lot)
    if opened is None:
        return [lot]
    order, step = UUID(opened["order_id"]), opened["step"]
    wanted = steps_up_to(step, move.steps_before(order))
    siblings = _facts(
        "f.aggregate = 'lot' and f.aggregate_version = 1"
        " and convert_from(f.body, 'UTF8')::jsonb->'sets'->>'order_id' = %s",
        [str(order)],
    )
    return [lot] + [
        UUID(fact.body["aggregate_id"])
        for fact in siblings
        if fact.body["sets"].get("step") in wanted and fact.body["aggregate_id"] != str(lot)
    ]


def read_chain(lots: Sequence[UUID]) -> list[Recorded]:
    """
    Give the facts about lots, and about what carried them, in the order of the log.

    A fact is about a lot where it is the lot's, or names it; shipments and deliveries that
    name it bring all of their own facts, and the cases that name those.
    """
    about: set[UUID] = set(lots)
    while True:
        facts = _facts(_ABOUT, [list(AGGREGATES), list(about), _texts(about), _texts(about)])
        more = {UUID(fact.body["aggregate_id"]) for fact in facts} - about
        if not more:
            return sorted(facts, key=lambda fact: (fact.index is None, fact.index or 0))
        about |= more


def link_to(lot: UUID) -> str:
    """Give the token that opens a lot's passport; makes it at the first call."""
    fresh = models.PassportLink(lot_id=lot, token=token_urlsafe(32))
    models.PassportLink.objects.bulk_create([fresh], ignore_conflicts=True)
    return models.PassportLink.objects.get(lot_id=lot).token


def opens(lot: UUID, token: str) -> bool:
    """Say whether a token opens a lot's passport."""
    return models.PassportLink.objects.filter(lot_id=lot, token=token).exists()


_SELECT = (
    "select f.body, k.key, o.entry, o.index from journal_fact f"
    " join journal_outbox o on o.fact_id = f.id left join journal_factkey k on k.fact_id = f.id"
)
_ABOUT = (
    "f.aggregate = any(%s) and (f.aggregate_id = any(%s)"
    " or exists (select 1 from jsonb_each_text(convert_from(f.body, 'UTF8')::jsonb->'sets') s"
    " where s.value = any(%s))"
    " or exists (select 1 from jsonb_each_text(convert_from(f.body, 'UTF8')::jsonb->'payload') p"
    " where p.value = any(%s)))"
)


def _facts(condition: str, values: list[Any]) -> list[Recorded]:
    with connection.cursor() as cursor:
        cursor.execute(f"{_SELECT} where {condition}", values)  # conditions are ours, above
        return [
            Recorded(
                body=json.loads(bytes(body)),
                key=bytes(key) if key is not None else None,
                line=bytes(line),
                index=index,
            )
            for body, key, line, index in cursor.fetchall()
        ]


def _opened(lot: UUID) -> dict[str, Any] | None:
    first = _facts("f.aggregate_id = %s and f.aggregate_version = 1", [lot])
    sets: dict[str, Any] = first[0].body["sets"] if first else {}
    return sets if {"order_id", "step"} <= set(sets) else None


def _texts(ids: Iterable[UUID]) -> list[str]:
    return [str(one) for one in ids]

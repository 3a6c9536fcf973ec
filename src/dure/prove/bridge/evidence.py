"""What an audit reads: every entry, fact and audited row, as it stands in the database."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models as fields

from dure.journal.models import Aggregate, Fact, Outbox
from dure.kernel.canonical import from_canonical, plain
from dure.kernel.errors import Malformed
from dure.prove import models
from dure.prove.engine.audit import FactRow

CHUNK = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """An aggregate's row with its audited columns, as facts would set them."""

    table: str
    id: UUID
    version: int
    columns: Mapping[str, Any]
    defaults: Mapping[str, Any]
    decimals: frozenset[str]


def read_notes() -> list[tuple[int, int, bytes]]:
    """Give every checkpoint by size: follows, size, what the log signed."""
    rows = models.LogCheckpoint.objects.order_by("size").values_list("follows", "size", "note")
    return [(follows, size, bytes(note)) for follows, size, note in rows]


def read_lines() -> Iterator[tuple[int, bytes]]:
    """Give every entry with its index, in the order of the log."""
    rows = models.LogEntry.objects.order_by("index").values_list("index", "line")
    for index, line in rows.iterator(CHUNK):
        yield index, bytes(line)


def read_logged() -> Iterator[tuple[UUID, int | None, bytes, bytes | None]]:
    """Give, per fact that has an entry, its index, the entry as signed and as logged."""
    rows = Outbox.objects.order_by("fact_id").values_list("fact_id", "index", "entry")
    for chunk in _chunks(rows.iterator(CHUNK)):
        indexes = [index for _, index, _ in chunk if index is not None]
        found = models.LogEntry.objects.filter(index__in=indexes).values_list("index", "line")
        lines = {index: bytes(line) for index, line in found}
        for fact, index, entry in chunk:
            yield fact, index, bytes(entry), lines.get(index)


def read_facts() -> Iterator[FactRow]:
    """Give every fact, by birth."""
    rows = Fact.objects.order_by("id").select_related("key")
    for row in rows.iterator(CHUNK):
        yield _fact_row(row)


def read_told() -> dict[UUID, list[tuple[int, dict[str, Any]]]]:
    """Give, per aggregate, the versions of its facts and the columns that each set."""
    told: dict[UUID, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    rows = Fact.objects.order_by("aggregate_id", "aggregate_version")
    for aggregate, body in rows.values_list("aggregate_id", "body").iterator(CHUNK):
        try:
            value = from_canonical(bytes(body))
        except Malformed:
            continue  # the facts' own audit names it
        told[aggregate].append((value["aggregate_version"], value["sets"]))
    return told


def read_sealed(kind: str) -> Iterator[dict[str, Any]]:
    """Give what the facts that sealed segments set: file and SHA-256."""
    rows = Fact.objects.filter(kind=kind).order_by("id").values_list("body", flat=True)
    for body in rows.iterator(CHUNK):
        sets: dict[str, Any] = from_canonical(bytes(body))["sets"]
        yield sets


def read_audited() -> Iterator[Audited]:
    """Give every row of every aggregate, table by table."""
    for model in apps.get_models():
        if issubclass(model, Aggregate) and model.audited:
            for row in model._default_manager.order_by("pk").iterator(CHUNK):
                yield _audited(row)


def unlogged_entries() -> list[int]:
    """Give the indexes of log entries that stand for no fact: the fact was deleted."""
    known = Outbox.objects.filter(index__isnull=False).values("index")
    stray = models.LogEntry.objects.exclude(index__in=known).order_by("index")
    return [
        index
        for index, line in stray.values_list("index", "line")
        if b'"kind":"fact"' in bytes(line)
    ]


def _fact_row(row: Fact) -> FactRow:
    key = getattr(row, "key", None)
    return FactRow(
        id=row.id,
        columns={
            "id": str(row.id),
            "kind": row.kind,
            "schema": row.schema,
            "aggregate": row.aggregate,
            "aggregate_id": str(row.aggregate_id),
            "aggregate_version": row.aggregate_version,
            "parties": sorted(str(firm) for firm in row.parties),
            "at": plain(row.at),
        },
        body=bytes(row.body),
        commitment=bytes(row.commitment),
        key=bytes(key.key) if key else None,
    )


def _audited(row: Aggregate) -> Audited:
    columns = {name: _column(row, name) for name in row.audited}
    born = type(row)()
    return Audited(
        table=row._meta.db_table,
        id=row.id,
        version=row.version,
        columns=columns,
        defaults={name: _column(born, name) for name in row.audited},
        decimals=frozenset(
            name
            for name in row.audited
            if isinstance(row._meta.get_field(name), fields.DecimalField)
        ),
    )


def _column(row: Aggregate, name: str) -> Any:
    """Give a column as `journal.services.tell` writes it into a fact."""
    column = row._meta.get_field(name)
    assert isinstance(column, fields.Field), "an audited column is one of the row's own"
    return plain(column.to_python(getattr(row, column.attname)))


def _chunks(rows: Iterator[Any]) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    yield chunk

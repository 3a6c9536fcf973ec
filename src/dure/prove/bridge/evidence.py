"""What an audit reads: every entry, fact and audited row, as it stands in the database."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models as fields

from dure.journal.models import Aggregate, Fact, FactKey, Outbox, Unsigned
from dure.journal.public import FACT_ERASED
from dure.kernel.canonical import from_canonical, plain
from dure.kernel.errors import Malformed
from dure.make.public import Sealed
from dure.prove import models
from dure.prove.engine.audit import FactRow
from dure.prove.engine.keys import VerifierKey
from dure.prove.engine.note import read_note
from dure.prove.engine.policy import read_policy
from dure.prove.engine.roster import kind_of
from dure.prove.engine.shard import place

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


def read_lines(year: int | None = None) -> Iterator[tuple[int, bytes]]:
    """Give every entry with its place, of one year or all, in the order of the log."""
    rows = models.LogEntry.objects.order_by("place").values_list("place", "line")
    if year is not None:
        rows = rows.filter(place__gte=place(year, 0), place__lt=place(year + 1, 0))
    for at, line in rows.iterator(CHUNK):
        yield at, bytes(line)


def read_statements() -> dict[int, bytes]:
    """Give, by place, the statements for which entries of the log itself stand."""
    rows = models.LogStatement.objects.filter(place__isnull=False).values_list("place", "note")
    return {at: bytes(note) for at, note in rows if at is not None}


def read_log_keys() -> frozenset[VerifierKey]:
    """Give every log key that a policy ever named; what cannot be read is named elsewhere."""
    found: set[VerifierKey] = set()
    for data in read_statements().values():
        with suppress(Malformed):
            note = read_note(data)
            if kind_of(note) == "key":
                found.update(read_policy(note.text.encode()).logs)
    return frozenset(found)


def read_entry_of(issuer: bytes, seq: int) -> bytes | None:
    """Give the entry that an issuer signed with a sequence number."""
    row = Outbox.objects.filter(issuer__public_key=issuer, seq=seq).first()
    return bytes(row.entry) if row else None


def read_unsigned() -> set[UUID]:
    """Give the facts whose entries wait for the signature of a member's own device."""
    return set(Unsigned.objects.values_list("fact_id", flat=True))


def read_logged() -> Iterator[tuple[UUID, int | None, bytes, bytes | None]]:
    """Give, per fact that has an entry, its place, the entry as signed and as logged."""
    rows = Outbox.objects.order_by("fact_id").values_list("fact_id", "place", "entry")
    for chunk in _chunks(rows.iterator(CHUNK)):
        places = [at for _, at, _ in chunk if at is not None]
        found = models.LogEntry.objects.filter(place__in=places).values_list("place", "line")
        lines = {at: bytes(line) for at, line in found}
        for fact, at, entry in chunk:
            yield fact, at, bytes(entry), lines.get(at)


def read_facts() -> Iterator[FactRow]:
    """Give every fact, by birth."""
    rows = Fact.objects.order_by("id").select_related("key")
    for row in rows.iterator(CHUNK):
        yield _fact_row(row)


def read_told() -> dict[UUID, list[tuple[int, dict[str, Any] | None]]]:
    """Give, per aggregate, the versions of its facts and what each set; None: erased."""
    told: dict[UUID, list[tuple[int, dict[str, Any] | None]]] = defaultdict(list)
    rows = Fact.objects.order_by("aggregate_id", "aggregate_version")
    named = rows.values_list("aggregate_id", "aggregate_version", "key__body")
    for aggregate, version, body in named.iterator(CHUNK):
        try:
            sets = None if body is None else from_canonical(bytes(body))["sets"]
        except Malformed:
            continue  # the facts' own audit names it
        told[aggregate].append((version, sets))
    return told


def read_sealed(kind: str) -> Iterator[Sealed]:
    """Give what the facts that sealed segments say."""
    for fact in read_bodies(kind):
        sets, said = fact["sets"], fact["payload"]
        yield {
            "firm": UUID(sets["firm_id"]),
            "file": sets["file"],
            "sha256": sets["sha256"],
            "kind": said["content"],
            "line": said["line"],
            "line_hash": said["line_hash"],
        }


def read_bodies(kind: str) -> Iterator[dict[str, Any]]:
    """Give the facts of a kind, by birth, without those that were erased."""
    rows = FactKey.objects.filter(fact__kind=kind).order_by("pk").values_list("body", flat=True)
    for body in rows.iterator(CHUNK):
        try:
            value: dict[str, Any] = from_canonical(bytes(body))
        except Malformed:
            continue  # the facts' own audit names it
        yield value


def read_erased() -> set[UUID]:
    """Give the facts whose erasing is a fact."""
    erased = Fact.objects.filter(kind=FACT_ERASED.name)
    return set(erased.values_list("aggregate_id", flat=True))


def read_audited() -> Iterator[Audited]:
    """Give every row of every aggregate, table by table."""
    for model in apps.get_models():
        if issubclass(model, Aggregate) and model.audited:
            for row in model._default_manager.order_by("pk").iterator(CHUNK):
                yield _audited(row)


def unlogged_entries() -> list[int]:
    """Give the places of entries that stand for no fact and no statement: it was deleted."""
    facts = Outbox.objects.filter(place__isnull=False).values("place")
    own = models.LogStatement.objects.filter(place__isnull=False).values("place")
    stray = models.LogEntry.objects.exclude(place__in=facts).exclude(place__in=own)
    return list(stray.order_by("place").values_list("place", flat=True))


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
        body=bytes(key.body) if key else None,
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

"""What an audit reads: every entry, fact and audited row, as it stands in the database."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models as fields

from dure.journal.models import Aggregate, Fact, FactKey, Issuer, Outbox, Unsigned
from dure.journal.public import FACT_ERASED
from dure.kernel.canonical import from_canonical, plain
from dure.kernel.entry import FIRST, entry_hash, to_text
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
class Logged:
    """A fact's entry as it was signed, what its row says of it, and the log's line at its place."""

    fact: UUID
    place: int | None
    entry: bytes
    issuer: bytes
    seq: int
    is_logged: bool
    line: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """What the key map says of one issuer's key, and where its chain really stands."""

    id: UUID
    said: Mapping[str, Any]
    stands: tuple[int, bytes]  # how many entries there are, and the last one's hash
    told: tuple[int, bytes]  # the same, as the row says


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """An aggregate's row with its audited columns, as facts would set them."""

    table: str
    id: UUID
    version: int
    columns: Mapping[str, Any]
    defaults: Mapping[str, Any]
    decimals: frozenset[str]


def read_notes() -> list[tuple[int, int, bytes, bytes | None]]:
    """Give every checkpoint by size: follows, size, what the log signed, what was published."""
    rows = models.LogCheckpoint.objects.order_by("size")
    named = rows.values_list("follows", "size", "note", "final")
    return [
        (follows, size, bytes(note), None if final is None else bytes(final))
        for follows, size, note, final in named
    ]


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


def doubled_statements() -> list[int]:
    """Give the places for which more than one statement is kept."""
    placed = models.LogStatement.objects.filter(place__isnull=False).values("place")
    doubled = placed.annotate(rows=fields.Count("id")).filter(rows__gt=1).order_by("place")
    return [at for at in doubled.values_list("place", flat=True) if at is not None]


def stray_keys() -> list[UUID]:
    """Give the facts of which there is a body and a key, and no fact."""
    stray = FactKey.objects.exclude(fact_id__in=Fact.objects.values("id"))
    return list(stray.order_by("pk").values_list("fact_id", flat=True))


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


def read_logged() -> Iterator[Logged]:
    """Give every entry that was signed, by fact."""
    rows = Outbox.objects.order_by("fact_id").select_related("issuer")
    for chunk in _chunks(rows.iterator(CHUNK)):
        places = [row.place for row in chunk if row.place is not None]
        found = models.LogEntry.objects.filter(place__in=places).values_list("place", "line")
        lines = {at: bytes(line) for at, line in found}
        for row in chunk:
            yield Logged(
                fact=row.fact_id,
                place=row.place,
                entry=bytes(row.entry),
                issuer=bytes(row.issuer.public_key),
                seq=row.seq,
                is_logged=row.status == Outbox.Status.LOGGED,
                line=lines.get(row.place),
            )


def read_keys() -> Iterator[KeyRow]:
    """Give the key map, by issuer."""
    for row in Issuer.objects.order_by("pk"):
        entries = Outbox.objects.filter(issuer=row).order_by("-seq")
        last = entries.first()
        said = {
            "actor_firm": str(row.firm_id),
            "public_key": to_text(bytes(row.public_key)),
            "month": plain(row.month),
            "held": row.held,
        }
        yield KeyRow(
            id=row.id,
            said=said,
            stands=(entries.count(), entry_hash(bytes(last.entry)) if last else FIRST),
            told=(row.next_seq, bytes(row.last_hash)),
        )


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
        except (Malformed, KeyError, TypeError):
            continue  # the facts' own audit names it
        told[aggregate].append((version, sets))
    return told


def read_sealed(kind: str) -> Iterator[Sealed]:
    """Give what the facts that sealed segments say."""
    for fact in read_bodies(kind):
        with suppress(KeyError, ValueError, TypeError):  # the facts' own audit names it
            yield _sealed(fact["sets"], fact["payload"])


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


def _sealed(sets: Mapping[str, Any], said: Mapping[str, Any]) -> Sealed:
    return {
        "firm": UUID(sets["firm_id"]),
        "file": sets["file"],
        "sha256": sets["sha256"],
        "kind": said["content"],
        "line": said["line"],
        "line_hash": said["line_hash"],
    }


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

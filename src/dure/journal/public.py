"""What other rooms may ask of the journal."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from dure.journal import models
from dure.journal.bridge import ENTRIES, read_fact, unsigned_of
from dure.journal.engine.facts import FACT_ERASED, KEY_REGISTERED, RIGHTS
from dure.kernel.canonical import canonical
from dure.kernel.errors import NotFound
from dure.kernel.fact import Fact
from dure.kernel.time import Instant, seoul_month
from dure.stack.tenancy import current_actor

__all__ = ["FACT_ERASED", "KEY_REGISTERED", "RIGHTS"]

DEVICE_BATCH = 200


def now() -> Instant:
    """Give business time: the stored clock's where one was set for a demo, else the machine's."""
    if settings.DURE_CLOCK == "stored":
        stored = models.BusinessTime.objects.first()
        if stored:
            return stored.now
    return datetime.now(UTC)


def facts_of(aggregate_id: UUID) -> list[Fact]:
    """Give the facts of one aggregate that the actor may see, oldest first."""
    rows = _readable().filter(aggregate_id=aggregate_id).order_by("aggregate_version")
    return [read_fact(row) for row in rows]


def facts_about(party: UUID, *, kinds: tuple[str, ...] = (), limit: int = 200) -> list[Fact]:
    """Give the latest facts to which a firm is party, newest first."""
    rows = _readable().filter(parties__contains=[party])
    if kinds:
        rows = rows.filter(kind__in=kinds)
    return [read_fact(row) for row in rows.order_by("-at", "-id")[:limit]]


def latest_facts(*, limit: int = 20) -> list[Fact]:
    """Give the latest facts that the actor may see, newest first."""
    return [read_fact(row) for row in _readable().order_by("-at", "-id")[:limit]]


def facts_saying(text: str, *, limit: int = 50) -> list[Fact]:
    """Give the latest facts in which a text stands, say somebody's name, newest first."""
    words = canonical(text).decode()[1:-1]  # as it is written in a body
    rows = _readable().extra(
        where=["position(%s in convert_from(journal_factkey.body, 'UTF8')) > 0"], params=[words]
    )
    return [read_fact(row) for row in rows.order_by("-at", "-id")[:limit]]


def fact(fact_id: UUID) -> Fact:
    """Give one fact; raises NotFound where the actor may not see it."""
    row = models.Fact.objects.filter(id=fact_id).select_related("key").first()
    if row is None:
        raise NotFound("journal.no_fact", fact=str(fact_id))
    return read_fact(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """One fact of which only its place in the log is left: of what kind, when and why."""

    fact: UUID
    kind: str
    happened: Instant
    erased: Instant
    right: str
    reason: str


def erasures(*, limit: int = 200) -> list[Erasure]:
    """Give what was erased, as far as the actor may see it, the latest first."""
    told = _readable().filter(kind=FACT_ERASED.name).order_by("-at", "-id")[:limit]
    by_id = models.Fact.objects.in_bulk([row.aggregate_id for row in told])
    return [_erasure(read_fact(row), by_id[row.aggregate_id]) for row in told]


def _erasure(erasing: Fact, was: models.Fact) -> Erasure:
    said = {name: str(value) for name, value in erasing.payload.items()}
    return Erasure(
        fact=was.id,
        kind=was.kind,
        happened=was.at,
        erased=erasing.at,
        right=said["right"],
        reason=said["reason"],
    )


def next_number(series: str) -> int:
    """
    Hand out the next dense number of a series, in the caller's transaction.

    The row stays locked until that ends: take the number late.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into journal_numberseries as series (name, last) values (%s, 1)"
            " on conflict (name) do update set last = series.last + 1 returning last",
            [series],
        )
        (number,) = cursor.fetchone()
    return int(number)


def hear_entries() -> None:
    """Let entries that come from now on wake `await_entries`. Takes effect outside of `acting`."""
    with connection.cursor() as cursor:
        cursor.execute(f"listen {ENTRIES}")


def await_entries(seconds: float) -> bool:
    """Wait until an entry came into the outbox, at most so long; says whether one did."""
    connection.ensure_connection()
    assert connection.connection is not None, "it was just ensured"
    return any(connection.connection.notifies(timeout=seconds, stop_after=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """What a firm's own device is to know: whose it is, where its chain stands, what waits."""

    firm: UUID
    month: date
    public_key: bytes
    next_seq: int
    waiting: tuple[tuple[str, bytes, bytes], ...]  # kind of entry, body, record key


def device(at: Instant) -> Device:
    """Say what waits for the signature of the acting firm's device; no key where it has none."""
    firm = current_actor().firm
    assert firm, "a device belongs to a firm"
    month = seoul_month(at)
    mine = models.Issuer.objects.filter(firm_id=firm, held=models.Issuer.Holder.DEVICE)
    issuer = mine.filter(month=month, is_revoked=False).first()
    rows = unsigned_of(issuer).select_related("fact__key")[:DEVICE_BATCH] if issuer else ()
    return Device(
        firm=firm,
        month=month,
        public_key=bytes(issuer.public_key) if issuer else b"",
        next_seq=issuer.next_seq if issuer else 0,
        waiting=tuple(
            (row.kind, bytes(row.fact.key.body), bytes(row.fact.key.key)) for row in rows
        ),
    )


def pending() -> dict[str, int]:
    """Count what is still under way: jobs waiting or failed, and entries not yet logged."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) filter (where status in ('todo', 'doing')),"
            " count(*) filter (where status = 'failed')"
            " from procrastinate_jobs where task_name <> 'journal.retry_stalled'"
        )
        waiting, failed = cursor.fetchone()
    unlogged = models.Outbox.objects.filter(status=models.Outbox.Status.PENDING).count()
    unlogged += models.Unsigned.objects.count()
    return {"reactions": waiting, "parked": failed, "unlogged": unlogged}


def _readable() -> QuerySet[models.Fact]:
    """Facts with their bodies: those that were not erased."""
    return models.Fact.objects.filter(key__isnull=False).select_related("key")

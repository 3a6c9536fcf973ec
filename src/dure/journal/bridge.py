"""Between fact rows and Fact values, and between issuer rows and signed entries."""

import json
from datetime import date, datetime
from secrets import token_bytes
from typing import cast
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Model, QuerySet

from dure.journal import models
from dure.journal.engine.custody import NONCE, seal, unseal
from dure.kernel import entry
from dure.kernel.commitment import commit
from dure.kernel.errors import NotFound
from dure.kernel.fact import Fact
from dure.kernel.ids import FactId, FirmId, PersonId
from dure.kernel.time import Instant, seoul_month
from dure.stack.rows import first, insertion, send

# "device" comes behind "custodian" in the alphabet
SPEAKING = "firm_id = %s and month = %s and not is_revoked order by held desc limit 1 for update"
MOVE_ON = "update journal_issuer set next_seq = %s, last_hash = %s where id = %s"
ENTRIES = "dure_entries"  # the channel on which PostgreSQL tells that entries wait


def read_fact(row: models.Fact) -> Fact:
    """Give the value that a row stores, from its body; raises NotFound where it was erased."""
    key = getattr(row, "key", None)
    if key is None:
        raise NotFound("journal.fact_erased", fact=str(row.id))
    body = json.loads(bytes(key.body))
    return Fact(
        id=FactId(UUID(body["id"])),
        kind=body["kind"],
        schema=body["schema"],
        aggregate=body["aggregate"],
        aggregate_id=UUID(body["aggregate_id"]),
        aggregate_version=body["aggregate_version"],
        parties=tuple(FirmId(UUID(firm)) for firm in body["parties"]),
        actor_firm=FirmId(UUID(body["actor_firm"])) if body["actor_firm"] else None,
        actor_person=PersonId(UUID(body["actor_person"])) if body["actor_person"] else None,
        at=datetime.fromisoformat(body["at"]),
        supersedes=FactId(UUID(body["supersedes"])) if body["supersedes"] else None,
        sets=body["sets"],
        payload=body["payload"],
    )


def new_rows(fact: Fact, key: bytes) -> tuple[models.Fact, models.FactKey]:
    """Give the rows of a fact: with its commitment under key, and what may be erased."""
    row = models.Fact(
        id=fact.id,
        kind=fact.kind,
        schema=fact.schema,
        aggregate=fact.aggregate,
        aggregate_id=fact.aggregate_id,
        aggregate_version=fact.aggregate_version,
        parties=list(fact.parties),
        at=fact.at,
        commitment=commit(fact.as_json(), key),
    )
    return row, models.FactKey(fact=row, key=key, body=fact.body())


def sign_entry(
    row: models.Fact, issuer: models.Issuer, at: Instant, kind: entry.Kind = "fact"
) -> entry.Entry:
    """Sign the log entry of a fact with an issuer's key."""
    return entry.sign(next_entry(issuer, bytes(row.commitment), at, kind), _seed(issuer))


def locked_issuer(firm: FirmId, at: Instant) -> models.Issuer:
    """
    Lock the key that signs for a firm at an instant: its own device's where it has one.

    A key without entries is new.
    """
    return first(models.Issuer, SPEAKING, [firm, seoul_month(at)]) or locked_custodian(firm, at)


def locked_custodian(firm: FirmId, at: Instant) -> models.Issuer:
    """Lock the key in custody that signs for a firm at an instant; one without entries is new."""
    mine = _of_month(firm, at).filter(held=models.Issuer.Holder.CUSTODIAN)
    if known := mine.filter(is_revoked=False).first():
        return known
    number = mine.count() + 1
    fresh = _new_issuer(firm, seoul_month(at), number)
    models.Issuer.objects.bulk_create([fresh], ignore_conflicts=True)
    return mine.get(number=number)


def new_device(firm: FirmId, at: Instant, public_key: bytes) -> models.Issuer:
    """Make a firm's own device the one that signs for it this month."""
    mine = _of_month(firm, at).filter(held=models.Issuer.Holder.DEVICE)
    mine.filter(is_revoked=False).update(is_revoked=True)
    return models.Issuer.objects.create(
        firm_id=firm,
        month=seoul_month(at),
        held=models.Issuer.Holder.DEVICE,
        number=mine.count() + 1,
        public_key=public_key,
    )


def issuer_before(issuer: models.Issuer) -> models.Issuer | None:
    """Give the firm's key before this one, of the same holder."""
    mine = models.Issuer.objects.filter(firm_id=issuer.firm_id, held=issuer.held)
    spoke = mine.filter(month__lte=issuer.month, next_seq__gt=0).exclude(pk=issuer.pk)
    return spoke.order_by("-month", "-number").first()


def keep(row: models.Fact, issuer: models.Issuer, signed: entry.Entry, *new: Model) -> None:
    """
    Put a signed entry, which continues its issuer's chain, into the outbox, behind new rows.

    The issuer's row must be locked until the transaction ends, so that its entries
    form one chain.
    """
    line = signed.line()
    issuer.next_seq += 1
    issuer.last_hash = entry.entry_hash(line)
    moved = (MOVE_ON, [issuer.next_seq, issuer.last_hash, issuer.pk])
    waiting = models.Outbox(fact=row, issuer=issuer, seq=signed.seq, entry=line)
    send([*map(insertion, new), moved, insertion(waiting)])
    if not any(hook[1] is wake for hook in connection.run_on_commit):
        transaction.on_commit(wake, robust=True)  # a fact stands, woken or not


def wake() -> None:
    """
    Wake whoever waits for entries.

    After the commit: PostgreSQL lets transactions that notify commit one at a time, each with
    its own wait for the disk.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"notify {ENTRIES}")


def unsigned_of(issuer: models.Issuer) -> QuerySet[models.Unsigned]:
    """Give what waits for a device's signature, in the order in which it was told."""
    waiting = models.Unsigned.objects.filter(issuer=issuer, fact__key__isnull=False)
    return waiting.order_by("fact_id")


def _of_month(firm: FirmId, at: Instant) -> QuerySet[models.Issuer]:
    month = seoul_month(at)
    return models.Issuer.objects.select_for_update().filter(firm_id=firm, month=month)


def next_entry(
    issuer: models.Issuer, commitment: bytes, at: Instant, kind: entry.Kind
) -> entry.Entry:
    """Give the entry that continues an issuer's chain, not signed yet."""
    return entry.Entry(
        kind=kind,
        issuer=bytes(issuer.public_key),
        commit=commitment,
        time=at,
        seq=issuer.next_seq,
        prev=bytes(issuer.last_hash),
        held=cast(entry.Holder, issuer.held),
    )


def _new_issuer(firm: FirmId, month: date, number: int) -> models.Issuer:
    seed = token_bytes(32)
    public = entry.public_key(seed)
    sealed = seal(seed, under=settings.DURE_CUSTODY_KEY, nonce=token_bytes(NONCE), owner=public)
    return models.Issuer(
        firm_id=firm, month=month, number=number, public_key=public, sealed_key=sealed
    )


def _seed(issuer: models.Issuer) -> bytes:
    return unseal(
        bytes(issuer.sealed_key),
        under=settings.DURE_CUSTODY_KEY,
        owner=bytes(issuer.public_key),
    )

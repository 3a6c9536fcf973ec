"""Between fact rows and Fact values, and between issuer rows and signed entries."""

import json
from datetime import date, datetime
from secrets import token_bytes
from uuid import UUID

from django.conf import settings

from dure.journal import models
from dure.journal.engine.custody import NONCE, seal, unseal
from dure.kernel import entry
from dure.kernel.fact import Fact
from dure.kernel.ids import FactId, FirmId, PersonId
from dure.kernel.time import Instant, seoul_date


def read_fact(row: models.Fact) -> Fact:
    """Give the value that a row stores, from its body alone."""
    body = json.loads(bytes(row.body))
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


def write_fact(fact: Fact, commitment: bytes) -> models.Fact:
    """Store a fact."""
    return models.Fact.objects.create(
        id=fact.id,
        kind=fact.kind,
        schema=fact.schema,
        aggregate=fact.aggregate,
        aggregate_id=fact.aggregate_id,
        aggregate_version=fact.aggregate_version,
        parties=list(fact.parties),
        at=fact.at,
        body=fact.body(),
        commitment=commitment,
    )


def append_entry(row: models.Fact, issuer_firm: FirmId, at: Instant) -> models.Outbox:
    """
    Sign the log entry of a fact for a firm and put it into the outbox.

    The issuer's row stays locked until the transaction ends, so that its entries
    form one chain.
    """
    issuer = _locked_issuer(issuer_firm, at)
    signed = entry.sign(_next_entry(issuer, bytes(row.commitment), at), _seed(issuer))
    line = signed.line()
    issuer.next_seq += 1
    issuer.last_hash = entry.entry_hash(line)
    issuer.save(update_fields=["next_seq", "last_hash"])
    return models.Outbox.objects.create(fact=row, issuer=issuer, seq=signed.seq, entry=line)


def _next_entry(issuer: models.Issuer, commitment: bytes, at: Instant) -> entry.Entry:
    return entry.Entry(
        kind="fact",
        issuer=bytes(issuer.public_key),
        commit=commitment,
        time=at,
        seq=issuer.next_seq,
        prev=bytes(issuer.last_hash),
        held="custodian",
    )


def _locked_issuer(firm: FirmId, at: Instant) -> models.Issuer:
    month = seoul_date(at).replace(day=1)
    known = models.Issuer.objects.select_for_update().filter(firm_id=firm, month=month).first()
    if known:
        return known
    models.Issuer.objects.bulk_create([_new_issuer(firm, month)], ignore_conflicts=True)
    return models.Issuer.objects.select_for_update().get(firm_id=firm, month=month)


def _new_issuer(firm: FirmId, month: date) -> models.Issuer:
    seed = token_bytes(32)
    public = entry.public_key(seed)
    sealed = seal(seed, under=settings.DURE_CUSTODY_KEY, nonce=token_bytes(NONCE), owner=public)
    return models.Issuer(firm_id=firm, month=month, public_key=public, sealed_key=sealed)


def _seed(issuer: models.Issuer) -> bytes:
    return unseal(
        bytes(issuer.sealed_key),
        under=settings.DURE_CUSTODY_KEY,
        owner=bytes(issuer.public_key),
    )

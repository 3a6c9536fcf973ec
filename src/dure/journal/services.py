"""
Telling: a row and its fact land together, or neither does.

`tell` is the one way in which a room changes a row that matters. In a single
transaction it sets the row's audited columns, saves it by compare and swap on its
version, stores the fact with its salted commitment, appends the entry signed for
the acting firm to the log's outbox, and defers one job for each wired reaction. Where
the firm's own device signs, the entry waits for it, ten minutes at most.

Tell last: the issuer's row stays locked until the transaction ends.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from secrets import token_bytes
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils.module_loading import import_string
from procrastinate.contrib.django import app

from dure.journal import bridge
from dure.journal import models as rows
from dure.journal.engine.facts import FACT_ERASED, KEY_REGISTERED, KEY_REVOKED, RIGHTS
from dure.kernel.canonical import plain
from dure.kernel.entry import (
    Entry,
    Kind,
    check_ed25519_key,
    check_signature,
    parse,
    to_text,
)
from dure.kernel.errors import Malformed, NotFound, Refused
from dure.kernel.fact import Fact, FactKind
from dure.kernel.ids import FactId, FirmId, PersonId
from dure.kernel.time import Instant
from dure.stack.ids import new_id
from dure.stack.rows import insertion, send
from dure.stack.tenancy import current_actor

KEPT_KINDS = (FACT_ERASED.name, KEY_REGISTERED.name, KEY_REVOKED.name)  # they say nothing of people
DEVICE_PATIENCE = timedelta(minutes=10)


@transaction.atomic
def tell(
    row: rows.Aggregate,
    kind: FactKind,
    /,
    *,
    at: Instant,
    parties: Iterable[UUID] = (),
    payload: Mapping[str, object] | None = None,
    supersedes: FactId | None = None,
    **sets: Any,
) -> Fact:
    """
    Set a row's audited columns, save it, and record the fact that says so.

    A row that is not stored yet is created with version 1. Other columns are saved
    with it as they stand. Raises Refused where somebody else wrote the row since it
    was read: read again and decide again.
    """
    _set_audited(row, sets)
    _swap(row)
    return record(
        kind,
        aggregate_id=row.id,
        aggregate_version=row.version,
        at=at,
        parties=parties,
        payload=payload,
        supersedes=supersedes,
        sets={name: plain(_stored(row, name)) for name in sets},
    )


def record(
    kind: FactKind,
    *,
    aggregate_id: UUID,
    aggregate_version: int,
    at: Instant,
    parties: Iterable[UUID] = (),
    payload: Mapping[str, object] | None = None,
    supersedes: FactId | None = None,
    sets: Mapping[str, object] | None = None,
) -> Fact:
    """Record a fact of the acting firm, which is always a party to it. See `tell`."""
    actor = current_actor()
    kind.check(payload or {})
    fact = Fact(
        id=FactId(new_id()),
        kind=kind.name,
        schema=kind.schema,
        aggregate=kind.aggregate,
        aggregate_id=aggregate_id,
        aggregate_version=aggregate_version,
        parties=_parties(parties, actor.firm),
        actor_firm=actor.firm,
        actor_person=actor.person,
        at=at,
        supersedes=supersedes,
        sets=plain(sets or {}),
        payload=plain(payload or {}),
    )
    _store(fact)
    _defer_reactions(fact)
    return fact


@transaction.atomic
def set_clock(now: Instant) -> None:
    """Move the stored clock of a demo, forward only; raises Refused elsewhere."""
    if settings.DURE_CLOCK != "stored":
        raise Refused("journal.machine_clock")
    stored = rows.BusinessTime.objects.first()
    if stored and now < stored.now:
        raise Refused("journal.clock_runs_forward", now=plain(stored.now), asked=plain(now))
    rows.BusinessTime.objects.update_or_create(id=True, defaults={"now": now})


@transaction.atomic
def revoke_key(*, at: Instant, reason: str) -> None:
    """
    End the acting firm's key of this month: its last entry says so, and a new one follows.

    Of a device's key the device signs that entry itself; one that was lost is ended by the
    witnesses (`dure keys revoke`). Raises Refused where the firm has no key that speaks.
    """
    actor = current_actor()
    assert actor.firm, "a key belongs to a firm"
    issuer = bridge.locked_issuer(actor.firm, at)
    if issuer.next_seq == 0:
        raise Refused("journal.no_key_to_revoke")
    payload = {"public_key": to_text(bytes(issuer.public_key)), "reason": reason}
    fact = _about_key(KEY_REVOKED, issuer, actor.person, at, version=2, payload=payload)
    _append(fact, issuer, "revoke")
    rows.Issuer.objects.filter(pk=issuer.pk).update(is_revoked=True)


@transaction.atomic
def announce_device(public_key: bytes, *, at: Instant) -> None:
    """
    Let the acting firm's own device sign for it this month, by the key of which this is the half.

    From now on its facts wait for the device; its registration is the first. Announced again, all
    stays as it is. Raises Malformed for a weak key, Refused for one that spoke before.
    """
    actor = current_actor()
    assert actor.firm, "a key belongs to a firm"
    check_ed25519_key(public_key)
    issuer = bridge.locked_issuer(actor.firm, at)
    if bytes(issuer.public_key) == public_key:
        return
    if rows.Issuer.objects.filter(public_key=public_key).exists():
        raise Refused("journal.key_spoke_before")
    issuer = bridge.new_device(actor.firm, at, public_key)
    _append(_registration(issuer, actor.person, at), issuer, "key")


@transaction.atomic
def take_signed(lines: Iterable[bytes]) -> int:
    """
    Take in entries that the acting firm's own device signed; gives how many were new.

    Each must stand for what waits longest, and continue the device's chain; those that came
    before are passed over. Raises Malformed, Unproven, Refused.
    """
    firm = current_actor().firm
    assert firm, "a device belongs to a firm"
    count = 0
    for line in lines:
        signed = parse(line)
        check_signature(signed)
        issuer = (
            rows.Issuer.objects.select_for_update()
            .filter(firm_id=firm, held="device", public_key=signed.issuer)
            .first()
        )
        if issuer is None:
            raise Refused("journal.not_your_device")
        count += signed.seq >= issuer.next_seq and _take(signed, issuer)
    return count


def _take(signed: Entry, issuer: rows.Issuer) -> bool:
    first = bridge.unsigned_of(issuer).select_related("fact")
    waiting = first.select_for_update(of=("self",)).first()
    if waiting is None or bytes(waiting.fact.commitment) != signed.commit:
        raise Refused("journal.nothing_to_sign")
    expected = bridge.next_entry(issuer, signed.commit, waiting.fact.at, cast(Kind, waiting.kind))
    if replace(signed, sig=b"") != expected:
        raise Refused("journal.signed_otherwise")
    bridge.keep(waiting.fact, issuer, signed)
    waiting.delete()
    return True


@transaction.atomic
def sign_for_the_absent(at: Instant) -> int:
    """
    Sign in custody what a device has left waiting too long; gives how many facts that were.

    A device whose own registration is among them does not sign this month.
    """
    late = rows.Unsigned.objects.filter(since__lte=at - DEVICE_PATIENCE).order_by("fact_id")
    count = 0
    locked = late.select_for_update(skip_locked=True, of=("self",))
    for waiting in locked.select_related("fact", "issuer"):
        fact, firm = waiting.fact, FirmId(waiting.issuer.firm_id)
        if waiting.kind == "key":
            rows.Issuer.objects.filter(pk=waiting.issuer_id).update(is_revoked=True)
        waiting.delete()
        issuer = bridge.locked_custodian(firm, fact.at)
        _register(issuer, None, fact.at)
        bridge.keep(fact, issuer, bridge.sign_entry(fact, issuer, fact.at))
        count += 1
    return count


@transaction.atomic
def erase(fact: UUID, *, at: Instant, right: str, reason: str) -> Fact:
    """
    Erase what a fact said, as personal-data law may ask; that it was there stays in the log.

    The erasing is a fact itself: by what right (see engine/facts.py), for what reason. Fields that
    were disclosed are with whom they were disclosed to. Raises NotFound for a fact that is erased
    already, or that the actor may not see; Refused for one on which the log's own keys or earlier
    erasures rest; Malformed for an unknown right or no reason.
    """
    if right not in RIGHTS or not reason.strip():
        raise Malformed("journal.erased_why")
    key = rows.FactKey.objects.select_for_update(of=("self",)).filter(fact_id=fact).first()
    if key is None:
        raise NotFound("journal.no_fact", fact=str(fact))
    if key.fact.kind in KEPT_KINDS:
        raise Refused("journal.not_to_erase", kind=key.fact.kind)
    parties = key.fact.parties
    key.delete()
    return record(
        FACT_ERASED,
        aggregate_id=fact,
        aggregate_version=1,
        at=at,
        parties=parties,
        payload={"right": right, "reason": reason.strip()},
    )


def react(fact: Fact, reaction: str, at: Instant) -> None:
    """Let one reaction take effect once, in one transaction. A second call does nothing."""
    with transaction.atomic():
        _, first = rows.Reacted.objects.get_or_create(fact_id=fact.id, reaction=reaction)
        if first:
            import_string(reaction)(fact, at)


def _set_audited(row: rows.Aggregate, sets: Mapping[str, Any]) -> None:
    stray = set(sets) - set(row.audited)
    assert not stray, f"{type(row).__name__} does not declare as audited: {sorted(stray)}"
    for name, value in sets.items():
        setattr(row, name, value)


def _stored(row: rows.Aggregate, name: str) -> object:
    field = row._meta.get_field(name)
    assert isinstance(field, models.Field)
    return field.to_python(getattr(row, field.attname))


def _swap(row: rows.Aggregate) -> None:
    row.version += 1
    try:
        if row._state.adding:
            row.save(force_insert=True)
        elif not _update_from(row, row.version - 1):
            raise Refused("journal.changed_meanwhile", what=row._meta.model_name or "")
    except (Refused, IntegrityError):
        row.version -= 1
        raise


def _update_from(row: rows.Aggregate, version: int) -> int:
    columns = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not field.primary_key
    }
    same = type(row)._default_manager.filter(pk=row.pk, version=version)
    return same.update(**columns)


def _parties(named: Iterable[UUID], actor_firm: FirmId | None) -> tuple[FirmId, ...]:
    firms = {FirmId(firm) for firm in named} | ({actor_firm} if actor_firm else set())
    return tuple(sorted(firms))


def _store(fact: Fact) -> None:
    assert fact.actor_firm, "a fact is issued by a firm"
    issuer = bridge.locked_issuer(fact.actor_firm, fact.at)
    _register(issuer, fact.actor_person, fact.at)
    _append(fact, issuer)


def _register(issuer: rows.Issuer, person: PersonId | None, at: Instant) -> None:
    """Let a key's own entry come first in its chain; a device's was told when it was announced."""
    if issuer.next_seq == 0 and issuer.held == rows.Issuer.Holder.CUSTODIAN:
        _append(_registration(issuer, person, at), issuer, "key")


def _append(fact: Fact, issuer: rows.Issuer, kind: Kind = "fact") -> None:
    row, key = bridge.new_rows(fact, key=token_bytes(32))
    if issuer.held == rows.Issuer.Holder.DEVICE:
        waiting = rows.Unsigned(fact=row, issuer=issuer, kind=kind, since=fact.at)
        send([insertion(row), insertion(key), insertion(waiting)])
    else:
        bridge.keep(row, issuer, bridge.sign_entry(row, issuer, fact.at, kind), row, key)


def _registration(issuer: rows.Issuer, person: PersonId | None, at: Instant) -> Fact:
    """Say whose key an issuer's is, and where the chain of the key before it ended."""
    before = bridge.issuer_before(issuer)
    return _about_key(
        KEY_REGISTERED,
        issuer,
        person,
        at,
        version=1,
        payload={
            "public_key": to_text(bytes(issuer.public_key)),
            "month": plain(issuer.month),
            "held": issuer.held,
            "before": to_text(bytes(before.public_key)) if before else "",
            "before_seq": before.next_seq - 1 if before else 0,
            "before_hash": to_text(bytes(before.last_hash)) if before else "",
        },
    )


def _about_key(
    kind: FactKind,
    issuer: rows.Issuer,
    person: PersonId | None,
    at: Instant,
    *,
    version: int,
    payload: Mapping[str, object],
) -> Fact:
    kind.check(payload)
    return Fact(
        id=FactId(new_id()),
        kind=kind.name,
        schema=kind.schema,
        aggregate=kind.aggregate,
        aggregate_id=issuer.id,
        aggregate_version=version,
        parties=(FirmId(issuer.firm_id),),
        actor_firm=FirmId(issuer.firm_id),
        actor_person=person,
        at=at,
        supersedes=None,
        sets={},
        payload=plain(payload),
    )


def _defer_reactions(fact: Fact) -> None:
    wiring = import_module(settings.DURE_WIRING)
    reactions = wiring.REACTIONS.get(fact.kind, ())
    if reactions:
        jobs = [{"fact_id": str(fact.id), "reaction": reaction} for reaction in reactions]
        app.configure_task("journal.react").batch_defer(*jobs)

"""The facts of a lot and of the lots that went into it: they are asked by what they name."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any
from uuid import UUID

from django.db import connection

from dure.kernel.entry import parse, to_text
from dure.move import public as move
from dure.prove import models
from dure.prove.engine.passport import AGGREGATES, steps_up_to


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A fact as it is stored, with the key that opens it and the entry that stands for it."""

    body: dict[str, Any]
    key: bytes
    line: bytes
    place: int | None


def read_lots(lot: UUID) -> list[UUID]:
    """Give a lot and the lots that went into it, as far as the actor may see them."""
    opened = _opened(lot)
    if opened is None:
        return [lot]
    order, step = UUID(opened["order_id"]), opened["step"]
    wanted = steps_up_to(step, move.steps_before(order))
    siblings = _facts(
        "f.aggregate = 'lot' and f.aggregate_version = 1"
        " and convert_from(k.body, 'UTF8')::jsonb->'sets'->>'order_id' = %s",
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
            return sorted(facts, key=lambda fact: (fact.place is None, fact.place or 0))
        about |= more


def read_keys(issuers: Collection[bytes]) -> list[Recorded]:
    """Give what issuers' own entries say of their keys: registrations, and then revocations."""
    named = [to_text(issuer) for issuer in issuers]
    told = _facts(
        "f.aggregate = 'issuer'"
        " and convert_from(k.body, 'UTF8')::jsonb->'payload'->>'public_key' = any(%s)",
        [named],
    )
    own = [fact for fact in told if parse(fact.line).kind in {"key", "revoke"}]
    return sorted(own, key=lambda fact: parse(fact.line).seq)


def link_to(lot: UUID) -> str:
    """Give the token that opens a lot's passport; makes it at the first call."""
    fresh = models.PassportLink(lot_id=lot, token=token_urlsafe(32))
    models.PassportLink.objects.bulk_create([fresh], ignore_conflicts=True)
    return models.PassportLink.objects.get(lot_id=lot).token


def opens(lot: UUID, token: str) -> bool:
    """Say whether a token opens a lot's passport."""
    return models.PassportLink.objects.filter(lot_id=lot, token=token).exists()


_SELECT = (
    "select k.body, k.key, o.entry, o.place from journal_fact f"
    " join journal_outbox o on o.fact_id = f.id join journal_factkey k on k.fact_id = f.id"
)
_ABOUT = (
    "f.aggregate = any(%s) and (f.aggregate_id = any(%s)"
    " or exists (select 1 from jsonb_each_text(convert_from(k.body, 'UTF8')::jsonb->'sets') s"
    " where s.value = any(%s))"
    " or exists (select 1 from jsonb_each_text(convert_from(k.body, 'UTF8')::jsonb->'payload') p"
    " where p.value = any(%s)))"
)


def _facts(condition: str, values: list[Any]) -> list[Recorded]:
    with connection.cursor() as cursor:
        cursor.execute(f"{_SELECT} where {condition}", values)  # conditions are ours, above
        return [
            Recorded(
                body=json.loads(bytes(body)),
                key=bytes(key),
                line=bytes(line),
                place=place,
            )
            for body, key, line, place in cursor.fetchall()
        ]


def _opened(lot: UUID) -> dict[str, Any] | None:
    first = _facts("f.aggregate_id = %s and f.aggregate_version = 1", [lot])
    sets: dict[str, Any] = first[0].body["sets"] if first else {}
    return sets if {"order_id", "step"} <= set(sets) else None


def _texts(ids: Iterable[UUID]) -> list[str]:
    return [str(one) for one in ids]

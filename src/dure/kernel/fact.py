"""
Facts: what happened, immutable, in one shape for every room.

A room declares its kinds once (`ORDER_ACCEPTED = FactKind("OrderAccepted", ...)`);
their fields are frozen with vectors. `sets` names the audited columns that the fact
gives to its aggregate's row, so that an audit can fold the facts and compare.

    kind        OrderAccepted, schema 1
    aggregate   order 0198c0de-…, version 3
    parties     the firms that may see it
    sets        {"state": "accepted"}
    payload     {"price": 8250000}
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from dure.kernel.canonical import Json, canonical, plain
from dure.kernel.errors import Malformed
from dure.kernel.ids import FactId, FirmId, PersonId
from dure.kernel.time import Instant


@dataclass(frozen=True, slots=True)
class FactKind:
    """A kind of fact: its name (past tense), its aggregate, its payload fields, its schema."""

    name: str
    aggregate: str
    fields: tuple[str, ...] = ()
    schema: int = 1

    def check(self, payload: Mapping[str, object]) -> None:
        """Raise Malformed unless payload has exactly the fields of this kind."""
        if set(payload) != set(self.fields):
            odd = ", ".join(sorted(set(payload) ^ set(self.fields)))
            raise Malformed("kernel.fact_fields", kind=self.name, fields=odd)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One fact, as it was recorded."""

    id: FactId
    kind: str
    schema: int
    aggregate: str
    aggregate_id: UUID
    aggregate_version: int
    parties: tuple[FirmId, ...]
    actor_firm: FirmId | None
    actor_person: PersonId | None
    at: Instant
    supersedes: FactId | None = None
    sets: Mapping[str, Json] = field(default_factory=dict)
    payload: Mapping[str, Json] = field(default_factory=dict)

    def as_json(self) -> dict[str, Json]:
        """Give the fact as canonical JSON values."""
        return {
            "id": str(self.id),
            "kind": self.kind,
            "schema": self.schema,
            "aggregate": self.aggregate,
            "aggregate_id": str(self.aggregate_id),
            "aggregate_version": self.aggregate_version,
            "parties": sorted(str(firm) for firm in self.parties),
            "actor_firm": plain(self.actor_firm),
            "actor_person": plain(self.actor_person),
            "at": plain(self.at),
            "supersedes": plain(self.supersedes),
            "sets": plain(self.sets),
            "payload": plain(self.payload),
        }

    def body(self) -> bytes:
        """Give the bytes that are stored, committed to and never change."""
        return canonical(self.as_json())

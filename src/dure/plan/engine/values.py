"""Quotes, orders, job orders and proposals as other rooms and the pages see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from dure.kernel.canonical import Json, plain
from dure.kernel.ids import FirmId
from dure.kernel.money import Won
from dure.kernel.reason import Reason
from dure.kernel.time import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """A step of an order as its buyer sees it: what, by when, and whether it is done."""

    step: str
    name: str
    name_en: str
    by: str  # a date of Seoul, ISO
    is_done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A quote: price without VAT, the date that is promised, why, and until when it stands."""

    id: UUID
    number: int
    request: UUID
    buyer: FirmId
    quantity: int
    band: tuple[int | None, int | None]
    price: Won
    work: Won
    materials: Won
    fee: Won
    promised_on: date | None
    due: date
    reasons: tuple[Reason, ...]
    valid_until: Instant
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order. price is without VAT: the members' work, the materials, the cooperative's fee."""

    id: UUID
    number: int
    request: UUID
    cluster: UUID | None
    buyer: FirmId
    quantity: int
    price: Won
    work: Won
    materials: Won
    fee: Won
    promised_on: date
    leaves_at: Instant
    accepted_at: Instant
    reasons: tuple[Reason, ...]
    milestones: tuple[Milestone, ...]
    state: str

    @property
    def done(self) -> int:
        """How many steps are done."""
        return sum(milestone.is_done for milestone in self.milestones)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """What goes from one firm to another between two steps, and when. step "": the buyer."""

    step: str
    firm: FirmId
    firm_name: str
    firm_name_en: str
    at: Instant

    def as_json(self) -> dict[str, Json]:
        """Give the stored form."""
        return {
            "step": self.step,
            "firm": plain(self.firm),
            "firm_name": self.firm_name,
            "firm_name_en": self.firm_name_en,
            "at": plain(self.at),
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> "HandOver":
        """Read the stored form."""
        return cls(
            step=body["step"],
            firm=FirmId(UUID(body["firm"])),
            firm_name=body["firm_name"],
            firm_name_en=body["firm_name_en"],
            at=datetime.fromisoformat(body["at"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOrder:
    """
    One step, released to the firm that makes it (작업지시).

    quantity is started, good must come out well. price is what its firm gets, VAT apart.
    place is the step's place in the order. family is what its machine is set up for. changes
    counts what was written about it. given_back: its firm cannot do it, others are asked.
    """

    id: UUID
    number: int
    order: UUID
    order_number: int
    firm: FirmId
    place: int
    step: str
    name: str
    name_en: str
    family: str
    quantity: int
    good: int
    unit: str
    price: Won
    equipment: UUID
    starts: Instant
    ends: Instant
    receives: tuple[HandOver, ...]
    hands_over: tuple[HandOver, ...]
    pinned: bool
    given_back: bool
    changes: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """When, where and how many: what a proposal changes."""

    starts: Instant
    ends: Instant
    equipment: UUID
    quantity: int

    def as_json(self) -> dict[str, Json]:
        """Give the stored form."""
        return {
            "starts": plain(self.starts),
            "ends": plain(self.ends),
            "equipment_id": str(self.equipment),
            "quantity": self.quantity,
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> "Place":
        """Read the stored form."""
        return cls(
            starts=datetime.fromisoformat(body["starts"]),
            ends=datetime.fromisoformat(body["ends"]),
            equipment=UUID(body["equipment_id"]),
            quantity=body["quantity"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A change of one job order that its firm is asked to agree to."""

    id: UUID
    number: int
    firm: FirmId
    order: UUID
    order_number: int
    plan: UUID
    job_order: UUID
    name: str
    name_en: str
    old: Place
    new: Place
    reasons: tuple[Reason, ...]
    proposed_at: Instant
    answer_by: Instant
    state: str

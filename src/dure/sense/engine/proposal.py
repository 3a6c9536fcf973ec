"""A member's proposal of a product for the co-op's shop window (상품 제안)."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from dure.kernel.ids import FirmId
from dure.kernel.time import Instant
from dure.sense.engine.product import Product


class ProposalState(StrEnum):
    """Where a proposal stands."""

    OPEN = "open"  # the office has not decided
    LISTED = "listed"  # it stands in the shop window
    DECLINED = "declined"  # it does not, and the member was told why


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A product that a member would like the co-op to offer, and what became of it."""

    id: UUID
    number: int
    firm: FirmId
    product: Product
    state: ProposalState
    why: str
    proposed_at: Instant

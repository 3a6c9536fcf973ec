"""A cluster as it forms: what each member was offered, and what it answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from dure.kernel.errors import Refused
from dure.kernel.ids import FirmId
from dure.kernel.money import Won
from dure.kernel.reason import Reason
from dure.kernel.time import Instant

ANSWER_WITHIN_MINUTES = 8 * 60  # working minutes of the member's own calendar


class OfferState(StrEnum):
    """What became of the offer of a step."""

    OFFERED = "offered"  # 제안
    ACCEPTED = "accepted"  # 수락
    COUNTERED = "countered"  # 역제안
    DECLINED = "declined"  # 거절
    EXPIRED = "expired"  # 무응답: a decline without penalty
    WITHDRAWN = "withdrawn"  # 취소


STANDING = frozenset({OfferState.OFFERED, OfferState.COUNTERED, OfferState.ACCEPTED})


class ClusterState(StrEnum):
    """How far a cluster is."""

    OFFERING = "offering"  # 제안 중
    FORMED = "formed"  # 결성
    FAILED = "failed"  # 무산


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """
    One step given to one member (공정배정), or offered to it.

    capability, site: the member's own. quantity is started, good must come out well. price is
    for the lot, VAT apart; minutes are machine minutes with set-up.
    """

    id: UUID
    cluster: UUID
    step: str
    name: str
    name_en: str
    process: str
    quantity: int
    good: int
    unit: str
    firm: FirmId
    capability: UUID
    site: UUID
    price: Won
    minutes: int
    reason: Reason
    state: OfferState
    deadline: Instant
    due: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A value-chain cluster: the assignments that stand, in the order of the steps."""

    id: UUID
    request: UUID
    buyer: FirmId
    label: str
    state: ClusterState
    assignments: tuple[Assignment, ...]

    @property
    def members(self) -> tuple[FirmId, ...]:
        """Give the firms that it is made of, each once."""
        return tuple(dict.fromkeys(each.firm for each in self.assignments))


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """
    An alternative as the buyer sees it: makers unnamed. price is what they ask together.

    lots: of each step that several make, into how many lots it goes.
    """

    id: UUID
    label: str
    price: Won
    longest_minutes: int
    road_minutes: int
    gap_bp: int
    ready_on: date
    steps: tuple[tuple[str, Reason], ...]
    lots: Mapping[str, int]


def check_open(state: OfferState, *, deadline: Instant, at: Instant) -> None:
    """Ensure that an offer can still be answered; raises Refused saying what became of it."""
    if state is not OfferState.OFFERED:
        raise Refused("match.answered_already", state=state.value)
    if at > deadline:
        raise Refused("match.too_late", deadline=deadline.isoformat())


def counter_stands(asked: Won, *, next_best: Won | None) -> bool:
    """Say whether a counter-offer is taken: where nobody else would do it for less."""
    return next_best is None or asked <= next_best

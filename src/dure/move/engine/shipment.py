"""What may be done with a shipment, a difference case and a delivery: the decisions alone."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from dure.kernel.errors import Malformed, Refused

INSPECTION_DAYS = 10
"""
Days in which what was delivered must be inspected; silence counts as accepted.

Fair Transactions in Subcontracting Act (하도급거래 공정화에 관한 법률) art. 9(2): the result is
told in writing within ten days of receipt, or the goods count as passed.
"""


class ShipmentState(StrEnum):
    """How far a shipment is."""

    SENT = "sent"
    RECEIVED = "received"
    DIFFERS = "differs"
    SETTLED = "settled"  # it differed, and the two firms know why


class CaseState(StrEnum):
    """Whether the two firms know yet why the counts differ."""

    OPEN = "open"
    RESOLVED = "resolved"


class Cause(StrEnum):
    """Why fewer (or more) were counted than were sent."""

    MISCOUNTED = "miscounted"  # 오계수: the sender counted wrongly; the pieces never left it
    BROKEN = "broken"  # 파손
    LOST = "lost"  # 분실


class Bearer(StrEnum):
    """Who bears what is missing."""

    SENDER = "sender"
    RECEIVER = "receiver"
    COOPERATIVE = "cooperative"


class DeliveryState(StrEnum):
    """납품과 검수: whether the buyer has looked."""

    DELIVERED = "delivered"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What a receiver counted, against what was sent."""

    sent: int
    counted: int

    @property
    def difference(self) -> int:
        """Pieces more (or, below zero, fewer) than were sent."""
        return self.counted - self.sent

    @property
    def state(self) -> ShipmentState:
        """A difference of any size is a case: nobody may shrug at twelve cups."""
        return ShipmentState.DIFFERS if self.difference else ShipmentState.RECEIVED


def send(*, quantity: int, good: int, sent_before: int, released: bool) -> int:
    """
    Send so many pieces of a lot.

    Raises Malformed for a quantity below one, Refused for a lot that is not released
    and for more than is left of it.
    """
    if quantity < 1:
        raise Malformed("move.quantity", quantity=quantity)
    if not released:
        raise Refused("move.lot_not_released")
    left = good - sent_before
    if quantity > left:
        raise Refused("move.more_than_left", quantity=quantity, left=left)
    return quantity


def receive(*, state: ShipmentState, sent: int, counted: int) -> Counted:
    """
    Count what arrived. A surplus is a difference too.

    Raises Malformed for a count below zero or past twice what was sent, where a slipped
    finger is likelier than a gift; Refused for a shipment that was counted before.
    """
    if state is not ShipmentState.SENT:
        raise Refused("move.counted_already")
    if not 0 <= counted <= 2 * sent:
        raise Malformed("move.count", counted=counted, sent=sent)
    return Counted(sent=sent, counted=counted)


def resolve(*, state: CaseState, cause: Cause, bearer: Bearer) -> None:
    """
    Close a difference case with its cause and with who bears it.

    What the sender miscounted never left the sender, and it bears it. Raises Refused
    for a closed case and for a miscount that somebody else is to bear.
    """
    if state is CaseState.RESOLVED:
        raise Refused("move.case_closed")
    if cause is Cause.MISCOUNTED and bearer is not Bearer.SENDER:
        raise Refused("move.miscount_is_the_senders")


def inspect_by(delivered: date) -> date:
    """Give the last day on which the buyer may speak; after it the delivery counts as accepted."""
    return date.fromordinal(delivered.toordinal() + INSPECTION_DAYS)


def accept(*, state: DeliveryState, quantity: int, accepted: int, rejected: int) -> None:
    """
    Let the buyer say what it takes: accepted and rejected pieces are all that came.

    Raises Refused for a delivery that was inspected, Malformed for counts that do not add up.
    """
    if state is DeliveryState.ACCEPTED:
        raise Refused("move.inspected_already")
    if accepted < 0 or rejected < 0 or accepted + rejected != quantity:
        raise Malformed("move.inspection_sum", accepted=accepted, rejected=rejected, came=quantity)

"""
Mass balance: what came in, what went out, and whether it adds up, per firm and item.

An item is what one step of the order makes (`fire`: fired cups) or a material that is
bought. A movement is one counted change at one firm:

    in    bought, made, received
    out   used, scrapped, shipped, delivered, lost (a difference that was put down to somebody)

    on hand            =  Σ in - Σ out, at each firm, and never below zero
    under way          =  Σ shipped - Σ received, per item: still on the road, or in a case
    Σ bought + made    =  Σ used + scrapped + delivered + lost + on hand + under way, per item

The last line is an identity of the first two only if a receipt belongs to a shipment and a
loss to a receipt; so a shipment is received with what was sent, and what was counted less
is lost at the receiver (or found, where it was counted more) in the same breath.
Quantities are integers in the item's counting unit.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dure.kernel.reason import Reason


class Way(StrEnum):
    """How a quantity came to a firm or left it."""

    BOUGHT = "bought"
    MADE = "made"
    RECEIVED = "received"
    FOUND = "found"
    USED = "used"
    SCRAPPED = "scrapped"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    LOST = "lost"


INWARD = (Way.BOUGHT, Way.MADE, Way.RECEIVED, Way.FOUND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One counted change. firm is its business number in the cooperative, so that lines sort."""

    firm: int
    item: str
    way: Way
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one firm did with one item."""

    firm: int
    item: str
    moved: Mapping[Way, int]

    @property
    def on_hand(self) -> int:
        """What must still lie at the firm."""
        inward = sum(self.moved.get(way, 0) for way in INWARD)
        return 2 * inward - sum(self.moved.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """All lines of an order, by firm and item, and what does not add up."""

    lines: tuple[Line, ...]
    under_way: Mapping[str, int] = field(default_factory=dict)
    faults: tuple[Reason, ...] = ()

    @property
    def adds_up(self) -> bool:
        """Say whether nobody gave more than it had and nobody got what was not sent."""
        return not self.faults

    def total(self, item: str, way: Way) -> int:
        """Sum one way of moving an item over all firms."""
        return sum(line.moved.get(way, 0) for line in self.lines if line.item == item)


def balance(movements: Iterable[Movement]) -> Balance:
    """Add movements up; faults name the firm or item where they cannot be true."""
    moved: dict[tuple[int, str], dict[Way, int]] = defaultdict(lambda: defaultdict(int))
    for movement in movements:
        assert movement.quantity >= 0, "a movement counts; its way says the direction"
        moved[movement.firm, movement.item][movement.way] += movement.quantity
    lines = tuple(
        Line(firm=firm, item=item, moved=dict(ways)) for (firm, item), ways in sorted(moved.items())
    )
    under_way = _under_way(lines)
    faults = (*_gave_more(lines), *_got_unsent(under_way))
    return Balance(lines=lines, under_way=under_way, faults=faults)


def _under_way(lines: Iterable[Line]) -> dict[str, int]:
    road: dict[str, int] = {}
    for line in lines:
        sent, got = line.moved.get(Way.SHIPPED, 0), line.moved.get(Way.RECEIVED, 0)
        road[line.item] = road.get(line.item, 0) + sent - got
    return road


def _gave_more(lines: Iterable[Line]) -> Iterable[Reason]:
    for line in lines:
        if line.on_hand < 0:
            missing = -line.on_hand
            yield Reason(
                "move.gave_more_than_had",
                {"firm": line.firm, "item": line.item, "missing": missing},
            )


def _got_unsent(under_way: Mapping[str, int]) -> Iterable[Reason]:
    for item, quantity in under_way.items():
        if quantity < 0:
            yield Reason("move.received_unsent", {"item": item, "surplus": -quantity})

"""What the API of Move takes and gives."""

from datetime import date, datetime
from uuid import UUID

from ninja import Field, Schema

from dure.move.engine.balance import Balance
from dure.move.engine.shipment import Bearer, Cause

MOST = 10**9


class ShipmentIn(Schema):
    """Part of a lot to send; receiver only where several firms share the next step."""

    lot: UUID
    quantity: int = Field(ge=-MOST, le=MOST)
    receiver: UUID | None = None


class CountIn(Schema):
    """What the receiver counted."""

    counted: int = Field(ge=-MOST, le=MOST)


class ResolutionIn(Schema):
    """Why the counts differ, and who bears it."""

    cause: Cause
    bearer: Bearer
    note: str = Field("", max_length=400)


class DeliveryIn(Schema):
    """How many sets are handed over; left out: those ordered, or as many as there are."""

    quantity: int | None = Field(None, ge=-MOST, le=MOST)


class InspectionIn(Schema):
    """What the buyer accepts and what it rejects; together all that came."""

    accepted: int = Field(ge=-MOST, le=MOST)
    rejected: int = Field(0, ge=-MOST, le=MOST)
    note: str = Field("", max_length=400)


class CaseOut(Schema):
    """A difference between what was sent and what was counted."""

    id: UUID
    number: int
    shipment_id: UUID
    difference: int
    state: str
    cause: str
    bearer: str
    note: str


class ShipmentOut(Schema):
    """A shipment; counted is null while it is on its way."""

    id: UUID
    number: int
    order_id: UUID
    lot_id: UUID
    item: str
    unit: str
    from_firm_id: UUID
    to_firm_id: UUID
    owner_id: UUID
    sent: int
    counted: int | None
    state: str
    sent_at: datetime
    received_at: datetime | None
    case: CaseOut | None = None


class DeliveryOut(Schema):
    """What was handed to the buyer, and what it accepted."""

    id: UUID
    number: int
    order_id: UUID
    lot_id: UUID
    quantity: int
    accepted: int | None
    rejected: int | None
    state: str
    delivered_at: datetime
    inspect_by: date
    inspected_at: datetime | None


class BalanceLineOut(Schema):
    """What one firm did with one item; quantities in the item's smallest unit."""

    firm: int
    item: str
    moved: dict[str, int]
    on_hand: int


class FaultOut(Schema):
    """Something that cannot be true."""

    code: str
    parameters: dict[str, str | int]


class BalanceOut(Schema):
    """The mass balance of an order, as far as one may see it."""

    adds_up: bool
    lines: list[BalanceLineOut]
    under_way: dict[str, int]
    faults: list[FaultOut]


def balance_out(found: Balance) -> dict[str, object]:
    """Give a balance as the API shows it."""
    return {
        "adds_up": found.adds_up,
        "lines": [
            {
                "firm": line.firm,
                "item": line.item,
                "moved": {way.value: many for way, many in line.moved.items()},
                "on_hand": line.on_hand,
            }
            for line in found.lines
        ],
        "under_way": dict(found.under_way),
        "faults": [fault.as_json() for fault in found.faults],
    }

"""Between the rows of Move and its values: hops, movements."""

from collections.abc import Mapping
from uuid import UUID

from dure.kernel.ids import FirmId
from dure.move import models
from dure.move.engine.balance import Movement, Way
from dure.move.engine.chain import Hop


def read_hop(row: models.Shipment) -> Hop:
    """Give a shipment as one hop of a chain."""
    return Hop(
        number=row.number,
        lot=row.lot_id,
        sender=FirmId(row.from_firm_id),
        receiver=FirmId(row.to_firm_id),
        sent=row.sent,
        counted=row.counted,
        sent_at=row.sent_at,
        received_at=row.received_at,
    )


def read_movements(order_id: UUID, numbers: Mapping[FirmId, int]) -> list[Movement]:
    """Give the movements of an order that the actor may see; numbers are the firms' numbers."""
    return [
        Movement(
            firm=numbers[FirmId(row.firm_id)],
            item=row.item,
            way=Way(row.way),
            quantity=row.quantity,
        )
        for row in models.Moved.objects.filter(order_id=order_id)
    ]


def write_movement(
    *,
    order_id: UUID,
    firm_id: UUID,
    item: str,
    unit: str,
    way: Way,
    quantity: int,
    fact_id: UUID,
) -> None:
    """Write one movement down, once for each fact."""
    if quantity:
        models.Moved.objects.get_or_create(
            firm_id=firm_id,
            fact_id=fact_id,
            item=item,
            way=way,
            defaults={"order_id": order_id, "unit": unit, "quantity": quantity},
        )

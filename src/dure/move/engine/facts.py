"""The facts of moving goods."""

from dure.kernel.fact import FactKind

LOT_SHIPPED = FactKind("LotShipped", "shipment", ("unit",))
LOT_RECEIVED = FactKind("LotReceived", "shipment", ("sent", "counted"))
DIFFERENCE_FOUND = FactKind("DifferenceFound", "difference_case", ("shipment", "sent", "counted"))
DIFFERENCE_RESOLVED = FactKind("DifferenceResolved", "difference_case", ("note",))
SHIPMENT_SETTLED = FactKind("ShipmentSettled", "shipment")
ORDER_DELIVERED = FactKind("OrderDelivered", "delivery", ("inspect_by",))
DELIVERY_ACCEPTED = FactKind("DeliveryAccepted", "delivery", ("order", "note"))

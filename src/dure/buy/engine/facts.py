"""The facts of joint purchasing. No fact of one member says what another needs or pays."""

from dure.kernel.fact import FactKind

MATERIAL_NEEDED = FactKind("MaterialNeeded", "need", ("item", "amount", "unit", "by", "order"))
NEED_POOLED = FactKind("NeedPooled", "need", ("round",))
NEED_DEFERRED = FactKind("NeedDeferred", "need", ("reason",))
NEED_AWARDED = FactKind("NeedAwarded", "need", ("round",))
SUPPLIER_OFFERED = FactKind("SupplierOffered", "offer", ("freight", "lead_days", "lines"))
ROUND_OPENED = FactKind("RoundOpened", "round", ())
ROUND_CLOSED = FactKind("RoundClosed", "round", ())
ROUND_AWARDED = FactKind("RoundAwarded", "round", ("round", "digest"))
MATERIALS_ORDERED = FactKind("MaterialsOrdered", "purchase_order", ("round", "total"))
MATERIALS_ALLOCATED = FactKind("MaterialsAllocated", "allocation", ("round", "pays"))

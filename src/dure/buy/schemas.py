"""What the API of joint purchasing takes and gives. Money is won without VAT."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from ninja import Field, Schema

from dure.kernel.quantity import Quantity

MOST = 10**12


class MaterialNeedIn(Schema):
    """What one needs of a material, at the latest by a day. A new code makes a new item."""

    item: str = Field(max_length=40, pattern=r"^[a-z0-9-]+$")
    name: str = Field("", max_length=80)
    name_en: str = Field("", max_length=80)
    amount: Decimal = Field(gt=0, le=MOST)
    unit: str
    by: date


class MaterialNeedOut(Schema):
    """A need as noted."""

    id: UUID
    number: int
    item: str
    amount: Decimal
    by: date
    state: str


class BreakIn(Schema):
    """From so many packs on, every pack costs so much."""

    packs: int = Field(ge=1, le=10**9)
    price: int = Field(ge=0, le=MOST)


class OfferLineIn(Schema):
    """A material in packs of some amount. The first break's packs are the minimum order."""

    item: str = Field(max_length=40, pattern=r"^[a-z0-9-]+$")
    name: str = Field("", max_length=80)
    name_en: str = Field("", max_length=80)
    pack: Decimal = Field(gt=0, le=MOST)
    unit: str
    most_packs: int | None = Field(None, ge=1, le=10**9)
    breaks: list[BreakIn] = Field(min_length=1, max_length=20)

    def plain(self) -> dict[str, Any]:
        """Give the line as the service takes it."""
        return {
            "code": self.item,
            "name": self.name,
            "name_en": self.name_en,
            "pack": Quantity(self.pack, self.unit),
            "most_packs": self.most_packs,
            "breaks": [{"packs": step.packs, "price": step.price} for step in self.breaks],
        }


class SupplierOfferIn(Schema):
    """A supplier's terms for one delivery. The office names the supplier."""

    supplier: UUID | None = None
    freight: int = Field(0, ge=0, le=MOST)
    lead_days: int = Field(ge=0, le=365)
    valid_until: date | None = None
    lines: list[OfferLineIn] = Field(min_length=1, max_length=500)


class SupplierOfferOut(Schema):
    """An offer as noted."""

    id: UUID
    number: int


class OrderedLineOut(Schema):
    """So many packs of so much of an item, at one price a pack; won without VAT."""

    item: str = Field(alias="item.code")
    name: str = Field(alias="item.name")
    unit: str = Field(alias="item.unit")
    pack: Decimal
    packs: int
    price: int
    cost: int


class PurchaseOrderOut(Schema):
    """What the cooperative ordered from a supplier; won without VAT."""

    id: UUID
    round: int = Field(alias="round_number")
    supplier: UUID = Field(alias="supplier.id")
    lead_days: int
    freight: int
    goods: int
    total: int
    lines: list[OrderedLineOut]


class AllocationOut(Schema):
    """One's own share at the common price, what levels it, and the cost alone."""

    goods: int
    freight: int
    levelled: int
    pays: int
    alone: int
    alone_bound: int


class RoundItemOut(Schema):
    """An item of a round: one's own amount, and to the office all; the way to the next break."""

    item: str
    name: str
    unit: str
    mine: Decimal | None
    pooled: Decimal | None
    missing_won: int | None
    falls_won: int | None


class RoundOut(Schema):
    """A round as far as one may see it; the office also sees the award, and how good it is."""

    id: UUID
    number: int
    state: str
    opened_at: datetime
    items: list[RoundItemOut]
    allocation: AllocationOut | None
    total: int | None
    gap_ppm: int | None
    certified_gap_ppm: int | None
    digest: str | None

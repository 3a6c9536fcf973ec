"""Quantities: a decimal number that never loses its unit."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from dure.kernel.errors import Malformed

UNITS = frozenset({"ea", "set", "kg", "g", "m", "m2", "l", "sheet", "box", "min", "kwh"})


@dataclass(frozen=True, slots=True, order=False)
class Quantity:
    """An amount of something: `Quantity(Decimal("12.5"), "kg")`."""

    amount: Decimal
    unit: str

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise Malformed("kernel.unknown_unit", unit=self.unit)
        if not self.amount.is_finite():
            raise Malformed("kernel.not_a_number", given=str(self.amount))

    def __add__(self, other: "Quantity") -> "Quantity":
        return Quantity(self.amount + self._same_unit(other), self.unit)

    def __sub__(self, other: "Quantity") -> "Quantity":
        return Quantity(self.amount - self._same_unit(other), self.unit)

    def __str__(self) -> str:
        return f"{self.amount.normalize():f} {self.unit}"

    def _same_unit(self, other: "Quantity") -> Decimal:
        if other.unit != self.unit:
            raise Malformed("kernel.units_differ", left=self.unit, right=other.unit)
        return other.amount


def quantity(text: str, unit: str) -> Quantity:
    """Read a quantity from text; raises Malformed for what is no decimal number."""
    try:
        return Quantity(Decimal(text), unit)
    except InvalidOperation as bad:
        raise Malformed("kernel.not_a_number", given=text) from bad

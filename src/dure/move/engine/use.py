"""What making something uses up: the goods of earlier steps, and materials."""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

FINER = {"kg": ("g", 1000), "l": ("ml", 1000), "m": ("mm", 1000)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """What a step takes of one item: so much where `of` are begun."""

    item: str
    unit: str
    takes: Decimal
    of: int


def smallest(quantity: Decimal, unit: str) -> tuple[int, str]:
    """Count a quantity in whole units, kilograms in grams; what is finer is left out."""
    counting, many = FINER.get(unit, (unit, 1))
    return int((quantity * many).to_integral_value(ROUND_FLOOR)), counting


def used(each: Input, *, begun: int) -> Decimal:
    """Give what is used of an input when so many are begun: in proportion."""
    return each.takes * begun / each.of

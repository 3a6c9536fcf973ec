"""What making something uses up: the goods of earlier steps, and materials."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

FINER = {"kg": ("g", 1000), "l": ("ml", 1000), "m": ("mm", 1000)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """What a step takes of one item when as much is begun as was planned."""

    item: str
    unit: str
    planned: Decimal


def smallest(quantity: Decimal, unit: str) -> tuple[int, str]:
    """Count a quantity in whole units, kilograms in grams; what is finer is left out."""
    counting, many = FINER.get(unit, (unit, 1))
    return int((quantity * many).to_integral_value(ROUND_FLOOR)), counting


def used(inputs: Iterable[Input], *, begun: int, planned: int) -> Iterator[Input]:
    """Give what is used of each input when begun is not what was planned: in proportion."""
    for each in inputs:
        quantity = each.planned * begun / planned
        yield Input(item=each.item, unit=each.unit, planned=quantity)

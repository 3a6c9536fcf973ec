from decimal import Decimal

import pytest

from dure.move.engine.use import Input, smallest, used


@pytest.mark.parametrize(
    ("quantity", "unit", "counted"),
    [("105.2", "kg", (105200, "g")), ("541", "ea", (541, "ea")), ("0.0004", "kg", (0, "g"))],
)
def test_quantities_are_counted_in_whole_smallest_units(quantity, unit, counted):
    assert counted == smallest(Decimal(quantity), unit)


def test_fewer_begun_use_less_in_proportion():
    cups = Input(item="fire", unit="ea", takes=Decimal(530), of=530)

    assert Decimal(508) == used(cups, begun=508)

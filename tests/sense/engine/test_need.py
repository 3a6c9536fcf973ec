from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.kernel.errors import Refused
from dure.sense.engine.need import material_cost, scale
from dure.sense.engine.product import check_product, in_order
from dure.sense.schemas import ProductIn
from tests.sense.products import STEPS, coffee_set, step


def product(**more):
    return ProductIn.model_validate(coffee_set(**more)).product()


def test_it_works():
    need = scale(product(), quantity=500, spare=20)

    quantities = {each.code: each.quantity for each in need.steps}
    assert 520 == quantities["assemble"]
    assert 541 == quantities["fire"]  # 520 and 4% of them, rounded up
    assert 541 == quantities["form"]
    assert 104 == quantities["roast"]  # kilograms
    assert 520 == need.step("fire").good


def test_materials_follow_what_their_step_starts():
    need = scale(product(), quantity=500, spare=20)

    amounts = {each.material: each.amount for each in need.materials}
    assert Decimal("124.800") == amounts["green-coffee"]
    assert Decimal("243.450") == amounts["porcelain-clay"]
    assert 1_223_040 + 462_555 == material_cost(need.materials)


def test_each_step_stands_after_those_it_builds_on():
    seen = set()
    for each in scale(product(), quantity=1, spare=0).steps:
        assert set(each.after) <= seen
        seen.add(each.code)


@given(st.integers(1, 100_000), st.integers(0, 1000))
def test_no_step_starts_less_than_the_next_one_needs(quantity, spare):
    need = scale(product(), quantity=quantity, spare=spare)

    started = {each.code: each.quantity for each in need.steps}
    for each in need.steps:
        per_set = Decimal("0.2") if each.code == "roast" else 1
        for later in need.steps:
            if each.code in later.after:
                assert started[each.code] >= started[later.code] * per_set


def test_a_cycle_is_refused_and_named():
    circle = [
        step("form", "ceramic-forming", "food-contact", ["fire"], "1"),
        step("glaze", "glazing", "food-contact", ["form"], "1"),
        step("fire", "ceramic-firing", "food-contact", ["glaze"], "1"),
        step("assemble", "kitting", "general", ["fire"], "1"),
    ]
    body = product(bill_of_process=circle, bill_of_materials=[])

    with pytest.raises(Refused) as refused:
        check_product(body)

    assert "sense.cycle" == refused.value.reason.code
    assert "fire → form → glaze → fire" == refused.value.reason.parameters["steps"]


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ([], "sense.no_steps"),
        ([step(*STEPS[0]), step(*STEPS[0])], "sense.step_twice"),
        ([step("a", "kitting", "general", ["b"], "1")], "sense.unknown_step"),
        ([step(*STEPS[0]), step(*STEPS[1])], "sense.one_end"),
    ],
)
def test_a_bill_that_cannot_hold_is_refused(steps, code):
    body = product(bill_of_process=steps, bill_of_materials=[])

    with pytest.raises(Refused) as refused:
        check_product(body)

    assert code == refused.value.reason.code


def test_a_material_belongs_to_a_step_that_is_there():
    body = product(bill_of_process=[step("a", "kitting", "general", [], "1")])

    with pytest.raises(Refused, match=r"sense\.material_without_step"):
        check_product(body)


def test_ties_stay_as_they_were_written():
    assert ["roast", "bag", "form", "straw", "print", "fill"] == [
        each.code for each in in_order(product().steps)
    ][:6]

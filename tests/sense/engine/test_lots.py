from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from dure.sense.engine.need import scale, step_of
from dure.sense.schemas import ProductIn
from tests.sense.products import coffee_set

LOTS = st.fixed_dictionaries({"form": st.integers(1, 4), "fire": st.integers(1, 4)})


def need(quantity=500):
    return scale(ProductIn.model_validate(coffee_set()).product(), quantity=quantity, spare=0)


def test_it_works():
    parted = need().in_lots({"fire": 2})

    fire = [step for step in parted.steps if step_of(step.code) == "fire"]
    assert [("fire.1", 260, 250), ("fire.2", 260, 250)] == [
        (step.code, step.quantity, step.good) for step in fire
    ]
    assert [("glaze",), ("glaze",)] == [step.after for step in fire]
    assert ("fill", "fire.1", "fire.2", "straw", "cut") == parted.step("assemble").after
    assert ["공정 fire (1/2)", "fire (1/2)"] == [fire[0].name, fire[0].name_en]


def test_a_need_of_which_nothing_is_split_stays_as_it_is():
    whole = need()

    assert whole is whole.in_lots({"fire": 1})


@given(st.integers(4, 5_000), LOTS)
def test_nothing_is_lost_by_splitting(quantity, lots):
    whole = need(quantity)

    parted = whole.in_lots(lots)

    for step in whole.steps:
        own = [each for each in parted.steps if step_of(each.code) == step.code]
        assert step.quantity == sum(each.quantity for each in own)
        assert step.good == sum(each.good for each in own)
        assert all(each.good <= each.quantity for each in own)
    for material in whole.materials:
        parts = [each for each in parted.materials if each.material == material.material]
        assert material.amount == sum((each.amount for each in parts), Decimal(0))


@given(st.integers(4, 5_000), LOTS)
def test_what_is_handed_on_adds_up_to_what_came_out_well(quantity, lots):
    parted = need(quantity).in_lots(lots)

    for step in parted.steps:
        for later in {step_of(each.code) for each in parted.steps if step.code in each.after}:
            takers = [each for each in parted.steps if step_of(each.code) == later]
            assert step.good == sum(step.handed_to(each) for each in takers)

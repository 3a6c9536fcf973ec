from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.kernel.errors import Refused
from dure.kernel.money import Won
from dure.sense.engine.product import Choice, Material, Option, Product, Step
from dure.sense.engine.variants import check_variants, chosen, configured
from dure.stack.ids import new_id


def step(code, after=(), only=(), alternatives=(), process="painting"):
    return Step(
        code=code,
        name=code,
        name_en="",
        process=process,
        unit="ea",
        product_class="general",
        after=tuple(after),
        per_set=Decimal(1),
        scrap_basis_points=0,
        rest_minutes=0,
        critical=False,
        alternatives=tuple(alternatives),
        only=tuple(only),
    )


def material(code, at="form", price=100, instead_of="", only=()):
    return Material(
        material=code,
        name=code,
        name_en="",
        unit="kg",
        per_set=Decimal(1),
        step=at,
        guide_won=Won(price),
        instead_of=instead_of,
        only=tuple(only),
    )


def option(code, *choices):
    return Option(code=code, name=code, choices=tuple(Choice(code=c, name=c) for c in choices))


def cup(*extra, materials=(), options=None):
    return Product(
        id=new_id(),
        code="CUP",
        name="컵",
        name_en="Cup",
        product_class="general",
        options=options or (option("colour", "white", "blue"), option("gift", "no", "box")),
        steps=(
            step("form"),
            step("dip", after=["form"], only=["colour=blue"]),
            step("fire", after=["dip"]),
            step("box", after=["fire"], only=["gift=box"]),
            *extra,
        ),
        materials=materials,
    )


def names(product):
    return [each.code for each in product.steps]


def test_the_usual_choice_is_made_where_nothing_is_said():
    assert ("colour=white", "gift=no") == chosen(cup().options, ())
    assert ("colour=white", "gift=box") == chosen(cup().options, ["gift=box"])


def test_what_came_after_a_step_that_is_left_out_comes_after_what_that_came_after():
    plain = configured(cup(), ("colour=white", "gift=no"))

    assert ["form", "fire"] == names(plain)
    assert ("form",) == plain.steps[1].after


def test_every_chosen_line_is_there_once():
    rich = configured(cup(), ("colour=blue", "gift=box"))

    assert ["form", "dip", "fire", "box"] == names(rich)
    assert all(not each.only for each in rich.steps)


def test_a_material_goes_with_its_step_and_its_choice():
    lines = (
        material("clay"),
        material("cobalt", at="dip"),
        material("ribbon", at="fire", only=["gift=box"]),
    )

    plain = configured(cup(materials=lines), ("colour=white", "gift=no"))

    assert ["clay"] == [each.material for each in plain.materials]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (["taste=sweet"], "sense.no_such_option"),
        (["colour=plaid"], "sense.no_such_choice"),
        (["colour=white", "colour=blue"], "sense.chosen_twice"),
    ],
)
def test_a_choice_that_cannot_be_made_is_refused(said, code):
    with pytest.raises(Refused, match=code):
        chosen(cup().options, said)


@pytest.mark.parametrize(
    "whole",
    [
        cup(options=(option("colour", "white", "blue"), option("colour", "white", "blue"))),
        cup(step("lid", after=["fire"], only=["gift=crate"])),
        cup(step("print", after=["form"], only=["colour=blue"])),  # then blue has two ends
    ],
)
def test_a_product_with_a_variant_that_cannot_be_is_refused(whole):
    with pytest.raises(Refused):
        check_variants(whole)


@given(picks=st.lists(st.sampled_from(["colour=white", "colour=blue", "gift=box"]), max_size=1))
def test_each_variant_is_a_graph_that_can_be_made(picks):
    whole = cup()

    variant = configured(whole, chosen(whole.options, picks))

    check_variants(whole)
    kept = set(names(variant))
    assert all(set(each.after) <= kept for each in variant.steps)

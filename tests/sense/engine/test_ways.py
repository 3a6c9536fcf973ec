from dataclasses import replace

import pytest

from dure.kernel.errors import Refused
from dure.kernel.money import Won
from dure.sense.engine.product import check_product
from dure.sense.engine.ways import Seen, with_materials, with_processes, with_scrap
from tests.sense.engine.test_variants import cup, material, step

PAINTED = ("powder-coating", "electrocoating")


def coated():
    return replace(cup(options=()), steps=(step("coat", alternatives=PAINTED),))


@pytest.mark.parametrize(
    ("asked", "taken"),
    [
        ({"painting": [900], "powder-coating": [500]}, "powder-coating"),
        ({"painting": [500], "powder-coating": [500]}, "painting"),
        ({"electrocoating": [9_000]}, "electrocoating"),
        ({}, "painting"),
    ],
)
def test_a_step_is_done_the_way_that_somebody_can_and_that_costs_least(asked, taken):
    prices = {("coat", process): [Won(each) for each in won] for process, won in asked.items()}

    (found,) = with_processes(coated(), prices).steps

    assert taken == found.process
    assert {"painting", *PAINTED} == {found.process, *found.alternatives}


def test_the_cheapest_material_is_taken_and_the_others_are_not():
    lines = (
        material("porcelain", price=900),
        material("stoneware", price=400, instead_of="porcelain"),
        material("glaze", price=50),
    )

    found = with_materials(replace(cup(options=()), materials=lines)).materials

    assert ["stoneware", "glaze"] == [each.material for each in found]


def test_a_material_that_stands_in_for_nothing_is_refused():
    lines = (material("stoneware", instead_of="porcelain"),)
    whole = replace(cup(options=()), steps=(step("form"),), materials=lines)

    with pytest.raises(Refused, match=r"sense\.stands_in_for_nothing"):
        check_product(whole)


def test_scrap_is_what_the_bill_says_and_what_was_seen_weighed_together():
    told = replace(step("coat"), scrap_basis_points=2_000)  # 2 in 12 fail
    whole = replace(coated(), steps=(told,))

    (fewer,) = with_scrap(whole, {"coat": Seen(pieces=300, failed=0)}).steps
    (same,) = with_scrap(whole, {"coat": Seen(pieces=300, failed=50)}).steps

    assert 909 == fewer.scrap_basis_points  # 1 in 12 fails
    assert 2_000 == same.scrap_basis_points


def test_what_was_never_seen_stays_as_the_bill_says():
    whole = coated()

    assert whole == with_scrap(whole, {"print": Seen(pieces=10, failed=10)})


def test_a_step_that_always_failed_does_not_ask_for_endless_pieces():
    (found,) = with_scrap(coated(), {"coat": Seen(pieces=10**6, failed=10**6)}).steps

    assert 9_999 == found.scrap_basis_points

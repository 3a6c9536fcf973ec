from graphlib import TopologicalSorter

import pytest

from dure.kernel.ids import business_number
from dure.twin.cooperative import found


@pytest.fixture(scope="module")
def coop():
    return found(seed=1)


def everybody(coop):
    return [*coop.members, coop.buyer, *coop.suppliers]


def test_the_same_seed_gives_the_same_cooperative(coop):
    assert coop == found(seed=1)


def test_another_seed_gives_another_one(coop):
    assert coop.members != found(seed=2).members


def test_every_business_number_passes_the_check_digit_and_none_is_used_twice(coop):
    numbers = [business_number(firm.business_number) for firm in everybody(coop)]

    assert len(numbers) == len(set(numbers))


def test_no_business_number_can_be_a_real_firm_s(coop):
    assert {"00"} == {firm.business_number[3:5] for firm in everybody(coop)}


def test_no_two_firms_share_a_name(coop):
    assert len(everybody(coop)) == len({firm.name for firm in everybody(coop)})


def test_24_members_have_about_80_machines(coop):
    machines = [machine for member in coop.members for machine in member.machines]

    assert 24 == len(coop.members)
    assert 75 <= len(machines) <= 85


@pytest.mark.parametrize("seed", range(20))
def test_each_step_of_the_product_can_be_made_by_two_licensed_members_or_more(seed):
    coop = found(seed=seed)

    for step in coop.product.steps:
        able = [
            member
            for member in coop.members
            if any(can.process == step.process for can in member.capabilities)
            and step.product_class in {"general", *member.licences}
        ]
        assert len(able) >= 2, step.code


def test_no_member_could_make_the_product_alone(coop):
    processes = {step.process for step in coop.product.steps}

    for member in coop.members:
        assert not processes <= {can.process for can in member.capabilities}


@pytest.mark.parametrize("seed", range(20))
def test_no_member_holds_more_than_30_percent_of_the_shares(seed):
    shares = [member.shares for member in found(seed=seed).members]

    assert max(shares) * 10 <= sum(shares) * 3


def test_the_steps_are_a_graph_without_a_cycle_that_ends_in_assembly(coop):
    order = list(TopologicalSorter({s.code: s.after for s in coop.product.steps}).static_order())

    assert "assemble" == order[-1]
    assert len(coop.product.steps) == len(order)


def test_a_larger_quantity_never_costs_more_a_pack(coop):
    for offer in coop.offers:
        for line in offer.lines:
            prices = [price for _, price in line.breaks]
            assert sorted(prices, reverse=True) == prices


def test_every_material_of_the_product_is_offered_and_needed_by_somebody_else_too(coop):
    used = {each.material for each in coop.product.materials}

    assert used <= {line.material for offer in coop.offers for line in offer.lines}
    assert used <= {need.material for need in coop.needs}

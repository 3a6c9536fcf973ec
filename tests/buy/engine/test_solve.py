from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings

from dure.buy.engine.award import award, spending
from dure.buy.engine.bound import ShadowPrice, bound
from dure.buy.engine.check import check
from dure.buy.engine.model import Model
from dure.buy.engine.problem import Effort, Problem, arranged, blocked, covers
from dure.buy.engine.solve import solve
from dure.buy.engine.start import first_purchase
from dure.kernel.errors import Malformed, Unproven
from tests.buy.engine.rounds import need, offer, round_of, small_rounds, supplier


def bought(problem: Problem) -> dict[tuple[int, int], int]:
    award = solve(problem, Effort()).award
    return {(line.item, line.supplier): line.packs for line in award.purchases}


def cheapest_by_trying_all(problem: Problem) -> int:
    """Try every number of packs up to ten from every offer: slow, and sure."""
    problem = arranged(problem)
    costs = []
    for packs in product(range(11), repeat=len(problem.offers)):
        chosen = {o.key: n for o, n in zip(problem.offers, packs, strict=True) if n}
        if _keeps_the_rules(problem, chosen):
            costs.append(spending(problem, chosen).total)
    return min(costs)


def _keeps_the_rules(problem: Problem, packs: dict[tuple[int, int], int]) -> bool:
    lead = {s.number: s.lead_days for s in problem.suppliers}
    if any(0 < packs.get(o.key, 0) < o.breaks[0].packs for o in problem.offers):
        return False
    if len({key[1] for key in packs}) > (problem.most_suppliers or 99):
        return False
    return all(
        sum(n * 1_000 for (item, s), n in packs.items() if item == c.item and lead[s] <= c.by_day)
        >= c.amount
        for c in covers(problem)
    )


def test_it_rounds_up_to_the_break_where_that_is_cheaper():
    breaks = (1, 1_000), (500, 900)

    assert {(1, 1): 449} == bought(round_of(need(1, 449), offer(1, *breaks), supplier(1)))
    assert {(1, 1): 500} == bought(round_of(need(1, 451), offer(1, *breaks), supplier(1)))


def test_a_minimum_order_is_reached_by_buying_together():
    alone = round_of(need(1, 30), offer(1, (50, 100)), offer(2, (1, 170)), supplier(1), supplier(2))
    joint = replace(alone, needs=(*alone.needs, need(2, 20)))

    assert {(1, 1): 50} == bought(alone)
    assert {(1, 1): 50} == bought(joint)
    assert [3_000, 2_000] == [s.pays for s in solve(joint, Effort()).award.sheet.shares]


def test_freight_keeps_a_purchase_with_one_supplier():
    parts = need(1, 10), need(1, 10, item=2), offer(1, (1, 100)), offer(2, (1, 95), item=2)
    other = offer(1, (1, 105), item=2)

    assert {(1, 1): 10, (2, 1): 10} == bought(
        round_of(*parts, other, supplier(1, 500), supplier(2, 500))
    )
    assert {(1, 1): 10, (2, 2): 10} == bought(
        round_of(*parts, other, supplier(1, 500), supplier(2, 0))
    )


def test_what_is_needed_early_comes_from_who_can_deliver_early():
    problem = round_of(
        need(1, 10, by_day=2),
        need(2, 40, by_day=20),
        offer(1, (1, 200)),
        offer(2, (1, 100)),
        supplier(1, lead_days=1),
        supplier(2, lead_days=9),
    )

    assert {(1, 1): 10, (1, 2): 40} == bought(problem)


def test_no_more_is_bought_than_a_supplier_has():
    problem = round_of(
        need(1, 30), offer(1, (1, 100), most=20), offer(2, (1, 150)), supplier(1), supplier(2)
    )

    assert {(1, 1): 20, (1, 2): 10} == bought(problem)


def test_a_round_may_be_held_to_one_supplier():
    parts = need(1, 9), need(1, 9, item=2), offer(1, (1, 100)), offer(2, (1, 100), item=2)
    both = offer(1, (1, 130), item=2)
    problem = round_of(*parts, both, supplier(1), supplier(2), most_suppliers=1)

    assert {(1, 1): 9, (2, 1): 9} == bought(problem)


def test_ties_go_to_the_lower_supplier_number():
    parts = need(1, 40), supplier(3), supplier(2), supplier(1)
    offers = [offer(number, (1, 100), (30, 90)) for number in (3, 2, 1)]

    assert {(1, 1): 40} == bought(round_of(*parts, *offers))


def test_the_order_of_input_changes_nothing():
    parts = [need(2, 7), need(1, 3), offer(2, (1, 90)), offer(1, (5, 90)), supplier(2), supplier(1)]

    first = solve(round_of(*parts), Effort())
    second = solve(round_of(*reversed(parts)), Effort())

    assert first == second


def test_items_that_cannot_be_bought_say_why():
    problem = round_of(
        need(1, 10),
        need(1, 10, item=2),
        need(1, 10, item=3, by_day=2),
        offer(1, (1, 100), item=2, most=4),
        offer(1, (1, 100), item=3),
        supplier(1, lead_days=3),
    )

    codes = {item: reason.code for item, reason in blocked(arranged(problem)).items()}

    assert {
        1: "buy.nobody_offers",
        2: "buy.not_enough_offered",
        3: "buy.nobody_in_time",
    } == codes


@pytest.mark.parametrize(
    "wrong",
    [
        round_of(need(1, 0), offer(1, (1, 10)), supplier(1)),
        round_of(need(1, 1), offer(1, (1, 10), (5, 11)), supplier(1)),
        round_of(need(1, 1), offer(1, (5, 10), (5, 9)), supplier(1)),
        round_of(need(1, 1), offer(1, (5, 10), most=4), supplier(1)),
        round_of(need(1, 1), offer(1, (1, 10)), offer(1, (1, 9)), supplier(1)),
        round_of(need(1, 1), offer(2, (1, 10)), supplier(1)),
        round_of(need(1, 1), offer(1, (1, 10)), supplier(1, freight=-1)),
    ],
)
def test_a_round_that_cannot_be_is_refused(wrong):
    with pytest.raises(Malformed):
        arranged(wrong)


@settings(max_examples=20, deadline=None)
@given(small_rounds())
def test_nothing_cheaper_is_found_by_trying_all(problem):
    award = solve(problem, Effort()).award

    assert cheapest_by_trying_all(problem) == award.total
    assert award.certified_bound <= award.total == award.claimed_bound


@settings(max_examples=20, deadline=None)
@given(small_rounds())
def test_any_prices_give_a_bound_that_holds(problem):
    problem = arranged(problem)
    prices = [ShadowPrice(item=c.item, by_day=c.by_day, micro=150_000) for c in covers(problem)]

    assert bound(problem, prices) <= solve(problem, Effort()).award.total


@settings(max_examples=20, deadline=None)
@given(small_rounds())
def test_the_first_purchase_keeps_all_rules(problem):
    problem = arranged(problem)

    packs = first_purchase(problem)

    assert packs is None or _keeps_the_rules(problem, packs)


def test_the_bound_takes_no_prices_for_what_nobody_needs():
    problem = arranged(round_of(need(1, 9), offer(1, (1, 10)), supplier(1)))

    with pytest.raises(Unproven):
        bound(problem, [ShadowPrice(item=2, by_day=9, micro=1)])
    with pytest.raises(Unproven):
        bound(problem, [ShadowPrice(item=1, by_day=9, micro=-1)])


def test_the_check_finds_every_kind_of_wrong_award():
    problem = arranged(
        round_of(need(1, 9), need(2, 4), offer(1, (1, 100), (10, 90)), supplier(1, 500))
    )
    right = award(problem, Model(problem).suggest(Effort()), {})
    line, purchase, share = right.sheet.lines[0], right.purchases[0], right.sheet.shares[0]
    wrong = [
        replace(right, purchases=(replace(purchase, packs=12, cost=12 * 90),)),
        replace(right, purchases=(replace(purchase, price=100),)),
        replace(right, purchases=(purchase, purchase)),
        replace(right, freights={}),
        replace(right, total=right.total - 1),
        replace(right, certified_bound=right.total + 1),
        replace(right, sheet=replace(right.sheet, lines=right.sheet.lines[:1])),
        replace(
            right,
            sheet=replace(
                right.sheet, lines=(replace(line, goods=line.goods + 1), *right.sheet.lines[1:])
            ),
        ),
        replace(
            right,
            sheet=replace(
                right.sheet, shares=(replace(share, levelled=1), *right.sheet.shares[1:])
            ),
        ),
    ]

    check(problem, right)
    for award_ in wrong:
        with pytest.raises(Unproven):
            check(problem, award_)

from hypothesis import given, settings

from dure.buy.engine.problem import Effort
from dure.buy.engine.sheet import AloneCost, Spending, shared_out
from dure.buy.engine.solve import solve
from dure.kernel.money import Won
from tests.buy.engine.rounds import need, offer, round_of, small_rounds, supplier


def test_an_item_has_one_price_for_all_to_the_won():
    bought = Spending(goods={(1, 1): Won(1_000)}, freights={})

    sheet = shared_out([need(1, 1), need(2, 1), need(3, 1)], bought, {})

    assert [334, 333, 333] == [line.goods for line in sheet.lines]


def test_freight_follows_the_value_it_brings():
    bought = Spending(goods={(1, 1): Won(900), (2, 1): Won(100)}, freights={1: Won(50)})

    sheet = shared_out([need(1, 5), need(2, 5, item=2)], bought, {})

    assert [45, 5] == [line.freight for line in sheet.lines]


def test_whoever_would_pay_more_than_alone_is_relieved_by_those_who_gain():
    bought = Spending(goods={(1, 1): Won(1_000)}, freights={})
    alone = {1: AloneCost(cost=Won(450), bound=450), 2: AloneCost(cost=Won(900), bound=900)}

    sheet = shared_out([need(1, 5), need(2, 5)], bought, alone)

    assert [-50, 50] == [share.levelled for share in sheet.shares]
    assert [450, 550] == [share.pays for share in sheet.shares]
    assert all(share.is_proved and share.is_no_worse for share in sheet.shares)


def test_a_patient_member_does_not_pay_for_an_urgent_neighbour():
    problem = round_of(
        need(1, 10, by_day=1),
        need(2, 10, by_day=30),
        offer(1, (1, 300)),
        offer(2, (1, 100)),
        supplier(1, lead_days=1),
        supplier(2, lead_days=9),
    )

    shares = solve(problem, Effort()).award.sheet.shares

    assert [3_000, 1_000] == [share.pays for share in shares]


@settings(max_examples=60, deadline=None)
@given(small_rounds())
def test_members_pay_what_suppliers_get_and_nobody_more_than_alone(problem):
    award = solve(problem, Effort()).award

    assert award.total == sum(share.pays for share in award.sheet.shares)
    if problem.most_suppliers is None:
        assert all(share.is_no_worse for share in award.sheet.shares)

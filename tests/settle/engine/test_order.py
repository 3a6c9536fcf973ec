from datetime import date, timedelta

import pytest
from hypothesis import given

from dure.kernel.errors import Malformed, Refused
from dure.kernel.money import Won
from dure.settle.engine import books
from dure.settle.engine.books import credit, debit, posted, surplus
from dure.settle.engine.materials import Use, book_round, uses
from dure.settle.engine.order import OrderMaterial, overdue_interest, pay_day, settle
from dure.settle.engine.rulebook import rules
from tests.settle.engine.orders import DECEMBER_3, any_orders, delivered, step

BY = rules("framework")


def test_it_works():
    order = delivered(
        step(1, 7, 2_000_000),
        step(2, 8, 1_000_000),
        deposit=500_000,
        materials=(OrderMaterial(round=3, member=7, won=Won(400_000)),),
    )

    settlement = settle(order, BY, ())

    assert (5_000_000, 500_000, 5_500_000, 5_000_000) == (
        settlement.invoice.supply,
        settlement.invoice.vat,
        settlement.invoice.total,
        settlement.invoice.balance,
    )
    assert [2_200_000, 1_100_000] == [share.pays for share in settlement.shares]
    assert (90_000, 400_000, 1_510_000) == (
        settlement.fee,
        settlement.materials,
        settlement.margin,
    )


@given(any_orders())
def test_every_settlement_balances_and_its_shares_add_up(order):
    settlement = settle(order, BY, ())

    work = sum(share.work for share in settlement.shares)
    out = settlement.materials + settlement.fee + settlement.margin
    assert settlement.invoice.supply == work + out
    assert 0 == sum(line.won for line in settlement.journal)
    due = [line.credit for line in settlement.journal if line.account == books.MEMBERS_DUE]
    assert sum(share.pays for share in settlement.shares) == sum(due)
    assert surplus(settlement.journal) == settlement.margin + settlement.fee


def test_the_buyer_pays_for_what_it_accepted_and_not_for_spares():
    assert 4_900_000 == settle(delivered(accepted=490, rejected=10), BY, ()).invoice.supply
    assert 5_000_000 == settle(delivered(accepted=508), BY, ()).invoice.supply


def test_pieces_that_nobody_is_shown_to_have_spoilt_lower_no_share():
    settlement = settle(delivered(step(1, 7, 2_000_000), accepted=490, rejected=10), BY, ())

    assert 2_200_000 == settlement.shares[0].pays


def test_a_maker_answers_for_its_own_missing_pieces_at_its_own_price():
    order = delivered(step(1, 7, 2_000_000, quantity=520, difference=12))

    share = settle(order, BY, ()).shares[0]

    assert (46_153, 1_953_847) == (share.deducted, share.work)


def test_a_contribution_is_never_set_off():
    with pytest.raises(Refused) as refused:
        settle(delivered(step(1, 7, 2_000_000, contribution=1)), BY, ())

    assert "협동조합 기본법 제22조제4항" == refused.value.reason.parameters["article"]


@pytest.mark.parametrize(
    "order",
    [
        delivered(step(1, 7, 10, present=1)),
        delivered(step(1, 7, 10, rejected=501)),
        delivered(step(1, 7, -1)),
        delivered(accepted=-1),
    ],
)
def test_figures_that_cannot_be_are_refused(order):
    with pytest.raises(Malformed):
        settle(order, BY, ())


def test_a_member_is_paid_before_a_day_on_which_banks_are_closed():
    assert date(2026, 12, 31) == pay_day(date(2026, 12, 3), BY, {date(2027, 1, 1)})


def test_a_member_is_always_paid_within_the_statutory_days():
    closed = {DECEMBER_3 + timedelta(days=days) for days in range(25, 40)}

    for day in range(366):
        received = DECEMBER_3 + timedelta(days=day)
        due = pay_day(received, BY, closed)
        assert received <= due <= received + timedelta(days=60)


def test_a_late_payment_owes_interest_for_each_day():
    due = date(2026, 12, 31)

    interest = overdue_interest(Won(1_000_000), due, date(2027, 1, 10), BY)

    assert 4_247 == interest  # 1,000,000 × 15.5 % × 10 / 365 = 4,246.6
    assert 0 == overdue_interest(Won(1_000_000), due, due, BY)


def test_lines_that_do_not_balance_are_not_posted():
    with pytest.raises(Malformed):
        posted([debit(books.BANK, 2, because="x"), credit(books.SALES, 1, because="x")])
    with pytest.raises(Malformed):
        posted([debit(1, 1, because="x"), credit(books.SALES, 1, because="x")])


def test_a_round_is_owed_by_members_or_entrusted_to_an_order():
    parts = uses({7: Won(1_001), 8: Won(500)}, {(7, 12): 1, (7, 0): 1, (8, 0): 5})

    lines = book_round({40: Won(1_001), 41: Won(500)}, parts, BY)

    assert (
        Use(member=7, order=0, won=Won(501)),
        Use(member=7, order=12, won=Won(500)),
        Use(member=8, order=0, won=Won(500)),
    ) == parts
    assert 0 == sum(line.won for line in lines)
    assert 500 == sum(line.won for line in lines if line.account == books.ENTRUSTED)
    assert -1_651 == sum(line.won for line in lines if line.account == books.SUPPLIERS)


def test_every_legal_form_has_its_rules():
    assert {"framework", "sme-business", "sme-regional"} == {
        rules(form).legal_form for form in ("framework", "sme-business", "sme-regional")
    }
    with pytest.raises(Malformed):
        rules("trade")

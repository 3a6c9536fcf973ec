from dataclasses import replace
from datetime import date

import pytest
from django.db.models import Sum

from dure.journal.public import facts_about, facts_of
from dure.kernel.errors import Malformed, NotFound, Refused
from dure.kernel.money import Won
from dure.settle import models, public
from dure.settle.bridge import read_deposit
from dure.settle.engine.form import replay
from dure.settle.services import (
    ask_deposit,
    close_year,
    draft_settlement,
    issue_invoice,
    make_payment_file,
    read_bank_file,
    release_settlement,
)
from dure.stack.ids import new_id
from dure.stack.tenancy import acting
from tests.buy.conftest import SUPPLIER_A
from tests.buy.test_rounds import close, needs, offers
from tests.cast import (
    AT,
    BUSAN,
    BUSAN_OWNER,
    GIMHAE_OWNER,
    HANBIT,
    HANBIT_BUYER,
    OFFICE,
    RIVAL_AUDITOR,
    RIVAL_OWNER,
    WORKER,
)
from tests.settle.engine.orders import delivered, step

pytestmark = pytest.mark.django_db

HEADER = "date,account,amount,reference\n"
FUNDS = {"carried_over": 0, "voluntary_reserve": 0, "legal_reserve": 0}
ORDER = replace(delivered(step(1, 1, 2_000_000), step(2, 2, 1_000_000)), buyer=7)


def settled(order=ORDER):
    order_id = new_id()
    with acting(WORKER):
        draft_settlement(order_id, order, AT)
    return order_id


def released(order=ORDER):
    order_id = settled(order)
    with acting(OFFICE):
        release_settlement(order_id, AT)
    return order_id


def bank(*lines):
    with acting(OFFICE):
        return read_bank_file(HEADER + "\n".join(lines), AT)


def balance():
    with acting(OFFICE):
        return models.JournalLine.objects.aggregate(sum=Sum("won"))["sum"]


def account(code):
    with acting(OFFICE):
        lines = models.JournalLine.objects.filter(account=code)
        return lines.aggregate(sum=Sum("won"))["sum"] or 0


def test_it_works(firms):
    order_id = released()

    with acting(OFFICE):
        shown = public.settlement(order_id)
        assert "released" == shown.totals.state
        assert ["OrderSettled", "PaymentsScheduled"] == [
            fact.kind for fact in facts_of(shown.totals.id)
        ]
        assert [("S12-1", -2_200_000), ("S12-2", -1_100_000), ("I12", 5_500_000)] == [
            (payment.reference, payment.won) for payment in shown.payments
        ]
        assert replay(bytes(shown.totals.stored))
    assert 0 == balance()


def test_a_draft_owes_nobody_anything(firms):
    settled()

    with acting(OFFICE):
        assert 0 == models.Payment.objects.count() == models.JournalLine.objects.count()


def test_a_member_sees_its_own_share_the_buyer_its_invoice_and_a_rival_nothing(firms):
    order_id = released()

    with acting(BUSAN_OWNER):
        shown = public.settlement(order_id)
        assert [1] == [share.step for share in shown.shares]
        assert ["S12-1"] == [payment.reference for payment in shown.payments]
        assert (None, None) == (shown.totals, shown.invoice)
    with acting(HANBIT_BUYER):
        shown = public.settlement(order_id)
        assert (5_500_000, ()) == (shown.invoice.total, shown.shares)
        assert shown.totals is None
    with acting(RIVAL_OWNER), pytest.raises(NotFound):
        public.settlement(order_id)


def test_the_auditor_sees_the_whole_and_no_firm_s_payments(firms):
    order_id = released()

    with acting(RIVAL_AUDITOR):
        shown = public.settlement(order_id)
        assert 5_000_000 == shown.totals.supply
        assert () == shown.payments


def test_a_settlement_is_released_once(firms):
    order_id = released()

    with acting(OFFICE), pytest.raises(Refused, match=r"settle\.released_already"):
        release_settlement(order_id, AT)


def test_only_the_bank_confirms(firms):
    released()
    with acting(OFFICE):
        text = make_payment_file(date(2027, 1, 31), AT)

    result = bank("2026-12-31,110-1,-2200000,S12-1", "2026-12-31,110-1,-7,S12-2")

    assert 3 == len(text.splitlines())
    assert {"confirmed": ["S12-1"], "unmatched": ["S12-2"]} == result
    with acting(OFFICE):
        states = dict(models.Payment.objects.values_list("reference", "state"))
    assert {"S12-1": "confirmed", "S12-2": "file_made", "I12": "scheduled"} == states
    assert 0 == balance()
    assert -2_200_000 == account(103)


def test_the_same_bank_file_confirms_nothing_twice(firms):
    released()
    bank("2026-12-31,110-1,-2200000,S12-1")

    assert {"confirmed": [], "unmatched": ["S12-1"]} == bank("2026-12-31,110-1,-2200000,S12-1")


def test_a_share_paid_late_owes_interest(firms):
    released()

    bank("2027-01-10,110-1,-2200000,S12-1")

    with acting(BUSAN_OWNER):
        interest = models.Payment.objects.get(kind="interest")
    # due on 2 January, a Saturday after a holiday: 31 December; so ten days late
    assert ("L12-1", -9_343) == (interest.reference, interest.won)
    assert 0 == balance()


def test_a_confirmed_deposit_is_taken_off_the_invoice(firms):
    with acting(WORKER):
        ask_deposit(12, HANBIT, Won(5_000_000), 30, AT)

    bank("2026-11-25,110-1,1650000,D12")

    assert 1_650_000 == -account(259)
    with acting(WORKER):
        deposit = read_deposit(12)
    order_id = released(replace(ORDER, deposit_paid=deposit))
    with acting(HANBIT_BUYER):
        assert 3_850_000 == public.settlement(order_id).invoice.balance
    assert 0 == account(259) == balance()


def test_a_deposit_that_was_only_asked_for_lowers_nothing(firms):
    with acting(WORKER):
        ask_deposit(12, HANBIT, Won(5_000_000), 30, AT)

        assert 0 == read_deposit(12)


def test_a_deposit_that_comes_late_is_not_asked_for_twice(firms):
    with acting(WORKER):
        ask_deposit(12, HANBIT, Won(5_000_000), 30, AT)
    order_id = released()

    result = bank("2026-12-20,110-1,3850000,I12", "2026-12-21,110-1,1650000,D12")

    assert {"confirmed": ["I12", "D12"], "unmatched": []} == result
    with acting(HANBIT_BUYER):
        shown = public.settlement(order_id)
    assert (5_500_000, 0) == (shown.paid_in, shown.still_to_pay)
    assert 0 == account(108) == account(259) == balance()


def test_a_deposit_that_comes_before_the_release_is_taken_off(firms):
    with acting(WORKER):
        ask_deposit(12, HANBIT, Won(5_000_000), 30, AT)
    order_id = settled()
    bank("2026-12-01,110-1,1650000,D12")

    with acting(OFFICE):
        release_settlement(order_id, AT)

    with acting(HANBIT_BUYER):
        won = {each.reference: each.won for each in public.payments()}
    assert {"D12": 1_650_000, "I12": 3_850_000} == won
    assert (3_850_000, 0) == (account(108), account(259))


def test_an_invoice_is_issued_by_its_approval_number_once(firms):
    order_id = released()

    with acting(OFFICE):
        issue_invoice(order_id, "2" * 24, AT)
        with pytest.raises(Refused, match=r"settle\.issued_already"):
            issue_invoice(order_id, "2" * 24, AT)

    with acting(HANBIT_BUYER):
        assert "issued" == public.settlement(order_id).invoice.state


def test_nothing_due_makes_no_file(firms):
    released()

    with acting(OFFICE), pytest.raises(Refused, match=r"settle\.nothing_to_pay"):
        make_payment_file(date(2026, 12, 1), AT)


def test_a_bank_file_that_cannot_be_read_confirms_nothing(firms):
    released()

    with pytest.raises(Malformed):
        bank("2026-12-31,110-1,-2200000,S12-1", "nonsense")

    with acting(OFFICE):
        assert not models.Payment.objects.filter(state="confirmed").exists()


def test_an_awarded_round_is_booked(firms, react):
    offers(SUPPLIER_A, (1, 10_000), freight=0)
    needs(BUSAN, "40")

    close(react)

    assert (-22_000, 22_000, 0) == (account(251), account(120), balance())
    with acting(BUSAN_OWNER):
        assert [(0, 20_000)] == list(
            models.MaterialCharge.objects.values_list("order_number", "won")
        )
    with acting(GIMHAE_OWNER):
        assert 0 == models.MaterialCharge.objects.count()


def test_a_year_is_proposed_from_the_books(firms):
    released()

    with acting(OFFICE):
        row = close_year(2026, FUNDS, AT)
        assert 2_000_000 == replay(bytes(row.stored))["inputs"]["surplus"]
        with pytest.raises(Refused, match=r"settle\.closed_already"):
            close_year(2026, FUNDS, AT)

    with acting(BUSAN_OWNER):
        line = models.DividendLine.objects.get()
        assert (30_000, 480_000) == (line.capital, line.patronage)
        assert 0 == models.YearClose.objects.count()
    with acting(OFFICE):
        assert [] == facts_about(BUSAN, kinds=("YearCloseProposed",))

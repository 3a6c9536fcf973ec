import json

import pytest
from hypothesis import given

from dure.kernel.canonical import canonical
from dure.kernel.errors import Malformed, Unproven
from dure.settle.engine.bank import Movement, movements, transfers
from dure.settle.engine.form import replay, settlement_bytes, year_bytes
from dure.settle.engine.rulebook import rules
from tests.settle.engine.orders import DECEMBER_3, any_orders, any_years, delivered, step

BY = rules("framework")


@given(any_orders())
def test_a_stored_settlement_is_recomputed_to_the_same_bytes(order):
    stored = settlement_bytes(order, BY, {DECEMBER_3})

    assert 12 == replay(stored)["inputs"]["number"]


@given(any_years())
def test_a_stored_year_is_recomputed_to_the_same_bytes(books):
    assert "proposed" == replay(year_bytes(books, BY))["result"]["state"]


def test_one_changed_won_is_found():
    stored = json.loads(settlement_bytes(delivered(step(1, 7, 100)), BY, ()))
    stored["result"]["shares"][0]["pays"] += 1

    with pytest.raises(Unproven):
        replay(canonical(stored))


def test_another_rulebook_is_named():
    stored = json.loads(settlement_bytes(delivered(), BY, ()))
    stored["rulebook"]["digest"] = "0" * 64

    with pytest.raises(Unproven) as unproven:
        replay(canonical(stored))

    assert "settle.other_rulebook" == unproven.value.reason.code


@pytest.mark.parametrize("change", [{"format": "x"}, {"inputs": 3}, {"rulebook": {}}])
def test_a_file_of_another_shape_is_refused(change):
    stored = json.loads(settlement_bytes(delivered(), BY, ()))

    with pytest.raises(Malformed):
        replay(canonical({**stored, **change}))


def test_a_bank_file_is_read():
    text = 'date,account,amount,reference\n2026-12-03,110-1,"-5,500",S12-3\n'

    assert (Movement(on=DECEMBER_3, account="110-1", won=-5_500, reference="S12-3"),) == movements(
        text
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "date,amount\n",
        "date,account,amount,reference\n2026-12-03,110-1,much,S12-3\n",
        "date,account,amount,reference\n3 Dec,110-1,1,S12-3\n",
        "date,account,amount,reference\n2026-12-03,110-1,1\n",
    ],
)
def test_a_bank_file_that_cannot_be_read_is_refused(text):
    with pytest.raises(Malformed):
        movements(text)


def test_a_transfer_file_has_one_line_a_payment():
    assert "account,amount,reference\n110-2,5,S1-1\n110-1,7,S1-2\n" == transfers(
        [("110-1", 7, "S1-2"), ("110-2", 5, "S1-1")]
    )

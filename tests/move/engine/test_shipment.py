from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.kernel.errors import Malformed, Refused
from dure.move.engine.shipment import (
    Bearer,
    CaseState,
    Cause,
    DeliveryState,
    ShipmentState,
    accept,
    inspect_by,
    receive,
    resolve,
    send,
)


def test_a_lot_is_sent_up_to_its_last_good_piece():
    assert 20 == send(quantity=20, good=520, sent_before=500, released=True)


def test_no_more_is_sent_than_is_left():
    with pytest.raises(Refused) as refused:
        send(quantity=21, good=520, sent_before=500, released=True)

    assert 20 == refused.value.reason.parameters["left"]


def test_a_held_lot_stays_in_the_house():
    with pytest.raises(Refused, match="lot_not_released"):
        send(quantity=1, good=520, sent_before=0, released=False)


@pytest.mark.parametrize("quantity", [0, -1])
def test_nothing_and_less_than_nothing_cannot_be_sent(quantity):
    with pytest.raises(Malformed):
        send(quantity=quantity, good=520, sent_before=0, released=True)


def test_520_sent_and_508_counted_are_12_too_few():
    counted = receive(state=ShipmentState.SENT, sent=520, counted=508)

    assert (-12, ShipmentState.DIFFERS) == (counted.difference, counted.state)


@given(st.integers(1, 10**6))
def test_a_full_count_is_simply_received(sent):
    assert (
        ShipmentState.RECEIVED == receive(state=ShipmentState.SENT, sent=sent, counted=sent).state
    )


@given(st.integers(1, 10**6), st.data())
def test_every_other_count_is_a_difference(sent, data):
    counted = data.draw(st.integers(0, 2 * sent).filter(lambda count: count != sent))

    assert (
        ShipmentState.DIFFERS == receive(state=ShipmentState.SENT, sent=sent, counted=counted).state
    )


@pytest.mark.parametrize("counted", [-1, 1041])
def test_a_slipped_finger_is_no_count(counted):
    with pytest.raises(Malformed):
        receive(state=ShipmentState.SENT, sent=520, counted=counted)


def test_a_shipment_is_counted_once():
    with pytest.raises(Refused):
        receive(state=ShipmentState.RECEIVED, sent=520, counted=520)


def test_a_miscount_is_borne_by_who_miscounted():
    with pytest.raises(Refused):
        resolve(state=CaseState.OPEN, cause=Cause.MISCOUNTED, bearer=Bearer.RECEIVER)


def test_a_case_is_closed_once():
    with pytest.raises(Refused):
        resolve(state=CaseState.RESOLVED, cause=Cause.LOST, bearer=Bearer.SENDER)


def test_the_buyer_says_what_became_of_every_piece():
    with pytest.raises(Malformed):
        accept(state=DeliveryState.DELIVERED, quantity=500, accepted=490, rejected=5)


def test_a_delivery_is_inspected_once():
    with pytest.raises(Refused):
        accept(state=DeliveryState.ACCEPTED, quantity=500, accepted=500, rejected=0)


def test_the_buyer_has_ten_days():
    assert date(2026, 12, 13) == inspect_by(date(2026, 12, 3))

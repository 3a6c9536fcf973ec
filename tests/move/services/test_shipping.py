import pytest

from dure.journal.public import facts_of
from dure.kernel.errors import NotFound, Refused
from dure.move import models, public
from dure.move.engine.shipment import Bearer, Cause
from dure.move.services import (
    deliver_order,
    inspect_delivery,
    note_made,
    receive_shipment,
    resolve_difference,
    ship_lot,
)
from dure.stack.tenancy import acting
from tests.cast import AT, WORKER
from tests.members.test_founding import cooperative
from tests.move.road import BUYER, lay, road

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]


@pytest.fixture
def cups(cooperative):
    return road()


def sent(cups, quantity=520):
    with acting(cups.potter.owner):
        return ship_lot(cups.lot, quantity, at=AT)


def counted(cups, shipment, quantity):
    with acting(cups.packer.owner):
        return receive_shipment(shipment.id, quantity, at=AT)


def only_case():
    with acting(WORKER):
        return models.DifferenceCase.objects.get()


def test_it_works(cups):
    row = counted(cups, sent(cups), 520)

    assert ("received", 520) == (row.state, row.counted)
    with acting(cups.packer.owner):
        assert ["LotShipped", "LotReceived"] == [fact.kind for fact in facts_of(row.id)]


def test_508_of_520_open_a_case_that_both_firms_see(cups):
    counted(cups, sent(cups), 508)

    for firm in (cups.potter, cups.packer):
        with acting(firm.owner):
            assert [-12] == [case.difference for case in models.DifferenceCase.objects.all()]


def test_a_case_is_closed_with_its_cause_and_who_bears_it(cups):
    shipment = counted(cups, sent(cups), 508)

    with acting(cups.potter.owner):
        case = resolve_difference(
            only_case().id, cause=Cause.BROKEN, bearer=Bearer.SENDER, note="모서리", at=AT
        )

    assert ("resolved", "broken", "sender") == (case.state, case.cause, case.bearer)
    with acting(WORKER):
        assert "settled" == models.Shipment.objects.get(id=shipment.id).state


def finished(cups):
    """The fact that the cups' job is finished."""
    (fact,) = [fact for fact in facts_of(cups.job) if fact.kind == "JobFinished"]
    return fact


def test_the_balance_adds_up_with_what_was_lost_on_the_way(cups):
    counted(cups, sent(cups), 508)
    with acting(WORKER):
        note_made(finished(cups), AT)

    with acting(WORKER):
        balance = public.balance_of(cups.order)

    assert balance.adds_up, balance.faults
    potter, packer = (line for line in balance.lines if line.item == "fire")
    assert {"made": 541, "scrapped": 21, "shipped": 520} == dict(potter.moved)
    assert {"received": 520, "lost": 12} == dict(packer.moved)
    assert 508 == packer.on_hand


def test_a_fact_told_twice_moves_nothing_twice(cups):
    with acting(WORKER):
        note_made(finished(cups), AT)

    with acting(WORKER):
        note_made(finished(cups), AT)

    with acting(WORKER):
        assert 541 == public.balance_of(cups.order).total("fire", "made")


def test_a_rival_sees_no_shipment_and_can_count_none(cups):
    shipment = sent(cups)

    with acting(cups.rival.owner):
        assert not models.Shipment.objects.exists()
        with pytest.raises(NotFound):
            receive_shipment(shipment.id, 520, at=AT)


def test_the_sender_cannot_count_for_the_receiver(cups):
    shipment = sent(cups)

    with acting(cups.potter.owner), pytest.raises(NotFound):
        receive_shipment(shipment.id, 520, at=AT)


def test_nobody_ships_another_firm_s_lot(cups):
    with acting(cups.packer.owner), pytest.raises(NotFound):
        ship_lot(cups.lot, 1, at=AT)


def test_a_lot_is_not_sent_twice_over(cups):
    sent(cups)

    with pytest.raises(Refused, match="more_than_left"):
        sent(cups, 1)


def test_a_lot_without_a_next_firm_stays(cups):
    with acting(WORKER):
        models.Route.objects.all().delete()

    with pytest.raises(Refused, match="no_next_firm"):
        sent(cups)


def test_the_last_firm_delivers_and_the_buyer_accepts(cups):
    lay(cups.order, "fire", cups.potter, BUYER.firm, "", 500)

    with acting(cups.potter.owner):
        delivery = deliver_order(cups.order, at=AT)
    with acting(BUYER):
        inspected = inspect_delivery(cups.order, accepted=498, rejected=2, at=AT)

    assert (500, "accepted", 498) == (delivery.quantity, inspected.state, inspected.accepted)


def test_an_order_with_an_open_difference_is_not_delivered(cups):
    counted(cups, sent(cups), 508)
    lay(cups.order, "fire", cups.potter, BUYER.firm, "", 500)

    with acting(cups.potter.owner), pytest.raises(Refused, match="differences_open"):
        deliver_order(cups.order, at=AT)


def test_an_order_is_delivered_once(cups):
    lay(cups.order, "fire", cups.potter, BUYER.firm, "", 500)
    with acting(cups.potter.owner):
        deliver_order(cups.order, at=AT)

        with pytest.raises(Refused, match="delivered_already"):
            deliver_order(cups.order, at=AT)


def test_only_the_buyer_inspects(cups):
    lay(cups.order, "fire", cups.potter, BUYER.firm, "", 500)

    with acting(cups.potter.owner):
        deliver_order(cups.order, at=AT)
        with pytest.raises(NotFound):
            inspect_delivery(cups.order, accepted=500, rejected=0, at=AT)


def test_the_chain_of_a_lot_holds_its_own_making(cups):
    sent(cups)

    with acting(WORKER):
        links = public.chain_of_lot(cups.lot)

    assert ["fire"] == [link.made.step for link in links]

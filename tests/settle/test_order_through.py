"""An order from its plan to its money: what plan, sense and move say is what is settled."""

from datetime import date, timedelta

import pytest

from dure.buy import models as buying
from dure.journal.public import facts_of
from dure.journal.services import record
from dure.kernel.fact import FactKind
from dure.move import models as moving
from dure.plan import models as planning
from dure.sense import models as sensing
from dure.sense.engine.request import Terms
from dure.sense.schemas import ProductIn
from dure.sense.services import list_product, submit_request
from dure.settle import models, public
from dure.settle.services import expect_deposit, read_bank_file
from dure.stack.ids import new_id
from dure.stack.tenancy import acting
from tests.buy.conftest import SUPPLIER_A
from tests.buy.test_rounds import close, offers
from tests.cast import AT, BUSAN, BUSAN_OWNER, GIMHAE, HANBIT, HANBIT_BUYER, OFFICE, WORKER
from tests.sense.products import step

pytestmark = pytest.mark.django_db

CUP = {
    "code": "CUP",
    "name": "잔",
    "bill_of_process": [
        step("form", "ceramic-forming", "general", [], "1"),
        step("fire", "ceramic-firing", "general", ["form"], "1"),
    ],
    "bill_of_materials": [
        {
            "material": "clay",
            "name": "백토",
            "unit": "kg",
            "per_set": "0.4",
            "step": "form",
            "guide_won": 500,
        }
    ],
}


def requested():
    with acting(OFFICE):
        list_product(ProductIn.model_validate(CUP).product(), at=AT)
    with acting(HANBIT_BUYER):
        terms = Terms(quantity=500, due=date(2026, 12, 24), spare_quantity=0, deposit_percent=30)
        request = submit_request("CUP", terms, buyer=HANBIT, at=AT)
    return request.id


def ordered(request_id):
    """Put an order with two job orders where plan keeps them."""
    common = {"request_id": request_id, "buyer_id": HANBIT, "quantity": 500, "price": 1_000_000}
    quote = planning.Quote.objects.create(
        **common,
        number=1,
        plan_id=new_id(),
        work=700_000,
        materials=100_000,
        fee=21_000,
        promised_on=date(2026, 12, 20),
        due=date(2026, 12, 24),
        composed_at=AT,
        valid_until=AT,
        state="accepted",
    )
    order = planning.Order.objects.create(
        **common,
        number=5,
        quote=quote,
        plan_id=quote.plan_id,
        promised_on=quote.promised_on,
        leaves_at=AT,
        accepted_at=AT,
        state="accepted",
    )
    _job(order, BUSAN, 0, "form", 400_000)
    _job(order, GIMHAE, 1, "fire", 300_000)
    return order


def _job(order, firm, place, code, price):
    planning.JobOrder.objects.create(
        number=place + 1,
        order_id=order.id,
        order_number=order.number,
        firm_id=firm,
        place=place,
        step=code,
        name=code,
        family="cup",
        quantity=520,
        good=500,
        unit="ea",
        price=price,
        equipment_id=new_id(),
        starts=AT + timedelta(days=1),
        ends=AT + timedelta(days=2),
        state="released",
    )


def delivered(order, *, missing=0):
    """Put a shipment from Busan to Gimhae and the delivery where move keeps them."""
    shipment = moving.Shipment.objects.create(
        number=1,
        order_id=order.id,
        lot_id=new_id(),
        item="form",
        unit="ea",
        from_firm_id=BUSAN,
        to_firm_id=GIMHAE,
        owner_id=BUSAN,
        sent=500,
        counted=500 - missing,
        state="settled",
        sent_at=AT,
        received_at=AT,
    )
    if missing:
        moving.DifferenceCase.objects.create(
            number=1,
            shipment=shipment,
            from_firm_id=BUSAN,
            to_firm_id=GIMHAE,
            difference=missing,
            state="resolved",
            cause="lost",
            bearer="sender",
        )
    moving.Delivery.objects.create(
        number=1,
        order_id=order.id,
        lot_id=new_id(),
        from_firm_id=GIMHAE,
        buyer_id=HANBIT,
        quantity=500,
        accepted=490,
        rejected=10,
        state="accepted",
        delivered_at=AT + timedelta(days=7),
        inspect_by=date(2026, 12, 10),
    )


def told(kind, aggregate, fields, payload, aggregate_id):
    record(
        FactKind(kind, aggregate, fields),
        aggregate_id=aggregate_id,
        aggregate_version=9,
        at=AT,
        payload=payload,
    )


@pytest.fixture
def order(firms, react):
    request_id = requested()
    react()
    with acting(WORKER):
        if not sensing.Request.objects.get(id=request_id).need:
            pytest.fail("the need was not understood")
        return ordered(request_id)


def test_it_works(order, react):
    offers(SUPPLIER_A, (1, 10_000), freight=0)
    fields = ("moved", "order", "order_number")
    payload = {"moved": [], "order": str(order.id), "order_number": 5}
    with acting(WORKER):
        told("PlanPublished", "plan", fields, payload, order.plan_id)
    round_id = close(react)
    with acting(WORKER):
        delivered(order, missing=25)
        note = {"order": str(order.id), "note": ""}
        told("DeliveryAccepted", "delivery", ("order", "note"), note, new_id())
    react()

    with acting(OFFICE):
        shown = public.settlement(order.id)
        assert (980_000, 110_000) == (shown.totals.supply, shown.totals.materials)
        assert [(380_000, 20_000), (300_000, 0)] == [(s.work, s.deducted) for s in shown.shares]
        assert 20_400 == shown.totals.fee
        need = buying.MaterialNeed.objects.get()
        assert (BUSAN, 5, date(2026, 11, 24)) == (need.member_id, need.order_number, need.by)
        assert round_id == need.round_id
    with acting(BUSAN_OWNER):
        # received on 23 November: thirty days later, and not sixteen days after the delivery
        assert date(2026, 12, 23) == public.settlement(order.id).shares[0].due_on


def test_a_plan_published_again_asks_for_nothing_twice(order, react):
    fields = ("moved", "order", "order_number")
    payload = {"moved": [], "order": str(order.id), "order_number": 5}
    for plan_id in (order.plan_id, new_id()):
        with acting(WORKER):
            told("PlanPublished", "plan", fields, payload, plan_id)
        react()

    with acting(BUSAN_OWNER):
        assert 1 == buying.MaterialNeed.objects.count()


def test_the_deposit_is_awaited_and_taken_off_once_the_bank_has_it(order, react):
    fields = ("cluster", "quote", "request")
    payload = {"cluster": None, "quote": None, "request": None}
    with acting(WORKER):
        told("OrderPlaced", "order", fields, payload, order.id)
        expect_deposit(facts_of(order.id)[0], AT)

    with acting(HANBIT_BUYER):
        payment = models.Payment.objects.get()
        assert ("D5", 330_000, "scheduled") == (payment.reference, payment.won, payment.state)
    with acting(OFFICE):
        read_bank_file("date,account,amount,reference\n2026-11-25,1,330000,D5\n", AT)
    with acting(WORKER):
        delivered(order)
        note = {"order": str(order.id), "note": ""}
        told("DeliveryAccepted", "delivery", ("order", "note"), note, new_id())
    react()
    with acting(HANBIT_BUYER):
        assert 330_000 == public.settlement(order.id).invoice.deposit

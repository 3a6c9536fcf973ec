from datetime import date, timedelta

import pytest

from dure.journal.public import facts_of
from dure.journal.services import record
from dure.make.engine.facts import LOT_INSPECTED
from dure.members.services import join_firm
from dure.plan.engine.facts import ORDER_ACCEPTED
from dure.sense import models, public
from dure.sense.bridge.learning import read_jobs
from dure.sense.engine.request import Terms
from dure.sense.services.asking import submit_request, understand_need
from dure.sense.services.learning import note_order, note_scrap
from dure.stack.ids import new_id
from dure.stack.tenancy import acting
from tests.cast import AT, BUSAN_OWNER, HANBIT, HANBIT_BUYER, OFFICE, WORKER
from tests.members.test_founding import cooperative, firm
from tests.sense.test_understanding import list_tray

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]


def happened(kind, payload, at=AT, aggregate=None, **sets):
    with acting(WORKER):
        return record(
            kind,
            aggregate_id=aggregate or new_id(),
            aggregate_version=1,
            at=at,
            payload=payload,
            sets=sets,
        )


def asked(quantity=100, earlier=None, at=AT):
    terms = Terms(quantity=quantity, due=date(2027, 12, 24))
    with acting(HANBIT_BUYER):
        request = submit_request("TRAY", terms, buyer=HANBIT, at=at, earlier=earlier)
    with acting(WORKER):
        understand_need(facts_of(request.id)[-1], at)
    return request.id


def ordered(request, number, at=AT, price=72_100):
    told = {"cluster": new_id(), "quote": new_id(), "request": request}
    fact = happened(ORDER_ACCEPTED, told, at, number=number, price=price)
    with acting(WORKER):
        note_order(fact, at)
    return fact.aggregate_id


def inspected(order, failed, pieces=300, step="press"):
    told = {"order": order, "job_order": new_id(), "step": step, "clear": True}
    fact = happened(LOT_INSPECTED, told | {"inspected": pieces, "failed": failed})
    with acting(WORKER):
        note_scrap(fact, AT)


def started(request):
    with acting(HANBIT_BUYER):
        return public.need(request).step("press").quantity


@pytest.fixture
def house(cooperative):
    with acting(OFFICE):
        for serial in range(2, 8):
            join_firm(firm(serial).joining(), at=AT)
    list_tray()


def test_a_series_is_reckoned_with_the_scrap_of_its_prototype(house):
    prototype = asked(quantity=10)
    inspected(ordered(prototype, 1), failed=60)  # 60 of 600, the bill's 300 among them

    series = asked(quantity=1_000, earlier=prototype)

    assert 10 == started(prototype)
    assert 1_112 == started(series)
    with acting(HANBIT_BUYER):
        assert prototype == public.request(series).earlier
        assert public.order_of(prototype)


def test_an_inspection_of_an_unknown_order_teaches_nothing(house):
    inspected(new_id(), failed=60)

    with acting(WORKER):
        assert 0 == models.ScrapSeen.objects.count()


def test_the_band_learns_from_orders_once_there_are_enough(house):
    for number in range(1, 21):
        ordered(asked(), number, price=72_100 + 100 * number)

    request = asked()

    with acting(HANBIT_BUYER):
        band = public.request(request).band
        assert () == read_jobs()  # centres are not the buyer's to see

    assert 20 == band.jobs
    assert (72_000, 74_000) == (band.low, band.high)  # all but the dearest of the twenty


def test_demand_is_told_month_by_month_and_ahead(house):
    for month in range(6):
        at = AT + timedelta(days=31 * month)
        ordered(asked(quantity=50 + month, at=at), month + 1, at)
    now = AT + timedelta(days=31 * 6)

    with acting(OFFICE):
        (series,) = public.demand_series(now)
        (likely,) = public.forecasts(now)

    assert [50, 51, 52, 53, 54, 55, 0] == list(series.ordered)
    assert date(2027, 5, 1) == likely.months[0]
    assert all(50 <= sets <= 75 for month in likely.quantiles for sets in month[1:])


def test_a_member_sees_nobodys_demand(house):
    ordered(asked(), 1)

    with acting(BUSAN_OWNER):
        assert () == public.demand_series(AT)
        assert 0 == models.Estimate.objects.count()

from datetime import date
from uuid import UUID

import pytest

from dure.journal.public import facts_of
from dure.kernel.actor import COOPERATIVE, Actor, Role
from dure.kernel.errors import NotFound, Refused
from dure.kernel.ids import FirmId
from dure.members.services import join_firm
from dure.sense import public
from dure.sense.engine.request import Terms
from dure.sense.schemas import ProductIn
from dure.sense.services import list_product, submit_request, understand_need
from dure.stack.tenancy import acting
from tests.cast import AT, HANBIT, HANBIT_BUYER, OFFICE, RIVAL_OWNER, WORKER
from tests.members.test_founding import cooperative, firm
from tests.sense.products import coffee_set, step

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]

PRESSED = {
    "code": "TRAY",
    "name": "쟁반",
    "bill_of_process": [step("press", "press-forming", "general", [], "1")],
}


def list_tray():
    with acting(OFFICE):
        list_product(ProductIn.model_validate(PRESSED).product(), at=AT)


def ask(code="TRAY", quantity=100):
    with acting(HANBIT_BUYER):
        terms = Terms(quantity=quantity, due=date(2026, 12, 24))
        return submit_request(code, terms, buyer=HANBIT, at=AT)


def understand(request):
    with acting(WORKER):
        submitted = facts_of(request.id)[-1]
        understand_need(submitted, AT)


def test_it_works(cooperative):
    with acting(OFFICE):
        for serial in range(2, 8):
            join_firm(firm(serial).joining(), at=AT)
    list_tray()

    request = ask()
    understand(request)

    with acting(HANBIT_BUYER):
        understood = public.request(request.id)
        assert 100 == public.need(request.id).step("press").quantity
        assert ["RequestSubmitted", "NeedUnderstood"] == [f.kind for f in facts_of(request.id)]
    assert (69_000, 75_000) == (understood.band.low, understood.band.high)  # round 72,100
    assert 6 == understood.band.firms


def test_nobody_who_can_do_it_leaves_the_band_open(cooperative):
    list_tray()

    request = ask()
    understand(request)

    with acting(HANBIT_BUYER):
        assert public.request(request.id).band.low is None


def test_a_rival_and_another_buyer_find_no_request(cooperative):
    list_tray()
    request = ask()
    other = Actor(firm=FirmId(UUID(int=COOPERATIVE.int + 77)), role=Role.BUYER)

    for actor in (RIVAL_OWNER, other):
        with acting(actor), pytest.raises(NotFound):
            public.request(request.id)


def test_a_product_that_is_not_there_is_refused(cooperative):
    with pytest.raises(Refused, match=r"sense\.no_such_product"):
        ask(code="PERPETUUM-MOBILE")


def test_the_coffee_set_comes_back_from_the_catalogue_as_it_went_in(cooperative):
    product = ProductIn.model_validate(coffee_set()).product()

    with acting(OFFICE):
        list_product(product, at=AT)
        assert product == public.product("COFFEE-SET")
        with pytest.raises(Refused, match=r"sense\.product_listed_already"):
            list_product(product, at=AT)

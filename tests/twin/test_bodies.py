from datetime import date

import pytest

from dure.buy.schemas import MaterialNeedIn, SupplierOfferIn
from dure.members.engine.firm import check_joining
from dure.members.schemas import FirmIn
from dure.sense.engine.product import check_product
from dure.sense.schemas import ProductIn
from dure.twin import bodies
from dure.twin.cooperative import found

COOP = found(seed=1)
EVERYBODY = [COOP.office, *COOP.members, COOP.buyer, *COOP.suppliers]


@pytest.mark.parametrize("firm", EVERYBODY, ids=lambda firm: firm.name_en)
def test_the_members_room_takes_every_firm(firm):
    joining = FirmIn.model_validate(bodies.firm(firm)).joining()

    check_joining(joining)
    assert firm.business_number == joining.firm.business_number


def test_the_sense_room_takes_the_product():
    product = ProductIn.model_validate(bodies.product(COOP)).product()

    check_product(product)


def test_the_buy_room_takes_every_offer_and_need():
    for offer in COOP.offers:
        SupplierOfferIn.model_validate(bodies.offer(COOP, offer))
    for need in COOP.needs:
        MaterialNeedIn.model_validate(bodies.need(COOP, need, date(2026, 11, 16)))

"""Who sits in the office and made a part of an order does not release its settlement."""

import pytest

from dure.kernel.errors import Refused
from dure.settle.services import release_settlement
from dure.stack.tenancy import acting
from tests.cast import AT, BUSAN, RIVAL
from tests.members.directors import director_of, page_of
from tests.settle.test_money import settled

pytestmark = pytest.mark.django_db


def test_the_settlement_of_an_own_order_is_released_by_somebody_else(firms):
    order_id = settled()
    own, other = director_of(BUSAN), director_of(RIVAL)
    address = f"/money/{order_id}/"

    with acting(own), pytest.raises(Refused, match=r"members\.recused"):
        release_settlement(order_id, AT)
    shown, whole = page_of(own, address), page_of(other, address)
    with acting(other):
        released = release_settlement(order_id, AT)

    assert ("제척" in shown, "정산 확정하기" in shown) == (True, False)
    assert ("제척" in whole, "정산 확정하기" in whole) == (False, True)
    assert "released" == released.state

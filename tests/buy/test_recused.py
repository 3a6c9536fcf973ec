"""Who sits in the office and belongs to a supplier that offers does not close the round."""

import pytest

from dure.buy.services import close_round
from dure.kernel.errors import Refused
from dure.stack.tenancy import acting
from tests.buy.conftest import SUPPLIER_A, SUPPLIER_B
from tests.buy.test_rounds import needs, offers, the_round
from tests.cast import AT, BUSAN
from tests.members.directors import director_of, page_of

pytestmark = pytest.mark.django_db


def test_a_round_in_which_the_own_firm_offers_is_closed_by_somebody_else(firms, react):
    offers(SUPPLIER_A, (1, 10_000))
    needs(BUSAN, "120")
    react()
    own, other = director_of(SUPPLIER_A), director_of(SUPPLIER_B)

    with acting(own), pytest.raises(Refused, match=r"members\.recused"):
        close_round(the_round().id, AT)
    shown, whole = page_of(own, "/buying/"), page_of(other, "/buying/")
    with acting(other):
        closed = close_round(the_round().id, AT)

    assert ("제척" in shown, "회차 마감하기" in shown) == (True, False)
    assert ("제척" in whole, "회차 마감하기" in whole) == (False, True)
    assert "closed" == closed.state

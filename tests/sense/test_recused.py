"""Who sits in the office and proposed a product does not decide about it."""

import pytest

from dure.kernel.errors import Refused
from dure.members.services import join_firm
from dure.sense.schemas import ProductIn
from dure.sense.services import catalogue
from dure.stack.tenancy import acting
from tests.cast import AT, OFFICE
from tests.match.houses import TRAY, owner
from tests.members.directors import director_of, page_of
from tests.members.test_founding import cooperative, firm

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]


def test_an_own_proposal_is_decided_by_somebody_else(cooperative):
    joining, rival = firm(2).joining(), firm(3).joining()
    with acting(OFFICE):
        for each in (joining, rival):
            join_firm(each, at=AT)
    with acting(owner(joining)):
        product = ProductIn.model_validate(TRAY).product(joining.firm.id)
        proposed = catalogue.propose_product(product, firm=joining.firm.id, at=AT)
    own, other = director_of(joining.firm.id), director_of(rival.firm.id)
    address = f"/needs/proposals/{proposed.id}/"

    for decide in (
        lambda: catalogue.list_proposal(proposed.id, at=AT),
        lambda: catalogue.decline_proposal(proposed.id, why="우리 것", at=AT),
    ):
        with acting(own), pytest.raises(Refused, match=r"members\.recused"):
            decide()
    shown, whole = page_of(own, address), page_of(other, address)
    with acting(other):
        listed = catalogue.list_proposal(proposed.id, at=AT)

    assert ("제척" in shown, 'value="list"' in shown) == (True, False)
    assert ("제척" in whole, 'value="list"' in whole) == (False, True)
    assert "TRAY" == listed.code

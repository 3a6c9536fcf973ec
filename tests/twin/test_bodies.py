import pytest

from dure.members.engine.firm import check_joining
from dure.members.schemas import FirmIn
from dure.twin import bodies
from dure.twin.cooperative import found

COOP = found(seed=1)
EVERYBODY = [COOP.office, *COOP.members, COOP.buyer, *COOP.suppliers]


@pytest.mark.parametrize("firm", EVERYBODY, ids=lambda firm: firm.name_en)
def test_the_members_room_takes_every_firm(firm):
    joining = FirmIn.model_validate(bodies.firm(firm)).joining()

    check_joining(joining)
    assert firm.business_number == joining.firm.business_number

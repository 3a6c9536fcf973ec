"""A cooperative: six members that buy, of whom one is the Rival, a buyer, two suppliers."""

from uuid import UUID

import pytest

from dure.kernel.actor import COOPERATIVE, Actor, Role
from dure.kernel.ids import FirmId
from dure.members import models as members
from dure.stack.tenancy import acting
from tests.cast import BUSAN, GIMHAE, HANBIT, OFFICE, RIVAL, ULSAN

SUPPLIER_A, SUPPLIER_B = (FirmId(UUID(int=COOPERATIVE.int + 900 + n)) for n in (1, 2))
MEMBERS = [
    BUSAN,
    GIMHAE,
    ULSAN,
    RIVAL,
    *(FirmId(UUID(int=COOPERATIVE.int + 800 + n)) for n in (1, 2)),
]
SUPPLIER = Actor(firm=SUPPLIER_A, role=Role.SUPPLIER)


def owner(firm: FirmId) -> Actor:
    return Actor(firm=firm, role=Role.OWNER)


@pytest.fixture
def firms(db):
    kinds = [(COOPERATIVE, "cooperative"), *((firm, "member") for firm in MEMBERS)]
    kinds += [(HANBIT, "buyer"), (SUPPLIER_A, "supplier"), (SUPPLIER_B, "supplier")]
    with acting(OFFICE):
        for number, (firm, kind) in enumerate(kinds):
            members.Firm.objects.create(
                id=firm,
                number=number,
                business_number=f"{number:010d}",
                name=f"업체 {number}",
                name_en=f"Firm {number}",
                kind=kind,
            )
            if kind == "member":
                members.ShareHolding.objects.create(firm_id=firm, shares=100)
        members.Bylaws.objects.create(firm_id=COOPERATIVE, legal_form="framework")

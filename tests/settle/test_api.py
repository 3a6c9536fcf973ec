import pytest

from tests.buy.test_api import door
from tests.cast import BUSAN_OWNER, HANBIT_BUYER, OFFICE, RIVAL_OWNER
from tests.settle.test_money import HEADER, settled

pytestmark = pytest.mark.django_db
__all__ = ["door"]

BANK = {"csv": HEADER + "2026-12-31,110-1,-2200000,S12-1\n"}


def test_it_works(door):
    order_id = settled()

    released = door(OFFICE, "post", f"/settlements/{order_id}/release", {}).json()
    transfers = door(OFFICE, "post", "/payment-files", {"until": "2027-01-31"}).json()
    confirmed = door(OFFICE, "post", "/bank-files", BANK).json()
    year = door(OFFICE, "post", "/years/2026/close", {}).json()

    assert ("released", 5_000_000) == (released["totals"]["state"], released["totals"]["supply"])
    assert 3 == len(transfers["csv"].splitlines())
    assert {"confirmed": ["S12-1"], "unmatched": []} == confirmed
    assert ("proposed", 2_000_000) == (year["state"], year["surplus"])


def test_each_sees_its_own_part(door):
    order_id = settled()

    member = door(BUSAN_OWNER, "get", f"/settlements/{order_id}").json()
    buyer = door(HANBIT_BUYER, "get", f"/settlements/{order_id}").json()

    assert (None, None) == (member["totals"], member["invoice"])
    assert [2_200_000] == [share["pays"] for share in member["shares"]]
    assert ([], 5_500_000) == (buyer["shares"], buyer["invoice"]["total"])
    assert 404 == door(RIVAL_OWNER, "get", f"/settlements/{order_id}").status_code


def test_an_invoice_takes_an_approval_number_of_24_digits(door):
    order_id = settled()
    path = f"/invoices/{order_id}/issue"

    assert 400 == door(OFFICE, "post", path, {"approval_number": "12"}).status_code
    issued = door(OFFICE, "post", path, {"approval_number": "1" * 24}).json()

    assert "issued" == issued["state"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/settlements/{}/release", {}),
        ("/invoices/{}/issue", {"approval_number": "1" * 24}),
        ("/payment-files", {"until": "2027-01-31"}),
        ("/bank-files", BANK),
        ("/years/2026/close", {}),
    ],
)
@pytest.mark.parametrize("actor", [BUSAN_OWNER, HANBIT_BUYER, RIVAL_OWNER])
def test_only_the_office_moves_money(door, actor, path, body):
    order_id = settled()

    assert 404 == door(actor, "post", path.format(order_id), body).status_code

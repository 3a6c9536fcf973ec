import pytest

from tests.members.test_founding import cooperative
from tests.move.road import api, road

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]


@pytest.fixture
def cups(cooperative):
    return road()


def test_it_works(cups):
    sent = api(cups.potter, "/shipments", {"lot": str(cups.lot), "quantity": 520})
    got = api(cups.packer, f"/shipments/{sent.json()['id']}/receive", {"counted": 508})
    (case,) = api(cups.packer, "/difference-cases").json()
    body = {"cause": "broken", "bearer": "sender"}
    closed = api(cups.potter, f"/difference-cases/{case['id']}/resolve", body, key="k2")

    assert [201, 200, 200] == [sent.status_code, got.status_code, closed.status_code]
    assert ("differs", -12, "resolved") == (
        got.json()["state"],
        case["difference"],
        closed.json()["state"],
    )


@pytest.mark.parametrize(
    ("quantity", "status"), [(0, 400), (-5, 400), (521, 409), (10**12, 400), ("viele", 400)]
)
def test_an_impossible_quantity_is_refused_with_a_reason(cups, quantity, status):
    answer = api(cups.potter, "/shipments", {"lot": str(cups.lot), "quantity": quantity})

    assert status == answer.status_code
    assert answer.json()["reason"]["code"]


def test_a_rival_finds_nothing(cups):
    sent = api(cups.potter, "/shipments", {"lot": str(cups.lot), "quantity": 520}).json()

    assert [] == api(cups.rival, "/shipments").json()
    assert 404 == api(cups.rival, f"/shipments/{sent['id']}/receive", {"counted": 1}).status_code
    assert 404 == api(cups.rival, f"/orders/{cups.order}/delivery").status_code
    assert [] == api(cups.rival, f"/orders/{cups.order}/balance").json()["lines"]


def test_nobody_is_asked_who_they_are(cups, client):
    assert 401 == client.get("/api/v1/shipments").status_code

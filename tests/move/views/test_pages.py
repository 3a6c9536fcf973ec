import re

import pytest
from django.test import Client

from dure.members import public as members
from dure.stack.tenancy import acting
from tests.cast import WORKER
from tests.members.test_founding import cooperative
from tests.move.road import api, road

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]


@pytest.fixture
def cups(cooperative):
    return road()


def browser(shop):
    """A browser in which the owner of a shop has signed in."""
    with acting(WORKER):
        person = members.models.Role.objects.get(firm_id=shop.firm, role="owner").person_id
    client = Client()
    session = client.session
    session.update({"person": str(person), "firm": str(shop.firm), "role": "owner"})
    session.save()
    return client


def page(shop):
    return browser(shop).get("/moving/").content.decode()


def shipped(cups):
    return api(cups.potter, "/shipments", {"lot": str(cups.lot), "quantity": 520}).json()["id"]


def test_the_potter_is_shown_what_to_send_and_sends_it(cups):
    before = page(cups.potter)

    browser(cups.potter).post(f"/moving/lots/{cups.lot}/send/", {"quantity": "520"})

    assert "보낼 물건" in before
    assert "본소성한 컵" in before
    assert [520] == [row["sent"] for row in api(cups.packer, "/shipments").json()]


def test_the_packer_counts_blind(cups):
    shipped(cups)

    shown = page(cups.packer)

    assert "도착한 물건 세기" in shown
    assert "520" not in re.sub("<[^>]*>", "", shown)  # ids in addresses may hold it


def test_a_count_that_differs_says_so(cups):
    shipment = shipped(cups)

    answer = browser(cups.packer).post(
        f"/moving/shipments/{shipment}/count/", {"counted": "508"}, follow=True
    )

    shown = answer.content.decode()
    assert "차이 건을 열었습니다" in shown
    assert "508" in shown


def test_the_case_is_settled_on_the_page(cups):
    shipment = shipped(cups)
    api(cups.packer, f"/shipments/{shipment}/receive", {"counted": 508})
    (case,) = api(cups.potter, "/difference-cases").json()

    browser(cups.potter).post(
        f"/moving/cases/{case['id']}/resolve/", {"cause": "broken", "bearer": "sender"}
    )

    assert ["resolved"] == [row["state"] for row in api(cups.packer, "/difference-cases").json()]


def test_a_rival_s_page_is_empty(cups):
    shipped(cups)

    shown = page(cups.rival)

    assert "지금은 세거나 보낼 물건이 없습니다" in shown
    assert "본소성한 컵" not in shown


def test_letters_are_no_count(cups):
    shipment = shipped(cups)

    answer = browser(cups.packer).post(f"/moving/shipments/{shipment}/count/", {"counted": "viele"})

    assert 400 == answer.status_code

"""A request that cannot be is refused at the door, with its reason; the rest goes on."""

import json
from itertools import count
from uuid import uuid4

import pytest
from django.test import Client

from dure.kernel.ids import check_digit
from dure.members.schemas import FirmIn
from dure.members.services import join_firm
from dure.sense import models
from dure.stack.tenancy import acting
from tests.cast import AT, OFFICE, WORKER
from tests.members.test_founding import cooperative
from tests.sense.test_understanding import list_tray

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]

KEYS = count()
GOOD = {"product": "TRAY", "quantity": 100, "due": "2027-03-02"}


@pytest.fixture
def ask(cooperative):
    """Ask over HTTP, as a buyer with its token."""
    nine = "113009801"
    buyer = FirmIn.model_validate(
        {"business_number": nine + str(check_digit(nine)), "name": "한빛 카페", "kind": "buyer"}
    )
    with acting(OFFICE):
        token = join_firm(buyer.joining(), at=AT).token
    list_tray()

    def ask(complete=None, **change):
        return Client().post(
            f"/api/v1/requests/{complete}/complete" if complete else "/api/v1/requests",
            json.dumps(change if complete else {**GOOD, **change}),
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": f"ask-{next(KEYS)}"},
        )

    return ask


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"product": "PERPETUUM-MOBILE"}, "sense.no_such_product"),
        ({"due": "2020-01-01"}, "sense.due_in_past"),
        ({"due": "2026-02-30"}, "project.field"),
        ({"quantity": -5}, "sense.quantity"),
        ({"quantity": 0}, "sense.quantity"),
        ({"quantity": 10**12}, "project.field"),
        ({"quantity": "many"}, "project.field"),
        ({"spare_quantity": -1}, "sense.spare_quantity"),
        ({"deposit_percent": 101}, "sense.deposit"),
        ({"freight_terms": "by broom"}, "sense.unknown_term"),
    ],
)
def test_an_impossible_request_is_refused_with_its_reason_and_leaves_nothing(ask, change, code):
    refused = ask(**change)

    said = refused.json()
    assert f"urn:dure:{code}" == said["type"]
    assert 400 <= refused.status_code < 500
    assert "application/problem+json" == refused["Content-Type"]
    assert said["detail"]
    assert said["detail_ko"]
    with acting(WORKER):
        assert 0 == models.Request.objects.count()


def test_the_next_good_request_is_taken_as_if_nothing_had_been(ask):
    ask(quantity=-5)

    assert 201 == ask().status_code


def test_what_a_request_lacked_can_be_said_afterwards(ask):
    asked = ask(destination="서울 구로구").json()

    said = ask(complete=asked["id"], freight_terms="collect", no_spares=True, destination="부산")

    assert (65, 85) == (asked["completeness"], said.json()["completeness"])
    assert "서울 구로구" == said.json()["destination"]
    assert 0 == said.json()["spare_quantity"]
    assert {"sense.missing_inspection_standard", "sense.missing_deposit_percent"} == {
        each["code"] for each in said.json()["missing"]
    }
    assert "sense.nothing_said" in ask(complete=asked["id"], freight_terms="delivered").text
    assert "sense.deposit" in ask(complete=asked["id"], deposit_percent=101).text
    assert 404 == ask(complete=uuid4(), no_spares=True).status_code

import json
from hashlib import sha256
from uuid import uuid4

import pytest
from django.test import Client

from dure.journal.models import BusinessTime
from dure.members.models import ApiToken
from dure.stack.tenancy import acting
from tests.buy.conftest import SUPPLIER, SUPPLIER_A
from tests.cast import AT, BUSAN_OWNER, HANBIT_BUYER, OFFICE, RIVAL_OWNER

pytestmark = pytest.mark.django_db

OFFER = {
    "freight": 30_000,
    "lead_days": 3,
    "lines": [
        {
            "item": "clay",
            "name": "백토",
            "pack": "20",
            "unit": "kg",
            "breaks": [{"packs": 1, "price": 10_000}, {"packs": 10, "price": 8_000}],
        }
    ],
}
NEED = {"item": "clay", "name": "백토", "amount": "120", "unit": "kg", "by": "2026-12-10"}


@pytest.fixture
def door(firms, at):
    """Give the API as somebody with a token has it: (actor, verb, path, body) -> answer."""
    with acting(OFFICE):
        BusinessTime.objects.update_or_create(id=True, defaults={"now": at})

    def door(actor, verb, path, body=None):
        token = f"{actor.firm} {actor.role}"
        with acting(OFFICE):
            ApiToken.objects.get_or_create(
                sha256=sha256(token.encode()).digest(),
                defaults={"firm_id": actor.firm, "role": actor.role.value, "made_at": AT},
            )
        return getattr(Client(), verb)(
            f"/api/v1{path}",
            json.dumps(body) if body is not None else None,
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())},
        )

    return door


def test_it_works(door, react):
    assert 201 == door(SUPPLIER, "post", "/supplier-offers", OFFER).status_code
    assert 201 == door(BUSAN_OWNER, "post", "/material-needs", NEED).status_code
    react()
    (round_,) = door(OFFICE, "get", "/purchase-rounds").json()

    closed = door(OFFICE, "post", f"/purchase-rounds/{round_['id']}/close", {})
    react()
    (after,) = door(OFFICE, "get", "/purchase-rounds").json()
    (mine,) = door(BUSAN_OWNER, "get", "/purchase-rounds").json()

    assert (202, "closed") == (closed.status_code, closed.json()["state"])
    assert ("awarded", 90_000, 0) == (after["state"], after["total"], after["gap_ppm"])
    assert (90_000, None) == (mine["allocation"]["pays"], mine["total"])


def test_a_supplier_reads_what_is_ordered_from_it(door, react):
    door(SUPPLIER, "post", "/supplier-offers", OFFER)
    door(BUSAN_OWNER, "post", "/material-needs", NEED)
    react()
    (round_,) = door(OFFICE, "get", "/purchase-rounds").json()
    door(OFFICE, "post", f"/purchase-rounds/{round_['id']}/close", {})
    react()

    (order,) = door(SUPPLIER, "get", "/purchase-orders").json()

    assert (str(SUPPLIER_A), 90_000, 3) == (order["supplier"], order["total"], order["lead_days"])
    assert [("clay", 6, 10_000)] == [(i["item"], i["packs"], i["price"]) for i in order["lines"]]
    assert [order] == door(OFFICE, "get", "/purchase-orders").json()
    assert 404 == door(BUSAN_OWNER, "get", "/purchase-orders").status_code


def test_the_office_offers_for_a_supplier(door):
    assert (
        201
        == door(
            OFFICE, "post", "/supplier-offers", {**OFFER, "supplier": str(SUPPLIER_A)}
        ).status_code
    )
    assert 404 == door(OFFICE, "post", "/supplier-offers", OFFER).status_code


def test_a_rival_sees_nothing_of_another_s_need(door, react):
    door(BUSAN_OWNER, "post", "/material-needs", NEED)
    react()

    (round_,) = door(RIVAL_OWNER, "get", "/purchase-rounds").json()

    assert [] == round_["items"]
    assert [] == door(RIVAL_OWNER, "get", "/material-needs").json()


@pytest.mark.parametrize(
    ("actor", "verb", "path", "body"),
    [
        (BUSAN_OWNER, "post", "/supplier-offers", OFFER),
        (HANBIT_BUYER, "post", "/material-needs", NEED),
        (HANBIT_BUYER, "get", "/purchase-rounds", None),
        (BUSAN_OWNER, "post", "/purchase-rounds/0198c0de-0000-7000-8000-000000000000/close", {}),
        (OFFICE, "post", "/purchase-rounds/0198c0de-0000-7000-8000-000000000000/close", {}),
    ],
)
def test_what_one_may_not_do_is_not_there(door, actor, verb, path, body):
    assert 404 == door(actor, verb, path, body).status_code


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"amount": "-1"}, 400),
        ({"amount": "much"}, 400),
        ({"by": "2026-11-01"}, 409),
        ({"unit": "평"}, 400),
    ],
)
def test_a_need_that_cannot_be_is_refused_with_a_reason(door, change, status):
    answer = door(BUSAN_OWNER, "post", "/material-needs", {**NEED, **change})

    assert status == answer.status_code
    assert "application/problem+json" in answer["Content-Type"]

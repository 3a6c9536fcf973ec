import json

import pytest

from dure.journal.models import Answered
from dure.members.schemas import FirmIn
from dure.members.services import found_cooperative
from dure.stack.tenancy import acting
from tests.cast import AT, WORKER

pytestmark = pytest.mark.django_db

COOPERATIVE = {
    "business_number": "1168200276",
    "name": "구로 두레 협동조합",
    "kind": "cooperative",
    "people": [{"email": "office@guro.example", "name": "박사무", "roles": ["office"]}],
}
FIRM = {"business_number": "1348672683", "name": "부산프레스", "kind": "member"}


@pytest.fixture
def office():
    body = FirmIn.model_validate(COOPERATIVE)
    return found_cooperative(body.joining(), legal_form="framework", at=AT).token


@pytest.fixture
def send(client):
    def send(path, body, *, token, key="key-1"):
        return client.post(
            f"/api/v1{path}",
            json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": key},
        )

    return send


def test_it_works(office, send):
    response = send("/firms", FIRM, token=office)

    assert 201 == response.status_code


def test_the_same_request_gets_the_same_answer_and_happens_once(office, send):
    first = send("/firms", FIRM, token=office)
    again = send("/firms", FIRM, token=office)

    assert (first.status_code, first.content) == (again.status_code, again.content)


def test_a_key_cannot_be_used_for_another_request(office, send):
    send("/firms", FIRM, token=office)

    response = send("/firms", FIRM | {"name": "다른 이름"}, token=office)

    assert 409 == response.status_code
    assert "urn:dure:project.key_used_for_another" == response.json()["type"]


def test_a_refused_request_leaves_its_key_free(office, send):
    refused = send("/firms", FIRM | {"business_number": "1348672684"}, token=office)

    response = send("/firms", FIRM, token=office)

    assert (400, 201) == (refused.status_code, response.status_code)


def test_the_database_keeps_no_token_that_was_shown_once(office, send):
    token = send("/firms", FIRM, token=office).json()["token"]

    with acting(WORKER):
        (row,) = Answered.objects.all()
    assert token.encode() not in bytes(row.sealed_body)


def test_a_post_without_a_key_is_malformed(office, client):
    response = client.post(
        "/api/v1/firms",
        "{}",
        content_type="application/json",
        headers={"Authorization": f"Bearer {office}"},
    )

    assert 400 == response.status_code
    assert "application/problem+json" == response["Content-Type"]
    assert "Idempotency-Key" in response.json()["next_ko"] + response.json()["detail_ko"]


def test_a_wrong_token_is_unauthenticated(send):
    response = send("/firms", FIRM, token="wrong")

    assert 401 == response.status_code


def test_a_member_cannot_let_a_firm_join(office, send):
    token = send("/firms", FIRM, token=office).json()["token"]

    response = send("/firms", FIRM | {"business_number": "1248100998"}, token=token)

    assert 404 == response.status_code


def test_a_field_that_cannot_be_read_is_named(office, send):
    response = send("/firms", FIRM | {"shares": -1}, token=office)

    assert 400 == response.status_code
    assert "shares" in response.json()["detail"]


def test_health_needs_no_database(client, django_db_blocker):
    with django_db_blocker.block():
        assert 200 == client.get("/healthz").status_code


def test_ready_asks_the_database(client):
    assert 200 == client.get("/readyz").status_code

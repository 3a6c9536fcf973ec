import json
from itertools import count
from typing import Any

import pytest
from django.test import Client

from dure.journal.models import BusinessTime
from dure.members.schemas import FirmIn
from dure.members.services import found_cooperative
from dure.stack.tenancy import acting
from tests.cast import AT, OFFICE
from tests.match.houses import TRAY, House
from tests.members.test_founding import firm, number

pytestmark = pytest.mark.django_db


class Door:
    """The API as somebody with a token."""

    keys = count()

    def __init__(self, token: str) -> None:
        self.token = token

    def get(self, path: str) -> Any:
        answer = Client().get(f"/api/v1{path}", headers=self._headers())
        assert 200 == answer.status_code, answer.content
        return answer.json()

    def post(self, path: str, body: Any, status: int = 201) -> Any:
        answer = Client().post(
            f"/api/v1{path}",
            json.dumps(body),
            content_type="application/json",
            headers={**self._headers(), "Idempotency-Key": f"k{next(self.keys)}"},
        )
        assert status == answer.status_code, answer.content
        return answer.json()

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@pytest.fixture
def office() -> Door:
    with acting(OFFICE):
        BusinessTime.objects.update_or_create(id=True, defaults={"now": AT})
    body = {"business_number": number(1), "name": "구로 두레 협동조합", "kind": "cooperative"}
    joining = FirmIn.model_validate(body).joining()
    return Door(found_cooperative(joining, legal_form="framework", at=AT).token)


def join(office: Door, body: dict[str, Any]) -> Door:
    return Door(office.post("/firms", body)["token"])


def maker(serial: int, process: str) -> dict[str, Any]:
    body: dict[str, Any] = firm(serial).model_dump(mode="json")
    body["capabilities"][0]["process"] = process
    body["rate_card"][0]["process"] = process
    return body


def test_from_the_founding_to_a_formed_cluster_through_the_doors_alone(office):
    press = join(office, maker(2, "press-forming"))
    paint = join(office, maker(3, "painting"))
    buyer = join(office, {"business_number": number(9), "name": "한빛카페", "kind": "buyer"})
    office.post("/products", TRAY)
    house = House()

    asked = buyer.post("/requests", {"product": "TRAY", "quantity": 100, "due": "2026-12-11"})
    house.settle()
    understood = buyer.get(f"/requests/{asked['id']}")
    assert ["press", "paint"] == [step["code"] for step in understood["steps"]]
    assert 2 == understood["band"]["firms"]
    found = buyer.get(f"/requests/{asked['id']}/alternatives")
    cheap = found["alternatives"][0]
    assert (True, "cheap", 0) == (found["searched"], cheap["label"], cheap["gap_bp"])

    chosen = buyer.post(f"/requests/{asked['id']}/choose", {"alternative": cheap["id"]})
    house.settle()
    for member in (press, paint):
        (offer,) = member.get("/offers")
        assert "accepted" == member.post(f"/offers/{offer['id']}/accept", {}, 200)["state"]
        house.settle()

    cluster = office.get(f"/clusters/{chosen['cluster']}")
    assert ("formed", 2) == (cluster["state"], len(cluster["assignments"]))
    assert [] == buyer.get("/clusters")[0]["assignments"]
    assert 1 == len(press.get(f"/clusters/{chosen['cluster']}")["assignments"])


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"quantity": -5}, 409, "sense.quantity"),
        ({"due": "2026-11-01"}, 409, "sense.due_in_past"),
        ({"product": "PERPETUUM-MOBILE"}, 409, "sense.no_such_product"),
        ({"freight_terms": "by drone"}, 409, "sense.unknown_term"),
        ({"due": "yesterday"}, 400, "project.field"),
    ],
)
def test_a_request_that_cannot_be_is_answered_with_its_reason(office, change, status, code):
    buyer = join(office, {"business_number": number(9), "name": "한빛카페", "kind": "buyer"})
    office.post("/products", TRAY)

    body = {"product": "TRAY", "quantity": 100, "due": "2026-12-11"} | change
    problem = buyer.post("/requests", body, status)

    assert code == problem["reason"]["code"]
    assert problem["detail_ko"]


def test_what_one_may_not_do_is_not_there(office):
    member = join(office, maker(2, "press-forming"))
    buyer = join(office, {"business_number": number(9), "name": "한빛카페", "kind": "buyer"})

    member.post("/products", TRAY, 404)
    member.post("/requests", {"product": "TRAY", "quantity": 1, "due": "2026-12-11"}, 404)
    buyer.post("/firms", maker(3, "painting"), 404)


def test_my_firm_is_shown_whole_to_itself(office):
    member = join(office, maker(2, "press-forming"))

    mine = member.get("/firms/me")

    assert "press-forming" == mine["capabilities"][0]["process"]
    assert 300 == mine["rate_card"][0]["unit_won"]
    assert 1300 == mine["sites"][0]["east_m"]
    assert 72 <= len(member.get("/process-codes"))
    assert [1, 2] == [each["number"] for each in member.get("/firms")]

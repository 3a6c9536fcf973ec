from datetime import timedelta

import pytest
from django.test import Client
from django.utils.html import strip_tags

from dure.buy import models
from dure.kernel.actor import Actor, Role
from dure.kernel.time import seoul_date
from dure.members import models as members
from dure.stack.tenancy import acting
from tests.buy.conftest import SUPPLIER
from tests.buy.test_rounds import SUPPLIER_A, close, needs, offers, the_round
from tests.cast import AT, BUSAN, BUSAN_OWNER, HANBIT_BUYER, OFFICE, RIVAL, RIVAL_OWNER

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_(firms, at):
    """Give a browser in which somebody has signed in."""
    from dure.journal.models import BusinessTime

    with acting(OFFICE):
        BusinessTime.objects.update_or_create(id=True, defaults={"now": at})

    def as_(actor: Actor) -> Client:
        with acting(OFFICE):
            person, _ = members.Person.objects.get_or_create(
                email=f"{actor.firm}@example", defaults={"firm_ids": [actor.firm]}
            )
            role = actor.role.value
            members.Role.objects.get_or_create(person=person, firm_id=actor.firm, role=role)
        browser = Client()
        session = browser.session
        session.update({"person": str(person.id), "firm": str(actor.firm), "role": role})
        session.save()
        return browser

    return as_


def text(answer):
    assert 200 == answer.status_code
    return " ".join(strip_tags(answer.content.decode()).split())


def test_it_works(as_, react):
    offers(SUPPLIER_A, (1, 10_000), (10, 8_000))
    needs(BUSAN, "120")
    react()

    page = text(as_(OFFICE).get("/buying/"))

    assert "1번 회차에 품목 1개가 모였습니다." in page
    assert "백토 120 kg 32,000원" in page


def test_a_member_reads_its_own_share_and_what_it_would_have_paid_alone(as_, react):
    offers(SUPPLIER_A, (1, 10_000), (10, 8_000))
    needs(BUSAN, "120")
    needs(RIVAL, "80")
    round_id = close(react)

    page = text(as_(BUSAN_OWNER).get(f"/buying/{round_id}/"))

    assert "우리는 66,000원을 냅니다. 따로 샀다면 90,000원이었습니다." in page
    assert "44,000원" not in page


def test_the_office_reads_the_sheet_and_how_good_it_is(as_, react):
    offers(SUPPLIER_A, (1, 10_000), (10, 8_000))
    needs(BUSAN, "120")
    needs(RIVAL, "80")
    round_id = close(react)

    page = text(as_(OFFICE).get(f"/buying/{round_id}/"))

    assert "1번 회차는 110,000원에 샀습니다." in page
    assert "44,000원" in page
    assert "많아야 백만분의 0 비쌉니다" in page


def test_a_rival_reads_that_nothing_was_its_own(as_, react):
    offers(SUPPLIER_A, (1, 10_000))
    needs(BUSAN, "120")
    round_id = close(react)

    page = text(as_(RIVAL_OWNER).get(f"/buying/{round_id}/"))

    assert "우리 품목은 없었습니다" in page
    assert "원" not in page.split("우리 품목은 없었습니다")[1]


def test_a_member_puts_a_need_into_the_round_by_the_page(as_, react):
    needs(RIVAL, "80")
    body = {"item": "clay", "amount": "12.5", "by": seoul_date(AT) + timedelta(days=9)}

    answer = as_(BUSAN_OWNER).post("/buying/", body)

    assert "/buying/" == answer["Location"]
    with acting(BUSAN_OWNER):
        assert "12.500" == str(models.MaterialNeed.objects.get().amount)


def test_the_office_closes_the_round_by_the_page(as_, react):
    offers(SUPPLIER_A, (1, 10_000))
    needs(BUSAN, "120")
    react()
    with acting(OFFICE):
        open_round = the_round()

    as_(OFFICE).post(f"/buying/{open_round.id}/close/")

    assert "계산 중" in text(as_(OFFICE).get("/buying/"))


def test_a_supplier_reads_its_orders(as_, react):
    offers(SUPPLIER_A, (1, 10_000))
    needs(BUSAN, "20")
    close(react)

    page = text(as_(SUPPLIER).get("/buying/"))

    assert "받은 주문이 1건 있습니다." in page
    assert "백토" in page
    assert "합계 40,000원" in page


def test_a_supplier_without_an_order_reads_that_there_is_none(as_):
    assert "아직 받은 주문이 없습니다." in text(as_(SUPPLIER).get("/buying/"))


@pytest.mark.parametrize("actor", [HANBIT_BUYER, Actor(firm=RIVAL, role=Role.AUDITOR)])
def test_others_find_no_page(as_, actor):
    assert 404 == as_(actor).get("/buying/").status_code


def test_a_member_cannot_close_a_round(as_, react):
    needs(BUSAN, "20")
    react()
    with acting(OFFICE):
        open_round = the_round()

    answer = as_(BUSAN_OWNER).post(f"/buying/{open_round.id}/close/")

    assert 404 == answer.status_code

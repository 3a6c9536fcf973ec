from datetime import timedelta

import pytest
from django.test import Client
from django.utils.html import strip_tags

from dure.journal.models import BusinessTime
from dure.members import models as members
from dure.plan import models
from dure.stack.tenancy import acting
from tests.cast import AT, HANBIT_BUYER, OFFICE
from tests.match.houses import maker, owner
from tests.members.test_founding import cooperative
from tests.plan.story import Story
from tests.plan.test_changing import start

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]


@pytest.fixture
def story(cooperative):
    with acting(OFFICE):
        BusinessTime.objects.update_or_create(id=True, defaults={"now": AT + timedelta(hours=1)})
    return Story()


def as_(actor):
    with acting(OFFICE):
        person, _ = members.Person.objects.get_or_create(
            email=f"{actor.firm}@example", defaults={"firm_ids": [actor.firm]}
        )
        members.Role.objects.get_or_create(person=person, firm_id=actor.firm, role=actor.role.value)
    browser = Client()
    session = browser.session
    session.update({"person": str(person.id), "firm": str(actor.firm), "role": actor.role.value})
    session.save()
    return browser


def text(answer):
    assert 200 == answer.status_code
    return " ".join(strip_tags(answer.content.decode()).split())


def test_it_works(story):
    order = story.ordered()

    page = text(as_(OFFICE).get(f"/plan/orders/{order.id}/"))

    assert "이 주문은 2026년 11월 23일(월)에 나갑니다. 2개 공정 중 0개가 끝났습니다." in page
    assert "제때" in page
    assert "기계 작업에 2시간이 듭니다." in page


def test_the_buyer_accepts_the_quote_in_two_taps(story):
    quote = story.quoted()
    browser = as_(HANBIT_BUYER)
    assert "견적 수락" in text(browser.get(f"/plan/requests/{quote.request}/"))

    answer = browser.post(f"/plan/quotes/{quote.id}/accept/")

    with acting(HANBIT_BUYER):
        order = models.Order.objects.get()
    assert f"/plan/orders/{order.id}/" == answer["Location"]
    assert "수주 1호" in text(browser.get(f"/plan/requests/{quote.request}/"))


def test_a_member_sees_its_own_work_and_whom_it_hands_over_to(story):
    story.ordered()

    page = text(as_(owner(story.press)).get("/plan/"))

    assert "다음 일은 2026년 11월 23일(월)" in page
    assert "한빛카페" not in page
    assert "press" in page


def test_the_next_work_is_the_earliest_whatever_its_order(story):
    late, early = story.ordered(), story.ordered()
    with acting(OFFICE):
        models.JobOrder.objects.filter(order_id=early.id).update(
            starts=AT + timedelta(hours=30), ends=AT + timedelta(hours=31)
        )
        models.JobOrder.objects.filter(order_id=late.id).update(
            starts=AT + timedelta(hours=54), ends=AT + timedelta(hours=55)
        )

    page = text(as_(owner(story.press)).get("/plan/"))

    assert "다음 일은 2026년 11월 24일(화) 16:00에 시작합니다." in page


def test_a_member_reads_from_whom_and_when_it_receives(story):
    order = story.ordered()
    _, painted = story.job_orders(order)

    page = text(as_(owner(story.paint)).get("/plan/"))

    assert "받을 곳" in page
    (before,) = painted.receives
    assert before.firm_name == story.press.firm.name
    assert f"{before.firm_name} 2026년" in page.split("받을 곳")[1]


def test_a_member_agrees_in_two_taps(story):
    order = story.ordered()
    pressed, _ = story.job_orders(order)
    start(story, pressed, pressed.starts)
    story.happens("LotHeld", pressed, pressed.starts, state="held")
    (asked,) = story.proposals(story.paint)
    browser = as_(owner(story.paint))
    assert "바뀐 일정 1건이 답을 기다립니다." in text(browser.get("/plan/"))
    assert "네, 이대로" in text(browser.get(f"/plan/proposals/{asked.id}/"))

    browser.post(f"/plan/proposals/{asked.id}/answer/", {"answer": "agree"})

    assert "동의" in text(browser.get(f"/plan/proposals/{asked.id}/"))
    with acting(OFFICE):
        assert "agreed" == models.Proposal.objects.get().state


def test_the_buyer_sees_steps_and_days_and_no_machine(story):
    order = story.ordered()

    page = as_(HANBIT_BUYER).get(f"/plan/orders/{order.id}/").content.decode()

    assert "PRESS-1" not in page
    assert "50,000" not in page
    assert story.press.firm.name not in page


@pytest.mark.parametrize("path", ["/plan/orders/{order}/", "/plan/requests/{request}/"])
def test_a_rival_and_a_member_find_no_order(story, path):
    order = story.ordered()
    rival = maker(7, "painting", 900)

    for actor in (owner(rival), owner(story.press)):
        answer = as_(actor).get(path.format(order=order.id, request=order.request))
        assert 404 == answer.status_code


def test_an_empty_page_teaches(story):
    page = text(as_(owner(story.press)).get("/plan/"))

    assert "아직 계획된 일이 없습니다." in page


def test_it_reads_in_english(story):
    story.ordered()
    browser = as_(OFFICE)
    browser.cookies["dure_language"] = "en"

    page = text(browser.get("/plan/"))

    assert "1 order is under way." in page


def test_a_promise_in_danger_is_not_shown_as_kept(story):
    order = story.ordered(quantity=350)
    pressed, _ = story.job_orders(order)
    start(story, pressed, pressed.starts)

    story.happens("LotHeld", pressed, pressed.ends, state="held")

    for path in (f"/plan/orders/{order.id}/", "/plan/"):
        page = text(as_(HANBIT_BUYER).get(path))
        assert "위태로움" in page
        assert "제때" not in page

import pytest
from django.test import Client
from django.utils.html import strip_tags

from dure.journal.models import BusinessTime
from dure.members import models as members
from dure.members.services import join_firm
from dure.stack.tenancy import acting
from tests.cast import AT, HANBIT, HANBIT_BUYER, OFFICE
from tests.match.houses import House, ask_for_trays, list_tray, maker, owner
from tests.members.test_founding import cooperative, firm

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]


def browser_of(actor, person):
    browser = Client()
    session = browser.session
    session.update({"person": str(person), "firm": str(actor.firm), "role": actor.role.value})
    session.save()
    return browser


@pytest.fixture
def story(cooperative):
    """Let a buyer ask for trays that two members can make; give everybody's browser."""
    with acting(OFFICE):
        BusinessTime.objects.update_or_create(id=True, defaults={"now": AT})
        row = members.Firm.objects.create(
            id=HANBIT, number=90, business_number="0000000090", name="한빛카페", kind="buyer"
        )
        for actor in (HANBIT_BUYER, OFFICE):
            person, _ = members.Person.objects.get_or_create(
                id=actor.person,
                defaults={"email": f"{actor.role.value}@x", "firm_ids": [actor.firm]},
            )
            members.Role.objects.get_or_create(
                person=person, firm_id=actor.firm, role=actor.role.value
            )
    press, paint = maker(2, "press-forming", 100), maker(3, "painting", 200)
    list_tray()
    house, request = House(), ask_for_trays()
    house.settle()
    return house, request, press, paint, row


def text(answer):
    assert 200 == answer.status_code
    return " ".join(strip_tags(answer.content.decode()).split())


def test_it_works(story):
    house, request, press, _, _ = story
    buyer = browser_of(HANBIT_BUYER, HANBIT_BUYER.person)

    page = text(buyer.get(f"/needs/{request.id}/"))
    assert "쟁반 100세트를 만드는 길이 1가지 있습니다." in page
    assert "50,000원" in page
    assert press.firm.name not in page
    form = buyer.get(f"/needs/{request.id}/").context["alternatives"][0]["offered"]
    chosen = buyer.post(f"/needs/{request.id}/choose/", {"alternative": str(form.id)})
    assert 302 == chosen.status_code
    house.settle()

    member = browser_of(owner(press), press.people[0].id)
    offers = member.get("/clusters/")
    assert "답을 기다리는 제안이 1건 있습니다." in text(offers)
    offer = offers.context["waiting"][0]
    assert 302 == member.post(f"/offers/{offer.id}/accept/").status_code
    assert "답할 제안이 없습니다." in text(member.get("/clusters/"))
    house.settle()

    office = browser_of(OFFICE, OFFICE.person)
    page = text(office.get("/clusters/"))
    assert "답을 기다리는 클러스터가 1개 있습니다." in page
    cluster = office.get("/clusters/").context["rows"][0][0]
    assert "요청 1번의 공정 2개 가운데 1개가 수락되었습니다." in text(
        office.get(f"/clusters/{cluster.id}/")
    )


def test_a_buyer_asks_by_the_form_and_sees_what_is_missing(story):
    buyer = browser_of(HANBIT_BUYER, HANBIT_BUYER.person)

    answer = buyer.post("/needs/", {"product": "TRAY", "quantity": "50", "due": "2026-12-11"})

    assert 302 == answer.status_code
    page = text(buyer.get(answer["Location"]))
    assert "납품지가 없습니다." in page
    assert "50%" in page
    assert "요청하신 견적이 2건 있습니다." in text(buyer.get("/needs/"))


def test_a_date_in_the_past_is_refused_on_the_page_in_words(story):
    buyer = browser_of(HANBIT_BUYER, HANBIT_BUYER.person)

    answer = buyer.post("/needs/", {"product": "TRAY", "quantity": "5", "due": "2026-11-01"})

    assert 409 == answer.status_code
    assert "오늘(2026년 11월 23일(월))이거나 지난 날입니다." in answer.content.decode()


def test_pages_speak_english_too(story):
    _, request, *_ = story
    buyer = browser_of(HANBIT_BUYER, HANBIT_BUYER.person)
    buyer.cookies["dure_language"] = "en"

    page = text(buyer.get(f"/needs/{request.id}/"))

    assert "The cheapest" in page
    assert "The only member that can do it." in page


def test_the_office_lists_requests(story):
    office = browser_of(OFFICE, OFFICE.person)

    assert "견적요청이 1건 들어왔습니다." in text(office.get("/needs/"))


def test_a_rival_finds_neither_the_need_nor_the_cluster(story):
    _, request, *_ = story
    with acting(OFFICE):
        rival = firm(8, people=[{"email": "r@x", "name": "박", "roles": ["owner"]}]).joining()
        join_firm(rival, at=AT)
    browser = browser_of(owner(rival), rival.people[0].id)

    assert 404 == browser.get(f"/needs/{request.id}/").status_code
    assert str(request.id) not in browser.get("/needs/").content.decode()

"""The pages of trust: what one's own firm is told, what fair share costs, the agreement."""

import pytest

from dure.match import services
from dure.match.views import trust
from dure.members import models as members
from dure.members.services import seat_person
from dure.stack.tenancy import acting
from tests.cast import AT, HANBIT_BUYER, OFFICE, WORKER
from tests.match.houses import maker, owner
from tests.match.test_pages import browser_of, story, text
from tests.match.test_telling import formed, tell
from tests.members.test_founding import cooperative

pytestmark = pytest.mark.django_db
__all__ = ["cooperative", "story"]


def of(joining):
    return browser_of(owner(joining), joining.people[0].id)


@pytest.fixture
def closed(story):
    """Let the trays be agreed on, beside three others who were not chosen, and all be told."""
    house, request, press, paint, _ = story
    others = [maker(number, "press-forming", 150) for number in (4, 5, 6)]
    _, cluster = formed(house, press, paint, request=request)
    tell()
    return cluster, press, paint, others


def test_a_member_reads_why_and_what_would_change_it(closed):
    _, press, _, _ = closed

    page = text(of(press).get("/clusters/why/"))

    assert "제안 1건 가운데 1건을 맡았습니다." in page
    assert "이 공정을 맡으셨습니다." in page
    assert "협약 1호" in page
    assert "일이 있는 조합원이 다섯 곳이 되면 말합니다." in page


def test_who_was_never_weighed_is_told_what_will_stand_there(closed):
    *_, others = closed

    page = text(of(others[0]).get("/clusters/why/"))

    assert "아직 우리 업체를 따져 본 요청이 없습니다." in page


def test_only_owners_have_a_page_of_their_own_standing(closed):
    assert 404 == browser_of(HANBIT_BUYER, HANBIT_BUYER.person).get("/clusters/why/").status_code


def test_what_each_weight_costs_is_shown_with_its_date_and_the_vote(closed):
    _, press, _, _ = closed
    browser = of(press)
    assert "일할 수 있는 조합원이 다섯 곳이 되면" in text(browser.get("/clusters/fair-share/"))
    with acting(WORKER):
        assert services.draw_frontier(AT)
    asked = {"parameter": trust.FIGURE, "percent": "3", "why": "", "days": "7"}
    browser.post("/members/ballots/open/", asked)

    page = text(browser.get("/clusters/fair-share/"))

    assert "고른 일감의 무게는 지금 10%이고" in page
    assert "2026년 11월 23일(월)에, 조합원들의 보유공정으로 만든 가상의 요청 60건" in page
    assert "10% → 3%" in page
    browser.cookies["dure_language"] = "en"
    assert "The weight of fair share is 10%" in text(browser.get("/clusters/fair-share/"))


def test_the_parties_read_their_agreement_and_each_its_own_share(closed):
    cluster, press, paint, others = closed

    page = text(of(press).get(f"/clusters/{cluster}/agreement/"))

    assert "쟁반: 조합원 2곳이 공정 2개를 함께 맡기로 했습니다." in page
    assert "20,000원" in page
    assert "30,000원" not in page
    assert "30,000원" in text(of(paint).get(f"/clusters/{cluster}/agreement/"))
    assert 404 == of(others[0]).get(f"/clusters/{cluster}/agreement/").status_code


def test_somebody_of_a_maker_who_sits_in_the_office_does_not_see_its_clusters_prices(closed):
    cluster, press, _, _ = closed
    with acting(OFFICE):
        email = members.Person.objects.get(id=press.people[0].id).email
        seat_person(email, OFFICE.role, at=AT)
    director = browser_of(OFFICE, press.people[0].id)

    for path in (f"/clusters/{cluster}/", f"/clusters/{cluster}/agreement/"):
        answer = director.get(path)
        assert 409 == answer.status_code
        assert "사무국의 다른 사람이 정해야 합니다." in answer.content.decode()

    assert "이 클러스터의 협약" in text(
        browser_of(OFFICE, OFFICE.person).get(f"/clusters/{cluster}/")
    )

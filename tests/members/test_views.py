import pytest
from django.test import Client

from dure.members.services import join_firm
from dure.stack.tenancy import acting
from tests.cast import AT, OFFICE
from tests.members.test_founding import cooperative, firm

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]


@pytest.fixture
def signed_in(cooperative):
    with acting(OFFICE):
        ours = join_firm((mine := firm(2)).joining(), at=AT)
        rival = firm(3)
        join_firm(rival.joining(), at=AT)

    def as_(email, password):
        browser = Client()
        browser.post("/sign-in/", {"email": email, "password": password})
        return browser

    return as_("owner@m2.example", *ours.passwords.values()), mine, cooperative, as_


def test_an_owner_sees_what_the_own_firm_brings(signed_in):
    browser, *_ = signed_in

    page = browser.get("/members/").content.decode()

    assert "설비 1대로 공정 1가지를 맡습니다." in page
    assert "40,000원" in page
    assert "월–금" in page


def test_a_rivals_page_is_not_there(signed_in):
    browser, *_ = signed_in
    with acting(OFFICE):
        other = firm(4).joining()
        join_firm(other, at=AT)

    assert 404 == browser.get(f"/members/{other.firm.id}/").status_code


def test_the_office_sees_all_firms_with_their_machines(signed_in):
    *_, cooperative, as_ = signed_in
    browser = as_("office@dure.example", *cooperative.passwords.values())

    page = browser.get("/members/").content.decode()

    assert "조합원 2곳이 함께 일합니다." in page
    assert "부산프레스 3" in page

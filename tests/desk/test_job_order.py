import pytest
from django.test import Client

from tests.make.shop import released, shop, token
from tests.members.test_founding import cooperative

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]


@pytest.fixture
def mine(cooperative):
    return shop(2)


def signed_in(at_shop):
    browser = Client()
    browser.post("/sign-in/", at_shop.sign_in)
    return browser


def test_the_paper_has_the_foremans_code_and_says_what_to_make(mine):
    job = released(mine)

    answer = signed_in(mine).get(f"/desk/job-orders/{job.job_order_id}/")

    assert 200 == answer.status_code
    assert f"/job/{token(job)}/" in answer.context["door"]
    page = answer.content.decode()
    assert "500개" in page
    assert 'class="qr"' in page


def test_a_rivals_paper_is_not_there(mine):
    job = released(mine)
    rival = shop(3)

    assert 404 == signed_in(rival).get(f"/desk/job-orders/{job.job_order_id}/").status_code


def test_nobody_is_asked_to_sign_in_first(mine):
    job = released(mine)

    answer = Client().get(f"/desk/job-orders/{job.job_order_id}/")

    assert answer["Location"].startswith("/sign-in/?next=")

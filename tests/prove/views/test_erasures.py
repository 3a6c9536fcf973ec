"""The office erases what a person's records say; that they were there, and why they went, stays."""

import pytest

from dure.journal import public as journal
from dure.journal import services
from dure.kernel.errors import Malformed, NotFound, Refused
from dure.kernel.fact import FactKind
from dure.prove import views
from dure.stack.ids import new_id
from dure.stack.tenancy import acting
from tests.cast import (
    BUSAN_OWNER,
    HANBIT_BUYER,
    OFFICE,
    RIVAL_AUDITOR,
    STRANGER,
    WORKER,
)

pytestmark = pytest.mark.django_db
MET = FactKind("VisitorMet", "visit", ("name", "note"))


@pytest.fixture
def visit(at):
    with acting(BUSAN_OWNER):
        return services.record(
            MET, aggregate_id=new_id(), aggregate_version=1, at=at,
            payload={"name": "김두레", "note": 'said "hello"'},
        )  # fmt: skip


def page(rf, actor=OFFICE, **asked):
    return render(rf.get("/proof/erasures/", asked), actor)


def erase(rf, actor=OFFICE, **said):
    return render(rf.post("/proof/erasures/", said), actor)


def render(request, actor):
    request.actor, request.session = actor, {}
    with acting(actor):
        return views.erasures(request)


def test_it_works(rf, visit):
    found = page(rf, q="김두레").text
    assert f"?fact={visit.id}" in found
    assert "김두레" in page(rf, fact=str(visit.id)).text

    answer = erase(rf, fact=str(visit.id), right="person", reason="asked by letter")

    assert 302 == answer.status_code
    assert f"?fact={visit.id}" not in page(rf, q="김두레").text
    with acting(OFFICE), pytest.raises(NotFound):
        journal.fact(visit.id)


def test_what_was_erased_is_listed_with_its_reason(rf, visit):
    erase(rf, fact=str(visit.id), right="retention", reason="three years are over")

    shown = page(rf).text

    assert "기록 1건의 내용이 지워졌습니다." in shown
    assert all(word in shown for word in (str(visit.id), "보유 기간", "three years are over"))
    assert "김두레" not in shown


def test_words_with_quotes_are_found_as_they_were_written(rf, visit):
    assert f"?fact={visit.id}" in page(rf, q='said "hello"').text
    assert "그 말이 적힌 기록이 없습니다." in page(rf, q="said %").text


@pytest.mark.parametrize("actor", [BUSAN_OWNER, HANBIT_BUYER, RIVAL_AUDITOR, STRANGER])
def test_the_page_is_the_offices(rf, visit, actor):
    with pytest.raises(NotFound):
        page(rf, actor)
    with pytest.raises(NotFound):
        erase(rf, actor, fact=str(visit.id), right="person", reason="asked")


@pytest.mark.parametrize(
    "said", [{"right": "whim", "reason": "x"}, {"right": "person", "reason": " "}, {}]
)
def test_without_a_right_and_a_reason_nothing_is_erased(rf, visit, said):
    with pytest.raises(Malformed, match="erased_why"):
        erase(rf, fact=str(visit.id), **said)

    with acting(OFFICE):
        assert visit == journal.fact(visit.id)


def test_an_erasing_is_not_erased(rf, visit):
    erase(rf, fact=str(visit.id), right="person", reason="asked")
    with acting(WORKER):
        (erasing,) = journal.facts_of(visit.id)

    with pytest.raises(Refused, match="not_to_erase"):
        erase(rf, fact=str(erasing.id), right="person", reason="asked")


def test_the_api_erases_for_the_office_alone(visit, at):
    with acting(OFFICE):
        services.erase(visit.id, at=at, right="authority", reason="ordered")
        (told,) = journal.erasures()

    assert ("VisitorMet", "authority", "ordered") == (told.kind, told.right, told.reason)
    assert (visit.id, visit.at, at) == (told.fact, told.happened, told.erased)


def test_a_link_that_names_no_fact_is_not_found(rf):
    with pytest.raises(NotFound):
        page(rf, fact="nonsense")

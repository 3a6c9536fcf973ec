from datetime import timedelta
from uuid import UUID

import pytest

from dure.journal.models import BusinessTime
from dure.journal.public import facts_about, facts_of
from dure.journal.services import record
from dure.kernel.errors import NotFound, Refused
from dure.kernel.fact import FactKind
from dure.kernel.time import seoul_date
from dure.match import models, public, services
from dure.match.public import StandingState
from dure.match.services import standing
from dure.members import models as members
from dure.sense.engine.request import Terms
from dure.sense.schemas import ProductIn
from dure.sense.services import list_product, submit_request
from dure.stack.ids import new_id
from dure.stack.tenancy import acting
from tests.cast import AT, HANBIT, HANBIT_BUYER, OFFICE, RIVAL_OWNER, WORKER
from tests.match.houses import DUE, TRAY, House, list_tray, maker, owner
from tests.match.test_pages import browser_of, text
from tests.members.test_founding import cooperative
from tests.sense.products import step

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]

BOX = TRAY | {
    "code": "BOX",
    "name": "상자",
    "name_en": "Box",
    "bill_of_process": [
        step("print", "offset-printing", "general", [], "1"),
        step("paint", "painting", "general", ["print"], "1"),
    ],
}
ORDER_ACCEPTED = FactKind("OrderAccepted", "order", ("cluster", "quote", "request"))
ORDER_DELIVERED = FactKind("OrderDelivered", "delivery", ("inspect_by",))
LOT_INSPECTED = FactKind(
    "LotInspected", "lot", ("order", "job_order", "step", "inspected", "failed")
)


class Story:
    """Press and paint make trays, print and paint make boxes: as often as one likes."""

    def __init__(self) -> None:
        self.house, self.orders = House(), 0
        self.press, self.paint = maker(2, "press-forming", 100), maker(3, "painting", 200)
        self.print = maker(4, "offset-printing", 50)
        list_tray()
        with acting(OFFICE):
            list_product(ProductIn.model_validate(BOX).product(), at=AT)

    def make(self, product, makers, *, late=False, failed=0):
        with acting(HANBIT_BUYER):
            terms = Terms(quantity=100, due=DUE)
            request = submit_request(product, terms, buyer=HANBIT, at=AT)
        self.house.settle()
        with acting(HANBIT_BUYER):
            cheap = public.alternatives(request.id)[0]
            cluster = services.choose(request.id, cheap.id, buyer=HANBIT, at=AT)
        self.house.settle()
        for each in makers:
            with acting(owner(each)):
                services.accept_step(public.offers(each.firm.id)[0].id, at=AT)
        self.house.settle()
        self._deliver(request.id, cluster, makers[0], late=late, failed=failed)

    def suggest(self):
        with acting(WORKER):
            return standing.suggest_standing(AT)

    def _deliver(self, request, cluster, first, *, late, failed):
        """Tell what plan, make and move would."""
        order, self.orders = new_id(), self.orders + 1
        promised = seoul_date(AT) - timedelta(days=1 if late else 0)
        self._tell(
            ORDER_ACCEPTED,
            order,
            {"cluster": cluster, "quote": new_id(), "request": request},
            {"number": self.orders, "price": 1, "promised_on": promised},
        )
        found = {"order": order, "job_order": new_id(), "step": "press"}
        self._tell(LOT_INSPECTED, new_id(), {**found, "inspected": 50, "failed": failed})
        self._tell(ORDER_DELIVERED, new_id(), {"inspect_by": DUE}, {"order_id": order})
        self.house.settle()

    def _tell(self, kind, of, payload, sets=None):
        with acting(WORKER):
            told = {"aggregate_id": of, "aggregate_version": 1, "at": AT}
            record(kind, **told, payload=payload, sets=sets)


@pytest.fixture
def story(cooperative):
    with acting(OFFICE):
        BusinessTime.objects.update_or_create(id=True, defaults={"now": AT})
    return Story()


@pytest.fixture
def both(story):
    """Let trays and boxes be made three times each; painting is in both."""
    story.make("TRAY", [story.press, story.paint])
    story.make("BOX", [story.print, story.paint])
    with acting(WORKER):
        for row in models.OrderMade.objects.all():
            for again in (1, 2):
                row.id, row.order_id, row.number = new_id(), new_id(), row.number + 2 * again
                models.OrderMade.objects.create(**_columns(row))
    return story


def _columns(row):
    return {field.name: getattr(row, field.name) for field in row._meta.fields}


def seen_by(joining):
    with acting(owner(joining)):
        return public.standing()


def say(story, joining, wants):
    with acting(owner(joining)):
        (each,) = (one for one in public.standing() if one.products)
        standing.answer_standing(each.id, firm=joining.firm.id, wants=wants, at=AT)
    story.house.settle()


def test_it_works(story):
    story.make("TRAY", [story.press, story.paint])
    story.make("TRAY", [story.press, story.paint], failed=2)
    assert 0 == story.suggest()
    story.make("TRAY", [story.press, story.paint], late=True)

    assert 1 == story.suggest()

    (each,) = seen_by(story.press)
    (side,) = each.sides
    assert {story.press.firm.id, story.paint.firm.id} == set(each.firms)
    assert (3, 2, 3, 150, 2) == (side.orders, side.on_time, side.timed, side.pieces, side.failed)
    assert ("painting",) == side.roles[story.paint.firm.id]
    assert StandingState.OPEN is each.state
    assert () == seen_by(story.print)


def test_nothing_is_suggested_twice_but_what_shows_it_is_brought_up_to_date(both):
    both.suggest()
    both.make("TRAY", [both.press, both.paint])

    assert 0 == both.suggest()

    (each,) = (one for one in seen_by(both.press) if not one.products)
    assert 4 == each.sides[0].orders


def test_two_groups_hear_of_a_product_that_nobody_offers_and_not_of_each_other(both):
    both.suggest()

    (mine,) = (each for each in seen_by(both.press) if each.products)
    (hinge,) = (each for each in seen_by(both.paint) if each.products)
    assert {"TRAY", "BOX"} == set(mine.products)
    assert "painting" == mine.at
    assert (1, 1) == (len(mine.sides), mine.unnamed)
    assert both.print.firm.id not in mine.firms
    assert (2, 0) == (len(hinge.sides), hinge.unnamed)
    with acting(owner(both.press)):
        told = " ".join(str(fact.as_json()) for fact in facts_about(both.press.firm.id))
    assert str(both.print.firm.id) not in told


def test_once_all_want_it_they_learn_each_others_names(both):
    both.suggest()

    for each in (both.press, both.paint):
        say(both, each, wants=True)
    assert 1 == next(one for one in seen_by(both.press) if one.products).unnamed
    say(both, both.print, wants=True)

    taken = next(one for one in seen_by(both.press) if one.products)
    assert StandingState.TAKEN_UP is taken.state
    assert {both.press.firm.id, both.paint.firm.id, both.print.firm.id} == set(taken.firms)
    with acting(OFFICE):
        last = facts_of(taken.id)[-1]
    assert "StandingTakenUp" == last.kind
    assert set(taken.firms) <= set(last.parties)


def test_who_does_not_want_it_ends_it_unnamed(both):
    both.suggest()
    say(both, both.paint, wants=True)

    say(both, both.print, wants=False)

    left = next(one for one in seen_by(both.press) if one.products)
    assert StandingState.LEFT is left.state
    with acting(owner(both.press)):
        assert not models.StandingAnswer.objects.exists()
    with acting(owner(both.press)), pytest.raises(Refused, match=r"match\.standing_decided"):
        standing.answer_standing(left.id, firm=both.press.firm.id, wants=True, at=AT)


def test_a_rival_learns_nothing_of_it(both):
    both.suggest()
    (each, *_) = seen_by(both.paint)

    with acting(RIVAL_OWNER):
        assert () == public.standing()
        with pytest.raises(NotFound):
            standing.answer_standing(each.id, firm=UUID(int=1), wants=True, at=AT)


def test_the_page_shows_what_was_made_together_and_takes_two_taps(both):
    both.suggest()
    with acting(OFFICE):
        person, _ = members.Person.objects.get_or_create(
            id=both.press.people[0].id, defaults={"email": "p@x", "firm_ids": [both.press.firm.id]}
        )
    browser = browser_of(owner(both.press), person.id)

    page = text(browser.get("/clusters/standing/"))
    assert "쟁반 + 상자" in page or "상자 + 쟁반" in page
    assert "3 / 3" in page
    assert "조합원 1곳이 더 있습니다" in page
    assert "잇는 공정: 도장" in page
    (idea,) = (each for each in seen_by(both.press) if each.products)
    assert 302 == browser.post(f"/clusters/standing/{idea.id}/", {"wants": "yes"}).status_code

    assert "다른 조합원의 답을 기다립니다" in text(browser.get("/clusters/standing/"))
    assert 400 == browser.post(f"/clusters/standing/{idea.id}/", {"wants": "?"}).status_code

import pytest

from dure.match import public as match
from dure.match import services as matching
from dure.move import models as move
from dure.move.services import lay_routes
from dure.plan import public
from dure.plan.services import quoting
from dure.sense.schemas import ProductIn
from dure.sense.services import list_product
from dure.stack.tenancy import acting
from tests.cast import AT, HANBIT, HANBIT_BUYER, OFFICE, WORKER
from tests.match.houses import TRAY, ask_for_trays, maker, owner
from tests.members.test_founding import cooperative
from tests.plan.story import Story

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]


def ordered(story, other):
    press, paint = TRAY["bill_of_process"]
    body = TRAY | {"code": "SAFE", "bill_of_process": [press | {"critical": True}, paint]}
    with acting(OFFICE):
        list_product(ProductIn.model_validate(body).product(), at=AT)
    request = ask_for_trays(101, product="SAFE")
    story.settle()
    with acting(HANBIT_BUYER):
        cheap = match.alternatives(request.id)[0]
        matching.choose(request.id, cheap.id, buyer=HANBIT, at=AT)
    story.settle()
    for member in (story.press, other, story.paint):
        with acting(owner(member)):
            matching.accept_step(match.offers(member.firm.id)[0].id, at=AT)
        story.settle()
    with acting(HANBIT_BUYER):
        quote = public.quote_of(request.id)
        order = quoting.accept_quote(quote.id, buyer=HANBIT, at=AT)
    story.settle()
    return order


def test_a_step_of_two_makers_is_planned_ordered_and_carried_as_two_lots(cooperative):
    story = Story()
    other = maker(4, "press-forming", 120)

    order = ordered(story, other)

    first, second, painted = story.job_orders(order)
    assert [("press.1", 51), ("press.2", 50), ("paint", 101)] == [
        (each.step, each.quantity) for each in (first, second, painted)
    ]
    assert {story.press.firm.id, other.firm.id} == {first.firm, second.firm}
    assert max(first.ends, second.ends) <= painted.starts
    assert {"press.1", "press.2"} == {each.step for each in painted.receives}


def test_each_lot_has_its_own_way_to_the_next_step(cooperative):
    story = Story()
    order = ordered(story, maker(4, "press-forming", 120))
    with acting(WORKER):
        published = next(each for each in _facts("PlanPublished"))
        lay_routes(published, AT)

        routes = move.Route.objects.filter(order_id=order.id).order_by("step")
        assert [("paint", "", 101), ("press.1", "paint", 51), ("press.2", "paint", 50)] == [
            (row.step, row.to_step, row.quantity) for row in routes
        ]


def _facts(kind):
    from dure.journal.models import Fact
    from dure.journal.public import fact

    return [fact(row.id) for row in Fact.objects.filter(kind=kind)]

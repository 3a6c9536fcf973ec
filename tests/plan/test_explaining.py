from datetime import timedelta

import pytest

from dure.kernel.time import seoul_date
from dure.plan.services import explaining
from dure.plan.views.drawing import in_words
from dure.stack.tenancy import acting
from tests.cast import AT, OFFICE

pytestmark = pytest.mark.django_db


def why(order):
    with acting(OFFICE):
        return explaining.why(order.id)


def test_an_order_on_time_needs_no_remedy(story):
    order = story.ordered()

    found = why(order)

    assert ["press", "paint"] == list(dict.fromkeys(link.step for link in found.links))
    assert () == found.remedies


def test_a_late_order_tells_the_smallest_change_of_each_kind_that_is_enough(story):
    order = story.ordered(quantity=400, due=seoul_date(AT) + timedelta(days=1))

    found = why(order).remedies

    assert "plan.remedy_date" in {each.code for each in found}
    minutes = [each.parameters["minutes"] for each in found]
    assert minutes == sorted(minutes)
    assert all(minutes)


def test_a_remedy_names_the_machine_in_words(story):
    order = story.ordered(quantity=400, due=seoul_date(AT) + timedelta(days=1))

    said = [each for each in why(order).remedies if each.code == "plan.remedy_overtime"]

    assert said
    assert "설비를" in in_words(said[:1])
    assert "–" not in in_words(said[:1])

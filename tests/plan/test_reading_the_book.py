"""The whole book is read with as many questions to the database as one order is."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dure.plan.services import changing, standing
from dure.stack.tenancy import acting
from tests.cast import AT, OFFICE, WORKER

pytestmark = pytest.mark.django_db


def questions(work, actor=WORKER):
    with (
        acting(actor),
        CaptureQueriesContext(
            connection,
        ) as asked,
    ):
        work()
    return len(asked)


def read():
    standing.whole_book(AT, found={})


def test_three_orders_and_two_quotes_are_read_with_as_many_as_one_of_each(story):
    story.ordered()
    story.quoted()
    one = questions(read)
    story.ordered()
    story.ordered()
    story.quoted()

    three = questions(read)

    assert one == three < 20


def test_a_better_plan_of_three_orders_is_sought_with_as_many_as_of_one(story):
    story.ordered()
    one = questions(lambda: changing.draft_better(AT), OFFICE)
    story.ordered()
    story.ordered()

    three = questions(lambda: changing.draft_better(AT), OFFICE)

    assert one == three < 50


def test_an_order_in_the_book_stands_as_it_does_alone(story):
    order = story.ordered()
    story.ordered()

    with acting(WORKER):
        alone = standing.standing_order(order.id, AT)
        (first, _) = standing.whole_book(AT, found={})

    assert (alone.works, alone.stands, alone.quantities) == (
        first.works,
        first.stands,
        first.quantities,
    )

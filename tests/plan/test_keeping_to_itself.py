"""A member that publishes only free windows and a price: the planner reads nothing else of it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dure.kernel.errors import Malformed, NotFound
from dure.match import public as match
from dure.members import models as members
from dure.plan import models, public
from dure.plan.bridge import reading
from dure.plan.services import disclosing, drafting, quoting
from dure.stack.tenancy import acting
from tests.cast import AT, RIVAL_OWNER, WORKER
from tests.match.houses import owner

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
WINDOWS = [(AT + 2 * DAY, AT + 2 * DAY + timedelta(hours=2)), (AT + 3 * DAY, AT + 4 * DAY)]


def capability_of(joining):
    return joining.capabilities[0].id


def publishes(joining, windows=WINDOWS, **more):
    terms = {"setup_minutes": 10, "minutes_per_100": 30, "setup_won": 9_000, "unit_won": 90}
    with acting(owner(joining)):
        return disclosing.publish_free_time(
            joining.firm.id, capability_of(joining), windows, at=AT, **(terms | more)
        )


def test_the_planner_works_in_the_windows_alone(story):
    publishes(story.paint)

    order = story.ordered()

    _, painted = story.job_orders(order)
    assert capability_of(story.paint) == painted.equipment
    assert WINDOWS[0][0] <= painted.starts < painted.ends <= WINDOWS[0][1]
    assert timedelta(minutes=30) == painted.ends - painted.starts


def test_what_does_not_fit_one_window_goes_into_the_next(story):
    publishes(story.paint, minutes_per_100=300)

    order = story.ordered()

    _, painted = story.job_orders(order)
    assert painted.ends > WINDOWS[1][0]


def test_one_window_holds_one_piece_of_work_at_a_time(story):
    publishes(story.paint)

    (_, first), (_, second) = (story.job_orders(story.ordered()) for _ in range(2))

    assert first.ends <= second.starts


def test_no_machine_calendar_rate_or_capability_of_it_is_read(story):
    publishes(story.paint)
    secret = str(story.paint.firm.id)
    tables = ("members_equipment", "members_calendar", "members_rate", "members_capability")

    with CaptureQueriesContext(
        connection,
    ) as ran:
        story.ordered()
        read = planning_queries(story, ran)

    touched = [sql for sql in read if any(table in sql for table in tables)]
    assert touched, "the other member's are read"
    assert not [sql for sql in touched if "WHERE" not in sql]
    assert not [sql for sql in touched if secret in sql or secret.replace("-", "") in sql]


def planning_queries(story, ran):
    """Only what runs while a quote is composed: match reads what it needs before."""
    from dure.journal.models import Fact
    from dure.journal.public import fact
    from dure.plan.services import quoting

    with acting(WORKER):
        formed = fact(Fact.objects.get(kind="ClusterFormed").id)
        before = len(ran.captured_queries)
        quoting.compose_quote(formed, AT)
    return [query["sql"] for query in ran.captured_queries[before:]]


def test_it_is_planned_although_its_calendar_is_closed_to_everybody(story):
    publishes(story.paint)
    quote = story.quoted()
    with acting(WORKER):
        members.Calendar.objects.filter(firm_id=story.paint.firm.id).update(shifts=[])
        row = models.Plan.objects.get(request_id=quote.request)

        again = drafting.replay(row)

    assert bytes(row.body) == again
    assert "open" == quote.state


def test_without_a_window_it_cannot_be_made_and_that_is_said(story):
    agreed = story.quoted()
    publishes(story.paint, windows=[])

    with acting(WORKER):
        cluster = match.cluster_of(agreed.request)
        quote = reading.read_quote(quoting.compose(cluster.id, AT))

    assert "impossible" == quote.state
    assert "plan.never_fits_step" == quote.reasons[0].code


def test_withdrawn_the_planner_reads_its_machines_again(story):
    publishes(story.paint)
    with acting(owner(story.paint)):
        disclosing.withdraw_free_time(story.paint.firm.id, capability_of(story.paint), AT)

    order = story.ordered()

    assert story.paint.equipment[0].id == story.job_orders(order)[1].equipment


def test_a_rival_sees_none_of_it(story):
    publishes(story.paint)

    with acting(RIVAL_OWNER):
        assert () == public.free_time()
    with acting(owner(story.press)), pytest.raises(NotFound):
        disclosing.publish_free_time(
            story.press.firm.id,
            capability_of(story.paint),
            WINDOWS,
            setup_minutes=0,
            minutes_per_100=1,
            setup_won=0,
            unit_won=0,
            at=AT,
        )


def test_a_window_that_ends_before_it_begins_is_no_window(story):
    with pytest.raises(Malformed, match=r"plan\.bad_free_time"):
        publishes(story.paint, windows=[(AT + DAY, AT)])

from datetime import timedelta

import pytest

from dure.kernel.errors import Refused
from dure.plan import models, public
from dure.plan.bridge import plans
from dure.plan.services import asking, changing, drafting, incidents
from dure.stack.tenancy import acting
from tests.cast import AT, HANBIT_BUYER, OFFICE, WORKER
from tests.match.houses import owner
from tests.plan.test_incidents import approve, breaks, the_draft

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def test_approved_and_agreed_by_all_it_is_published(story):
    order = story.ordered()
    breaks(story, story.press)
    draft = the_draft()

    approve(story, draft)
    story.answer(story.press, agree=True)
    before = story.job_orders(order)
    story.answer(story.paint, agree=True)

    pressed, painted = story.job_orders(order)
    assert before != (pressed, painted)
    assert AT + DAY <= pressed.starts < pressed.ends <= painted.starts
    with acting(WORKER):
        row = models.Plan.objects.get(id=draft.id)
        assert row.id == models.Order.objects.get().plan_id
        assert "released" == row.state
        assert bytes(row.body) == drafting.replay(row)


def test_refused_by_the_office_nothing_moves(story):
    order = story.ordered()
    before = story.job_orders(order)
    breaks(story, story.press)

    with acting(OFFICE):
        row = changing.refuse_change(the_draft().id, AT)

    assert "dropped" == row.state
    assert before == story.job_orders(order)
    assert [] == story.proposals(story.press)


def test_refused_by_a_member_it_is_pinned_and_a_new_draft_goes_around_it(story):
    order = story.ordered()
    breaks(story, story.press)
    approve(story, the_draft())
    story.answer(story.press, agree=True)

    story.answer(story.paint, agree=False)

    pressed, painted = story.job_orders(order)
    assert painted.pinned
    assert not pressed.pinned
    with acting(OFFICE):
        assert not models.Plan.objects.filter(is_change=True, state="draft").exists()
    with acting(HANBIT_BUYER):
        risks = public.order(order.id).reasons
    assert ["plan.because_elsewhere", "plan.pinned_cannot_wait"] == [each.code for each in risks]
    assert "PRESS-1" not in str(risks)


def test_each_member_reads_of_its_own_part_alone(story):
    story.ordered()
    breaks(story, story.press)
    approve(story, the_draft())

    (pressing,) = story.proposals(story.press)
    (painting,) = story.proposals(story.paint)

    assert "plan.because_breakdown" == pressing.reasons[0].code
    assert "PRESS-1" == pressing.reasons[0].parameters["machine"]
    assert "plan.because_elsewhere" == painting.reasons[0].code
    assert "PRESS-1" not in str(painting.reasons)


def test_another_orders_released_work_moves_only_with_consent(story):
    first, second = story.ordered(), story.ordered()
    (held, _), (behind, _) = story.job_orders(first), story.job_orders(second)
    assert held.ends <= behind.starts

    breaks(story, story.press, until=AT + timedelta(hours=6))
    approve(story, the_draft())

    asked = [each.job_order for each in _open_proposals()]
    assert {held.id, behind.id} <= set(asked)
    assert behind.starts == story.job_orders(second)[0].starts


def _open_proposals():
    with acting(OFFICE):
        return [each for each in public.proposals() if each.state == "open"]


def test_a_quote_makes_room_without_asking_anybody_while_its_date_holds(story):
    quote = story.quoted()

    breaks(story, story.press, until=AT + timedelta(hours=4))
    draft = the_draft()
    approve(story, draft)

    with acting(HANBIT_BUYER):
        after = public.quote_of(quote.request)
    assert (quote.promised_on, "open") == (after.promised_on, after.state)
    with acting(WORKER):
        assert draft.id == models.Quote.objects.get().plan_id


def test_a_quote_whose_machines_are_gone_no_longer_stands_and_says_so(story):
    quote = story.quoted()

    breaks(story, story.press, until=AT + 9 * DAY)
    approve(story, the_draft())

    with acting(HANBIT_BUYER):
        after = public.quote_of(quote.request)
    assert "expired" == after.state
    assert ["plan.machines_gone"] == [reason.code for reason in after.reasons]


def test_what_is_not_touched_stays_where_it_is(story):
    story.ordered()
    other = story.paint

    breaks(story, other, starts=AT + 20 * DAY, until=AT + 21 * DAY)

    with acting(OFFICE):
        assert not models.Plan.objects.filter(is_change=True).exists()


def test_a_change_is_made_of_what_it_concerns_and_the_rest_stands(story):
    story.ordered()
    second = story.ordered()
    _, painted = story.job_orders(second)

    with acting(owner(story.paint)):
        incidents.wait_for(painted.id, until=AT + 3 * DAY, at=AT)
    story.settle()

    posed, _, _ = plans.read_inputs(bytes(the_draft().inputs))
    assert [second.request] == [order for order, _ in posed.orders]


def test_work_that_lasts_into_anothers_time_moves_that_too(story):
    first, second = story.ordered(quantity=800), story.ordered()
    pressed, _ = story.job_orders(first)
    pressed_next, _ = story.job_orders(second)
    late = pressed_next.starts - timedelta(minutes=30)

    with acting(WORKER):
        models.JobOrder.objects.filter(id=pressed.id).update(
            state="started", starts=late, ends=late + (pressed.ends - pressed.starts)
        )
    story.happens("LotHeld", pressed, late)
    breaks(story, story.paint, starts=late, until=late + timedelta(hours=1), at=late)

    moved = {move["number"] for move in the_draft().moves}
    assert pressed_next.number in moved


def test_a_draft_over_which_things_moved_is_not_approved(story):
    order = story.ordered()
    breaks(story, story.press)
    draft = the_draft()
    pressed, _ = story.job_orders(order)
    with acting(WORKER):
        models.JobOrder.objects.filter(id=pressed.id).update(state="started")

    with acting(OFFICE), pytest.raises(Refused, match=r"plan\.draft_stale"):
        changing.approve_change(draft.id, AT)


def test_in_the_frozen_zone_only_what_must_moves(story):
    first, second = story.ordered(), story.ordered()
    (_, first_paint), (_, second_paint) = story.job_orders(first), story.job_orders(second)
    with acting(WORKER):
        later = second_paint.starts - timedelta(minutes=5)
        models.JobOrder.objects.filter(id=first_paint.id).update(expected_at=None)

    with acting(owner(story.paint)):
        incidents.wait_for(first_paint.id, until=later, at=AT)
    story.settle()

    assert str(second_paint.id) not in [move["job_order"] for move in the_draft().moves]


def test_silence_refuses_here_too(story):
    story.ordered()
    breaks(story, story.press)
    approve(story, the_draft())

    with acting(WORKER):
        count = asking.expire_proposals(AT + 3 * DAY)

    assert 2 == count

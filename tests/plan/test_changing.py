from datetime import timedelta

import pytest

from dure.journal.public import facts_of
from dure.kernel.errors import NotFound, Refused
from dure.plan import models, public
from dure.plan.services import asking, drafting, ordering
from dure.stack.tenancy import acting
from tests.cast import AT, HANBIT_BUYER, RIVAL_OWNER, WORKER
from tests.match.houses import owner
from tests.plan.story import fact_like

pytestmark = pytest.mark.django_db


def start(story, job_order, at):
    told(story, job_order, "JobStarted", at, ordering.note_started)


def finish(story, job_order, at):
    told(story, job_order, "JobFinished", at, ordering.note_finished)


def told(story, job_order, kind, at, reaction):
    with acting(WORKER):
        row = models.JobOrder.objects.get(id=job_order.id)
        reaction(fact_like(row, kind, job_order, at, {}), at)


def test_a_held_lot_asks_the_next_member_for_a_later_start_and_moves_nothing_yet(story):
    order = story.ordered()
    pressed, painted = story.job_orders(order)
    start(story, pressed, pressed.starts)

    story.happens("LotHeld", pressed, pressed.starts, state="held")

    (asked,) = story.proposals(story.paint)
    assert [] == story.proposals(story.press)
    assert painted.starts == asked.old.starts < asked.new.starts
    assert ["plan.because_lot_held", "plan.starts_later"] == [r.code for r in asked.reasons]
    assert painted == story.job_orders(order)[1]


def test_agreed_the_change_is_published_as_a_new_version(story):
    order = story.ordered()
    pressed, _ = story.job_orders(order)
    start(story, pressed, pressed.starts)
    story.happens("LotHeld", pressed, pressed.starts, state="held")

    asked = story.answer(story.paint, agree=True)

    _, painted = story.job_orders(order)
    assert asked.new.starts == painted.starts
    with acting(WORKER):
        states = list(models.Plan.objects.order_by("number").values_list("state", flat=True))
        newest = models.Plan.objects.order_by("number").last()
        assert bytes(newest.body) == drafting.replay(newest)
        assert newest.id == models.Order.objects.get().plan_id
    assert ["replaced", "released"] == states
    with acting(owner(story.paint)):
        assert "JobOrderChanged" == facts_of(painted.id)[-1].kind


def test_refused_the_job_order_is_pinned_and_the_buyer_hears_why(story):
    order = story.ordered()
    pressed, painted = story.job_orders(order)
    start(story, pressed, pressed.starts)
    story.happens("LotHeld", pressed, pressed.starts, state="held")

    story.answer(story.paint, agree=False)

    _, after = story.job_orders(order)
    assert (painted.starts, True) == (after.starts, after.pinned)
    with acting(HANBIT_BUYER):
        risk = facts_of(order.id)[-1]
        assert "PromiseAtRisk" == risk.kind
        codes = [reason["code"] for reason in risk.payload["reasons"]]
    assert "plan.because_refused" in codes


def test_a_small_delay_within_the_promise_says_nothing_to_the_buyer(story):
    order = story.ordered()
    pressed, _ = story.job_orders(order)
    start(story, pressed, pressed.starts)

    story.happens("LotHeld", pressed, pressed.starts, state="held")

    with acting(HANBIT_BUYER):
        assert ["OrderAccepted"] == [fact.kind for fact in facts_of(order.id)]


def test_a_lot_that_came_out_smaller_makes_the_next_one_smaller(story):
    order = story.ordered()
    pressed, _ = story.job_orders(order)
    start(story, pressed, pressed.starts)
    finish(story, pressed, pressed.ends)

    story.happens("LotReleased", pressed, pressed.ends, state="released", good=90)

    (asked,) = story.proposals(story.paint)
    assert (100, 90) == (asked.old.quantity, asked.new.quantity)
    with acting(HANBIT_BUYER):
        risk = facts_of(order.id)[-1]
    assert {"code": "plan.short", "parameters": {"pieces": 10}} in risk.payload["reasons"]


def test_a_lot_that_gave_enough_on_time_changes_nothing(story):
    order = story.ordered()
    pressed, _ = story.job_orders(order)
    start(story, pressed, pressed.starts)
    finish(story, pressed, pressed.ends)

    story.happens("LotReleased", pressed, pressed.ends, state="released", good=100)

    assert [] == story.proposals(story.paint)


def test_a_new_event_withdraws_what_was_asked_before(story):
    order = story.ordered()
    pressed, _ = story.job_orders(order)
    start(story, pressed, pressed.starts)
    story.happens("LotHeld", pressed, pressed.starts, state="held")
    (first,) = story.proposals(story.paint)

    story.happens("LotHeld", pressed, pressed.starts + timedelta(hours=2), state="held")

    (second,) = story.proposals(story.paint)
    assert first.new.starts < second.new.starts
    with acting(owner(story.paint)), pytest.raises(Refused, match=r"plan\.answered_already"):
        asking.answer_proposal(first.id, agree=True, firm=story.paint.firm.id, at=AT)


def test_silence_past_the_answer_by_counts_as_a_refusal(story):
    order = story.ordered()
    pressed, painted = story.job_orders(order)
    start(story, pressed, pressed.starts)
    story.happens("LotHeld", pressed, pressed.starts, state="held")

    story.answer(story.paint, agree=True, at=pressed.starts + timedelta(hours=25))

    assert painted.starts == story.job_orders(order)[1].starts


def test_silence_is_taken_as_a_refusal_although_nobody_says_anything(story):
    order = story.ordered()
    pressed, _ = story.job_orders(order)
    start(story, pressed, pressed.starts)
    story.happens("LotHeld", pressed, pressed.starts, state="held")
    (asked,) = story.proposals(story.paint)

    with acting(WORKER):
        in_time = asking.expire_proposals(asked.answer_by)
        too_late = asking.expire_proposals(asked.answer_by + timedelta(minutes=1))
        state = models.Proposal.objects.get(id=asked.id).state

    assert (0, 1, "refused") == (in_time, too_late, state)


def test_nobody_else_answers_for_a_member(story):
    order = story.ordered()
    pressed, _ = story.job_orders(order)
    start(story, pressed, pressed.starts)
    story.happens("LotHeld", pressed, pressed.starts, state="held")
    (asked,) = story.proposals(story.paint)

    with acting(RIVAL_OWNER), pytest.raises(NotFound):
        asking.answer_proposal(asked.id, agree=True, firm=RIVAL_OWNER.firm, at=AT)


def test_what_is_done_shows_in_the_order(story):
    order = story.ordered()
    pressed, _ = story.job_orders(order)

    start(story, pressed, AT)
    finish(story, pressed, AT + timedelta(hours=1))

    with acting(HANBIT_BUYER):
        assert 1 == public.order(order.id).done

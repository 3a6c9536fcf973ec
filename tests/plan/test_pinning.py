from datetime import datetime, timedelta

import pytest

from dure.kernel.errors import NotFound, Refused
from dure.plan import models
from dure.plan.services import changing, pinning
from dure.stack.tenancy import acting
from tests.cast import AT, OFFICE, WORKER
from tests.plan.test_incidents import approve, breaks, the_draft

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def moved(job_order, starts, machine=None):
    with acting(OFFICE):
        return pinning.move(
            job_order.id, machine=machine or job_order.equipment, starts=starts, at=AT
        )


def test_what_is_put_elsewhere_is_a_draft_and_all_else_gives_way(story):
    order = story.ordered()
    pressed, painted = story.job_orders(order)

    draft = moved(pressed, pressed.starts + 2 * HOUR)

    by_step = {move["step"]: move for move in draft.moves}
    assert pressed.starts + 2 * HOUR == datetime.fromisoformat(by_step["press"]["new"]["starts"])
    assert "plan.moved_by_hand" == by_step["press"]["why"][0]["code"]
    assert by_step["press"]["new"]["ends"] <= by_step["paint"]["new"]["starts"]
    assert (pressed, painted) == story.job_orders(order)


def test_once_its_member_agreed_it_stands_there_and_is_pinned(story):
    order = story.ordered()
    _, painted = story.job_orders(order)
    approve(story, moved(painted, painted.starts + 2 * HOUR))

    story.answer(story.paint, agree=True)

    after = story.job_orders(order)[1]
    assert (painted.starts + 2 * HOUR, True) == (after.starts, after.pinned)


def test_put_before_the_step_it_needs_it_is_refused_with_the_reason(story):
    pressed, painted = story.job_orders(story.ordered())

    with pytest.raises(Refused, match=r"plan\.cannot_(precedence|transport)"):
        moved(painted, pressed.starts)


def test_put_where_the_machine_is_closed_it_is_refused(story):
    _, painted = story.job_orders(story.ordered())
    night = painted.starts.replace(hour=15)  # midnight in Seoul

    with pytest.raises(Refused, match=r"plan\.cannot_closed") as refused:
        moved(painted, night)

    opens = datetime.fromisoformat(refused.value.reason.parameters["opens"])
    assert moved(painted, opens).moves


def test_put_on_a_machine_that_cannot_do_it_it_is_refused(story):
    pressed, painted = story.job_orders(story.ordered())

    with pytest.raises(Refused, match=r"plan\.cannot_machine"):
        moved(painted, painted.starts, machine=pressed.equipment)


def test_put_into_the_past_it_is_refused(story):
    pressed, _ = story.job_orders(story.ordered())

    with pytest.raises(Refused, match=r"plan\.cannot_past"):
        moved(pressed, AT - HOUR)


def test_put_where_pinned_work_stands_it_is_refused(story):
    first, second = story.ordered(), story.ordered()
    (stays, _), (goes, _) = story.job_orders(first), story.job_orders(second)
    with acting(OFFICE):
        pinning.pin(stays.id, is_pinned=True, at=AT)

    with pytest.raises(Refused, match=r"plan\.cannot_capacity"):
        moved(goes, stays.starts + timedelta(minutes=10))


def test_put_where_it_stands_nothing_happens(story):
    pressed, _ = story.job_orders(story.ordered())

    assert moved(pressed, pressed.starts) is None


def test_what_is_pinned_stays_when_the_book_is_planned_again(story):
    order = story.ordered()
    _, painted = story.job_orders(order)
    with acting(OFFICE):
        pinning.pin(painted.id, is_pinned=True, at=AT)

    breaks(story, story.press, until=AT + timedelta(minutes=10))

    moves = [] if not _drafts() else the_draft().moves
    assert "paint" not in [move["step"] for move in moves]
    assert painted.starts == story.job_orders(order)[1].starts


def test_let_go_it_may_move_again(story):
    pressed, _ = story.job_orders(story.ordered())
    with acting(OFFICE):
        pinning.pin(pressed.id, is_pinned=True, at=AT)

        row = pinning.pin(pressed.id, is_pinned=False, at=AT)

    assert not row.pinned


def test_what_has_begun_is_not_moved(story):
    pressed, _ = story.job_orders(story.ordered())
    with acting(WORKER):
        models.JobOrder.objects.filter(id=pressed.id).update(state="started")

    with pytest.raises(Refused, match=r"plan\.begun_already"):
        moved(pressed, pressed.starts + HOUR)


def test_a_refused_draft_of_a_hand_leaves_everything(story):
    order = story.ordered()
    before = story.job_orders(order)
    draft = moved(before[0], before[0].starts + 2 * HOUR)

    with acting(OFFICE):
        changing.refuse_change(draft.id, AT)
        with pytest.raises(Refused, match=r"plan\.not_a_draft"):
            changing.approve_change(draft.id, AT)
        with pytest.raises(NotFound):
            changing.approve_change(order.id, AT)

    assert before == story.job_orders(order)


def _drafts():
    with acting(OFFICE):
        return models.Plan.objects.filter(is_change=True, state="draft").count()

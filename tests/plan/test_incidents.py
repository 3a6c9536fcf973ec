from datetime import timedelta

import pytest

from dure.kernel.errors import Malformed, NotFound, Refused
from dure.plan import models, public
from dure.plan.bridge import plans
from dure.plan.engine.posed import start_of
from dure.plan.services import asking, changing, drafting, incidents
from dure.sense.schemas import ProductIn
from dure.sense.services import list_product
from dure.stack.tenancy import acting
from tests.cast import AT, HANBIT, HANBIT_BUYER, OFFICE, WORKER
from tests.match.houses import TRAY, owner
from tests.members.test_founding import cooperative
from tests.plan.story import Story

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]

DAY = timedelta(days=1)


@pytest.fixture
def story(cooperative):
    return Story()


SHEET_TRAY = TRAY | {
    "code": "SHEET-TRAY",
    "bill_of_materials": [
        {
            "material": "sheet",
            "name": "강판",
            "name_en": "Sheet",
            "unit": "kg",
            "per_set": "1",
            "step": "press",
            "guide_won": 100,
        }
    ],
}


def machine_of(joining):
    return joining.equipment[0].id


def breaks(story, joining, *, starts=AT, until=AT + DAY, at=AT):
    with acting(owner(joining)):
        told = incidents.stand_still(
            joining.firm.id, [machine_of(joining)], starts=starts, until=until, at=at
        )
    story.settle(at)
    return told


def the_draft():
    with acting(OFFICE):
        return models.Plan.objects.get(is_change=True, state="draft")


def approve(story, draft, at=AT):
    with acting(OFFICE):
        changing.approve_change(draft.id, at)
    story.settle(at)


def test_a_breakdown_drafts_a_change_and_moves_nothing_yet(story):
    order = story.ordered()
    pressed, painted = story.job_orders(order)

    told = breaks(story, story.press)

    draft = the_draft()
    assert ["press", "paint"] == [move["step"] for move in draft.moves]
    assert "plan.moved_machine_stands" == draft.moves[0]["why"][0]["code"]
    assert "plan.moved_after_step" == draft.moves[1]["why"][0]["code"]
    assert told.until.isoformat() <= draft.moves[0]["new"]["starts"]
    assert (pressed, painted) == story.job_orders(order)
    assert [] == story.proposals(story.press)


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


def test_late_material_holds_its_step_back(story):
    order = story.ordered()
    pressed, _ = story.job_orders(order)

    with acting(owner(story.press)):
        incidents.wait_for(pressed.id, until=AT + 2 * DAY, at=AT)
    story.settle()

    first = the_draft().moves[0]
    assert (AT + 2 * DAY).isoformat() <= first["new"]["starts"]
    assert ["plan.moved_not_before"] == [r["code"] for r in first["why"]][:1]


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


def test_a_refused_job_order_waits_until_its_firm_can(story):
    order = story.ordered()
    _, painted = story.job_orders(order)

    with acting(owner(story.paint)):
        incidents.wait_for(painted.id, until=AT + 3 * DAY, at=AT, is_refusal=True)
    story.settle()

    (move,) = the_draft().moves
    assert "paint" == move["step"]
    assert "plan.because_refusal" == move["said"][0]["code"]


def test_an_absent_operator_stops_what_only_he_runs(story):
    story.ordered()

    with acting(owner(story.paint)):
        incidents.stand_still(
            story.paint.firm.id,
            [machine_of(story.paint)],
            starts=AT,
            until=AT + DAY,
            at=AT,
            cause="operator",
        )
    story.settle()

    assert ["plan.because_operator"] == [each["code"] for each in the_draft().cause]
    assert ["paint"] == [move["step"] for move in the_draft().moves]


def test_a_rush_order_overtakes_and_what_makes_room_is_asked(story):
    story.ordered(quantity=800)
    hurried = story.ordered(quantity=100)
    before, _ = story.job_orders(hurried)

    with acting(OFFICE):
        incidents.rush(hurried.id, until=AT + timedelta(hours=5), at=AT)
    story.settle()

    draft = the_draft()
    mine = [move for move in draft.moves if move["order"] == str(hurried.id)]
    assert mine[0]["new"]["starts"] < before.starts.isoformat()
    assert {str(hurried.id)} < {move["order"] for move in draft.moves}
    with acting(WORKER):
        assert bytes(draft.body) == drafting.replay(draft)


def test_not_even_a_rush_order_begins_before_its_material_can_be_there(story):
    with acting(OFFICE):
        list_product(ProductIn.model_validate(SHEET_TRAY).product(), at=AT)
    with acting(WORKER):
        models.LeadTime.objects.create(supplier_id=HANBIT, material="sheet", days=2)
    story.ordered(quantity=3000)
    hurried = story.ordered(quantity=100, product="SHEET-TRAY")
    before, _ = story.job_orders(hurried)
    delivered = start_of(AT.date() + 2 * DAY)

    with acting(OFFICE):
        incidents.rush(hurried.id, until=AT + timedelta(hours=5), at=AT)
    story.settle()

    mine = [move for move in the_draft().moves if move["order"] == str(hurried.id)]
    assert delivered.isoformat() <= mine[0]["new"]["starts"] < before.starts.isoformat()


def test_a_new_incident_takes_the_place_of_the_draft_before(story):
    story.ordered()
    breaks(story, story.press)
    first = the_draft()

    breaks(story, story.paint, starts=AT + DAY, until=AT + 3 * DAY)

    assert first.id != the_draft().id
    with acting(OFFICE):
        assert "dropped" == models.Plan.objects.get(id=first.id).state


def test_what_is_over_is_planned_without(story):
    story.ordered()
    told = breaks(story, story.press)

    with acting(owner(story.press)):
        incidents.end_incident(told.id, AT)
    story.settle()

    with acting(OFFICE):
        assert not models.Plan.objects.filter(is_change=True, state="draft").exists()
    with acting(owner(story.press)), pytest.raises(Refused, match=r"plan\.over_already"):
        incidents.end_incident(told.id, AT)


def test_a_draft_over_which_things_moved_is_not_approved(story):
    order = story.ordered()
    breaks(story, story.press)
    draft = the_draft()
    pressed, _ = story.job_orders(order)
    with acting(WORKER):
        models.JobOrder.objects.filter(id=pressed.id).update(state="started")

    with acting(OFFICE), pytest.raises(Refused, match=r"plan\.draft_stale"):
        changing.approve_change(draft.id, AT)


def test_work_under_way_on_a_broken_machine_ends_later_by_what_it_stood(story):
    order = story.ordered()
    pressed, _ = story.job_orders(order)
    with acting(WORKER):
        models.JobOrder.objects.filter(id=pressed.id).update(state="started")
    stood = timedelta(hours=3)

    breaks(story, story.press, starts=pressed.starts, until=pressed.starts + stood)

    (move,) = the_draft().moves
    assert "paint" == move["step"]
    assert (pressed.ends + stood).isoformat() <= move["new"]["starts"]


def test_a_rivals_machine_is_not_there(story):
    with acting(owner(story.paint)), pytest.raises(NotFound):
        incidents.stand_still(
            story.paint.firm.id, [machine_of(story.press)], starts=AT, until=AT + DAY, at=AT
        )


def test_what_ended_already_is_refused(story):
    with acting(owner(story.press)), pytest.raises(Malformed):
        incidents.stand_still(
            story.press.firm.id,
            [machine_of(story.press)],
            starts=AT - DAY,
            until=AT - timedelta(hours=1),
            at=AT,
        )


def test_a_member_sees_no_incident_of_another(story):
    breaks(story, story.press)

    with acting(owner(story.paint)):
        assert not models.Incident.objects.exists()
        assert not models.Plan.objects.exists()


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

from datetime import timedelta

import pytest

from dure.kernel.errors import Malformed, NotFound, Refused
from dure.plan import models
from dure.plan.engine.posed import start_of
from dure.plan.services import changing, drafting, incidents
from dure.sense.schemas import ProductIn
from dure.sense.services import list_product
from dure.stack.tenancy import acting
from tests.cast import AT, HANBIT, OFFICE, WORKER
from tests.match.houses import TRAY, owner

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


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


def test_late_material_holds_its_step_back(story):
    order = story.ordered()
    pressed, _ = story.job_orders(order)

    with acting(owner(story.press)):
        incidents.wait_for(pressed.id, until=AT + 2 * DAY, at=AT)
    story.settle()

    first = the_draft().moves[0]
    assert (AT + 2 * DAY).isoformat() <= first["new"]["starts"]
    assert ["plan.moved_not_before"] == [r["code"] for r in first["why"]][:1]


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

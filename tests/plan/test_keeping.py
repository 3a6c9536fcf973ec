from datetime import timedelta
from decimal import Decimal

import pytest

from dure.journal.public import facts_of
from dure.kernel.errors import Malformed, Refused
from dure.kernel.money import Won
from dure.plan import models, public
from dure.plan.bridge import book
from dure.plan.engine.posed import start_of
from dure.plan.services import keeping, quoting
from dure.sense.public import Need, NeedMaterial
from dure.stack.tenancy import acting
from tests.cast import AT, HANBIT, HANBIT_BUYER, OFFICE, WORKER

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def keep_time(at):
    with acting(WORKER):
        return keeping.keep_time(at)


def test_a_quote_holds_its_machines_until_it_runs_out(story):
    first = story.quoted()
    behind = story.quoted()

    told = keep_time(first.valid_until + timedelta(minutes=1))

    with acting(WORKER):
        slots = [_press(quote) for quote in (first, behind)]
    assert slots[0].ends <= slots[1].starts
    assert 2 == told["quotes"]
    with acting(HANBIT_BUYER):
        expired = public.quote_of(first.request)
        assert "QuoteExpired" == facts_of(first.id)[-1].kind
    assert ("expired", ["plan.nobody_accepted"]) == (
        expired.state,
        [reason.code for reason in expired.reasons],
    )


def _press(quote):
    plan = models.Quote.objects.get(id=quote.id).plan_id
    return models.Slot.objects.get(plan_id=plan, step="press")


def test_after_it_ran_out_another_order_gets_its_machines(story):
    first = story.quoted()
    with acting(WORKER):
        held = _press(first)
        models.Quote.objects.filter(id=first.id).update(valid_until=AT - timedelta(minutes=1))
    keep_time(AT)

    second = story.quoted()

    with acting(WORKER):
        assert held.starts == _press(second).starts


def test_until_it_runs_out_it_is_kept(story):
    quote = story.quoted()

    assert 0 == keep_time(quote.valid_until)["quotes"]


def test_what_ran_out_is_not_accepted(story):
    quote = story.quoted()
    late = quote.valid_until + DAY
    keep_time(late)

    with acting(HANBIT_BUYER), pytest.raises(Refused, match=r"plan\.quote_not_open"):
        quoting.accept_quote(quote.id, buyer=HANBIT, at=late)


def test_a_plan_is_approved_by_the_buyers_yes_then_released_then_frozen(story):
    order = story.ordered()
    with acting(WORKER):
        plan = models.Order.objects.get(id=order.id).plan_id

    count = keep_time(AT)["plans"]

    with acting(WORKER):
        told = [fact.kind for fact in facts_of(plan)]
    assert 1 == count
    assert ["PlanDrafted", "PlanApproved", "PlanPublished", "PlanFrozen"] == told


def test_a_plan_that_lies_further_ahead_is_not_frozen(story):
    story.ordered()
    with acting(OFFICE):
        keeping.set_rules(AT, frozen_hours=0)

    assert 0 == keep_time(AT - DAY)["plans"]


def test_the_office_sets_the_rules_and_each_change_is_told(story):
    with acting(OFFICE):
        row = keeping.set_rules(AT, frozen_hours=48)
        again = keeping.set_rules(AT, hold_days=3)

    assert (48, 24, 7) == (row.frozen_hours, row.answer_hours, row.hold_days)
    assert (48, 3) == (again.frozen_hours, again.hold_days)
    with acting(OFFICE):
        assert 2 == len(facts_of(row.id))


def test_a_rule_beyond_reason_is_refused(story):
    with acting(OFFICE), pytest.raises(Malformed, match=r"plan\.bad_rule"):
        keeping.set_rules(AT, hold_days=0)


def test_the_hold_lasts_as_long_as_was_resolved(story):
    with acting(OFFICE):
        keeping.set_rules(AT, hold_days=2)

    assert AT + 2 * DAY == story.quoted().valid_until


def test_a_step_waits_for_its_material_from_the_fastest_supplier(story):
    with acting(WORKER):
        for days, supplier in ((9, OFFICE.person), (4, HANBIT_BUYER.person)):
            models.LeadTime.objects.create(supplier_id=supplier, material="sheet", days=days)
    need = need_of_sheet()

    with acting(WORKER):
        waits = book.materials_at(need, AT)

    assert {"press": start_of(AT.date() + 4 * DAY)} == waits


def need_of_sheet():
    material = NeedMaterial(
        material="sheet",
        name="강판",
        name_en="Sheet",
        unit="kg",
        amount=Decimal(5),
        step="press",
        guide_won=Won(100),
    )
    return Need(product="TRAY", sets=1, steps=(), materials=(material,))

from datetime import timedelta

import pytest

from dure.journal.public import facts_of
from dure.kernel.errors import NotFound, Refused
from dure.kernel.time import add_working_days, seoul_date
from dure.members import public as members
from dure.plan import models, public
from dure.plan.services import drafting, promising, quoting
from dure.stack.tenancy import acting
from tests.cast import AT, HANBIT, HANBIT_BUYER, OFFICE, RIVAL_OWNER, WORKER
from tests.match.houses import owner

pytestmark = pytest.mark.django_db


def test_it_works(story):
    quote = story.quoted()

    assert 50_000 == quote.work
    assert quote.price == quote.work + quote.materials + quote.fee
    assert "open" == quote.state
    assert "plan.by_due" == quote.reasons[0].code
    with acting(HANBIT_BUYER):
        order = quoting.accept_quote(quote.id, buyer=HANBIT, at=AT)
    story.settle()
    pressed, painted = story.job_orders(order)
    assert ("press", "paint") == (pressed.step, painted.step)
    assert pressed.ends <= painted.starts
    assert quote.promised_on == add_working_days(seoul_date(painted.ends), 1, members.holidays())


def test_what_is_promised_is_the_first_day_on_which_it_can_be_there(story):
    quote = story.quoted()

    with acting(WORKER):
        plan = models.Plan.objects.get(request_id=quote.request)
        paint = plan.slots.get(step="paint")
        assert quote.promised_on == promising.promised_on(paint.ends)


def test_the_stored_plan_is_made_again_to_the_same_bytes(story):
    quote = story.quoted()

    with acting(WORKER):
        plan = models.Plan.objects.get(request_id=quote.request)
        again = drafting.replay(plan)

    assert bytes(plan.body) == again


def test_the_job_order_says_all_that_its_firm_needs(story):
    order = story.ordered()

    pressed, painted = story.job_orders(order)
    with acting(owner(story.press)):
        (told,) = [f for f in facts_of(pressed.id) if f.kind == "JobOrderReleased"]
    said = {**told.payload, **told.sets}
    assert (str(pressed.firm), 100, "press") == (said["firm_id"], said["quantity"], said["step"])
    assert [painted.firm] == [each.firm for each in pressed.hands_over]
    assert [pressed.ends] == [each.at for each in painted.receives]
    assert [HANBIT] == [each.firm for each in painted.hands_over]


def test_a_member_sees_its_own_job_orders_and_no_order(story):
    order = story.ordered()

    with acting(owner(story.press)):
        assert ["press"] == [each.step for each in public.job_orders()]
        with pytest.raises(NotFound):
            public.order(order.id)
        with pytest.raises(NotFound):
            public.quote_of(order.request)


def test_the_buyer_sees_milestones_and_no_job_order(story):
    order = story.ordered()

    with acting(HANBIT_BUYER):
        seen = public.order(order.id)
        assert ["press", "paint"] == [each.step for each in seen.milestones]
        assert () == public.job_orders()
        assert not models.Slot.objects.exists()
        assert not models.Plan.objects.exists()


def test_a_rival_sees_nothing(story):
    order = story.ordered()

    with acting(RIVAL_OWNER):
        assert () == public.orders() == public.job_orders() == public.proposals() == public.quotes()
        with pytest.raises(NotFound):
            public.order(order.id)


def test_a_quote_is_accepted_once(story):
    quote = story.quoted()
    with acting(HANBIT_BUYER):
        quoting.accept_quote(quote.id, buyer=HANBIT, at=AT)

        with pytest.raises(Refused, match=r"plan\.quote_not_open"):
            quoting.accept_quote(quote.id, buyer=HANBIT, at=AT)


def test_a_quote_that_ran_out_is_not_accepted(story):
    quote = story.quoted()

    with acting(HANBIT_BUYER), pytest.raises(Refused, match=r"plan\.quote_not_open"):
        quoting.accept_quote(quote.id, buyer=HANBIT, at=quote.valid_until + timedelta(seconds=1))


def test_only_its_buyer_accepts_a_quote(story):
    quote = story.quoted()

    with acting(RIVAL_OWNER), pytest.raises(NotFound):
        quoting.accept_quote(quote.id, buyer=RIVAL_OWNER.firm, at=AT)


def test_a_second_order_goes_around_the_first_ones_machines(story):
    first = story.ordered(quantity=500)
    second = story.ordered(quantity=500)

    (early, _), (late, _) = story.job_orders(first), story.job_orders(second)
    assert early.equipment == late.equipment
    assert early.ends <= late.starts
    with acting(OFFICE):
        assert "plan.took_queue" in {reason.code for reason in second.reasons}


def test_an_open_quote_keeps_its_machines_free(story):
    held = story.quoted(quantity=500)
    other = story.quoted(quantity=500)

    with acting(WORKER):
        slots = {
            slot.plan.request_id: slot
            for slot in models.Slot.objects.select_related("plan").filter(step="press")
        }
    assert slots[held.request].ends <= slots[other.request].starts


def test_where_the_machines_are_full_for_half_a_year_the_quote_says_so(story):
    pressed, _ = story.job_orders(story.ordered())
    with acting(WORKER):
        rows = models.JobOrder.objects.filter(id=pressed.id)
        rows.update(ends=AT + timedelta(days=200))

    quote = story.quoted()

    assert ("impossible", None) == (quote.state, quote.promised_on)
    assert ["plan.no_room"] == [reason.code for reason in quote.reasons]

"""A job order that its member gives back: another takes it over, or the buyer hears of it."""

from datetime import timedelta

import pytest

from dure.journal.public import facts_of
from dure.kernel.actor import COOPERATIVE
from dure.kernel.errors import NotFound, Refused
from dure.kernel.money import Won
from dure.match import public as match
from dure.match import services as matching
from dure.match.models import AgreedShare, Workload
from dure.plan import models, public
from dure.plan.services import handing_over, incidents
from dure.stack.tenancy import acting
from tests.cast import AT, HANBIT_BUYER, OFFICE, WORKER
from tests.match.houses import maker, owner
from tests.members.test_founding import cooperative
from tests.plan.story import Story

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]

LATER = AT + timedelta(hours=1)


class Pair(Story):
    """The story with a second painter, who is dearer."""

    def __init__(self) -> None:
        super().__init__()
        self.other = maker(4, "painting", 300)


@pytest.fixture
def story(cooperative):
    return Pair()


def gives_back(story, joining, order, place=1, at=LATER):
    given = story.job_orders(order)[place]
    with acting(owner(joining)):
        handing_over.give_back(given.id, at=at, note="도장 부스 수리")
    story.settle(at)
    return given


def offer_to(joining):
    with acting(owner(joining)):
        return match.offers(joining.firm.id)[0]


def accepts(story, joining, at=LATER):
    with acting(owner(joining)):
        matching.accept_step(offer_to(joining).id, at=at)
    story.settle(at)


def declines(story, joining, at=LATER):
    with acting(owner(joining)):
        matching.decline_step(offer_to(joining).id, at=at)
    story.settle(at)


def test_it_is_offered_to_the_next_at_the_same_price_and_stands_meanwhile(story):
    order = story.ordered()

    given = gives_back(story, story.paint, order)

    offered = offer_to(story.other)
    assert ("paint", given.price, "offered") == (offered.step, offered.price, offered.state)
    now = story.job_orders(order)[1]
    assert (given.id, given.starts, "released", True) == (
        now.id,
        now.starts,
        now.state,
        now.given_back,
    )


def test_taken_over_it_is_withdrawn_and_released_to_the_other(story):
    order = story.ordered()
    given = gives_back(story, story.paint, order)

    accepts(story, story.other)

    pressed, painted = story.job_orders(order)
    assert (story.other.firm.id, given.quantity, given.good, given.price, "released") == (
        painted.firm,
        painted.quantity,
        painted.good,
        painted.price,
        painted.state,
    )
    assert pressed.ends <= painted.starts
    assert [story.other.firm.id] == [each.firm for each in pressed.hands_over]
    with acting(WORKER):
        assert "withdrawn" == models.JobOrder.objects.get(id=given.id).state
        assert models.Order.objects.get().plan_id == models.Plan.objects.latest("number").id
        assert "released" == models.Plan.objects.latest("number").state


def test_what_one_refused_for_a_while_another_may_do_at_once(story):
    order = story.ordered()
    before = story.job_orders(order)[1]
    with acting(owner(story.paint)):
        told = incidents.wait_for(before.id, until=AT + timedelta(days=9), at=AT, is_refusal=True)
    story.settle()
    gives_back(story, story.paint, order)

    accepts(story, story.other)

    painted = story.job_orders(order)[1]
    assert story.other.firm.id == painted.firm
    assert painted.starts < AT + timedelta(days=9)
    with acting(WORKER):
        assert "over" == models.Incident.objects.get(id=told.id).state


def test_the_buyer_keeps_price_and_promise_where_they_can_be_kept(story):
    order = story.ordered()
    gives_back(story, story.paint, order)

    accepts(story, story.other)

    with acting(HANBIT_BUYER):
        after = public.order(order.id)
    assert (order.price, order.promised_on, order.reasons) == (
        after.price,
        after.promised_on,
        after.reasons,
    )


def test_the_clusters_members_and_their_work_so_far_are_who_makes_it_now(story):
    order = story.ordered()
    given = gives_back(story, story.paint, order)

    accepts(story, story.other)

    with acting(WORKER):
        cluster = match.cluster(order.cluster)
        won = dict(Workload.objects.values_list("firm_id", "accepted_won"))
    assert (story.press.firm.id, story.other.firm.id) == cluster.members
    assert (0, int(given.price)) == (won[story.paint.firm.id], won[story.other.firm.id])


def test_a_step_behind_that_has_to_move_is_asked_of_its_member(story):
    order = story.ordered()
    third = maker(5, "press-forming", 120)
    with acting(owner(third)):
        incidents.stand_still(
            third.firm.id,
            [third.equipment[0].id],
            starts=AT,
            until=AT + timedelta(days=3),
            at=AT,
        )
    story.settle()
    gives_back(story, story.press, order, place=0)

    accepts(story, third)

    (asked,) = story.proposals(story.paint)
    pressed, painted = story.job_orders(order)
    assert third.firm.id == pressed.firm
    assert painted.starts == asked.old.starts < pressed.ends <= asked.new.starts
    assert "plan.because_taken_over" == asked.reasons[0].code
    story.answer(story.paint, agree=True)
    assert asked.new.starts == story.job_orders(order)[1].starts


def test_a_promise_that_can_no_longer_be_kept_is_made_known_with_its_reason(story):
    order = story.ordered()
    with acting(owner(story.other)):
        incidents.stand_still(
            story.other.firm.id,
            [story.other.equipment[0].id],
            starts=AT,
            until=AT + timedelta(days=30),
            at=AT,
        )
    story.settle()
    gives_back(story, story.paint, order)

    accepts(story, story.other)

    with acting(HANBIT_BUYER):
        reasons = public.order(order.id).reasons
    assert ["plan.because_taken_over", "plan.promise_late"] == [each.code for each in reasons]


def test_where_nobody_would_the_buyer_hears_and_it_stands(story):
    order = story.ordered()
    given = gives_back(story, story.paint, order)

    declines(story, story.other)

    assert given.id == story.job_orders(order)[1].id
    with acting(HANBIT_BUYER):
        assert ["plan.nobody_takes_over"] == [r.code for r in public.order(order.id).reasons]


def test_silence_passes_the_offer_on(story):
    order = story.ordered()
    third = maker(5, "painting", 400)
    gives_back(story, story.paint, order)

    with acting(WORKER):
        matching.expire_offers(AT + timedelta(days=9))
    story.settle(LATER)

    assert "offered" == offer_to(third).state


def test_no_other_price_can_be_asked_for_what_is_ordered(story):
    order = story.ordered()
    gives_back(story, story.paint, order)

    with acting(owner(story.other)), pytest.raises(Refused, match=r"match\.price_stands"):
        matching.counter_step(offer_to(story.other).id, price=Won(1), note="", at=LATER)


def test_who_begins_after_all_makes_it(story):
    order = story.ordered()
    given = gives_back(story, story.paint, order)
    with acting(WORKER):
        models.JobOrder.objects.filter(id=given.id).update(state="started")

    accepts(story, story.other)

    assert (given.id, "started") == (
        story.job_orders(order)[1].id,
        story.job_orders(order)[1].state,
    )


def test_twice_a_rival_or_what_has_begun_is_refused(story):
    order = story.ordered()
    given = gives_back(story, story.paint, order)

    with acting(owner(story.paint)), pytest.raises(Refused, match=r"plan\.given_back_already"):
        handing_over.give_back(given.id, at=LATER)
    with acting(owner(story.press)), pytest.raises(NotFound):
        handing_over.give_back(given.id, at=LATER)
    with acting(OFFICE):
        models.JobOrder.objects.filter(id=given.id).update(state="done")
    with acting(owner(story.paint)), pytest.raises(Refused, match=r"plan\.begun_already"):
        handing_over.give_back(given.id, at=LATER)


def test_the_agreement_is_signed_anew_with_the_other_and_supersedes_the_one_before(story):
    order = story.ordered()
    with acting(WORKER):
        before = match.agreements()[0]
        (share,) = AgreedShare.objects.filter(firm_id=story.paint.firm.id)
    gives_back(story, story.paint, order)
    accepts(story, story.other)

    with acting(WORKER):
        now = match.agreement(before.cluster)
        signed = [each for each in facts_of(now.id) if each.kind == "AgreementSigned"]
        shares = [each for each in facts_of(share.id) if each.kind == "ShareAgreed"]

    parties = {story.press.firm.id, story.other.firm.id}
    assert (before.id, before.number, before.version + 1) == (now.id, now.number, now.version)
    assert parties == {each.firm for each in now.roles} == set(signed[1].parties) - {COOPERATIVE}
    assert [None, signed[0].id] == [each.supersedes for each in signed]
    assert [None, shares[0].id] == [each.supersedes for each in shares]
    assert [30_000, 0] == [each.sets["won"] for each in shares]
    with acting(owner(story.paint)), pytest.raises(NotFound):
        match.agreement(before.cluster)
    with acting(owner(story.other)):
        assert 30_000 == match.agreement(before.cluster).mine

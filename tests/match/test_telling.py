"""Members are told why, and how they stand: only their own, only once the request is closed."""

from datetime import timedelta

import pytest

from dure.journal.public import facts_about
from dure.kernel.errors import NotFound, Refused
from dure.match import models, public, services
from dure.match.api import clusters as api
from dure.match.engine.cluster import OfferState
from dure.members import models as members
from dure.members import public as front
from dure.members.services import close_ballots, open_ballot, seat_person
from dure.sense.engine.request import Terms
from dure.sense.services import submit_request
from dure.stack.tenancy import acting
from tests.cast import AT, HANBIT, HANBIT_BUYER, OFFICE, WORKER
from tests.match.houses import DUE, House, ask_for_trays, list_tray, maker, owner
from tests.match.test_forming import accept, choose_cheap, offer_of
from tests.members.test_founding import cooperative

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]


@pytest.fixture
def house(cooperative):
    list_tray()
    return House()


def formed(house, *joinings, request=None):
    """Let a request be chosen and all of its members accept."""
    request = request or ask_for_trays()
    house.settle()
    cluster = choose_cheap(request)
    house.settle()
    for joining in joinings:
        accept(joining)
        house.settle()
    return request, cluster


def tell(at=AT):
    with acting(WORKER):
        return services.tell_why(at)


def told(joining):
    with acting(owner(joining)):
        return [(each.step, each.reason.code, each.third) for each in public.whys(joining.firm.id)]


def test_nobody_is_told_before_the_request_is_closed_and_each_its_own_after(house):
    cheap, dear = maker(2, "press-forming", 100), maker(3, "press-forming", 150)
    small, paint = maker(4, "press-forming", 90, lot_max=50), maker(5, "painting", 200)
    request = ask_for_trays()
    house.settle()
    assert 0 == tell()
    assert [] == told(dear)
    with acting(owner(dear)):
        assert not models.Reckoning.objects.exists()

    formed(house, cheap, paint, request=request)

    assert 1 == tell()
    assert 0 == tell()
    assert [("press", "match.why_yours", 0)] == told(cheap)
    assert [("press", "match.why_price", 0)] == told(dear)
    assert [("press", "match.lot_range", 0)] == told(small)
    assert [("paint", "match.why_yours", 0)] == told(paint)
    with acting(owner(dear)):
        (why,) = public.whys(dear.firm.id)
        assert {"process", "quantity"} <= why.reason.parameters.keys()
        assert 1 == models.Why.objects.count()


def test_a_request_that_nobody_can_make_tells_at_once(house):
    press = maker(2, "press-forming", 100, lot_max=50)
    ask_for_trays()
    house.settle()

    assert 1 == tell()

    assert [("press", "match.lot_range", 0)] == told(press)


def test_a_request_that_is_never_chosen_tells_when_its_day_is_past(house):
    press, _ = maker(2, "press-forming", 100), maker(3, "painting", 200)
    ask_for_trays()
    house.settle()

    assert 0 == tell(AT + timedelta(days=18))
    assert 1 == tell(AT + timedelta(days=19))

    assert [("press", "match.why_otherwise", 0)] == told(press)


def test_who_declined_is_told_so_and_what_would_change_it(house):
    first, second = maker(2, "press-forming", 100), maker(3, "press-forming", 150)
    paint = maker(4, "painting", 200)
    request = ask_for_trays()
    house.settle()
    choose_cheap(request)
    house.settle()
    with acting(owner(first)):
        services.decline_step(offer_of(first).id, at=AT)
    house.settle()
    for joining in (second, paint):
        accept(joining)
        house.settle()
    tell()

    assert [("press", "match.why_declined", 0)] == told(first)
    with acting(owner(first)):
        standing = public.position(first.firm.id, AT)
    assert (1, 1, 0, 1) == (
        standing.weighed,
        standing.offered,
        standing.accepted,
        standing.declined,
    )


def test_the_part_of_the_work_is_told_once_a_day_and_only_among_five(house):
    presses = [maker(number, "press-forming", 100) for number in range(2, 6)]
    paint = maker(6, "painting", 200)
    formed(house, presses[0], paint)
    with acting(WORKER):
        assert services.note_fair_shares(AT)
        assert not services.note_fair_shares(AT)
    with acting(owner(paint)):
        assert public.position(paint.firm.id, AT).share_percent is None

    for press in presses[1:]:
        formed(house, press, paint)
    later = AT + timedelta(days=1)
    with acting(WORKER):
        assert services.note_fair_shares(later)

    with acting(owner(paint)):
        assert 300 == public.position(paint.firm.id, later).share_percent
        assert 1 == models.FairShare.objects.count()


def test_the_frontier_is_drawn_over_simulated_needs_until_there_are_real_ones(house):
    for number in range(2, 7):
        maker(number, "press-forming", 100 + number)
    with acting(WORKER):
        assert services.draw_frontier(AT)
        assert not services.draw_frontier(AT + timedelta(days=6))

    with acting(OFFICE):
        found = public.frontier()

    assert found is not None
    assert found.is_simulated
    assert {0, 1_000} <= {point.weight_bp for point in found.points}


def test_a_weight_that_is_voted_on_is_drawn_at_once(house):
    press, *_ = [maker(number, "press-forming", 100 + number) for number in range(2, 7)]
    with acting(WORKER):
        services.draw_frontier(AT)
    with acting(owner(press)):
        open_ballot("fair_share_basis_points", 250, firm=press.firm.id, at=AT)

    with acting(WORKER):
        assert services.draw_frontier(AT)

    with acting(owner(press)):
        found = public.frontier()
    assert found is not None
    assert 250 in {point.weight_bp for point in found.points}


def test_for_fewer_than_five_members_nothing_is_drawn(house):
    maker(2, "press-forming", 100)

    with acting(WORKER):
        assert not services.draw_frontier(AT)
        assert 0 == close_ballots(AT)


def test_a_formed_cluster_has_its_agreement_for_its_parties_alone(house):
    press, paint = maker(2, "press-forming", 100), maker(3, "painting", 200)
    rival = maker(4, "press-forming", 300)

    _, cluster = formed(house, press, paint)

    with acting(owner(press)):
        found = public.agreement(cluster)
        facts = facts_about(press.firm.id, kinds=("AgreementSigned", "ShareAgreed"))
    assert [("press", press.firm.id), ("paint", paint.firm.id)] == [
        (role.step, role.firm) for role in found.roles
    ]
    assert 20_000 == found.mine
    assert {"match.rule_own_price", "match.rule_fee"} <= {rule.code for rule in found.rules}
    assert "쟁반" == found.brand.product
    assert {"AgreementSigned", "ShareAgreed"} == {fact.kind for fact in facts}
    assert "30000" not in str([fact.payload for fact in facts] + [fact.sets for fact in facts])
    with acting(owner(paint)):
        assert 30_000 == public.agreement(cluster).mine
    with acting(OFFICE):
        assert 50_000 == public.agreement(cluster).mine
    for stranger in (owner(rival), HANBIT_BUYER):
        with acting(stranger), pytest.raises(NotFound):
            public.agreement(cluster)


def test_each_acceptance_that_an_agreement_names_is_its_members_own_record(house):
    press, paint = maker(2, "press-forming", 100), maker(3, "painting", 200)
    _, cluster = formed(house, press, paint)

    with acting(OFFICE):
        roles = public.agreement(cluster).roles
        known = {fact.id: fact for fact in facts_about(press.firm.id, kinds=("StepAccepted",))}

    assert press.firm.id == known[roles[0].acceptance].actor_firm


def test_trial_work_goes_to_a_newcomer_and_back_to_all_when_it_declines(house):
    old, newcomer = maker(2, "press-forming", 100), maker(3, "press-forming", 102)
    paint = maker(4, "painting", 200)
    with acting(OFFICE):
        members.Bylaws.objects.update(trial_basis_points=2_000, fair_share_basis_points=0)
    for _ in range(3):
        formed(house, old, paint)
    request = ask_for_trays()
    house.settle()
    with acting(HANBIT_BUYER):
        reasons = dict(public.alternatives(request.id)[0].steps)
    assert "match.trial_work" == reasons["press"].code

    choose_cheap(request)
    house.settle()
    assert OfferState.OFFERED is offer_of(newcomer).state
    with acting(owner(newcomer)):
        services.decline_step(offer_of(newcomer).id, at=AT)
    house.settle()

    assert OfferState.OFFERED is offer_of(old).state


def test_ordered_again_the_same_makers_come_first(house):
    first, second = maker(2, "press-forming", 104), maker(3, "press-forming", 100)
    paint = maker(4, "painting", 200)
    with acting(OFFICE):
        members.Bylaws.objects.update(fair_share_basis_points=0)
        members.Capability.objects.filter(firm_id=second.firm.id).update(lot_max=50)
    request, _ = formed(house, first, paint)
    with acting(OFFICE):
        members.Capability.objects.filter(firm_id=second.firm.id).update(lot_max=5_000)
    assert "cheap" == labels(house)[0]

    assert "again" == labels(house, earlier=request.id)[0]

    with acting(OFFICE):
        members.Bylaws.objects.update(again_basis_points=0)
    assert "cheap" == labels(house, earlier=request.id)[0]


def labels(house, **more):
    with acting(HANBIT_BUYER):
        terms = Terms(quantity=100, due=DUE)
        request = submit_request("TRAY", terms, buyer=HANBIT, at=AT, **more)
    house.settle()
    with acting(HANBIT_BUYER):
        return [each.label for each in public.alternatives(request.id)]


def test_who_also_belongs_to_a_maker_decides_nothing_of_it_for_the_co_op(house):
    press, paint = maker(2, "press-forming", 100), maker(3, "painting", 200)
    _, cluster = formed(house, press, paint)
    with acting(OFFICE):
        seat_person(press.people[0].email, OFFICE.role, at=AT)
    director = type(OFFICE)(firm=OFFICE.firm, role=OFFICE.role, person=press.people[0].id)

    with acting(director):
        firms = public.cluster(cluster).members
        with pytest.raises(Refused, match=r"members\.recused"):
            front.check_not_recused(director, firms)
        front.check_not_recused(director, [paint.firm.id])
        assert [] == api.clusters(None)
    with acting(OFFICE):
        front.check_not_recused(OFFICE, firms)
        assert [cluster] == [each["id"] for each in api.clusters(None)]

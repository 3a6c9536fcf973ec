from datetime import timedelta
from uuid import UUID

import pytest

from dure.journal.public import facts_about, facts_of
from dure.journal.services import record
from dure.kernel.errors import NotFound, Refused
from dure.kernel.fact import FactKind
from dure.match import models, public, services
from dure.match.engine.cluster import ClusterState, OfferState
from dure.stack.tenancy import acting
from tests.cast import AT, HANBIT, HANBIT_BUYER, OFFICE, RIVAL_OWNER, WORKER
from tests.match.houses import House, ask_for_trays, expire, list_tray, maker, owner
from tests.members.test_founding import cooperative

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]

LOT_INSPECTED = FactKind(
    "LotInspected", "lot", ("order", "job_order", "step", "inspected", "failed")
)


@pytest.fixture
def house(cooperative):
    list_tray()
    return House()


def choose_cheap(request):
    with acting(HANBIT_BUYER):
        cheap = public.alternatives(request.id)[0]
        return services.choose(request.id, cheap.id, buyer=HANBIT, at=AT)


def offer_of(joining):
    with acting(owner(joining)):
        return public.offers(joining.firm.id)[0]


def accept(joining, at=AT):
    with acting(owner(joining)):
        return services.accept_step(public.offers(joining.firm.id)[0].id, at=at)


def test_it_works(house):
    press, paint = maker(2, "press-forming", 100), maker(3, "painting", 200)
    request = ask_for_trays()
    house.settle()

    cluster_id = choose_cheap(request)
    house.settle()
    accept(press)
    house.settle()
    accept(paint)
    house.settle()

    with acting(OFFICE):
        cluster = public.cluster(cluster_id)
        assert ClusterState.FORMED is cluster.state
        assert (press.firm.id, paint.firm.id) == cluster.members
        assert [20_000, 30_000] == [each.price for each in cluster.assignments]
        formed = facts_of(cluster_id)[-1]
    assert "ClusterFormed" == formed.kind
    assert {press.firm.id, paint.firm.id, HANBIT} <= set(formed.parties)
    assert {"request": str(request.id), "steps": 2} == formed.payload


def test_the_buyer_learns_no_maker_before_they_accept(house):
    press = maker(2, "press-forming", 100)
    maker(3, "painting", 200)
    request = ask_for_trays()
    house.settle()
    cluster_id = choose_cheap(request)
    house.settle()

    with acting(HANBIT_BUYER):
        assert 50_000 == public.alternatives(request.id)[0].price
        assert not models.Maker.objects.exists()
        assert () == public.cluster(cluster_id).assignments
        told = " ".join(str(fact.as_json()) for fact in facts_about(HANBIT))
    assert str(press.firm.id) not in told


def test_a_rival_sees_neither_search_nor_offer_nor_cluster(house):
    press = maker(2, "press-forming", 100)
    maker(3, "painting", 200)
    request = ask_for_trays()
    house.settle()
    cluster_id = choose_cheap(request)
    house.settle()
    offer = offer_of(press)

    with acting(RIVAL_OWNER):
        assert () == public.alternatives(request.id)
        assert () == public.clusters()
        with pytest.raises(NotFound):
            public.cluster(cluster_id)
        with pytest.raises(NotFound):
            services.accept_step(offer.id, at=AT)
    with acting(HANBIT_BUYER), pytest.raises(NotFound):
        services.choose(request.id, UUID(int=1), buyer=HANBIT, at=AT)


def test_a_decline_is_offered_to_the_next_and_the_first_is_not_asked_again(house):
    cheap, dear = maker(2, "press-forming", 100), maker(3, "press-forming", 150)
    maker(4, "painting", 200)
    request = ask_for_trays()
    house.settle()
    choose_cheap(request)
    house.settle()

    with acting(owner(cheap)):
        services.decline_step(offer_of(cheap).id, at=AT)
    house.settle()

    offer = offer_of(dear)
    assert (OfferState.OFFERED, 25_000) == (offer.state, offer.price)
    with acting(owner(dear)):
        services.decline_step(offer.id, at=AT)
    house.settle()
    with acting(HANBIT_BUYER):
        assert public.cluster_of(request.id) is None
        failed = facts_about(HANBIT, kinds=("ClusterFailed",))[0]
    assert "match.nobody_left" == failed.payload["reason"]["code"]


def test_after_a_failure_another_alternative_can_be_chosen(house):
    only = maker(2, "press-forming", 100)
    maker(3, "painting", 200)
    request = ask_for_trays()
    house.settle()
    first = choose_cheap(request)
    house.settle()
    with acting(owner(only)):
        services.decline_step(offer_of(only).id, at=AT)
    house.settle()

    second = choose_cheap(request)

    assert first != second


def test_silence_is_a_decline_after_eight_working_hours(house):
    cheap, dear = maker(2, "press-forming", 100), maker(3, "press-forming", 150)
    maker(4, "painting", 200)
    maker(5, "painting", 250)
    request = ask_for_trays()
    house.settle()
    choose_cheap(request)
    house.settle()
    deadline = offer_of(cheap).deadline
    assert AT + timedelta(hours=8) == deadline  # ten to six, on a day of nine to six

    assert 0 == expire(deadline)
    assert 2 == expire(deadline + timedelta(minutes=1))
    house.settle(deadline + timedelta(minutes=1))

    assert OfferState.EXPIRED is offer_of(cheap).state
    assert OfferState.OFFERED is offer_of(dear).state
    with pytest.raises(Refused, match=r"match\.answered_already"):
        accept(cheap, deadline + timedelta(minutes=2))


def test_an_answer_past_the_deadline_is_refused_also_before_anybody_looked(house):
    press = maker(2, "press-forming", 100)
    maker(3, "painting", 200)
    request = ask_for_trays()
    house.settle()
    choose_cheap(request)
    house.settle()

    with pytest.raises(Refused, match=r"match\.too_late"):
        accept(press, AT + timedelta(days=2))


def test_the_second_to_accept_the_last_minutes_gets_one_clear_refusal(house):
    press = maker(2, "press-forming", 100, minutes_per_100=4_000)
    maker(3, "painting", 200)
    first, second = ask_for_trays(), ask_for_trays()
    house.settle()
    choose_cheap(first)
    choose_cheap(second)
    house.settle()
    with acting(owner(press)):
        one, two = public.offers(press.firm.id)
        services.accept_step(one.id, at=AT)

        with pytest.raises(Refused, match=r"match\.capacity_taken"):
            services.accept_step(two.id, at=AT)

        assert OfferState.OFFERED is public.assignment(two.id).state


def test_the_same_offer_is_accepted_once(house):
    press = maker(2, "press-forming", 100)
    maker(3, "painting", 200)
    request = ask_for_trays()
    house.settle()
    choose_cheap(request)
    house.settle()
    accept(press)

    with pytest.raises(Refused, match=r"match\.answered_already"):
        accept(press)


def test_a_counter_is_taken_where_nobody_would_do_it_for_less(house):
    press = maker(2, "press-forming", 100)
    maker(3, "press-forming", 150)
    maker(4, "painting", 200)
    request = ask_for_trays()
    house.settle()
    choose_cheap(request)
    house.settle()

    with acting(owner(press)):
        services.counter_step(offer_of(press).id, price=24_000, note="야간", at=AT)
    house.settle()

    taken = offer_of(press)
    assert (OfferState.ACCEPTED, 24_000) == (taken.state, taken.price)


def test_a_counter_above_the_next_best_goes_to_the_next(house):
    press, next_best = maker(2, "press-forming", 100), maker(3, "press-forming", 150)
    maker(4, "painting", 200)
    request = ask_for_trays()
    house.settle()
    choose_cheap(request)
    house.settle()

    with acting(owner(press)):
        services.counter_step(offer_of(press).id, price=26_000, note="", at=AT)
    house.settle()

    assert OfferState.DECLINED is offer_of(press).state
    assert OfferState.OFFERED is offer_of(next_best).state


def test_one_alternative_is_chosen_once(house):
    maker(2, "press-forming", 100)
    maker(3, "painting", 200)
    request = ask_for_trays()
    house.settle()
    choose_cheap(request)

    with pytest.raises(Refused, match=r"match\.chosen_already"):
        choose_cheap(request)


def test_a_need_that_nobody_can_meet_says_what_would_have_to_give(house):
    maker(2, "press-forming", 100)
    request = ask_for_trays()

    house.settle()

    with acting(HANBIT_BUYER):
        assert () == public.alternatives(request.id)
        assert ["match.nobody_has"] == [reason.code for reason in public.blocking(request.id)]


def test_work_accepted_weighs_in_the_next_match(house):
    first, second = maker(2, "press-forming", 100), maker(3, "press-forming", 101)
    maker(4, "painting", 200)
    request = ask_for_trays()
    house.settle()
    choose_cheap(request)
    house.settle()
    accept(first)
    house.settle()

    again = ask_for_trays()
    house.settle()
    choose_cheap(again)
    house.settle()

    assert OfferState.OFFERED is offer_of(second).state


def test_the_worker_reads_every_assignment_and_its_maker(house):
    maker(2, "press-forming", 100)
    maker(3, "painting", 200)
    ask_for_trays()
    house.settle()

    with acting(WORKER):
        assert 2 == models.Maker.objects.count()


def test_what_an_inspection_found_is_remembered_for_who_made_the_step(house):
    press, paint = maker(2, "press-forming", 100), maker(4, "painting", 200)
    request = ask_for_trays()
    house.settle()
    choose_cheap(request)
    house.settle()
    accept(press)
    accept(paint)
    house.settle()
    ids = {"order": UUID(int=8), "job_order": UUID(int=9)}
    found = {**ids, "step": "press", "inspected": 900, "failed": 300}
    with acting(owner(press)):
        record(LOT_INSPECTED, aggregate_id=UUID(int=5), aggregate_version=1, at=AT, payload=found)
    house.settle()

    with acting(WORKER):
        seen = models.QualitySeen.objects.get()
    assert (press.firm.id, "press-forming", 900, 300) == (
        seen.firm_id,
        seen.process,
        seen.pieces,
        seen.failed,
    )

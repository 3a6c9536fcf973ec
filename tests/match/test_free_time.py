"""A member that keeps to itself: what it publishes counts in the next match, and nothing else."""

from datetime import timedelta

import pytest

from dure.kernel.errors import Refused
from dure.match import models, public, services, store
from dure.match.services.keeping import minutes_by_day
from dure.members import public as members
from dure.plan.services.disclosing import publish_free_time, withdraw_free_time
from dure.stack.tenancy import acting
from tests.cast import AT, HANBIT_BUYER, WORKER
from tests.match.houses import House, ask_for_trays, list_tray, maker, owner, take_cheapest
from tests.members.test_founding import cooperative

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]
HOURS = timedelta(hours=1)


@pytest.fixture
def house(cooperative):
    list_tray()
    return House()


def publish(house, joining, *, hours, unit_won=100, at=AT):
    windows = [(AT + 24 * HOURS, AT + (24 + hours) * HOURS)] if hours else []
    with acting(owner(joining)):
        (mine,) = members.capabilities(firm_id=joining.firm.id)
        terms = {"setup_minutes": 30, "minutes_per_100": 60, "setup_won": 10_000}
        publish_free_time(joining.firm.id, mine.id, windows, at=at, unit_won=unit_won, **terms)
    house.settle()


def withdraw(house, joining):
    with acting(owner(joining)):
        (mine,) = members.capabilities(firm_id=joining.firm.id)
        withdraw_free_time(joining.firm.id, mine.id, AT)
    house.settle()


def answer(house):
    request = ask_for_trays()
    house.settle()
    with acting(HANBIT_BUYER):
        found = public.alternatives(request.id)
        return found[0].price if found else public.blocking(request.id)[0].code


def test_what_is_published_withdrawn_or_published_anew_counts_in_the_next_match(house, monkeypatch):
    press = maker(2, "press-forming", 100)
    maker(3, "painting", 200)
    assert 50_000 == answer(house)
    monkeypatch.setattr(store, "read", None)

    publish(house, press, hours=1)
    assert "match.no_free_time_blocks" == answer(house)
    publish(house, press, hours=2, unit_won=80)
    assert 48_000 == answer(house)
    withdraw(house, press)
    assert 50_000 == answer(house)


def test_read_whole_the_index_knows_what_was_published(house):
    press = maker(2, "press-forming", 100)
    maker(3, "painting", 200)
    publish(house, press, hours=2, unit_won=80)

    with acting(WORKER):
        grown, whole = store.index({"press-forming"}), store.read()

    (ours, theirs) = (each.coop.shelf("press-forming") for each in (grown, whole))
    for name in ("setup_minutes", "minutes_per_100", "setup_won", "unit_won"):
        assert theirs.columns[name].tolist() == ours.columns[name].tolist()
    assert [120] == theirs.windows.minutes.tolist() == ours.windows.minutes.tolist()
    assert theirs.windows.first.tolist() == ours.windows.first.tolist()


def test_a_capability_that_is_not_published_beside_one_that_is_has_no_time(house):
    press = maker(2, "press-forming", 100)
    with acting(WORKER):
        models.FreeTimeSeen.objects.create(
            firm_id=press.firm.id, capability_id=press.firm.id, is_open=True, told=1
        )
    maker(3, "painting", 200)

    assert "match.no_free_time_blocks" == answer(house)


def test_an_offer_of_its_own_price_is_accepted_while_its_windows_last(house):
    press = maker(2, "press-forming", 100)
    maker(3, "painting", 200)
    publish(house, press, hours=2, unit_won=80)
    request = ask_for_trays()
    house.settle()
    take_cheapest(house, request)
    with acting(owner(press)):
        (offer,) = public.offers(press.firm.id)
    publish(house, press, hours=1)

    with acting(owner(press)), pytest.raises(Refused, match=r"match\.capacity_taken"):
        services.accept_step(offer.id, at=AT)
    publish(house, press, hours=2)
    with acting(owner(press)):
        services.accept_step(offer.id, at=AT)

    assert 18_000 == offer.price


def test_what_was_overtaken_changes_nothing(house):
    press = maker(2, "press-forming", 100)
    publish(house, press, hours=1)
    publish(house, press, hours=2)
    from dure.journal.models import Fact
    from dure.journal.public import fact

    with acting(WORKER):
        first = Fact.objects.filter(kind="FreeTimePublished").order_by("id")[0]
        services.note_free_time(fact(first.id), AT)
        row = models.FreeTimeSeen.objects.get()

    assert (2, 120) == (row.told, sum(minutes for _, minutes in row.days))


def test_a_window_over_midnight_in_seoul_counts_on_both_days():
    nights = [["2026-12-01T14:00:00+00:00", "2026-12-01T16:30:00+00:00"]]

    assert [("2026-12-01", 60), ("2026-12-02", 90)] == minutes_by_day(nights)

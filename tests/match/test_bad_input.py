"""What cannot be asked for: the reason, which rule would have to give, and all else as it was."""

from datetime import date, timedelta

import pytest

from dure.kernel.errors import Malformed, Refused
from dure.match import models, public, services
from dure.members import public as members
from dure.members import services as joining
from dure.members.engine.firm import Licence
from dure.members.models import Firm
from dure.sense.schemas import ProductIn
from dure.sense.services import list_product
from dure.stack.tenancy import acting
from tests.cast import AT, HANBIT, HANBIT_BUYER, OFFICE, WORKER
from tests.match.houses import (
    DUE,
    TRAY,
    House,
    ask_for_trays,
    list_tray,
    maker,
    owner,
    take_cheapest,
)
from tests.members.test_founding import cooperative

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]


@pytest.fixture
def house(cooperative):
    list_tray()
    return House()


def blocked(house, quantity=100, **terms):
    request = ask_for_trays(quantity, **terms)
    house.settle()
    with acting(HANBIT_BUYER):
        assert () == public.alternatives(request.id)
        (reason,) = public.blocking(request.id)
    return reason


def price(house):
    request = ask_for_trays()
    house.settle()
    with acting(HANBIT_BUYER):
        found = public.alternatives(request.id)
        return found[0].price if found else None


def list_food():
    press, paint = TRAY["bill_of_process"]
    steps = {"bill_of_process": [press, paint | {"product_class": "food"}]}
    with acting(OFFICE):
        list_product(ProductIn.model_validate(TRAY | {"code": "LUNCH"} | steps).product(), at=AT)


def test_a_graph_with_a_circle_is_no_product(cooperative):
    press, paint = TRAY["bill_of_process"]
    circle = TRAY | {"bill_of_process": [press | {"after": ["paint"]}, paint]}

    with acting(OFFICE), pytest.raises(Refused, match=r"sense\.cycle"):
        list_product(ProductIn.model_validate(circle).product(), at=AT)


def test_a_step_that_nobody_can_do(house):
    maker(2, "press-forming", 100)

    reason = blocked(house)

    assert ("match.nobody_has", "paint") == (reason.code, reason.parameters["step"])


def test_a_quantity_outside_everybodys_lot_range(house):
    maker(2, "press-forming", 100)
    for serial in range(3, 9):
        maker(serial, "painting", 200, lot_max=60 + serial)

    reason = blocked(house)

    assert "match.lot_range_blocks" == reason.code
    assert (100, 1, 68) == tuple(reason.parameters[name] for name in ("quantity", "least", "most"))


def test_a_window_that_is_already_full(house):
    press = maker(2, "press-forming", 100, minutes_per_100=4_000)
    maker(3, "painting", 200)
    request = ask_for_trays()
    house.settle()
    take_cheapest(house, request)
    with acting(owner(press)):
        services.accept_step(public.offers(press.firm.id)[0].id, at=AT)
    house.settle()

    reason = blocked(house)

    assert ("match.no_free_time_blocks", "press") == (reason.code, reason.parameters["step"])
    with acting(OFFICE):
        assert 1 == len(public.clusters())


def test_a_capability_with_impossible_numbers_joins_nobody_and_changes_no_match(house):
    maker(2, "press-forming", 100)
    maker(3, "painting", 200)
    before = price(house)

    with pytest.raises(Malformed, match=r"members\.impossible_capability"):
        maker(4, "press-forming", 1, lot_min=500, lot_max=400)

    assert before == price(house)
    with acting(WORKER):
        assert 3 == len(members.firms())


def test_who_holds_no_licence_to_the_day_of_delivery_makes_no_food(house):
    list_food()
    maker(2, "press-forming", 100)
    paint = maker(3, "painting", 200)

    def renew(until):
        with acting(owner(paint)):
            held = Licence(firm=paint.firm.id, kind="food", number="가-1", valid_until=until)
            joining.hold_licence(held, at=AT)

    assert "match.no_licence_blocks" == blocked(house, product="LUNCH").code
    renew(DUE - timedelta(days=1))
    assert "match.no_licence_blocks" == blocked(house, product="LUNCH").code
    renew(DUE)
    request = ask_for_trays(product="LUNCH")
    house.settle()
    with acting(HANBIT_BUYER):
        assert public.alternatives(request.id)


def test_who_takes_no_part_or_refuses_the_buyer_is_left_out_until_it_says_otherwise(house):
    press = maker(2, "press-forming", 100)
    maker(3, "painting", 200)
    with acting(OFFICE):
        Firm.objects.create(
            id=HANBIT, number=90, business_number="1248100998", name="한빛", kind="buyer"
        )

    def says(**said):
        with acting(owner(press)):
            joining.set_offering(press.firm.id, at=AT, **said)

    assert 50_000 == price(house)
    says(is_open=False, refuses=[])
    assert "match.no_consent_blocks" == blocked(house).code
    says(is_open=True, refuses=[HANBIT])
    assert "match.no_consent_blocks" == blocked(house).code
    says(is_open=True, refuses=[])
    assert 50_000 == price(house)


def test_read_anew_the_index_knows_who_takes_no_part(house):
    from dure.match import store

    press = maker(2, "press-forming", 100)
    with acting(owner(press)):
        joining.set_offering(press.firm.id, is_open=False, refuses=[], at=AT)

    with acting(WORKER):
        table = store.read().coop.members

    assert [False] == table.consents.tolist()


def test_a_revised_rate_lot_or_day_off_is_in_the_next_match(house):
    from dataclasses import replace

    from dure.members.engine.firm import Rate

    press = maker(2, "press-forming", 100)
    maker(3, "painting", 200)
    (can,) = press.capabilities

    def revise(unit_won, **more):
        rate = Rate(firm=press.firm.id, process=can.process, setup_won=10_000, unit_won=unit_won)
        with acting(owner(press)):
            joining.revise_capability(replace(can, **more), rate, at=AT)

    assert 50_000 == price(house)
    revise(90)
    assert 49_000 == price(house)
    revise(90, lot_max=99)
    assert 49_000 != price(house)
    revise(80)
    assert 48_000 == price(house)
    off = replace(press.calendar, holidays=frozenset(AT.date() + timedelta(n) for n in range(60)))
    with acting(owner(press)):
        joining.set_calendar(press.firm.id, off, at=AT)
    assert price(house) is None


def test_what_was_blocked_leaves_nothing_behind_but_its_reason(house):
    maker(2, "press-forming", 100)

    blocked(house, due=date(2026, 12, 30))

    with acting(WORKER):
        assert 0 == models.Alternative.objects.count() == models.Cluster.objects.count()
        assert ["blocked"] == [row.state for row in models.Search.objects.all()]

"""What a step or a buyer asks of a maker: from the catalogue to the match, and to who is left."""

from datetime import date
from typing import Any

import pytest

from dure.journal.models import Fact
from dure.journal.public import fact
from dure.kernel.errors import Malformed
from dure.match import models, public, services
from dure.members import services as revising
from dure.members.engine.firm import Licence
from dure.members.models import Bylaws, Site
from dure.portal.words import say
from dure.sense import public as sense
from dure.sense.engine.request import Terms
from dure.sense.schemas import ProductIn
from dure.sense.services import list_product, submit_request
from dure.stack.tenancy import acting
from tests.cast import AT, HANBIT, HANBIT_BUYER, OFFICE, WORKER
from tests.match.houses import DUE, TRAY, House, ask_for_trays, maker, owner, take_cheapest
from tests.members.test_founding import cooperative

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]


@pytest.fixture
def house(cooperative):
    return House()


def list_tray(**asked: Any) -> None:
    press, paint = TRAY["bill_of_process"]
    steps = {"bill_of_process": [press | asked, paint]}
    with acting(OFFICE):
        list_product(ProductIn.model_validate(TRAY | steps).product(), at=AT)


def answer(house, **terms):
    with acting(HANBIT_BUYER):
        asked = Terms(quantity=100, due=DUE, **terms)
        request = submit_request("TRAY", asked, buyer=HANBIT, at=AT)
    house.settle()
    with acting(HANBIT_BUYER):
        return public.alternatives(request.id), public.blocking(request.id)


def makers_of(house, **terms):
    (found, *_), _ = answer(house, **terms)
    with acting(WORKER):
        rows = models.Maker.objects.filter(alternative_id=found.id).order_by("position")
        return [row.firm_id for row in rows]


def certified(joining, until, kind="ISO 9001:2015"):
    held = Licence(firm=joining.firm.id, kind=kind, number="Q-7", valid_until=until)
    with acting(owner(joining)):
        revising.hold_licence(held, at=AT)


@pytest.mark.parametrize(
    ("asked", "can", "cannot", "code"),
    [
        (
            {"material": "sus 304"},
            {"materials": ["STS-304", "SPCC"]},
            {"materials": ["AL6061"]},
            "match.other_material_blocks",
        ),
        (
            {"envelope_mm": [40, 300, 200]},
            {"envelope_mm": [200, 300, 40]},
            {"envelope_mm": [1000, 1000, 39]},
            "match.too_large_blocks",
        ),
        ({"tolerance": 7}, {"tolerance": 7}, {"tolerance": 8}, "match.too_coarse_blocks"),
    ],
)
def test_what_a_step_asks_is_asked_of_its_maker(house, asked, can, cannot, code):
    list_tray(**asked)
    maker(2, "press-forming", 10, **cannot)
    maker(4, "painting", 200)

    none, (reason,) = answer(house)
    able = maker(3, "press-forming", 900, **can)
    made_by = makers_of(house)

    assert () == none
    assert (code, "press") == (reason.code, reason.parameters["step"])
    assert say(reason, "ko") != say(reason, "en")
    assert able.firm.id == made_by[0]


def test_a_member_that_leaves_it_open_is_asked_and_may_decline(house):
    list_tray(material="STS304", envelope_mm=[300, 200, 40], tolerance=7)
    press = maker(2, "press-forming", 10)
    maker(4, "painting", 200)

    assert press.firm.id == makers_of(house)[0]


def test_a_certificate_holds_to_the_due_date_whatever_its_spelling(house):
    list_tray(certificates=["iso9001"])
    press = maker(2, "press-forming", 10)
    maker(4, "painting", 200)
    _, (nobody,) = answer(house)
    certified(press, date(2026, 12, 10))

    _, (expired,) = answer(house)
    certified(press, DUE)
    renewed, _ = answer(house)

    assert ["match.no_certificate_blocks"] * 2 == [nobody.code, expired.code]
    assert "ISO9001" == expired.parameters["certificates"]
    assert renewed


def test_what_a_buyer_asks_of_every_maker_is_asked_at_each_step(house):
    list_tray()
    press, paint = maker(2, "press-forming", 10), maker(4, "painting", 200)
    certified(press, None)

    _, (reason,) = answer(house, certificates=("ISO9001",))
    certified(paint, None)
    found, _ = answer(house, certificates=("ISO9001",))

    assert ("match.no_certificate_blocks", "paint") == (reason.code, reason.parameters["step"])
    assert found


def test_the_facts_of_a_request_say_what_was_asked(house):
    list_tray(material="STS304", tolerance=7)
    answer(house, certificates=("ISO9001",))

    with acting(WORKER):
        kinds = ("RequestSubmitted", "NeedUnderstood")
        asked, understood = (fact(Fact.objects.get(kind=kind).id).payload for kind in kinds)

    assert ["ISO9001"] == asked["terms"]["certificates"]
    assert ("STS304", 7) == tuple(
        understood["steps"][0][name] for name in ("material", "tolerance")
    )


def test_a_declined_step_goes_only_to_who_can_do_what_it_asks(house):
    list_tray(material="STS304")
    first = maker(2, "press-forming", 10, materials=["STS304"])
    maker(3, "press-forming", 20, materials=["AL6061"])
    maker(4, "painting", 200)
    request = ask_for_trays()
    house.settle()
    take_cheapest(house, request)

    with acting(owner(first)):
        services.decline_step(public.offers(first.firm.id)[0].id, at=AT)
    house.settle()

    with acting(HANBIT_BUYER):
        assert public.cluster_of(request.id) is None


def test_sides_of_a_step_are_three(cooperative):
    with acting(OFFICE), pytest.raises(Malformed, match=r"sense\.impossible_piece"):
        list_tray(envelope_mm=[300, 200])


@pytest.fixture
def regions(house):
    list_tray()
    here, there = maker(2, "press-forming", 10), maker(3, "painting", 10)
    far = maker(4, "painting", 90)
    with acting(OFFICE):
        Site.objects.filter(firm_id__in=[here.firm.id, there.firm.id]).update(region="구로")
        Site.objects.filter(firm_id=far.firm.id).update(region="부천")
    return house, here, there, far


def half_a_region():
    with acting(OFFICE):
        Bylaws.objects.update(region_basis_points=5000)


def test_one_region_gets_no_more_of_an_order_than_the_members_resolved(regions):
    house, here, there, far = regions

    assert [here.firm.id, there.firm.id] == makers_of(house)
    half_a_region()
    assert [here.firm.id, far.firm.id] == makers_of(house)


def test_the_cap_of_a_region_is_named_where_it_has_to_give(regions):
    house, _, _, far = regions
    half_a_region()
    with acting(OFFICE):
        Site.objects.filter(firm_id=far.firm.id).update(region="구로")

    none, (reason,) = answer(house)

    assert () == none
    assert ("match.region_full", 1) == (reason.code, reason.parameters["most"])


def test_a_step_that_is_offered_again_keeps_to_the_cap_of_a_region(regions):
    house, _, _, far = regions
    half_a_region()
    request = ask_for_trays()
    house.settle()
    take_cheapest(house, request)

    with acting(owner(far)):
        services.decline_step(public.offers(far.firm.id)[0].id, at=AT)
    house.settle()

    with acting(HANBIT_BUYER):
        assert public.cluster_of(request.id) is None


def test_what_a_step_asks_stands_in_the_catalogue(house):
    list_tray(material="sus304", envelope_mm=[40, 300, 200], tolerance=7, certificates=["ISO 9001"])

    with acting(HANBIT_BUYER):
        (product,) = sense.products()

    press, _ = product.steps
    asked = (press.material, press.envelope_mm, press.tolerance, press.certificates)
    assert ("STS304", (300, 200, 40), 7, ("ISO9001",)) == asked

from datetime import date
from uuid import UUID

import pytest
from django.test import Client

from dure.journal.public import facts_about
from dure.kernel.actor import Actor, Role
from dure.kernel.errors import Malformed, NotFound
from dure.members import public, services
from dure.members.engine.firm import Capability, Licence, Rate
from dure.members.services import join_firm
from dure.stack.tenancy import acting
from tests.cast import AT, OFFICE
from tests.members.test_founding import cooperative, firm, number

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]


@pytest.fixture
def press(cooperative):
    joining = firm(2).joining()
    with acting(OFFICE):
        joined = join_firm(joining, at=AT)
    return joining, joined


def owner(joining):
    return Actor(firm=joining.firm.id, role=Role.OWNER, person=joining.people[0].id)


def revised(joining, **more):
    stands = joining.capabilities[0]
    values = {name: getattr(stands, name) for name in Capability.__dataclass_fields__}
    return Capability(**values | {"id": UUID(int=9)} | more)


def rate(joining, unit_won, process="press-forming"):
    return Rate(firm=joining.firm.id, process=process, setup_won=1, unit_won=unit_won)


def test_a_capability_is_revised_in_its_place_and_the_fact_is_the_firms_own(press):
    joining, _ = press

    with acting(owner(joining)):
        done = services.revise_capability(
            revised(joining, lot_max=9_000, materials=("AL6061",)), rate(joining, 270), at=AT
        )
        (stands,) = public.capabilities(firm_id=joining.firm.id)
        (line,) = public.rates(firm_id=joining.firm.id)
        (told,) = facts_about(joining.firm.id, kinds=("CapabilityRevised",))

    assert stands == done
    assert (joining.capabilities[0].id, 9_000, ("AL6061",)) == (
        stands.id,
        stands.lot_max,
        stands.materials,
    )
    assert 270 == line.unit_won == told.payload["unit_won"]
    assert (joining.firm.id,) == told.parties


def test_a_process_that_was_not_there_is_added(press):
    joining, _ = press

    with acting(owner(joining)):
        services.revise_capability(
            revised(joining, process="painting"), rate(joining, 90, "painting"), at=AT
        )

        assert ["painting", "press-forming"] == [
            each.process for each in public.capabilities(firm_id=joining.firm.id)
        ]


def test_a_machine_of_somebody_else_makes_no_capability(press):
    joining, _ = press
    other = firm(3).joining()
    with acting(OFFICE):
        join_firm(other, at=AT)

    with acting(owner(joining)), pytest.raises(Malformed, match=r"members\.capability_without"):
        services.revise_capability(
            revised(joining, equipment=(other.equipment[0].id,)), rate(joining, 90), at=AT
        )


def test_a_licence_is_renewed_in_place_of_the_one_before(press):
    joining, _ = press
    until = date(2027, 6, 30)

    with acting(owner(joining)):
        for number_, last in (("가-1", None), ("가-2", until)):
            services.hold_licence(
                Licence(firm=joining.firm.id, kind="food", number=number_, valid_until=last), at=AT
            )

        (held,) = public.licences(joining.firm.id)
    assert ("가-2", until) == (held.number, held.valid_until)


def test_a_firm_that_is_no_buyer_cannot_be_refused(press):
    joining, _ = press

    with acting(owner(joining)), pytest.raises(NotFound, match=r"members\.no_buyer"):
        services.set_offering(joining.firm.id, is_open=True, refuses=[joining.firm.id], at=AT)


def test_over_http_an_owner_revises_everything_that_it_offers(press, client):
    _, joined = press
    buyer = firm(
        5,
        kind="buyer",
        shares=0,
        sites=[],
        equipment=[],
        capabilities=[],
        rate_card=[],
        people=[],
        business_number=number(5),
    ).joining()
    with acting(OFFICE):
        join_firm(buyer, at=AT)
    body = {
        "process": "press-forming",
        "lot_min": 5,
        "lot_max": 700,
        "setup_minutes": 10,
        "minutes_per_100": 20,
        "equipment": ["PRESS-1"],
        "setup_won": 1_000,
        "unit_won": 250,
    }

    def put(path, said):
        how = {"headers": {"Authorization": f"Bearer {joined.token}"}}
        return client.put(f"/api/v1/firms/me/{path}", said, "application/json", **how).status_code

    assert 200 == put("capabilities", body)
    assert 400 == put("capabilities", body | {"lot_min": 800})
    assert 400 == put("capabilities", body | {"equipment": ["LATHE-9"]})
    assert 400 == put("capabilities", body | {"setup_won": 0, "unit_won": 0})
    assert 204 == put("licences", {"kind": "food", "number": "1", "valid_until": "2027-01-31"})
    assert 204 == put("calendar", {"holidays": ["2026-12-24"]})
    assert 200 == put("offering", {"is_open": False, "refuses": [str(buyer.firm.id)]})
    mine = client.get(
        "/api/v1/firms/me", headers={"Authorization": f"Bearer {joined.token}"}
    ).json()
    assert (700, 250) == (mine["capabilities"][0]["lot_max"], mine["rate_card"][0]["unit_won"])
    assert {"is_open": False, "refuses": [str(buyer.firm.id)]} == mine["offering"]


def test_on_its_page_an_owner_revises_a_capability_a_day_off_a_licence_and_taking_part(press):
    joining, joined = press
    browser = Client()
    sign_in = {"email": "owner@m2.example", "password": next(iter(joined.passwords.values()))}
    browser.post("/sign-in/", sign_in)
    address = f"/members/capabilities/{joining.capabilities[0].id}/"
    typed = {
        "process": "press-forming",
        "machines": ["PRESS-1"],
        "lot_min": 1,
        "lot_max": 800,
        "setup_minutes": 5,
        "minutes_per_100": 6,
        "setup_won": 0,
        "unit_won": 333,
        "materials": "SPCC, AL5052",
    }

    assert 'value="5000"' in browser.get(address).content.decode()
    assert "error" in browser.post(address, typed | {"lot_min": 0}).content.decode()
    assert 302 == browser.post(address, typed).status_code
    browser.post("/members/days-off/", {"day": "2026-12-24"})
    browser.post("/members/licences/", {"kind": "food", "number": "7"})
    browser.post("/members/offering/")
    page = browser.get("/members/").content.decode()

    assert "333원" in page
    assert "12월 24일" in page
    assert "새 제안을 받지 않는 중입니다." in page
    with acting(owner(joining)):
        assert ("SPCC", "AL5052") == public.capabilities(firm_id=joining.firm.id)[0].materials
        assert ["food"] == [each.kind for each in public.licences(joining.firm.id)]


def test_nobody_revises_what_another_offers(press):
    joining, _ = press
    rival = firm(3)
    with acting(OFFICE):
        joined = join_firm(rival.joining(), at=AT)
    browser, password = Client(), next(iter(joined.passwords.values()))
    browser.post("/sign-in/", {"email": "owner@m3.example", "password": password})
    address = f"/members/capabilities/{joining.capabilities[0].id}/"

    assert 404 == browser.get(address).status_code

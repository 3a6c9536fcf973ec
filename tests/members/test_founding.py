from hashlib import sha256
from typing import Any

import pytest

from dure.journal.public import facts_of
from dure.kernel.actor import COOPERATIVE, NOBODY, Role
from dure.kernel.errors import Malformed, Refused
from dure.kernel.ids import check_digit
from dure.members import public
from dure.members.models import Person
from dure.members.schemas import FirmIn
from dure.members.services import found_cooperative, join_firm
from dure.stack.tenancy import acting
from tests.cast import AT, OFFICE

pytestmark = pytest.mark.django_db


def number(serial: int) -> str:
    nine = f"11300{serial:04d}"
    return nine + str(check_digit(nine))


def firm(serial: int, **more: Any) -> FirmIn:
    body = {
        "business_number": number(serial),
        "name": f"부산프레스 {serial}",
        "name_en": "Busan Press",
        "kind": "member",
        "shares": 20,
        "sites": [
            {
                "code": "A",
                "name": "본사",
                "building": "한울타워",
                "east_m": 1_300,
                "north_m": 1_200,
            }
        ],
        "equipment": [{"code": "PRESS-1", "name": "프레스 1호기"}],
        "capabilities": [
            {
                "process": "press-forming",
                "lot_min": 10,
                "lot_max": 5000,
                "setup_minutes": 40,
                "minutes_per_100": 25,
                "equipment": ["PRESS-1"],
            }
        ],
        "rate_card": [{"process": "press-forming", "setup_won": 40_000, "unit_won": 300}],
        "calendar": {"shifts": [{"weekdays": [0, 1, 2, 3, 4], "start": "09:00", "end": "18:00"}]},
        "people": [{"email": f"Owner@m{serial}.example", "name": "김민준", "roles": ["owner"]}],
    }
    return FirmIn.model_validate(body | more)


@pytest.fixture
def cooperative():
    body = {
        "business_number": number(1),
        "name": "구로 두레 협동조합",
        "kind": "cooperative",
        "people": [{"email": "office@dure.example", "name": "이서연", "roles": ["office"]}],
    }
    joining = FirmIn.model_validate(body).joining()
    return found_cooperative(joining, legal_form="framework", at=AT)


def test_it_works(cooperative):
    joining = firm(2).joining()

    with acting(OFFICE):
        joined = join_firm(joining, at=AT)

    with acting(NOBODY):
        actor = public.actor_for_token(sha256(joined.token.encode()).digest())
        (owner,) = public.actors_for_password("owner@m2.example", *joined.passwords.values())
    assert (joining.firm.id, Role.OWNER) == (actor.firm, actor.role)
    assert (joining.firm.id, Role.OWNER) == (owner.firm, owner.role)
    assert 2 == joined.number
    with acting(owner):
        assert ["press-forming"] == [item.process for item in public.capabilities()]
        assert ["FirmJoined"] == [fact.kind for fact in facts_of(joining.firm.id)]


def test_the_cooperative_is_founded_once(cooperative):
    body = firm(3, kind="cooperative", shares=0, people=[]).joining()

    with pytest.raises(Refused, match=r"members\.founded_already"):
        found_cooperative(body, legal_form="framework", at=AT)


def test_a_rival_sees_that_a_firm_is_there_and_nothing_of_what_it_can_do(cooperative):
    mine, rival = firm(2).joining(), firm(3).joining()
    with acting(OFFICE):
        join_firm(mine, at=AT)
        joined = join_firm(rival, at=AT)
    with acting(NOBODY):
        actor = public.actor_for_token(sha256(joined.token.encode()).digest())

    with acting(actor):
        assert mine.firm.name == public.firm(mine.firm.id).name
        assert {rival.firm.id} == {item.firm for item in public.capabilities()}
        assert {rival.firm.id} == {item.firm for item in public.rates()}
        assert {rival.firm.id} == {item.firm for item in public.equipment()}
        assert {rival.firm.id} == set(public.calendars())
        assert {rival.firm.id} == set(public.shares())
        assert [] == facts_of(mine.firm.id)


def test_signing_in_leaves_the_password_as_it_was_hashed(cooperative):
    (password,) = cooperative.passwords.values()
    with acting(NOBODY):
        before = Person.objects.get(email="office@dure.example").password

        actors = public.actors_for_password("office@dure.example", password)

        after = Person.objects.get(email="office@dure.example").password
    assert actors
    assert before == after


def test_a_wrong_password_opens_nothing(cooperative):
    with acting(NOBODY):
        assert () == public.actors_for_password("office@dure.example", "guess")
        assert () == public.actors_for_password("nobody@dure.example", "guess")


def test_a_second_firm_of_one_business_number_is_refused(cooperative):
    with acting(OFFICE):
        join_firm(firm(2).joining(), at=AT)

        with pytest.raises(Refused, match=r"members\.number_taken"):
            join_firm(firm(2).joining(), at=AT)


def test_the_fifth_member_makes_the_share_cap_count(cooperative):
    with acting(OFFICE):
        join_firm(firm(2, shares=90).joining(), at=AT)
        for serial in (3, 4, 5):
            join_firm(firm(serial, shares=10).joining(), at=AT)

        with pytest.raises(Refused, match=r"members\.share_cap"):
            join_firm(firm(6, shares=10).joining(), at=AT)
        assert 5 == len(public.firms())


def test_a_capability_needs_a_machine_and_a_rate():
    with pytest.raises(Malformed, match=r"members\.unknown_code"):
        firm(2, equipment=[]).joining()
    with acting(OFFICE), pytest.raises(Malformed, match=r"members\.capability_without_rate"):
        join_firm(firm(2, rate_card=[]).joining(), at=AT)


def test_a_wrong_check_digit_is_refused():
    with pytest.raises(Malformed, match=r"kernel\.business_number_check"):
        firm(2, business_number="124-81-00999").joining()


def test_a_buyer_holds_no_shares_and_has_no_owner_role(cooperative):
    with acting(OFFICE):
        with pytest.raises(Refused, match=r"members\.only_members_hold_shares"):
            join_firm(firm(2, kind="buyer").joining(), at=AT)
        with pytest.raises(Refused, match=r"members\.role_at_kind"):
            join_firm(firm(2, kind="buyer", shares=0).joining(), at=AT)


def test_the_cooperative_has_its_fixed_id(cooperative):
    assert COOPERATIVE == public.cooperative().id
    assert "framework" == public.bylaws().legal_form

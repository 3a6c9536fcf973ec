"""Two acceptances that meet: on connections of their own, with everything committed."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier

import psycopg
import pytest
from django.db import connection

from dure.journal.public import facts_of
from dure.kernel.errors import Refused
from dure.match import public, services
from dure.match.engine.cluster import ClusterState, OfferState
from dure.members.schemas import FirmIn
from dure.members.services import found_cooperative
from dure.stack.tenancy import acting
from tests.cast import AT, HANBIT, HANBIT_BUYER, OFFICE
from tests.match.houses import House, ask_for_trays, list_tray, maker, owner
from tests.members.test_founding import number

TABLES = "select tablename from pg_tables where schemaname = 'public'"


@pytest.fixture
def committed(postgres, django_db_setup, django_db_blocker):
    """
    Let a test commit; what it filled is emptied after it.

    By the superuser: the row policies hide rows even from the tables' owner.
    """
    with django_db_blocker.unblock(), closing(connection):
        before = filled(postgres)
        yield
        connection.close()
        new = sorted(filled(postgres) - before)
        with psycopg.connect(postgres.url("postgres")) as own:
            own.execute("truncate " + ", ".join(new) + " cascade")


def filled(postgres):
    with psycopg.connect(postgres.url("postgres")) as own:
        names = [name for (name,) in own.execute(TABLES)]
        return {
            name for name in names if own.execute(f"select exists (table {name})").fetchone()[0]
        }


def story():
    """Two trays asked for, whose pressing takes nearly all the time that the one press has."""
    cooperative = {
        "business_number": number(1),
        "name": "구로 두레 협동조합",
        "kind": "cooperative",
        "people": [{"email": "office@dure.example", "name": "이서연", "roles": ["office"]}],
    }
    found_cooperative(FirmIn.model_validate(cooperative).joining(), legal_form="framework", at=AT)
    list_tray()
    press = maker(2, "press-forming", 100, minutes_per_100=4_000)
    paint = maker(3, "painting", 200)
    house, asked = House(), [ask_for_trays(), ask_for_trays()]
    house.settle()
    for request in asked:
        with acting(HANBIT_BUYER):
            cheap = public.alternatives(request.id)[0]
            services.choose(request.id, cheap.id, buyer=HANBIT, at=AT)
    house.settle()
    return house, press, paint


def test_of_two_who_accept_the_last_minutes_at_once_one_has_them_and_one_hears_why(committed):
    house, press, paint = story()
    with acting(owner(press)):
        offers = public.offers(press.firm.id)
    both = Barrier(2)

    def accept(offer):
        with closing(connection):
            both.wait(60)
            try:
                with acting(owner(press)):
                    return services.accept_step(offer.id, at=AT)
            except Refused as refused:
                return refused.reason

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(accept, offers))

    (reason,) = [each for each in answers if hasattr(each, "code")]
    (accepted,) = [each for each in answers if not hasattr(each, "code")]
    assert "match.capacity_taken" == reason.code
    assert reason.parameters["left"] < reason.parameters["needed"]
    with acting(owner(press)):
        states = {each.id: each.state for each in public.offers(press.firm.id)}
        told = [each.kind for offer in offers for each in facts_of(offer.id)]
    assert {OfferState.ACCEPTED: 1, OfferState.OFFERED: 1} == {
        state: list(states.values()).count(state) for state in set(states.values())
    }
    assert OfferState.ACCEPTED is states[accepted.id]
    assert 1 == told.count("StepAccepted")
    house.settle()
    with acting(owner(paint)):
        assert 2 == len([e for e in public.offers(paint.firm.id) if e.state == "offered"])
    with acting(OFFICE):
        assert [ClusterState.OFFERING] * 2 == [each.state for each in public.clusters()]

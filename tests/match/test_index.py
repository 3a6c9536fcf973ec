from dataclasses import replace

import numpy as np
import pytest

from dure.match import public, store
from dure.members import models as members
from dure.members import public as front
from dure.stack.tenancy import acting
from tests.cast import HANBIT_BUYER, OFFICE, WORKER
from tests.match.engine.coops import skill
from tests.match.houses import House, ask_for_trays, list_tray, maker
from tests.members.test_founding import cooperative

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]


@pytest.fixture
def house(cooperative):
    list_tray()
    return House()


def asked_price(house):
    request = ask_for_trays()
    house.settle()
    with acting(HANBIT_BUYER):
        found = public.alternatives(request.id)
        return found[0].price if found else None


def no_second_reading(monkeypatch):
    def read():
        raise AssertionError("the index is read once")

    monkeypatch.setattr(store, "read", read)


def test_what_a_member_changes_is_seen_by_the_next_match_without_a_second_reading(
    house, monkeypatch
):
    press = maker(2, "press-forming", 100)
    maker(3, "painting", 200)
    assert 50_000 == asked_price(house)
    no_second_reading(monkeypatch)

    with acting(OFFICE):
        members.Rate.objects.filter(firm_id=press.firm.id).update(unit_won=90)
    assert 49_000 == asked_price(house)
    with acting(OFFICE):
        members.Capability.objects.filter(firm_id=press.firm.id).update(lot_min=500, lot_max=900)
    assert asked_price(house) is None
    maker(4, "press-forming", 150)
    assert 55_000 == asked_price(house)
    with acting(OFFICE):
        members.Calendar.objects.exclude(firm_id=press.firm.id).update(shifts=[])
    assert asked_price(house) is None


def test_read_whole_and_taken_in_firm_by_firm_the_index_is_the_same(house):
    maker(2, "press-forming", 100)
    asked_price(house)
    maker(3, "painting", 200, lot_min=7)
    maker(4, "press-forming", 150)

    with acting(WORKER):
        grown, whole = store.index({"press-forming", "painting"}), store.read()

    for process in ("press-forming", "painting"):
        ours, theirs = grown.coop.shelf(process), whole.coop.shelf(process)
        for name in ("member", *store.NUMBERS[:6]):
            assert theirs.columns[name].tolist() == ours.columns[name].tolist()
        assert [whole.capability(at) for at in theirs.columns["origin"]] == [
            grown.capability(at) for at in ours.columns["origin"]
        ]


def test_an_index_that_is_not_of_this_database_is_read_anew(house, monkeypatch):
    maker(2, "press-forming", 100)
    with acting(WORKER):
        read = store.read()
        ghost = read.coop.changed(77, [skill(77, "press-forming")], origin=1)
        stray = replace(
            read, coop=ghost, capabilities=np.append(read.capabilities, np.zeros(1, dtype="V16"))
        )
        monkeypatch.setattr(store, "_kept", [stray])

        found = store.index({"press-forming"})

    assert read.capabilities.tobytes() == found.capabilities.tobytes()


def test_columns_hold_what_the_rows_hold(house):
    press = maker(2, "press-forming", 100)

    with acting(WORKER):
        found = front.skill_columns()
        processes, calendars, columns = found.processes, found.calendars, found.columns
        (row,) = front.capabilities()

    assert "press-forming" == processes[columns["process"][0]]
    assert press.firm.id == calendars[columns["calendar"][0] - 1]
    assert row.id.bytes == columns["capability"][0].tobytes()
    assert (row.lot_max, 100, 1) == tuple(
        int(columns[name][0]) for name in ("lot_max", "unit_won", "machines")
    )

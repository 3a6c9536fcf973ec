"""What machine, people and shipments say of one lot, and where they disagree."""

from datetime import timedelta

import pytest

from dure.journal.services import record
from dure.kernel.fact import FactKind
from dure.make import public
from dure.make.engine.grade import Grade, disagreements
from dure.make.services.jobs import count_job, finish_job, start_job
from dure.make.services.lots import note_shipped, release_lot
from dure.stack.ids import new_id
from dure.stack.tenancy import acting
from tests.cast import AT, WORKER
from tests.make.doors.callers import Caller, page
from tests.make.shop import Press, lot_of, released, shop, token
from tests.make.wire.payloads import born, message, payload

pytestmark = pytest.mark.django_db

SHIPPED = FactKind("LotShipped", "shipment", ("unit",))
MINUTE = 60_000


class Counting(Press):
    """A press with a counter and a power meter."""

    def __init__(self, at_shop, capture):
        super().__init__(at_shop, capture)
        metrics = [("cycles", 8, 0), ("power_kw", 9, 0.0)]
        self.commit(born(self.group, device="PRESS-1", metrics=metrics))

    def tells(self, start, *said):
        """Say (minute, cycles, power) by the machine's clock."""
        topic = f"spBv1.0/{self.group}/DDATA/line-1/PRESS-1"
        ms = int(start.timestamp() * 1_000)
        self.commit(
            [
                message(
                    topic,
                    payload(2 + n, [(None, 8, cycles), (None, 9, power)], at=ms + minute * MINUTE),
                )
                for n, (minute, cycles, power) in enumerate(said)
            ]
        )


def done(
    at_shop,
    press,
    start=AT,
    *,
    good=100,
    said=((-1, 1_000, 6.0), (30, 1_050, 6.0), (60, 1_101, 6.0)),
):
    """Let a job run for an hour, and its machine tell of it."""
    job = released(at_shop)
    press.tells(start, *said)
    with acting(at_shop.owner):
        start_job(token(job), at=start)
        count_job(token(job), good=good // 2, scrap=0, at=start)
        finish_job(token(job), good=good - good // 2, scrap=0, at=start + timedelta(hours=1))
        return lot_of(job)


def claims(at_shop, lot):
    with acting(at_shop.owner):
        return public.claims_of(public.lot(lot.id))


@pytest.fixture
def press(mine, capture):
    return Counting(mine, capture)


def test_claims_that_disagree_are_listed_on_the_first_page_with_what_to_do(mine, press):
    done(mine, press, good=60)

    text = page(mine).get("/making/").content.decode()

    assert "101번 움직였는데 사람은 60개를 세었습니다" in text
    assert "시험 타발이나 빠뜨린 세기가 있는지 보세요" in text


def test_claims_that_agree_are_not_listed(mine, press):
    done(mine, press)

    assert "서로 맞지 않는 말" not in page(mine).get("/making/").content.decode()


def test_the_machines_own_counter_stands_beside_what_people_counted(mine, press):
    found = claims(mine, done(mine, press))

    assert (100, 101) == (found.declared, found.cycles)
    assert 6.0 == pytest.approx(found.energy_kwh)
    assert () == disagreements(found)


def test_a_counter_that_was_set_to_nothing_counts_on(mine, press):
    lot = done(mine, press, said=((-1, 980, 0.0), (30, 1_020, 0.0), (31, 0, 0.0), (60, 61, 0.0)))

    assert 101 == claims(mine, lot).cycles


def test_where_they_disagree_the_lots_page_says_so_and_what_to_do(mine, press):
    lot = done(mine, press, good=180)
    told = Caller(mine.token).get(f"/lots/{lot.id}/claims").json()

    shown = page(mine).get(f"/making/lots/{lot.id}/").content.decode()

    assert ["make.cycles_differ"] == [one["code"] for one in told["disagreements"]]
    assert "설비는 101번 움직였는데 사람은 180개를 세었습니다" in shown
    assert "시험 타발이나 빠뜨린 세기가 있는지 보세요" in shown


def test_a_piece_that_took_twice_the_energy_of_the_last_jobs_is_told(mine, press):
    for day in range(3):
        done(mine, press, AT + timedelta(days=day))
    dear = done(
        mine, press, AT + timedelta(days=5),
        said=((-1, 0, 12.0), (30, 50, 12.0), (60, 100, 12.0)),
    )  # fmt: skip

    found = claims(mine, dear)

    assert (0.06, 12.0) == (pytest.approx(found.usual_kwh), pytest.approx(found.energy_kwh))
    assert ["make.energy_differs"] == [reason.code for reason in disagreements(found)]


def test_what_was_shipped_is_held_against_what_was_made(mine, press):
    lot = done(mine, press)
    with acting(mine.owner):
        release_lot(lot.id, at=AT)
    with acting(WORKER):
        fact = record(
            SHIPPED, aggregate_id=new_id(), aggregate_version=1, at=AT,
            payload={"unit": "ea"}, sets={"lot_id": lot.id, "sent": 104},
        )  # fmt: skip
        note_shipped(fact, AT)

    found = claims(mine, lot)

    assert (100, 104) == (found.made, found.shipped)
    assert ["make.shipped_beyond"] == [reason.code for reason in disagreements(found)]


def test_a_machine_that_says_nothing_is_not_compared(mine, capture):
    quiet = Counting(mine, capture)

    found = claims(mine, done(mine, quiet, said=((-600, 1, 1.0),)))

    assert (None, None) == (found.cycles, found.energy_kwh)


def test_a_lot_says_by_whom_it_was_counted(mine):
    job = released(mine)
    caller = Caller()
    caller.post(f"/jobs/{token(job)}/start")
    caller.post(f"/jobs/{token(job)}/count", good=5)
    caller.post(f"/jobs/{token(job)}/count", good=5, grade="machine")

    (lot,) = Caller(mine.token).get("/lots").json()

    assert ["machine", "hand"] == lot["counted_by"]
    assert 400 == caller.post(f"/jobs/{token(job)}/count", good=5, grade="oracle").status_code
    with acting(mine.owner):
        assert (Grade.MACHINE, Grade.HAND) == public.lot(lot_of(job).id).counted_by


def test_a_rival_learns_nothing_of_a_lots_claims(mine, press):
    lot = done(mine, press)

    assert 404 == Caller(shop(3).token).get(f"/lots/{lot.id}/claims").status_code

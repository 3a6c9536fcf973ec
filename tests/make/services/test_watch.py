"""From a sealed segment to a held lot, on real files and a real PostgreSQL."""

from datetime import timedelta

import pytest

from dure.journal.public import facts_of
from dure.kernel.errors import NotFound, Refused
from dure.make import models, public
from dure.make.engine.manifest import Range
from dure.make.services.jobs import count_job, finish_job, start_job
from dure.make.services.lots import inspect_lot, release_lot
from dure.make.services.sealing import tell_sealed
from dure.make.services.watch import declare_characteristic
from dure.stack.tenancy import acting
from tests.cast import AT, OFFICE, WORKER
from tests.make.shop import START_MS, Press, lot_of, released, shop, steady, token
from tests.make.wire.payloads import message, payload

pytestmark = pytest.mark.django_db


@pytest.fixture
def watched(mine):
    with acting(mine.owner):
        return declare_characteristic(device="PRESS-1", metric="force", unit="kN", at=AT)


def alarms(owner):
    with acting(owner):
        return public.alarms()


def test_each_sealed_segment_is_a_fact_of_its_member_once(mine, press, capture):
    press.says(steady(5))
    tell_sealed(capture.manifest)

    with acting(mine.owner):
        segments = list(models.Segment.objects.order_by("line"))
        (fact,) = facts_of(segments[1].id)
    assert [1, 2] == [row.line for row in segments]
    entry = capture.manifest.lines[1].segments[0]
    assert (entry.sha256, entry.rows) == (fact.sets["sha256"], fact.sets["rows"])
    assert capture.manifest.lines[1].digest() == fact.payload["line_hash"]
    assert mine.firm == fact.actor_firm


def test_what_is_sealed_and_not_told_yet_is_counted_for_the_office(mine, press, capture):
    def untold():
        with acting(OFFICE):
            return public.untold_segments()

    body = payload(2, [(None, 7, 1.0)], at=START_MS)
    topic = f"spBv1.0/{press.group}/DDATA/line-1/PRESS-1"
    span = {f"test/{press.group}": Range(epoch="e", lo=2, hi=2)}
    before = untold()
    capture.commit([message(topic, body)._replace(seq=2)], span)
    sealed = untold()
    tell_sealed(capture.manifest)

    assert (0, 1, 0) == (before, sealed, untold())


def test_a_rival_sees_no_segment(press):
    with acting(shop(3).owner):
        assert 0 == models.Segment.objects.count()


def test_limits_are_learnt_from_the_baseline(mine, press, watched, react):
    press.says(steady(12))
    react()
    press.says(steady(12, seed=2))
    react()

    with acting(mine.owner):
        (row,) = public.characteristics(mine.firm, "PRESS-1")
    assert 99 < row.center < 101
    assert 0.3 < row.sigma < 1.2
    assert () == alarms(mine.owner)


def test_a_drift_raises_one_alarm_and_holds_the_lot_that_is_on_the_machine(
    mine, press, watched, react
):
    job = released(mine)
    with acting(mine.owner):
        start_job(token(job), at=AT)
        count_job(token(job), good=200, scrap=0, at=AT)
    press.says(steady(20))
    react()

    press.says([130, 131, 132])
    press.says([133])
    react()

    (alarm,) = alarms(mine.owner)
    assert ("PRESS-1", "force", 1, 130.0) == (alarm.device, alarm.metric, alarm.rule, alarm.value)
    assert START_MS + 21 * 60_000 == alarm.reading_at.timestamp() * 1_000
    with acting(mine.owner):
        lot = lot_of(job)
        held = facts_of(lot.id)[-1]
    assert ("held", True) == (lot.state, lot.must_inspect)
    assert ("LotHeld", str(job.job_order_id)) == (held.kind, held.payload["job_order"])


def test_a_held_lot_goes_only_after_its_inspection_which_closes_the_alarm(
    mine, press, watched, react
):
    job = released(mine)
    with acting(mine.owner):
        start_job(token(job), at=AT)
    press.says([*steady(20), 130])
    react()
    with acting(mine.owner):
        finish_job(token(job), good=500, scrap=0, at=AT)
        lot = lot_of(job)
        with pytest.raises(Refused, match=r"make\.lot_uninspected"):
            release_lot(lot.id, at=AT)

        inspect_lot(lot.id, inspected=500, failed=12, at=AT)
        release_lot(lot.id, at=AT)

        assert 488 == public.lot(lot.id).good
        assert () == public.alarms(open_only=True)


def test_a_slow_trend_breaks_a_rule_before_it_leaves_the_limits(mine, press, watched, react):
    press.says(steady(20))
    react()
    with acting(mine.owner):
        (row,) = public.characteristics(mine.firm, "PRESS-1")

    press.says([row.center + row.sigma * step * 0.4 for step in range(-3, 4)])
    react()

    assert [3] == [alarm.rule for alarm in alarms(mine.owner)]


def test_the_rules_look_back_over_segments(mine, press, watched, react):
    press.says(steady(20))
    react()
    with acting(mine.owner):
        (row,) = public.characteristics(mine.firm, "PRESS-1")

    for step in range(9):
        press.says([row.center + row.sigma * (0.2 + 0.1 * (step % 2))])
        react()

    assert [2] == [alarm.rule for alarm in alarms(mine.owner)]


def test_readings_that_come_twice_or_late_are_not_watched_twice(mine, press, watched, react):
    press.says(steady(20))
    react()
    press.read -= 5
    press.says([150.0] * 5)
    react()

    assert () == alarms(mine.owner)


def test_what_is_no_number_is_not_watched(mine, press, watched, react):
    press.says([float("nan"), *steady(20), float("inf")])
    react()

    assert () == alarms(mine.owner)


def test_an_alarm_without_a_job_stands_alone(mine, press, watched, react):
    press.says([*steady(20), 130])
    react()

    (alarm,) = alarms(mine.owner)
    assert alarm.lot_number is None


def test_an_alarm_that_an_earlier_job_left_open_does_not_hide_the_next_jobs(
    mine, press, watched, react
):
    broken_off, next_job = released(mine), released(mine)
    with acting(mine.owner):
        start_job(token(broken_off), at=AT)
    press.says([*steady(20), 130])
    react()
    with acting(mine.owner):
        start_job(token(next_job), at=AT + timedelta(hours=4))

    press.read += 240
    press.says([131, 132])
    react()

    with acting(mine.owner):
        assert ["held", "held"] == [lot_of(job).state for job in (broken_off, next_job)]
        assert 2 == len(public.alarms(open_only=True))


def test_only_ones_own_machine_is_watched_and_each_metric_once(mine, watched):
    with acting(mine.owner):
        with pytest.raises(NotFound):
            declare_characteristic(device="KILN-9", metric="force", at=AT)
        with pytest.raises(Refused):
            declare_characteristic(device="PRESS-1", metric="force", at=AT)


def test_the_machines_page_knows_the_latest_value(mine, press):
    press.says([101.5, 102.5])

    with acting(mine.owner):
        (machine,) = public.machines()
        (value,) = public.values_now(machine)
        found = public.readings(machine, metric="force")
    assert machine.is_online
    assert ("force", 102.5) == (value["metric"], value["value"])
    assert [101.5, 102.5] == [row.value for row in found if row.value]


def test_the_worker_tells_what_was_committed_while_the_database_was_away(mine, capture):
    with acting(WORKER):
        assert 0 == models.Segment.objects.count()
    press = Press(mine, capture)
    press.says([1.0])

    assert 0 == tell_sealed(capture.manifest)
    with acting(WORKER):
        assert 2 == models.Segment.objects.count()

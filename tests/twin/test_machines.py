from datetime import UTC, datetime, timedelta
from statistics import mean

import pytest

from dure.twin.cooperative import found
from dure.twin.machines import Drift, Run, Shop, batches, born, kinds, quality_metric

START = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)


def kiln(drift=None, minutes=320):
    return Run(
        device="KILN-1",
        process="ceramic-firing",
        start=START,
        minutes=minutes,
        pieces=540,
        drift=drift,
    )


def temperatures(readings):
    name = quality_metric("ceramic-firing")
    return [reading.values[name] for reading in readings if name in reading.values]


def test_the_same_seed_gives_the_same_readings():
    assert Shop(seed=1).run(kiln()) == Shop(seed=1).run(kiln())


def test_another_seed_gives_others():
    assert Shop(seed=1).run(kiln()) != Shop(seed=2).run(kiln())


def test_a_sound_machine_stays_around_its_target():
    values = temperatures(Shop(seed=1).run(kiln()))

    assert 1250.0 == pytest.approx(mean(values), abs=1.0)


def test_a_drifting_machine_leaves_its_target_only_after_its_share_of_the_run():
    sound = temperatures(Shop(seed=1).run(kiln()))

    drifting = temperatures(Shop(seed=1).run(kiln(Drift(after=0.5, sigmas=0.25))))

    half = len(sound) // 2
    assert sound[:half] == drifting[:half]
    assert drifting[-1] > sound[-1] + 15 * 2.0


def test_device_time_is_business_time_within_the_run():
    readings = Shop(seed=1).run(kiln(minutes=60))

    assert START < readings[0].at
    assert readings[-1].at <= START + timedelta(minutes=61)


def test_all_pieces_are_counted_and_the_machine_is_idle_at_the_end():
    readings = Shop(seed=1).run(kiln())

    assert 540 == readings[-2].values["cycles"]
    assert "idle" == readings[-1].values["state"]


def test_machines_side_by_side_speak_in_the_order_of_business_time():
    other = Run(
        device="FILL-1",
        process="food-filling",
        start=START + timedelta(minutes=30),
        minutes=45,
        pieces=540,
    )

    readings = Shop(seed=1).run(kiln(), other)

    assert sorted(reading.at for reading in readings) == [reading.at for reading in readings]
    assert {"KILN-1", "FILL-1"} == {reading.device for reading in readings}


def test_batches_hold_all_readings_in_order_and_are_no_longer_than_asked():
    readings = Shop(seed=1).run(kiln())

    cut = list(batches(readings, 30))

    assert readings == [reading for batch in cut for reading in batch]
    assert all(batch[-1].at - batch[0].at < timedelta(minutes=30) for batch in cut)


def test_every_machine_of_the_cooperative_knows_what_it_measures():
    for member in found(seed=1).members:
        for machine, metrics in zip(member.machines, born(member.machines).values(), strict=True):
            assert quality_metric(machine.process) in metrics
            assert kinds()[machine.process]["period"] > 0

from dataclasses import replace
from datetime import timedelta

import pytest

from dure.make.engine.oee import Oee, WorkUnit, oee, worked
from dure.make.engine.shop import Job
from dure.make.engine.work import JobState
from tests.cast import AT


def test_the_three_ratios_multiply_to_the_index():
    # Eight hours planned, six produced, 0.6 minutes an item, 480 pieces of which 456 good.
    figures = oee(
        WorkUnit(
            planned_busy_minutes=480,
            production_minutes=360,
            run_minutes_per_item=0.6,
            produced=480,
            good=456,
        )
    )

    assert (0.75, 0.8, 0.95) == pytest.approx(
        (figures.availability, figures.effectiveness, figures.quality_ratio)
    )
    assert pytest.approx(0.57) == figures.oee_index


def test_a_machine_that_did_nothing_has_no_ratio_rather_than_zero():
    idle = WorkUnit(
        planned_busy_minutes=0, production_minutes=0, run_minutes_per_item=1, produced=0, good=0
    )

    assert Oee(availability=None, effectiveness=None, quality_ratio=None, oee_index=None) == oee(
        idle
    )


def test_finished_jobs_are_summed_up_against_what_was_planned():
    job = Job(
        id=None, number=1, firm=None, job_order=None, order=None, order_number=1, step="press",
        name="", name_en="", unit="ea", equipment=None, device="PRESS-1", planned=500,
        starts=AT, ends=AT + timedelta(hours=4), state=JobState.FINISHED, good=450, scrap=50,
        started_at=AT, finished_at=AT + timedelta(hours=5),
    )  # fmt: skip

    unit = worked([job, job, replace(job, finished_at=None)])

    assert (480, 600, 1_000, 900) == (
        unit.planned_busy_minutes, unit.production_minutes, unit.produced, unit.good
    )  # fmt: skip
    assert 0.48 == pytest.approx(unit.run_minutes_per_item)

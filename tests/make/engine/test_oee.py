import pytest

from dure.make.engine.oee import Oee, WorkUnit, oee


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

from datetime import UTC, datetime

import pytest

from dure.twin.people import at_rest
from dure.twin.scene import next_morning
from dure.twin.telling import Summary


@pytest.mark.parametrize(
    ("now", "morning"),
    [
        (datetime(2026, 11, 2, 0, 0, tzinfo=UTC), datetime(2026, 11, 2, 0, 0, tzinfo=UTC)),
        (datetime(2026, 11, 2, 0, 1, tzinfo=UTC), datetime(2026, 11, 3, 0, 0, tzinfo=UTC)),
        (datetime(2026, 11, 6, 9, 0, tzinfo=UTC), datetime(2026, 11, 9, 0, 0, tzinfo=UTC)),
    ],
)
def test_work_begins_at_nine_in_seoul_on_a_weekday(now, morning):
    assert morning == next_morning(now)


def test_a_house_with_unlogged_entries_rests_only_where_the_log_may_follow():
    status = {"now": "2026-11-02T00:00:00Z", "reactions": 0, "parked": 0, "unlogged": 3}

    assert not at_rest(status)
    assert at_rest(status, logged=False)


def test_a_waiting_reaction_is_never_rest():
    assert not at_rest({"reactions": 1, "parked": 0, "unlogged": 0}, logged=False)


def test_a_stage_inside_another_counts_for_itself_alone():
    summary = Summary(seed=1)

    with summary.timed("make"), summary.timed("move"):
        inner = summary.seconds.copy()

    assert {"make"} == set(inner)
    assert {"make", "move"} == set(summary.seconds)
    assert ["make", "move"] == [stage["stage"] for stage in summary.as_json()["stages"]]

from datetime import datetime, timedelta

import pytest

from dure.kernel.time import SEOUL
from dure.plan.engine.gantt import Bar, Titles, gantt

MORNING = datetime(2026, 11, 2, 9, tzinfo=SEOUL)
WORDS = Titles(**{field: field for field in Titles.__dataclass_fields__})
FIRING = Bar(
    firm="자올도예",
    machine="가마 1",
    order="수주 1호",
    step="본소성",
    quantity="520 ea",
    starts=MORNING,
    ends=MORNING + timedelta(days=8),
    state="예정",
)


def words_on(spec):
    """Give the words that stand in the drawing itself: now, and the frozen zone."""
    return [
        row["word"]
        for layer in spec["layer"]
        for row in layer.get("data", {}).get("values", [])
        if "word" in row
    ]


@pytest.mark.parametrize("days", [-2, 0, 4, 8, 10])
def test_now_and_the_frozen_zone_are_drawn_beside_the_bars(days):
    now = MORNING + timedelta(days=days)

    drawn = gantt([FIRING], WORDS, now, frozen_until=now + timedelta(days=1))

    assert ["frozen", "now"] == words_on(drawn)


@pytest.mark.parametrize("days", [-90, -3, 11, 400])
def test_a_now_far_away_leaves_the_width_to_the_bars(days):
    now = MORNING + timedelta(days=days)

    drawn = gantt([FIRING], WORDS, now, frozen_until=now + timedelta(days=1))

    assert [] == words_on(drawn)


def test_a_gantt_without_bars_has_now():
    assert ["now"] == words_on(gantt([], WORDS, MORNING))

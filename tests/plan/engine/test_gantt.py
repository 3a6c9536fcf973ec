from dataclasses import replace
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


def test_a_set_up_stands_in_its_frame_however_short_it_is():
    drawn = gantt([replace(FIRING, setup=30)], WORDS, MORNING)

    frame, lines = (layer["data"]["values"] for layer in drawn["layer"][:2])
    assert [("2026-11-02T08:30:00", "2026-11-02T09:00:00")] == [
        (each["starts"], each["ends"]) for each in frame
    ]
    assert (frame[0]["starts"], frame[0]["ends"]) == (lines[0]["starts"], lines[-1]["ends"])


def test_machines_stand_in_the_order_given_whether_they_are_set_up_or_not():
    plain, set_up = replace(FIRING, machine="가마 2"), replace(FIRING, setup=30)

    drawn = gantt([plain, set_up], WORDS, MORNING)

    rows = [
        layer["encoding"]["y"]["scale"]
        for layer in drawn["layer"]
        if "y" in layer.get("encoding", {})
    ]
    assert [{"domain": ["자올도예 · 가마 2", "자올도예 · 가마 1"]}] * 3 == rows


def test_a_row_of_its_own_leaves_the_table_its_machine():
    drawn = gantt([replace(FIRING, row="수주 1호 · 본소성", setup=30)], WORDS, MORNING)

    rows = {
        layer["encoding"]["y"]["scale"]["domain"][0]
        for layer in drawn["layer"]
        if "y" in layer.get("encoding", {})
    }
    assert {"수주 1호 · 본소성"} == rows
    assert "자올도예 · 가마 1" == drawn["data"]["values"][0]["machine"]


def test_a_bar_is_said_to_whoever_does_not_see_it():
    drawn = gantt([FIRING], WORDS, MORNING)

    said = "자올도예 · 가마 1: 수주 1호 본소성, 2026-11-02 09:00 – 2026-11-10 09:00, 예정"
    assert said == drawn["data"]["values"][0]["said"]


@pytest.mark.parametrize("days", [0, 400])
def test_only_what_is_drawn_is_to_be_explained(days):
    now = MORNING + timedelta(days=days)

    plain = gantt([FIRING], WORDS, now, frozen_until=now + timedelta(days=1))
    set_up = gantt([replace(FIRING, setup=30)], WORDS, now)

    meta = plain["usermeta"], set_up["usermeta"]
    assert [(days == 0, False), (False, True)] == [(m["has_zone"], m["has_setups"]) for m in meta]

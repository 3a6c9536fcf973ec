from datetime import date, datetime, timedelta

import altair
import pytest

from dure.kernel.time import SEOUL
from dure.make.engine.chart import Limits
from dure.make.engine.drawing import control_chart
from dure.plan.engine.gantt import Bar, Titles, gantt, milestone_chart
from dure.plan.engine.values import Milestone
from dure.portal.engine import charts

READINGS = {
    "data": {"values": [{"n": 1, "mm": 3.01}, {"n": 2, "mm": 3.2}]},
    "mark": {"type": "point", "color": "var(--pine)"},
    "encoding": {
        "x": {"field": "n", "type": "quantitative", "title": "표본"},
        "y": {"field": "mm", "type": "quantitative", "title": "두께"},
    },
}


def test_the_server_draws_hangul_and_the_light_marks() -> None:
    drawing = charts.svg(READINGS)

    assert "두께" in drawing
    assert charts.MARKS["pine"] in drawing
    assert "var(--" not in drawing


def test_the_font_of_the_server_has_the_shapes_of_hangul() -> None:
    one = {"data": {"values": [{"x": 1}]}, "mark": "text", "width": 200, "height": 100}
    seen = {
        word: charts.png(one | {"encoding": {"text": {"value": word}, "size": {"value": 40}}})
        for word in ("두레", "가마", "□□")
    }

    assert 3, "words without a font are all the same boxes" == len(set(seen.values()))


def test_the_table_has_the_charts_titles_and_values() -> None:
    assert (["표본", "두께"], [[1, 3.01], [2, 3.2]]) == charts.table(READINGS)


def test_a_chart_may_choose_its_table() -> None:
    chosen = READINGS | {"usermeta": {"table": [["mm", "mm"]]}}

    assert (["mm"], [[3.01], [3.2]]) == charts.table(chosen)


def test_a_layered_chart_has_one_table() -> None:
    layered = {"data": READINGS["data"], "layer": [READINGS | {"data": None}, {"mark": "rule"}]}

    assert (["표본", "두께"], [[1, 3.01], [2, 3.2]]) == charts.table(layered)


def test_rows_of_a_fixed_height_add_up_to_the_charts_height():
    machines = [{"machine": name} for name in ("가마 1", "가마 2", "가마 1")]
    spec = {
        "data": {"values": machines},
        "encoding": {"y": {"field": "machine", "type": "nominal"}},
    }

    assert 2 * 30 == charts.themed(spec | {"height": {"step": 30}})["height"]
    assert 2 * charts.ROW == charts.themed(spec)["height"]
    assert 200 == charts.themed(spec | {"height": 200})["height"]
    assert charts.HEIGHT == charts.themed(READINGS)["height"]


def test_what_a_chart_says_itself_wins_over_the_theme() -> None:
    own = charts.themed(READINGS | {"config": {"axis": {"labelFontSize": 9}}})

    assert 9 == own["config"]["axis"]["labelFontSize"]
    assert "var(--line)" == own["config"]["axis"]["gridColor"]


def test_a_time_axis_writes_hours_and_days_in_the_readers_way() -> None:
    timed = charts.themed({"encoding": {"x": {"field": "at", "type": "temporal"}}}, "en")

    assert "%-d %b" == timed["encoding"]["x"]["axis"]["format"]["date"]


MORNING = datetime(2026, 11, 2, 9, tzinfo=SEOUL)
WORDS = ("value", "time", "rule", "center", "upper", "lower", "description")
DRAWN = {
    "gantt": gantt(
        [
            Bar(
                firm="자올도예",
                machine="가마 1",
                order="수주 1호",
                step="본소성",
                quantity="520 ea",
                starts=MORNING,
                ends=MORNING + timedelta(hours=9),
                state="끝남",
            )
        ],
        Titles(**{field: field for field in Titles.__dataclass_fields__}),
        MORNING,
    ),
    "milestones": milestone_chart(
        [Milestone(step="fire", name="본소성", name_en="", by=date(2026, 11, 6), is_done=True)],
        "늦어도",
        english=False,
    ),
    "control chart": control_chart(
        [(0, 0.0), (60_000, 9.0)], Limits(center=0, sigma=1), {word: word for word in WORDS}
    ),
}


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("name", DRAWN)
def test_vega_lites_schema_knows_every_word_of_a_chart(name, language):
    altair.Chart.from_dict(charts.themed(DRAWN[name], language))


def test_a_misspelt_word_of_a_chart_is_found():
    misspelt = {**READINGS, "mark": {"type": "point", "colour": "var(--pine)"}}

    with pytest.raises(altair.utils.schemapi.jsonschema.ValidationError):
        altair.Chart.from_dict(charts.themed(misspelt))


def test_a_time_in_a_tooltip_is_written_in_the_readers_way():
    tip = {"tooltip": [{"field": "at", "type": "temporal"}]}

    timed = charts.themed({"encoding": tip}, "ko")

    assert "%-m월 %-d일 %H:%M" == timed["encoding"]["tooltip"][0]["format"]

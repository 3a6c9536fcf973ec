"""Pages: a chart drawn on the server for paper, beside the bare drawing."""

from collections.abc import Iterator
from typing import Any

from bench import Figure, seconds
from dure.portal.engine import charts
from dure.portal.words import say

POINTS = 500


def figures() -> Iterator[Figure]:
    """Draw a control chart's worth of points, and say a reason in Korean."""
    import vl_convert

    spec = _line(POINTS)
    charts.svg(spec)
    yield Figure(
        name=f"chart of {POINTS} points as SVG, themed and with Hangul",
        value=seconds(lambda: charts.svg(spec)),
        unit="s",
        reach=None,
        peer="vl-convert on the same points, without theme",
        peer_value=seconds(lambda: vl_convert.vegalite_to_svg(spec)),
    )
    reason = {"code": "project.field", "parameters": {"field": "수량", "problem": "음수"}}
    template = "{field} 항목을 읽을 수 없습니다: {problem}"
    yield Figure(
        name="reasons said in Korean, particles settled",
        value=1000 / seconds(lambda: [say(reason, "ko") for _ in range(1000)]),
        unit="1/s",
        reach=None,
        peer="str.format of the same sentence",
        peer_value=1000
        / seconds(lambda: [template.format(field="수량", problem="음수") for _ in range(1000)]),
    )


def _line(points: int) -> dict[str, Any]:
    values = [{"at": n, "온도": 1230 + (n * 37) % 11} for n in range(points)]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"values": values},
        "mark": "line",
        "encoding": {
            "x": {"field": "at", "type": "quantitative"},
            "y": {"field": "온도", "type": "quantitative", "scale": {"zero": False}},
        },
    }

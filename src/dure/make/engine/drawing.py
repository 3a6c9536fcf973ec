"""A control chart as a Vega-Lite specification, out of plain values."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dure.kernel.time import SEOUL
from dure.make.engine.chart import Limits, breaks

Point = tuple[int, float]  # milliseconds since 1970, plotted value
Spec = dict[str, Any]


def control_chart(points: Sequence[Point], limits: Limits | None, words: Mapping[str, str]) -> Spec:
    """
    Draw points in the order of time, limits with words at their right end, broken rules ringed.

    words: `value` (title with unit), `time`, `rule`, `center`, `upper`, `lower`, `description`.
    """
    broken = {} if limits is None else {each.index: each.rule for each in _breaks(points, limits)}
    values = [
        {"at": wall_time(ms), "value": round(value, 4), "rule": broken.get(index)}
        for index, (ms, value) in enumerate(points)
    ]
    lines = [] if limits is None else _limit_layers(limits, words)
    return {
        "description": words["description"],
        "data": {"values": values},
        "height": 280,
        "usermeta": {
            "table": [["at", words["time"]], ["value", words["value"]], ["rule", words["rule"]]]
        },
        "layer": [*lines, _line(words), _points(words), *_rings(words)],
    }


def history_line(
    points: Sequence[Point], gaps: Sequence[tuple[int, int]], words: Mapping[str, str]
) -> Spec:
    """Draw a series over time; where something never came a band stands, and the line breaks."""
    values: list[dict[str, Any]] = []
    edges = sorted(gaps)
    for ms, value in points:
        while edges and edges[0][1] <= ms:
            lo, hi = edges.pop(0)
            values.append({"at": wall_time((lo + hi) // 2), "value": None})
        values.append({"at": wall_time(ms), "value": round(value, 4)})
    layers: list[Spec] = [_line(words)]
    if gaps:
        bands = [{"from": wall_time(lo), "to": wall_time(max(hi, lo + 1_000))} for lo, hi in gaps]
        place = {
            "x": {"field": "from", "type": "temporal", "title": words["time"]},
            "x2": {"field": "to"},
        }
        mark = {"type": "rect", "color": "var(--straw)", "opacity": 0.25}
        layers.insert(0, {"data": {"values": bands}, "mark": mark, "encoding": place})
    return {
        "description": words["description"],
        "data": {"values": values},
        "height": 280,
        "usermeta": {"table": [["at", words["time"]], ["value", words["value"]]]},
        "layer": layers,
    }


def wall_time(ms: int) -> str:
    """Write milliseconds since 1970 as Korean wall time without a zone."""
    at = datetime.fromtimestamp(ms / 1_000, UTC).astimezone(SEOUL)
    return at.strftime("%Y-%m-%dT%H:%M:%S")


def _breaks(points: Sequence[Point], limits: Limits) -> Sequence[Any]:
    return breaks([value for _, value in points], limits)


def _x(words: Mapping[str, str]) -> Spec:
    return {"field": "at", "type": "temporal", "title": words["time"]}


def _y(words: Mapping[str, str]) -> Spec:
    scale = {"zero": False, "nice": True}
    return {"field": "value", "type": "quantitative", "title": words["value"], "scale": scale}


def _line(words: Mapping[str, str]) -> Spec:
    mark = {"type": "line", "color": "var(--indigo)", "strokeWidth": 1.5}
    return {"mark": mark, "encoding": {"x": _x(words), "y": _y(words)}}


def _points(words: Mapping[str, str]) -> Spec:
    value = {"field": "value", "type": "quantitative", "title": words["value"]}
    tooltip = [_x(words), value, {"field": "rule", "title": words["rule"]}]
    mark = {"type": "point", "color": "var(--indigo)", "size": 28}
    return {"mark": mark, "encoding": {"x": _x(words), "y": _y(words), "tooltip": tooltip}}


def _rings(words: Mapping[str, str]) -> list[Spec]:
    """Ring the points that broke a rule, its number above: shape and word beside the colour."""
    only = [{"filter": "datum.rule"}]
    place = {"x": _x(words), "y": _y(words)}
    ring = {"type": "point", "filled": False, "color": "var(--persimmon)", "size": 160}
    number = {"type": "text", "dy": -14, "color": "var(--persimmon)", "fontWeight": "bold"}
    return [
        {"transform": only, "mark": {**ring, "strokeWidth": 2}, "encoding": place},
        {"transform": only, "mark": number, "encoding": {**place, "text": {"field": "rule"}}},
    ]


def _limit_layers(limits: Limits, words: Mapping[str, str]) -> list[Spec]:
    drawn: tuple[tuple[float, str, list[int], str], ...] = (
        (limits.upper, words["upper"], [6, 4], "var(--persimmon)"),
        (limits.center, words["center"], [], "var(--stone)"),
        (limits.lower, words["lower"], [6, 4], "var(--persimmon)"),
    )
    once: Spec = {"values": [{}]}  # one line and one word, not one for each point
    layers: list[Spec] = []
    for value, word, dash, colour in drawn:
        height = {"datum": value, "type": "quantitative", "title": words["value"]}
        rule = {"type": "rule", "color": colour, "strokeDash": dash}
        text = {"type": "text", "align": "left", "baseline": "middle", "dx": 6, "color": colour}
        layers.append({"data": once, "mark": rule, "encoding": {"y": height}})
        layers.append(
            {
                "data": once,
                "mark": text,
                "encoding": {
                    "x": {"value": "width"},
                    "y": height,
                    "text": {"value": f"{word} {value:.4g}"},
                },
            }
        )
    return layers

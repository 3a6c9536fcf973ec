"""The frontier of fair share as a Vega-Lite specification."""

from collections.abc import Mapping
from typing import Any

from dure.match.engine.frontier import Frontier


def frontier_chart(found: Frontier, weight_bp: int, words: Mapping[str, str]) -> Mapping[str, Any]:
    """
    Draw each weight at what it costs more (across) and the ten busiest members' part (up).

    The weight that holds is ringed in another colour and named so. words: title, weight, extra,
    busiest, members, now.
    """
    rows = [
        {
            "weight": f"{point.weight_bp / 100:g}%",
            "extra": point.extra_bp / 100,
            "busiest": point.busiest_bp / 100,
            "members": point.members,
            "label": f"{point.weight_bp / 100:g}%"
            + (f" · {words['now']}" if point.weight_bp == weight_bp else ""),
            "stands": point.weight_bp == weight_bp,
        }
        for point in found.points
    ]
    place = {
        "x": {"field": "extra", "type": "quantitative", "title": words["extra"]},
        "y": {"field": "busiest", "type": "quantitative", "title": words["busiest"]},
    }
    colour = {
        "condition": {"test": "datum.stands", "value": "var(--persimmon)"},
        "value": "var(--indigo)",
    }
    return {
        "description": words["title"],
        "height": 280,
        "data": {"values": rows},
        "layer": [
            {"mark": {"type": "line", "color": "var(--stone)"}, "encoding": place},
            {
                "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
                "encoding": {**place, "color": colour},
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 8, "dy": -8},
                "encoding": {**place, "text": {"field": "label"}, "color": colour},
            },
        ],
        "usermeta": {
            "table": [
                ["weight", words["weight"]],
                ["extra", words["extra"]],
                ["busiest", words["busiest"]],
                ["members", words["members"]],
            ]
        },
    }

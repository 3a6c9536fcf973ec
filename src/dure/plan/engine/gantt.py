"""
The Gantt as a Vega-Lite specification, made of plain values.

Rows are machines under their firm, colour is the order, a hatch of lighter bars stands for
what is done, a line for now; what is late is said in the table below. The buyer's picture
has steps and days instead of machines and hours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dure.kernel.time import SEOUL, Instant
from dure.plan.engine.values import Milestone

Spec = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One job order on its machine, in words of one language."""

    firm: str
    machine: str
    order: str
    step: str
    quantity: str
    starts: Instant
    ends: Instant
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Titles:
    """The chart's words in one language."""

    machine: str
    order: str
    step: str
    quantity: str
    starts: str
    ends: str
    state: str
    now: str
    description: str


def gantt(bars: Sequence[Bar], titles: Titles, now: Instant) -> Spec:
    """Draw machines and what they do when."""
    values = [_row(bar) for bar in bars]
    fields = ("machine", "order", "step", "quantity", "starts", "ends", "state")
    time = {"type": "temporal", "scale": {"nice": False}}
    return {
        "description": titles.description,
        "height": {"step": 30},
        "usermeta": {"table": [[field, getattr(titles, field)] for field in fields]},
        "layer": [
            {
                "data": {"values": values},
                "mark": {"type": "bar", "cornerRadius": 3, "height": {"band": 0.7}},
                "encoding": {
                    "y": {"field": "machine", "type": "nominal", "title": None, "sort": None},
                    "x": {**time, "field": "starts", "title": None},
                    "x2": {"field": "ends"},
                    "color": {"field": "order", "type": "nominal", "title": titles.order},
                    "opacity": {
                        "condition": {"test": "datum.is_done", "value": 0.45},
                        "value": 1,
                    },
                    "tooltip": [
                        {"field": field, "title": getattr(titles, field)}
                        | ({"type": "temporal"} if field in ("starts", "ends") else {})
                        for field in fields
                    ],
                },
            },
            _now_line(now, titles.now),
        ],
    }


def milestone_chart(milestones: Sequence[Milestone], title: str, english: bool) -> Spec:
    """Draw a buyer's milestones: each step on its day, those that are done filled."""
    values = [
        {
            "step": each.name_en if english and each.name_en else each.name,
            "by": f"{each.by}T12:00",
            "is_done": each.is_done,
        }
        for each in milestones
    ]
    y = {"field": "step", "type": "nominal", "title": None, "sort": None}
    return {
        "description": title,
        "height": {"step": 30},
        "usermeta": {"table": [["step", "공정" if not english else "Step"], ["by", title]]},
        "data": {"values": values},
        "mark": {"type": "point", "size": 160, "strokeWidth": 2, "stroke": "var(--pine)"},
        "encoding": {
            "y": y,
            "x": {
                "field": "by",
                "type": "temporal",
                "title": title,
                "scale": {"padding": 24},
                "axis": {"format": "%m/%d", "tickCount": "day"},
            },
            "fill": {
                "condition": {"test": "datum.is_done", "value": "var(--pine)"},
                "value": "transparent",
            },
        },
    }


def _row(bar: Bar) -> dict[str, object]:
    return {
        "machine": f"{bar.firm} · {bar.machine}" if bar.firm else bar.machine,
        "order": bar.order,
        "step": bar.step,
        "quantity": bar.quantity,
        "starts": _wall(bar.starts),
        "ends": _wall(max(bar.ends, bar.starts + timedelta(minutes=1))),
        "state": bar.state,
        "is_done": bar.state in ("끝남", "done"),
    }


def _now_line(now: Instant, title: str) -> dict[str, Any]:
    return {
        "data": {"values": [{"now": _wall(now), "word": title}]},
        "layer": [
            {
                "mark": {"type": "rule", "color": "var(--persimmon)", "strokeDash": [4, 3]},
                "encoding": {"x": {"field": "now", "type": "temporal"}},
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 4, "dy": -6, "baseline": "top"},
                "encoding": {
                    "x": {"field": "now", "type": "temporal"},
                    "y": {"value": 0},
                    "text": {"field": "word"},
                },
            },
        ],
    }


def _wall(instant: datetime) -> str:
    """Give Korean wall time without a zone, so that every browser draws the same."""
    return instant.astimezone(SEOUL).strftime("%Y-%m-%dT%H:%M")

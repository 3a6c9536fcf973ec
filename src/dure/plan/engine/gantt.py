"""
The Gantt as a Vega-Lite specification, made of plain values.

Rows are machines under their firm, or orders and their steps; colour is the order, a hatch
before a bar is its set-up, lighter bars are done, the frozen zone is shaded, a line stands for
now where now is near: a month away it would squeeze the bars. What is late has a frame, its
reason on hover and in the table. The buyer's picture has steps and days instead of machines and
hours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dure.kernel.time import SEOUL, Instant
from dure.plan.engine.values import Milestone

Spec = Mapping[str, Any]
HATCH = 160
"""A hatch has a line for every so-manieth part of what is shown."""
MOST_LINES = 12
ROW = 30
LEGEND_COLUMNS = 4
"""So many orders stand side by side under the drawing: on a phone, too."""
TIME = {"type": "temporal", "scale": {"nice": False}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """
    One job order on its machine, in words of one language.

    row: where it is drawn, if not in its machine's row. setup: minutes in which its machine is
    set up before it. late: why, where it is late. key, lane: what is moved, and to where,
    where somebody may move it.
    """

    firm: str
    machine: str
    order: str
    step: str
    quantity: str
    starts: Instant
    ends: Instant
    state: str
    is_done: bool = False
    row: str = ""
    setup: int = 0
    late: str = ""
    key: str = ""
    lane: str = ""


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
    setup: str
    late: str
    now: str
    frozen: str
    minutes: str  # with {n} where the number goes
    description: str


def gantt(
    bars: Sequence[Bar],
    titles: Titles,
    now: Instant,
    *,
    frozen_until: Instant | None = None,
    rows: Sequence[str] = (),
) -> Spec:
    """
    Draw machines and what they do when; usermeta says what the drawing has to be explained.

    rows: all that are drawn, in their order, where some have no bar.
    """
    y = _rows(rows or list(dict.fromkeys(_where(bar) for bar in bars)))
    shown = ("machine", "order", "step", "quantity", "starts", "ends", "state", "late")
    near = _is_near(now, bars)
    zone = [_frozen_zone(now, frozen_until, titles.frozen)] if frozen_until and near else []
    line = [_now_line(now, titles.now)] if near else []
    return {
        "description": titles.description,
        "height": {"step": ROW},
        "padding": {"top": 22, "left": 4, "right": 4, "bottom": 4},
        "usermeta": {
            "table": [[field, getattr(titles, field)] for field in shown],
            "has_zone": bool(zone),
            "has_setups": any(bar.setup for bar in bars),
        },
        # The bars come first in the data, so that the table is theirs, and last in the drawing.
        "data": {"values": [_row(bar, titles) for bar in bars]},
        "layer": [*zone, *_hatches(bars, titles, y), _bars(titles, y), *line],
    }


def _is_near(now: Instant, bars: Sequence[Bar]) -> bool:
    """Say whether now can be drawn beside the bars, and leave them most of the width."""
    if not bars:
        return True
    first, last = min(bar.starts for bar in bars), max(bar.ends for bar in bars)
    margin = max((last - first) / 4, timedelta(days=1))
    return first - margin <= now <= last + margin


def row_name(firm: str, machine: str) -> str:
    """Name the row of a machine."""
    return f"{firm} · {machine}" if firm else machine


def _rows(rows: Sequence[str]) -> dict[str, Any]:
    """Give the rows in their order; unsaid, those with set-ups would come first."""
    scale = {"scale": {"domain": list(rows)}} if rows else {}
    return {"field": "row", "type": "nominal", "title": None, "sort": None, **scale}


def _bars(titles: Titles, y: Mapping[str, Any]) -> dict[str, Any]:
    told = ("machine", "order", "step", "quantity", "starts", "ends", "state", "setup", "late")
    return {
        "mark": {"type": "bar", "cornerRadius": 3, "height": {"band": 0.7}},
        "encoding": {
            "y": y,
            "x": {**TIME, "field": "starts", "title": None},
            "x2": {"field": "ends"},
            "color": _colour(titles),
            "opacity": {"condition": {"test": "datum.is_done", "value": 0.45}, "value": 1},
            "stroke": {
                "condition": {"test": "datum.late", "value": "var(--persimmon)"},
                "value": None,
            },
            "strokeWidth": {"value": 3},
            "description": {"field": "said"},
            "tooltip": [
                {"field": field, "title": getattr(titles, field)}
                | ({"type": "temporal"} if field in ("starts", "ends") else {})
                for field in told
            ],
        },
    }


def _colour(titles: Titles) -> dict[str, Any]:
    legend = {"symbolType": "square", "columns": LEGEND_COLUMNS}
    return {"field": "order", "type": "nominal", "title": titles.order, "legend": legend}


def _hatches(bars: Sequence[Bar], titles: Titles, y: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Draw set-ups as slanted lines in a frame, in the colour of what they are for."""
    lines = [line for bar in bars for line in _hatch(bar, titles, _a_line(bars))]
    if not lines:
        return []
    whole = [_framed(bar, titles) for bar in bars if bar.setup]
    return [
        {
            "data": {"values": whole},
            "mark": {
                "type": "bar",
                "filled": False,
                "strokeWidth": 1,
                "height": {"band": 0.7},
                "clip": True,
            },
            "encoding": {
                "y": y,
                "x": {**TIME, "field": "starts", "title": None},
                "x2": {"field": "ends"},
                "color": _colour(titles),
            },
        },
        {
            "data": {"values": lines},
            "mark": {"type": "rule", "strokeWidth": 1.5, "clip": True},
            "encoding": {
                "y": {**y, "bandPosition": 0.85},
                "y2": {"field": "row", "bandPosition": 0.15},
                "x": {**TIME, "field": "starts", "title": None},
                "x2": {"field": "ends"},
                "color": _colour(titles),
                "tooltip": [
                    {"field": "machine", "title": titles.machine},
                    {"field": "order", "title": titles.order},
                    {"field": "setup", "title": titles.setup},
                ],
            },
        },
    ]


def _framed(bar: Bar, titles: Titles) -> dict[str, object]:
    """Give one set-up from its beginning to its end: a short one is no stray line in its frame."""
    return {
        "row": _where(bar),
        "machine": _machine(bar),
        "order": bar.order,
        "setup": _minutes(bar, titles),
        "starts": _second(bar.starts - timedelta(minutes=bar.setup)),
        "ends": _second(bar.starts),
    }


def _hatch(bar: Bar, titles: Titles, line: timedelta) -> list[dict[str, object]]:
    """Give the slanted lines of one set-up: each from the foot of its part to the head."""
    if not bar.setup:
        return []
    whole = timedelta(minutes=bar.setup)
    count = max(1, min(MOST_LINES, whole // line))
    part = whole / count
    begins = bar.starts - whole
    return [
        {
            "row": _where(bar),
            "machine": _machine(bar),
            "order": bar.order,
            "setup": _minutes(bar, titles),
            "starts": _second(begins + part * n),
            "ends": _second(begins + part * (n + 1)),
        }
        for n in range(count)
    ]


def _a_line(bars: Sequence[Bar]) -> timedelta:
    span = max(bar.ends for bar in bars) - min(bar.starts for bar in bars)
    return max(timedelta(minutes=1), span / HATCH)


def _frozen_zone(now: Instant, until: Instant, title: str) -> dict[str, Any]:
    return {
        "data": {"values": [{"from": _wall(now), "until": _wall(until), "word": title}]},
        "layer": [
            {
                "mark": {"type": "rect", "color": "var(--stone)", "opacity": 0.14, "clip": True},
                "encoding": {
                    "x": {**TIME, "field": "from", "title": None},
                    "x2": {"field": "until"},
                },
            },
            {
                "mark": {
                    "type": "text",
                    "align": "right",
                    "dx": -4,
                    "dy": -4,
                    "baseline": "bottom",
                },
                "encoding": {
                    "x": {**TIME, "field": "until"},
                    "y": {"value": 0},
                    "text": {"field": "word"},
                },
            },
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


def _row(bar: Bar, titles: Titles) -> dict[str, object]:
    return {
        "row": _where(bar),
        "said": _said(bar),
        "machine": _machine(bar),
        "order": bar.order,
        "step": bar.step,
        "quantity": bar.quantity,
        "starts": _wall(bar.starts),
        "ends": _wall(max(bar.ends, bar.starts + timedelta(minutes=1))),
        "state": bar.state,
        "setup": _minutes(bar, titles),
        "late": bar.late,
        "is_done": bar.is_done,
        "key": bar.key,
        "lane": bar.lane,
    }


def _where(bar: Bar) -> str:
    return bar.row or _machine(bar)


def _said(bar: Bar) -> str:
    """Say a bar to somebody who does not see it."""
    begins, ends = (
        each.astimezone(SEOUL).strftime("%Y-%m-%d %H:%M") for each in (bar.starts, bar.ends)
    )
    return f"{_machine(bar)}: {bar.order} {bar.step}, {begins} – {ends}, {bar.state}"


def _machine(bar: Bar) -> str:
    return row_name(bar.firm, bar.machine)


def _minutes(bar: Bar, titles: Titles) -> str:
    return titles.minutes.replace("{n}", str(bar.setup)) if bar.setup else ""


def _second(instant: Instant) -> str:
    return instant.astimezone(SEOUL).strftime("%Y-%m-%dT%H:%M:%S")


def _now_line(now: Instant, title: str) -> dict[str, Any]:
    return {
        "data": {"values": [{"now": _wall(now), "word": title}]},
        "layer": [
            {
                "mark": {"type": "rule", "color": "var(--persimmon)", "strokeDash": [4, 3]},
                "encoding": {"x": {"field": "now", "type": "temporal"}},
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 4, "dy": -4, "baseline": "bottom"},
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

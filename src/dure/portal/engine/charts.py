"""
Charts in one look: a Vega-Lite specification, themed, as a drawing and as a table.

A room makes its chart as a plain Vega-Lite dict with inline values and colours by the
name of their mark, "var(--pine)". In the page the stylesheet gives the colours, so one
drawing serves light, dark and print; on the server the light marks stand in for them.
Times are given as Korean wall time without a zone ("2026-12-03T09:00"), so that every
browser draws the same.

The table beside a chart shows the fields that the chart encodes, under their titles.
`"usermeta": {"table": [["field", "title"], ...]}` says otherwise.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

Spec = Mapping[str, Any]

MARKS = {
    "hanji": "#faf8f3",
    "paper": "#ffffff",
    "ink": "#1d2327",
    "indigo": "#1f3a68",
    "pine": "#2f6b4f",
    "straw": "#846210",
    "persimmon": "#b0451b",
    "stone": "#636970",
    "line": "#d9d8d5",
}
FONT = "Pretendard Variable, Pretendard, Apple SD Gothic Neo, Noto Sans KR, Malgun Gothic, "
SERVER_FONT = "NanumGothic"
CATEGORIES = (
    "var(--indigo)",
    "var(--pine)",
    "var(--straw)",
    "var(--persimmon)",
    "var(--stone)",
    "var(--ink)",
)
HEIGHT, ROW = 240, 24
_MARK = re.compile(r"var\(--(\w+)\)")


def themed(spec: Spec, language: str = "ko") -> dict[str, Any]:
    """Give the specification in Dure's look; what the chart itself says stays."""
    whole = {"$schema": "https://vega.github.io/schema/vega-lite/v6.json", **_timed(spec, language)}
    whole["config"] = _merged(_THEME, spec.get("config", {}))
    if not {"hconcat", "vconcat", "concat", "facet", "repeat"} & spec.keys():
        whole.setdefault("width", "container")
        whole.setdefault("autosize", {"type": "fit-x", "contains": "padding"})
        whole["height"] = _height(whole)
    return whole


def svg(spec: Spec, width: int = 720, language: str = "ko") -> str:
    """Draw the chart on the server as SVG text, with Hangul, in the light marks."""
    import vl_convert

    _register_font()
    return str(vl_convert.vegalite_to_svg(_for_server(spec, width, language)))


def png(spec: Spec, width: int = 720, scale: float = 2, language: str = "ko") -> bytes:
    """Draw the chart on the server as PNG, for e-mail."""
    import vl_convert

    _register_font()
    return bytes(vl_convert.vegalite_to_png(_for_server(spec, width, language), scale=scale))


def table(spec: Spec) -> tuple[list[str], list[list[Any]]]:
    """Give the chart's head and rows: the same values, to be read instead of seen."""
    columns = _columns(spec)
    rows = [[row.get(field, "") for field, _ in columns] for row in _values(spec)]
    seen: list[list[Any]] = []
    for row in rows:
        if row not in seen[-1:]:
            seen.append(row)
    return [title for _, title in columns], seen


@cache
def _register_font() -> None:
    """Let the renderer find NanumGothic in its wheel, without importing matplotlib."""
    import vl_convert

    wheel = find_spec("koreanize_matplotlib")
    assert wheel, "the font's wheel is a dependency"
    assert wheel.origin
    vl_convert.register_font_directory(str(Path(wheel.origin).parent / "fonts"))


def _for_server(spec: Spec, width: int, language: str) -> dict[str, Any]:
    whole = themed(spec, language)
    if whole.get("width") == "container":
        whole["width"] = width
    whole["background"] = "white"
    whole["config"] = {**whole["config"], "font": SERVER_FONT}
    painted: dict[str, Any] = _painted(whole)
    return painted


def _painted(value: Any) -> Any:
    """Put the light marks' colours where their names stand."""
    match value:
        case str():
            return _MARK.sub(lambda mark: MARKS.get(mark[1], MARKS["ink"]), value)
        case Mapping():
            return {key: _painted(item) for key, item in value.items()}
        case Sequence():
            return [_painted(item) for item in value]
        case _:
            return value


def _height(spec: Spec) -> object:
    """Say the height in pixels also where rows have a fixed one: Vega-Lite cannot fit those."""
    height = spec.get("height")
    row = height.get("step") if isinstance(height, Mapping) else None if height else ROW
    rows = [y for part in (spec, *_parts(spec)) if (y := part.get("encoding", {}).get("y"))]
    if row is None or not rows or rows[0].get("type") not in ("nominal", "ordinal"):
        return height or HEIGHT
    return row * max(1, len({str(value.get(rows[0]["field"])) for value in _values(spec)}))


def _timed(part: Any, language: str, channel: str = "") -> Any:
    """Give every time that says nothing else our way of writing days and hours."""
    if not isinstance(part, Mapping):
        is_list = isinstance(part, list)
        return [_timed(item, language, channel) for item in part] if is_list else part
    done = {
        key: item if key == "data" else _timed(item, language, key) for key, item in part.items()
    }
    if done.get("type") != "temporal":
        return done
    if channel in ("tooltip", "text"):
        return {"format": _MOMENT[language]} | done
    axis = done.get("axis", {})
    if axis is not None and "format" not in axis:
        # Few ticks: where labels are thinned out, midnight with its date would be lost.
        done["axis"] = {"format": _TIMES[language], "tickCount": _FEW, **axis}
    return done


def _merged(ours: Spec, theirs: Spec) -> dict[str, Any]:
    both = dict(ours)
    for key, value in theirs.items():
        is_nested = isinstance(value, Mapping) and isinstance(both.get(key), Mapping)
        both[key] = _merged(both[key], value) if is_nested else value
    return both


def _columns(spec: Spec) -> list[tuple[str, str]]:
    chosen = spec.get("usermeta", {}).get("table")
    if chosen:
        return [(field, title) for field, title in chosen]
    found = {field: title for field, title in reversed(list(_encoded(spec))) if title}
    plain = {field: field for field, _ in _encoded(spec)}
    return list((plain | found).items())


def _encoded(spec: Spec) -> Iterator[tuple[str, str]]:
    for channel in spec.get("encoding", {}).values():
        for one in channel if isinstance(channel, list) else [channel]:
            if isinstance(one, Mapping) and isinstance(one.get("field"), str):
                yield one["field"], one.get("title") or ""
    for part in _parts(spec):
        yield from _encoded(part)


def _values(spec: Spec) -> Sequence[Mapping[str, Any]]:
    values = (spec.get("data") or {}).get("values")
    if isinstance(values, Sequence):
        return values
    return next((rows for part in _parts(spec) if (rows := _values(part))), ())


def _parts(spec: Spec) -> Iterator[Spec]:
    for key in ("layer", "hconcat", "vconcat", "concat"):
        yield from spec.get(key, ())


_MOMENT = {"ko": "%-m월 %-d일 %H:%M", "en": "%-d %b %H:%M"}
_FEW = {"expr": "max(2, ceil(width / 140))"}
_TIMES = {
    "ko": {
        "year": "%Y년",
        "month": "%-m월",
        "week": "%-m/%-d",
        "date": "%-m/%-d",
        "day": "%-m/%-d",
        "hours": "%H:%M",
        "minutes": "%H:%M",
        "seconds": "%H:%M:%S",
    },
    "en": {
        "year": "%Y",
        "month": "%b",
        "week": "%-d %b",
        "date": "%-d %b",
        "day": "%-d %b",
        "hours": "%H:%M",
        "minutes": "%H:%M",
        "seconds": "%H:%M:%S",
    },
}
_THEME: Spec = {
    "background": "transparent",
    "font": FONT + "system-ui",
    "padding": 4,
    "view": {"stroke": None},
    "axis": {
        "domainColor": "var(--line)",
        "gridColor": "var(--line)",
        "tickColor": "var(--line)",
        "labelColor": "var(--stone)",
        "titleColor": "var(--stone)",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelLimit": 160,
    },
    "axisX": {"grid": False},
    "legend": {
        "labelColor": "var(--ink)",
        "titleColor": "var(--stone)",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "orient": "bottom",
    },
    "title": {"color": "var(--ink)", "fontSize": 14, "fontWeight": 600, "anchor": "start"},
    "header": {"labelColor": "var(--ink)", "titleColor": "var(--stone)"},
    "range": {"category": list(CATEGORIES)},
    "mark": {"color": "var(--indigo)"},
    "text": {"color": "var(--ink)", "fontSize": 12},
    "rule": {"color": "var(--stone)"},
    "line": {"strokeWidth": 2},
    "point": {"size": 48, "filled": True},
    "bar": {"cornerRadius": 2},
}

"""Charts of demand: what was ordered as bars, what is likely as steps above the months ahead."""

from typing import Any

from dure.sense.engine.demand import Demand
from dure.sense.engine.forecast import LEVELS, Forecast

SHOWN = (0.8, 0.95)


def demand_chart(series: Demand, forecast: Forecast | None) -> dict[str, Any]:
    """Give a product's months as a Vega-Lite dict: orders, and the most that is likely ahead."""
    months = zip(series.months, series.ordered, strict=True)
    values: list[dict[str, Any]] = [
        {"month": month.isoformat(), "kind": "주문 ordered", "sets": sets} for month, sets in months
    ]
    if forecast:
        values += [
            {"month": month.isoformat(), "kind": f"{level:.0%} ≤", "sets": row[LEVELS.index(level)]}
            for month, row in zip(forecast.months, forecast.quantiles, strict=True)
            for level in SHOWN
        ]
    return {
        "description": f"{series.product}",
        "height": 160,
        "data": {"values": values},
        "mark": {"type": "bar"},
        "encoding": {
            "x": {"field": "month", "type": "ordinal", "title": "월 month"},
            "y": {"field": "sets", "type": "quantitative", "title": "세트 sets", "stack": None},
            "xOffset": {"field": "kind"},
            "color": {"field": "kind", "type": "nominal", "title": None},
        },
    }

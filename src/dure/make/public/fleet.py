"""What is asked of all machines of a member at once: by minute, quantiles, the last values."""

from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from dure.make.engine.topic import group_of
from dure.members import public as members

MINUTE_MS = 60_000
FOREVER_MS = 2**53
Rows = list[dict[str, Any]]


def minutes(firm: UUID, metric: str, *, hi_ms: int, count: int) -> Rows:
    """Give mean, least and greatest value by machine, for so many minutes up to an instant."""
    from dure.make.history.fleet import by_minute  # Arrow and numpy: only who asks waits for them

    lo_ms = hi_ms - count * MINUTE_MS
    return _rows(
        firm, lambda where, group: by_minute(where, group, metric, lo_ms=lo_ms, hi_ms=hi_ms)
    )


def quantile(firm: UUID, metric: str, share: float, *, lo_ms: int, hi_ms: int) -> Rows:
    """Give by machine the value that a share of a metric's readings does not pass."""
    from dure.make.history.fleet import quantile as asked

    return _rows(
        firm, lambda where, group: asked(where, group, metric, share, lo_ms=lo_ms, hi_ms=hi_ms)
    )


def last_values(firm: UUID) -> Rows:
    """Give the last value of every series that was ever kept, at the millisecond of its machine."""
    from dure.make.history.fleet import last_values as asked

    found = _rows(firm, lambda where, group: asked(where, group, lo_ms=0, hi_ms=FOREVER_MS))
    return [{**row, "at": int(row["at"].timestamp() * 1_000)} for row in found]


def _rows(firm: UUID, ask: Callable[[Path, str], Any]) -> Rows:
    table = ask(settings.HOME.history, group_of(members.firm(firm).number))
    return [_plain(row) for row in table.to_pylist()] if table is not None else []


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Say None of what is no number: JSON has no word for it."""
    return {
        name: None if isinstance(value, float) and not isfinite(value) else value
        for name, value in row.items()
    }

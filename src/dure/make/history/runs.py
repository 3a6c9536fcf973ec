"""
What a metric of all machines comes to, reckoned over runs of rows.

A machine's rows lie side by side, in the order of time; a run is a longest stretch of rows of
one machine, or of one machine in one minute. Where rows lie otherwise there are more runs and
the same answers. Numbers mean what they mean to DuckDB: null counts nowhere, and what is not a
number is greater than every number.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

from dure.make.history.one_metric import THREADS, Array, Rows

MINUTE_MS = 60_000
HOW: dict[str, Any] = {
    "count": np.add, "total": np.add, "least": np.fmin, "most": np.maximum,
}  # fmt: skip
KINDS = {
    "codes": np.int64, "minute": np.int64, "count": np.int64,
    "total": np.float64, "least": np.float64, "most": np.float64,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Minutes:
    """Runs by machine and minute; in columns: codes (places in devices), minute, those of HOW."""

    devices: list[str]
    columns: dict[str, Array]


def minutes_of(rows: Rows) -> Minutes:
    """Sum up the rows of each machine in each minute since 1970."""
    assert rows.at is not None, "read with times"
    known = np.ones(len(rows.codes), bool) if rows.known is None else rows.known
    columns = {
        "codes": rows.codes,
        "minute": rows.at // MINUTE_MS,
        "count": known.astype(np.int64),
        "total": rows.values if rows.known is None else np.where(known, rows.values, 0),
        "least": rows.values,  # null is NaN, which fmin passes over
        "most": rows.values if rows.known is None else np.where(known, rows.values, -np.inf),
    }
    return Minutes(rows.devices, _summed(columns))


def minutes_together(parts: Sequence[Minutes]) -> pa.Table:
    """Give mean, least and greatest value by device and minute, in their order."""
    devices = sorted({word for part in parts for word in part.devices})
    place = {word: number for number, word in enumerate(devices)}
    for part in parts:
        places = np.array([place[word] for word in part.devices], np.int64)
        part.columns["codes"] = places[part.columns["codes"]]
    joined = {
        name: np.concatenate([np.zeros(0, kind), *(part.columns[name] for part in parts)])
        for name, kind in KINDS.items()
    }
    order = np.lexsort((joined["minute"], joined["codes"]))
    whole = _summed({name: column[order] for name, column in joined.items()})
    is_null = whole["count"] == 0
    numbers = {
        "mean": whole["total"] / np.maximum(whole["count"], 1),  # nothing by nothing is null below
        "least": whole["least"],
        "most": whole["most"],
    }
    return pa.table(
        {
            "device": pa.array(devices, pa.string()).take(pa.array(whole["codes"])),
            "minute": whole["minute"],
            **{name: pa.array(each, mask=is_null) for name, each in numbers.items()},
        }
    )


def values_of(rows: Rows) -> list[tuple[str, Array]]:
    """Give the values of each machine that has rows, without nulls, run by run."""
    starts = _starts(rows.codes)
    bounds = zip(starts.tolist(), [*starts[1:].tolist(), len(rows.codes)], strict=False)
    spans = (slice(lo, hi) for lo, hi in bounds)
    return [
        (
            rows.devices[rows.codes[span.start]],
            rows.values[span] if rows.known is None else rows.values[span][rows.known[span]],
        )
        for span in spans
    ]


def quantiles(found: Iterable[list[tuple[str, Array]]], share: float) -> pa.Table:
    """Give by device the value that a share of its values does not pass, in order of devices."""
    runs: dict[str, list[Array]] = {}
    for device, values in chain.from_iterable(found):
        runs.setdefault(device, []).append(values)
    devices = sorted(runs)
    with ThreadPoolExecutor(THREADS) as threads:
        told = list(threads.map(lambda device: _quantile_of(runs[device], share), devices))
    names = pa.array(devices, pa.string())
    return pa.table({"device": names, "value": pa.array(told, pa.float64())})


def _quantile_of(runs: Sequence[Array], share: float) -> float | None:
    """Give the value at a share of the way through all in order, between two what is between."""
    values = np.concatenate(runs)
    if not len(values):
        return None
    place = share * (len(values) - 1)
    below = int(place)
    values.partition(below)
    value = float(values[below])
    if below == place:
        return value
    following = float(np.fmin.reduce(values[below + 1 :]))
    way = place - below
    return value * (1 - way) + following * way


def _summed(columns: dict[str, Array]) -> dict[str, Array]:
    """Make one row of each run of rows of a device and a minute."""
    starts = _starts(columns["codes"], columns["minute"])
    if not len(starts):
        return columns
    with np.errstate(invalid="ignore"):  # infinity less infinity
        summed = {name: how.reduceat(columns[name], starts) for name, how in HOW.items()}
    keys = {name: columns[name][starts] for name in ("codes", "minute")}
    return {**keys, **summed}


def _starts(*keys: Array) -> Array:
    """Give where the runs of rows with the same keys begin."""
    if not len(keys[0]):
        return np.zeros(0, np.int64)
    changes = np.zeros(len(keys[0]) - 1, bool)
    for key in keys:
        changes |= key[1:] != key[:-1]
    return np.append(0, np.flatnonzero(changes) + 1)

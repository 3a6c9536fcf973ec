"""
Forecasts of intermittent demand on real series, judged where it matters: at 0.8 to 0.99.

../shared/data/demand: monthly car parts (2,509 whole series of 51 months) and car spare parts
(3,000 of 24). Rolling origins: each forecasts the next three months from what stood before it.
Everything was chosen on every other series; the others are reported. The loss of a series is its
mean pinball loss over months and levels, by the mean absolute change from month to month before
the origin (as in the M5 competition); a figure is the mean over series, origins and both sets.

Peers in the same run: a series' own empirical quantiles; pooled LightGBM quantile regression on
the same history, scaled by the same changes; Croston's method, SBA and TSB of statsforecast as the
mean of a Poisson count. The last two need `lightgbm`, `statsforecast` and `scipy`, and are left
out, saying so, where those are not installed.
"""

import csv
import gzip
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench import Figure, seconds
from dure.kernel.errors import NotFound
from dure.sense.engine.intermittent import Model

LEVELS = (0.8, 0.85, 0.9, 0.95, 0.975, 0.99)
AHEAD = 3
SETS = {"carparts": (42, 45, 48), "auto": (15, 18, 21)}
FILES = {
    "carparts": "carparts/carparts_2674x51_monthly.csv.gz",
    "auto": "auto/auto_3000x24_monthly.csv.gz",
}
HOLDING, MISSING = 1, 19  # what a piece costs a month on the shelf, and one that is not there

Table = npt.NDArray[np.float64]
Method = Callable[[Table], Table]


@dataclass(frozen=True, slots=True)
class Judged:
    """A method's losses: pinball, scaled, and what stocking by its 0.95 would have cost."""

    pinball: float
    stock: float


def figures() -> Iterator[Figure]:
    """Judge every method on the series that nothing was chosen on."""
    tables = {name: read(folder() / file) for name, file in FILES.items()}
    methods = dict(peers())
    judged = {name: judge(tables, method) for name, method in {"ours": ours, **methods}.items()}
    best = min((each for each in methods if "Poisson" not in each), key=lambda n: judged[n].pinball)
    for name in methods:
        says = " (the better of the two that count)" if name == best else ""
        yield Figure(
            name=f"mean scaled pinball loss at 0.8 to 0.99, beside {name}{says}",
            value=judged["ours"].pinball,
            unit="1",
            reach=0.97 * judged[name].pinball if name == best else None,
            peer=name,
            peer_value=judged[name].pinball,
        )
        yield Figure(
            name=f"cost of stock by the 0.95 quantile, beside {name}",
            value=judged["ours"].stock,
            unit="1",
            reach=None,
            peer=name,
            peer_value=judged[name].stock,
        )
    history = tables["carparts"]
    yield Figure(
        name="learning from 2,509 series of 51 months, and telling three months of each",
        value=seconds(partial(ours, history), times=1),
        unit="s",
        reach=None,
        peer="a session's patience",
        peer_value=60,
    )


def judge(tables: dict[str, Table], method: Method) -> Judged:
    """Give a method's mean losses over both sets, their origins and their held-out series."""
    losses, costs = [], []
    for name, origins in SETS.items():
        table = tables[name]
        held_out = np.arange(len(table)) % 2 == 1
        of_set, cost_of_set = [], []
        for origin in origins:
            past, came = table[:, :origin], table[:, origin : origin + AHEAD]
            changes = change_of(past)
            judged = held_out & (changes > 0)
            told = method(past)[judged]
            of_set.append(np.mean(pinball(came[judged], told) / changes[judged]))
            cost_of_set.append(np.mean(stock_cost(came[judged], told) / changes[judged]))
        losses.append(np.mean(of_set))
        costs.append(np.mean(cost_of_set))
    return Judged(float(np.mean(losses)), float(np.mean(costs)))


def pinball(came: Table, told: Table) -> Table:
    """Give each series' mean pinball loss over months and levels."""
    levels, missed = np.array(LEVELS), came[..., None] - told
    found: Table = np.maximum(levels * missed, (levels - 1) * missed).mean((1, 2))
    return found


def stock_cost(came: Table, told: Table) -> Table:
    """Give each series' mean cost a month of holding what its 0.95 quantile says."""
    held = np.round(told[..., LEVELS.index(0.95)])
    left, short = np.maximum(held - came, 0), np.maximum(came - held, 0)
    found: Table = (HOLDING * left + MISSING * short).mean(1)
    return found


def change_of(past: Table) -> Table:
    """Give each series' mean absolute change from month to month."""
    found: Table = np.abs(np.diff(past, axis=1)).mean(1)
    return found


def ours(past: Table) -> Table:
    """Give our quantiles."""
    rows = past.tolist()
    return Model.learn(rows, ahead=AHEAD).quantiles(rows, LEVELS)


def peers() -> Iterator[tuple[str, Method]]:
    """Give the methods that stand beside ours, as far as they are installed."""
    yield "empirical quantiles", empirical
    if find_spec("lightgbm"):
        yield "pooled LightGBM quantiles", lightgbm_quantiles
    else:
        print("  lightgbm is not installed: its column is left out")
    if find_spec("statsforecast") and find_spec("scipy"):
        for name in ("CrostonClassic", "CrostonSBA", "TSB"):
            yield f"{name} and Poisson", partial(croston, name)
    else:
        print("  statsforecast is not installed: its columns are left out")


def empirical(past: Table) -> Table:
    """Give each series' own quantiles, the same for every month ahead."""
    told = np.quantile(past, LEVELS, axis=1).T
    return np.repeat(told[:, None, :], AHEAD, axis=1)


def croston(name: str, past: Table) -> Table:
    """Give the quantiles of a Poisson count with the mean of a method of Croston's family."""
    from scipy.stats import poisson
    from statsforecast import models

    kind = getattr(models, name)
    method = kind(alpha_d=0.2, alpha_p=0.2) if name == "TSB" else kind()
    means = np.array([method.forecast(y=row, h=AHEAD)["mean"] for row in past])
    found: Table = poisson.ppf(np.array(LEVELS), np.maximum(means, 0)[..., None])
    return np.maximum(found, 0)


def lightgbm_quantiles(past: Table) -> Table:
    """Give the quantiles of one boosted model a level, learnt from all series scaled."""
    import lightgbm

    told = [_examples(past[:, :origin], past, origin) for origin in _origins(past)]
    inputs = np.vstack([each for each, _ in told])
    targets = np.concatenate([each for _, each in told])
    changes = change_of(past)
    moved = changes > 0
    seen = _features(past[moved], changes[moved])
    found = np.zeros((len(past), AHEAD, len(LEVELS)))
    for place, level in enumerate(LEVELS):
        settings = {"objective": "quantile", "alpha": level, "verbose": -1, "seed": 1}
        model = lightgbm.train(
            settings | {"num_threads": len(os.sched_getaffinity(0))},
            lightgbm.Dataset(inputs, targets),
            num_boost_round=100,
        )
        for month in range(AHEAD):
            rows = np.column_stack([seen, np.full(len(seen), month)])
            found[moved, month, place] = np.maximum(0, model.predict(rows)) * changes[moved]
    return np.sort(found, axis=2)


def _origins(past: Table) -> Sequence[int]:
    return range(min(24, past.shape[1] // 2), past.shape[1])


def _examples(seen: Table, whole: Table, origin: int) -> tuple[Table, Table]:
    changes = change_of(seen)
    moved = changes > 0
    features = _features(seen[moved], changes[moved])
    months = range(min(AHEAD, whole.shape[1] - origin))
    inputs = [np.column_stack([features, np.full(len(features), month)]) for month in months]
    targets = [whole[moved, origin + month] / changes[moved] for month in months]
    return np.vstack(inputs), np.concatenate(targets)


def _features(past: Table, changes: Table) -> Table:
    scaled, moved = past / changes[:, None], past > 0
    lags = [
        scaled[:, -lag] if lag <= past.shape[1] else np.full(len(past), np.nan)
        for lag in range(1, 13)
    ]
    since = np.where(moved.any(1), np.argmax(moved[:, ::-1], 1), past.shape[1])
    means = [scaled[:, -window:].mean(1) for window in (3, 6, 12)]
    whole = [scaled.mean(1), scaled.std(1), scaled.max(1), moved.mean(1), moved[:, -6:].mean(1)]
    quantiles = np.quantile(scaled, (0.5, 0.8, 0.9, 0.95, 0.99), axis=1)
    return np.column_stack([*lags, *means, *whole, since, np.log(changes), *quantiles])


def read(file: Path) -> Table:
    """Read the whole series of a file, a row each; those with gaps are left out."""
    with gzip.open(file, "rt") as lines:
        head, *rows = csv.reader(lines)
    first = 0 if head[0].isdigit() else 1  # one file names its parts
    return np.array([[float(each) for each in row[first:]] for row in rows if "" not in row])


def folder() -> Path:
    """Give where the series lie; raises NotFound where they do not."""
    found = Path(__file__).parents[2] / "shared" / "data" / "demand"
    if not found.exists():
        raise NotFound("stack.no_bench", name="forecast: no ../shared/data/demand", known="")
    return found

"""
Intermittent demand: how likely each count is in each month ahead, learnt from all series together.

A series is counted in units of its own: pieces for a slow mover, a quarter of its mean month for a
fast one. So series of all sizes share one language, and a slow one keeps its lattice: of a part
that sells none, one or two a month the right quantile is a whole number, and what regression gives
(0.7) is wrong most of the time. Bins are 0, 1, ... 15 units, then each wider by 15%.

A network (network.py) tells the probability of each bin from what the series did before; three are
trained from different seeds and averaged. A quantile is the least count whose probability reaches
it, in wide bins by straight line.

    histories = [counts of a series, oldest first, ...]           non-negative, any lengths
    model = Model.learn(histories, ahead=3)
    model.quantiles(histories, levels=(0.8, 0.95))                 [series, month ahead, level]
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dure.sense.engine.network import Classes, Network, Reals, train

Counts = npt.NDArray[np.float64]

UNITS_A_MONTH = 4.0
EXACT_UNITS, WIDER, MOST_UNITS = 17, 1.15, 120
LEAST_LAGS, MOST_LAGS, FADINGS = 12, 24, (0.1, 0.3)
WINDOWS, MOVED_WINDOWS, MOST_WINDOWS = (2, 3, 6, 12), (3, 6, 12), (6, 12)  # months
LEVELS_SEEN = (0.5, 0.8, 0.9, 0.95, 0.99)
COUNTS_SEEN = (0, 1, 2, 3, 5, 8)
FADING = 0.9
FIRST_ORIGIN = 6
LEAST_CHANGE = 0.02
NETWORKS, HIDDEN, PASSES = 3, (64, 64), 4
MOST_EXAMPLES = 300_000


def _bins() -> Counts:
    starts = [float(units) for units in range(EXACT_UNITS)]
    while starts[-1] < MOST_UNITS:
        starts.append(float(np.ceil(starts[-1] * WIDER)))
    return np.array(starts)


BINS = _bins()
WIDTHS = np.append(np.diff(BINS), np.ceil(BINS[-1] * (WIDER - 1)))


@dataclass(frozen=True, slots=True)
class Model:
    """Networks that know so many months ahead, from so many single months and what they sum to."""

    networks: tuple[Network, ...]
    ahead: int
    lags: int

    @classmethod
    def learn(
        cls,
        histories: Sequence[Sequence[float]],
        *,
        ahead: int,
        seed: int = 0,
        networks: int = NETWORKS,
    ) -> "Model":
        """
        Learn from what came after each month of each series; the latest count most.

        Asserts that some series is longer than FIRST_ORIGIN months.
        """
        stacks = _stacked(histories)
        lags = _lags_worth(stacks)
        inputs, classes, weights = _examples(stacks, ahead, lags)
        assert len(classes), "no series is long enough"
        trained = tuple(
            train(
                inputs,
                classes,
                count=len(BINS),
                hidden=HIDDEN,
                passes=PASSES,
                seed=seed + number,
                weights_of=weights,
            )
            for number in range(networks)
        )
        return cls(trained, ahead, lags)

    def quantiles(
        self, histories: Sequence[Sequence[float]], levels: Sequence[float]
    ) -> npt.NDArray[np.float64]:
        """Give for each series, month ahead and level the count that suffices so often."""
        found = np.zeros((len(histories), self.ahead, len(levels)))
        lengths = np.array([len(each) for each in histories])
        for length in np.unique(lengths):
            rows = np.flatnonzero(lengths == length)
            past = np.array([histories[int(row)] for row in rows], dtype=np.float64)
            units, seen = units_of(past), _seen(past, self.lags)
            for month in range(self.ahead):
                inputs = _with_month(seen, month, self.ahead)
                told = np.mean([each.probabilities(inputs) for each in self.networks], axis=0)
                found[rows, month] = _quantiles(told, units, levels)
        return found


def units_of(past: Counts) -> Counts:
    """Give the unit in which each series (a row of counts) is counted."""
    units: Counts = np.maximum(1.0, past.mean(1) / UNITS_A_MONTH)
    return units


def _stacked(histories: Sequence[Sequence[float]]) -> list[Counts]:
    """Give series of one length as one array each."""
    by_length: dict[int, list[Sequence[float]]] = {}
    for each in histories:
        by_length.setdefault(len(each), []).append(each)
    return [np.array(each, dtype=np.float64) for _, each in sorted(by_length.items())]


def _lags_worth(stacks: Sequence[Counts]) -> int:
    """Give how many single months to look at: half of the longest, so that most have them."""
    longest = max((stack.shape[1] for stack in stacks), default=0)
    return min(max(longest // 2, LEAST_LAGS), MOST_LAGS)


def _examples(stacks: Sequence[Counts], ahead: int, lags: int) -> tuple[Reals, Classes, Reals]:
    """
    Give what was seen at each month, the bin of what came and how much it counts, the latest first.

    A piece too few is worse for who sells two a month than for who sells two hundred: what a
    series teaches counts by one over the root of how much it changes from month to month.
    """
    inputs, classes, weights, count = [], [], [], 0
    for past, month, came in _origins(stacks, ahead):
        if count >= MOST_EXAMPLES:
            break
        inputs.append(_with_month(_seen(past, lags), month, ahead))
        classes.append(_bin_of(came / units_of(past)))
        changes = np.abs(np.diff(past, axis=1)).mean(1)
        weights.append((1 / np.sqrt(np.maximum(changes, LEAST_CHANGE))).astype(np.float32))
        count += len(came)
    if not classes:
        return np.empty((0, 0), np.float32), np.empty(0, np.int64), np.empty(0, np.float32)
    return np.vstack(inputs), np.concatenate(classes), np.concatenate(weights)


def _origins(stacks: Sequence[Counts], ahead: int) -> Iterator[tuple[Counts, int, Counts]]:
    longest = max((stack.shape[1] for stack in stacks), default=0)
    for back in range(1, longest - FIRST_ORIGIN + 1):
        for stack in stacks:
            origin = stack.shape[1] - back
            past = stack[:, :origin] if origin >= FIRST_ORIGIN else stack[:0]
            moved = past.any(axis=1) if len(past) else np.zeros(0, bool)
            for month in range(min(ahead, back)) if moved.any() else ():
                yield past[moved], month, stack[moved, origin + month]


def _seen(past: Counts, lags: int) -> Reals:
    """Give what a series did, in its own units: a row each."""
    units = units_of(past)[:, None]
    counts = past / units
    age = counts.shape[1]
    moved = counts > 0
    times = moved.sum(1)
    size = counts.sum(1) / np.maximum(times, 1)
    spread = np.sqrt(np.maximum((counts**2).sum(1) / np.maximum(times, 1) - size**2, 0))
    swing = np.abs(np.diff(counts, axis=1)).mean(1)
    since = np.where(times > 0, np.argmax(moved[:, ::-1], 1), age)
    first = np.where(times > 0, np.argmax(moved, 1), age)
    before, after = counts[:, : age // 2].mean(1), counts[:, age // 2 :].mean(1)
    levels = [
        *_lags(counts, lags).T,
        *(counts @ _fading(age, rate) for rate in FADINGS),
        *(counts[:, -window:].mean(1) for window in WINDOWS),
        *(counts[:, -window:].max(1) for window in MOST_WINDOWS),
        *(counts.mean(1), counts.std(1), counts.max(1), size, spread, swing),
        *np.quantile(counts, LEVELS_SEEN, axis=1),
    ]
    shares = [
        *(moved @ _fading(age, rate) for rate in FADINGS),
        *((counts > count) @ _fading(age, 1 - FADING) for count in COUNTS_SEEN),
        *(moved[:, -window:].mean(1) for window in MOVED_WINDOWS),
        *(moved.mean(1), first / age, np.log1p(after) - np.log1p(before)),
        *(np.log1p(since), np.log1p(times), np.log(units[:, 0]), np.full(len(past), np.log(age))),
    ]
    found: Reals = np.column_stack([*np.log1p(levels), *shares]).astype(np.float32)
    return found


def _lags(counts: Counts, lags: int) -> Counts:
    found = np.zeros((len(counts), lags))
    known = min(lags, counts.shape[1])
    found[:, :known] = counts[:, ::-1][:, :known]
    return found


def _fading(age: int, rate: float) -> Counts:
    """Give weights that add up to one and fade by a rate a month into the past."""
    weights = (1 - rate) ** np.arange(age, dtype=np.float64)[::-1]
    found: Counts = weights / weights.sum()
    return found


def _with_month(seen: Reals, month: int, ahead: int) -> Reals:
    marks = np.zeros((len(seen), ahead), np.float32)
    marks[:, month] = 1
    return np.hstack([seen, marks])


def _bin_of(units: Counts) -> Classes:
    found = np.searchsorted(BINS, units + 1e-9, side="right") - 1
    return np.clip(found, 0, len(BINS) - 1).astype(np.int64)


def _quantiles(told: Reals, units: Counts, levels: Sequence[float]) -> Counts:
    """Give the least whole count at which each row's probabilities reach each level."""
    reached = np.cumsum(told.astype(np.float64), axis=1)
    reached[:, -1] = 1.0
    rows = np.arange(len(told))
    found = np.empty((len(told), len(levels)))
    for place, level in enumerate(levels):
        at = np.argmax(reached >= level - 1e-9, axis=1)
        below = np.where(at > 0, reached[rows, at - 1], 0.0)
        share = np.clip((level - below) / np.maximum(reached[rows, at] - below, 1e-9), 0, 1)
        first = np.ceil(BINS[at] * units - 1e-9)
        last = np.ceil((BINS[at] + WIDTHS[at]) * units - 1e-9) - 1
        found[:, place] = np.round(first + share * np.maximum(last - first, 0))
    return found

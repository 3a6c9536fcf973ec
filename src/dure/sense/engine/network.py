"""
A small network that gives the probabilities of classes: one or two hidden layers, softmax, numpy.

Trained by Adam (Kingma, Ba 2015) on the logarithm of the probability that it gave to what happened,
its steps shrinking along a cosine. The same seed and the same numbers give the same network on one
machine; another machine's linear algebra may differ in the last digits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Reals = npt.NDArray[np.float32]
Classes = npt.NDArray[np.int64]

BATCH, LEAST_BATCH, LEAST_STEPS, RATE, WARM_UP = 1024, 64, 450, 2e-3, 100
KEEP, KEEP_SQUARES, TINY = 0.9, 0.999, 1e-8


@dataclass(frozen=True, slots=True)
class Network:
    """Weights and shifts, layer by layer, and how inputs are brought to one scale."""

    weights: tuple[Reals, ...]
    shifts: tuple[Reals, ...]
    centre: Reals
    spread: Reals

    def probabilities(self, inputs: Reals) -> Reals:
        """Give the probability of each class (across) for each input (down)."""
        scaled = ((inputs - self.centre) / self.spread).astype(np.float32)
        return _softmax(_forward(scaled, self.weights, self.shifts)[-1])


def train(
    inputs: Reals,
    classes: Classes,
    *,
    count: int,
    hidden: Sequence[int],
    passes: int,
    seed: int,
    weights_of: Reals | None = None,
) -> Network:
    """
    Train a network of so many classes on inputs (a row each) and the class that came of each.

    weights_of: how much each row counts, alike where nothing is said.

    Goes so many times through all of them, more often where that makes LEAST_STEPS steps.
    """
    chance = np.random.default_rng(seed)
    centre, spread = inputs.mean(0), inputs.std(0) + np.float32(1e-6)
    scaled = ((inputs - centre) / spread).astype(np.float32)
    sizes = [inputs.shape[1], *hidden, count]
    weights = [
        (chance.standard_normal(size) * np.sqrt(2 / size[0])).astype(np.float32)
        for size in pairwise(sizes)
    ]
    shifts = [np.zeros(size, np.float32) for size in sizes[1:]]
    weights[-1] *= np.float32(0.1)
    seen = np.bincount(classes, minlength=count) + 1.0
    shifts[-1] += np.log(seen / seen.sum()).astype(np.float32)  # begin with how often each came
    counts = np.ones(len(classes), np.float32) if weights_of is None else weights_of
    counts = counts / counts.mean()
    descent = _Adam([*weights, *shifts])
    batch = min(BATCH, max(LEAST_BATCH, len(classes) // 64), len(classes))
    a_pass = len(classes) // batch
    passes = max(passes, -(-LEAST_STEPS // a_pass))
    total = passes * a_pass
    for _ in range(passes):
        order = chance.permutation(len(classes))
        for begin in range(0, len(order) - batch + 1, batch):
            rows = order[begin : begin + batch]
            slopes = _slopes(scaled[rows], classes[rows], counts[rows], weights, shifts)
            descent.step(slopes, total)
    return Network(tuple(weights), tuple(shifts), centre, spread)


class _Adam:
    """Moves parameters against their slopes, each by its own pace."""

    def __init__(self, parameters: list[Reals]) -> None:
        self.parameters = parameters
        self.means = [np.zeros_like(each) for each in parameters]
        self.squares = [np.zeros_like(each) for each in parameters]
        self.steps = 0

    def step(self, slopes: list[Reals], total: int) -> None:
        self.steps += 1
        warm = min(1.0, self.steps / WARM_UP)
        rate = RATE * warm * 0.5 * (1 + np.cos(np.pi * self.steps / total))
        fresh, fresh_squares = 1 - KEEP**self.steps, 1 - KEEP_SQUARES**self.steps
        moving = zip(self.parameters, slopes, self.means, self.squares, strict=True)
        for parameter, slope, mean, square in moving:
            np.add(mean, (1 - KEEP) * (slope - mean), out=mean)
            np.add(square, (1 - KEEP_SQUARES) * (slope * slope - square), out=square)
            pace = np.sqrt(square / fresh_squares) + TINY
            np.subtract(parameter, (rate / fresh) * mean / pace, out=parameter, casting="same_kind")


def _forward(inputs: Reals, weights: Sequence[Reals], shifts: Sequence[Reals]) -> list[Reals]:
    layers = [inputs]
    for place, (weight, shift) in enumerate(zip(weights, shifts, strict=True)):
        found = layers[-1] @ weight + shift
        layers.append(np.maximum(found, 0) if place < len(weights) - 1 else found)
    return layers


def _slopes(
    inputs: Reals,
    classes: Classes,
    counts: Reals,
    weights: Sequence[Reals],
    shifts: Sequence[Reals],
) -> list[Reals]:
    layers = _forward(inputs, weights, shifts)
    slope = _softmax(layers[-1])
    slope[np.arange(len(classes)), classes] -= 1
    slope *= counts[:, None] / len(classes)
    of_weights: list[Reals] = []
    of_shifts: list[Reals] = []
    for place in reversed(range(len(weights))):
        of_weights.insert(0, layers[place].T @ slope)
        of_shifts.insert(0, slope.sum(0))
        if place:
            slope = (slope @ weights[place].T) * (layers[place] > 0)
    return [*of_weights, *of_shifts]


def _softmax(scores: Reals) -> Reals:
    grown = np.exp(scores - scores.max(1, keepdims=True))
    found: Reals = grown / grown.sum(1, keepdims=True)
    return found

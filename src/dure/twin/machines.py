"""
Simulated machines: what they would measure, in business time, and how it reaches the broker.

    shop = Shop(seed=1)
    readings = shop.run(Run(device="KILN-1", process="ceramic-firing", start=..., minutes=324,
                            pieces=540, drift=Drift(after=0.5, sigmas=0.25)))
    with Gateway(access, node="site", machines=firm.machines, at=...) as gateway:
        gateway.publish(readings)

A SimPy process works through the run's minutes and gives a reading each period: the
quality characteristic around its target, power, cycles, state. Device timestamps are
business time; how fast the bytes leave is the gateway's affair. A drifting machine
leaves its target by so many sigmas a reading after a share of the run.
"""

import tomllib
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

import simpy

from dure.twin.cooperative import Machine
from dure.twin.sparkplug import Value

IDLE, RUNNING = "idle", "running"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A machine that leaves its target: after this share of the run, sigmas more each reading."""

    after: float
    sigmas: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One lot on one machine, from start for so many business minutes."""

    device: str
    process: str
    start: datetime
    minutes: int
    pieces: int
    drift: Drift | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one device said at one instant of business time."""

    device: str
    at: datetime
    values: Mapping[str, Value]


@dataclass(slots=True, kw_only=True)
class Shop:
    """All simulated machines of one seed."""

    seed: int
    _runs: int = field(default=0, init=False)

    def run(self, *runs: Run) -> list[Reading]:
        """Work runs side by side; gives their readings in the order of business time."""
        first = min(run.start for run in runs)
        env = simpy.Environment()
        readings: list[Reading] = []
        for run in runs:
            env.process(_work(env, first, run, self._chance(run), readings))
        env.run()
        return readings

    def _chance(self, run: Run) -> Random:
        return Random(f"{self.seed}/{run.device}/{run.start.isoformat()}")


def born(machines: Iterable[Machine]) -> dict[str, dict[str, Value]]:
    """Give each machine's metrics as they stand at its birth: idle, nothing measured yet."""
    return {machine.code: _at_rest(machine.process) for machine in machines}


def quality_metric(process: str) -> str:
    """Name the characteristic that decides over a piece of this process."""
    name: str = kinds()[process]["quality"]["name"]
    return name


@cache
def kinds() -> dict[str, Any]:
    """Give machines.toml: what each kind of machine measures."""
    return tomllib.loads((files("dure.twin") / "machines.toml").read_text(encoding="utf-8"))


def _work(
    env: simpy.Environment, first: datetime, run: Run, chance: Random, out: list[Reading]
) -> Generator[simpy.Event, None, None]:
    yield env.timeout((run.start - first) / timedelta(minutes=1))
    period = kinds()[run.process]["period"]
    steps = max(1, run.minutes // period)
    for step in range(1, steps + 1):
        yield env.timeout(period)
        at = first + timedelta(minutes=env.now)
        values = _values(run, step / steps, step, chance)
        out.append(Reading(device=run.device, at=at, values=values))
    out.append(
        Reading(device=run.device, at=at + timedelta(seconds=30), values=_stopped(run.process))
    )


def _values(run: Run, done: float, step: int, chance: Random) -> dict[str, Value]:
    kind = kinds()[run.process]
    quality = kind["quality"]
    measured = chance.gauss(quality["target"], quality["spread"])
    measured += _drifted(run, step) * quality["spread"]
    return {
        "state": RUNNING,
        quality["name"]: round(measured, 4),
        "power_kw": round(kind["power"] * chance.uniform(0.95, 1.05), 3),
        "cycles": round(run.pieces * done),
    }


def _drifted(run: Run, step: int) -> float:
    if run.drift is None:
        return 0.0
    steps = max(1, run.minutes // kinds()[run.process]["period"])
    return max(0.0, step - run.drift.after * steps) * run.drift.sigmas


def _stopped(process: str) -> dict[str, Value]:
    return {"state": IDLE, "power_kw": round(kinds()[process]["power"] * 0.05, 3)}


def _at_rest(process: str) -> dict[str, Value]:
    quality = kinds()[process]["quality"]
    return {"state": IDLE, quality["name"]: quality["target"], "power_kw": 0.0, "cycles": 0}


def batches(readings: Sequence[Reading], minutes: int) -> Iterator[list[Reading]]:
    """Cut readings into stretches of so many business minutes, in order."""
    batch: list[Reading] = []
    for reading in readings:
        if batch and reading.at - batch[0].at >= timedelta(minutes=minutes):
            yield batch
            batch = []
        batch.append(reading)
    if batch:
        yield batch

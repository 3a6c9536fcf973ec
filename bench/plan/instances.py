"""Any folder of instances, one row each: what was found, how far from the best known, by when."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

from bench.plan.clock import Seconds, compile_elsewhere, forget_peak, peak_mb
from bench.plan.peers import peer_row
from dure.kernel.errors import DureError, NotFound
from dure.plan.engine.check import broken_rules
from dure.plan.engine.exact import improve_and_prove
from dure.plan.engine.instants import Stretched
from dure.plan.engine.plan import Plan
from dure.plan.engine.problem import Problem
from dure.plan.engine.read import read_problem
from dure.plan.engine.solve import Floor, prepare
from dure.portal.words import say

FORMS = (".fjs", ".json", ".json.gz")


def rows(
    instances: Path,
    seconds: float,
    *,
    peer: str | None = None,
    peer_seconds: float | None = None,
    sample: int | None = None,
) -> Iterator[dict[str, Any]]:
    """Plan every instance of a folder, or a sample, for so many seconds; one row each, checked."""
    named = files_of(instances)
    compile_elsewhere()
    prepare()
    if sample is not None:
        named = sorted(Random(1).sample(named, min(sample, len(named))))
    known, bounds = read_bounds(instances)
    for file in named:
        name = str(file.relative_to(known))
        best = bounds.get(name) or bounds.get(file.name, {})
        yield from rows_of(file, name, seconds, best, peer=peer, peer_seconds=peer_seconds)


def files_of(instances: Path) -> list[Path]:
    """Give a folder's instances by name, links to files elsewhere too. Raises NotFound for none."""
    found = instances.resolve().rglob("*")
    files = sorted(each for each in found if each.name.endswith(FORMS))
    if not files:
        raise NotFound("plan.no_instances", folder=str(instances))
    return files


def rows_of(
    file: Path,
    name: str,
    seconds: float,
    known: Mapping[str, str],
    *,
    peer: str | None = None,
    peer_seconds: float | None = None,
) -> Iterator[dict[str, Any]]:
    """Plan one instance; an order book twice, without its set-ups too. One that is none says so."""
    for setups in (False, True) if file.name.endswith((".json", ".json.gz")) else (True,):
        try:
            row = _row(name, file, seconds, setups, known)
        except DureError as bad:
            yield _refused(name, bad)
            return
        if peer:
            row |= peer_row(peer, file, peer_seconds or seconds, setups)
        yield row


def summary(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Say how it stands after so many rows: plans, the mean gap, and what the peer found."""
    gaps = [row["gap"] for row in rows if row["gap"] is not None]
    ratios = [row["objective"] / row["peer_objective"] for row in rows if row.get("peer_objective")]
    return {
        "files": len(rows),
        "plans": sum(row["checker"] == "accepted" for row in rows),
        "mean_gap_to_best_known": round(sum(gaps) / len(gaps), 5) if gaps else None,
        "of": len(gaps),
        "mean_of_ours_over_the_peer": round(sum(ratios) / len(ratios), 4) if ratios else None,
        "where_the_peer_has_a_plan": len(ratios),
    }


def _row(
    name: str, file: Path, seconds: float, setups: bool, known: Mapping[str, str]
) -> dict[str, Any]:
    forget_peak()
    clock = Seconds(seconds)
    problem = read_problem(file.name, file.read_bytes(), setups=setups)
    stretched = Stretched.of(problem)
    floor = Floor(stretched.problem, seed=1, way="compiled")
    floor.first_plan(clock)
    first = perf_counter() - clock.start
    plan = stretched.restore(improve_and_prove(floor, clock))
    best, least = (_number(known.get(each)) for each in ("ub", "lb"))
    return {
        "instance": name,
        "setups": bool(problem.setups),
        "objective": plan.objective,
        "bound": plan.lower_bound,
        "best_known": best or None,
        "gap": round(plan.objective / best - 1, 5) if best else None,
        "gap_to_bound": round(plan.objective / least - 1, 5) if least else None,
        "first_plan_seconds": round(first, 3),
        "steps": plan.steps,
        "peak_mb": peak_mb(),
        "checker": _verdict(problem, plan),
    }


def _refused(name: str, why: DureError) -> dict[str, Any]:
    """Give the row of a file that cannot be planned: what is wrong with it, and no figures."""
    nothing = dict.fromkeys(("setups", "objective", "bound", "best_known", "gap", "gap_to_bound",
                             "first_plan_seconds", "steps", "peak_mb"))  # fmt: skip
    return {"instance": name, **nothing, "checker": f"refused: {say(why.reason, 'en')}"}


def _number(word: str | None) -> int:
    """Read a bound; 0 for none, and for what is no number (unknown, NA, -)."""
    with suppress(ValueError, OverflowError):
        return int(float(word or 0))
    return 0


def _verdict(problem: Problem, plan: Plan) -> str:
    broken = next(broken_rules(problem, plan.slots, unplanned=tuple(plan.unplanned)), None)
    return str(broken) if broken else "unplanned" if plan.unplanned else "accepted"


def read_bounds(instances: Path) -> tuple[Path, dict[str, dict[str, str]]]:
    """Read the bounds of a folder, or of the one that it stands in; say of which."""
    for folder in (instances.resolve(), instances.resolve().parent):
        file = folder / "bounds.csv"
        if file.exists():
            with file.open(encoding="utf-8-sig", newline="") as lines:
                return folder, {
                    row["file"]: row for row in csv.DictReader(lines) if row.get("file")
                }
    return instances.resolve(), {}

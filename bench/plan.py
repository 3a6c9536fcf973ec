"""Planning: an order book of 10,000 operations, and any folder of instances beside a peer."""

import csv
import heapq
import resource
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from math import isfinite
from multiprocessing import get_context
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

from bench import Figure
from dure.kernel.errors import DureError, NotFound
from dure.plan.engine.budget import WHOLE
from dure.plan.engine.check import broken_rules
from dure.plan.engine.exact import improve_and_prove
from dure.plan.engine.instants import Stretched
from dure.plan.engine.plan import Plan
from dure.plan.engine.problem import Alternative, Goal, Job, Machine, Operation, Problem
from dure.plan.engine.read import read_problem
from dure.plan.engine.solve import Floor, prepare
from dure.portal.words import say

SECONDS, LONG = 60.0, 120.0
RULES = (0.0, 0.25, 0.5, 1.0, 2.0)
FORMS = (".fjs", ".json", ".json.gz")


class Seconds:
    """A budget of seconds that also remembers when the first look at it was."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.start = seconds, perf_counter()

    def used(self, steps: int) -> int:
        return int((perf_counter() - self.start) * WHOLE / max(self.seconds, 0.001))

    def left(self) -> float:
        return self.seconds - (perf_counter() - self.start)


def figures() -> Iterator[Figure]:
    """Plan order books of 10,000 operations, without and with set-ups, 100,000 and a million."""
    _compile_elsewhere()
    yield from _ten_thousand()
    yield from _hundred_thousand()
    yield from _million()


def _ten_thousand() -> Iterator[Figure]:
    for setups in (False, True):
        book = order_book(jobs=2000, factories=200, setups=setups)
        named = "with set-ups" if setups else "without set-ups"
        prepare()
        peer, dispatched = _timed(lambda book=book: best_dispatch(book))
        first_seconds, floor = _timed(lambda book=book: _first(book))
        inserted = floor.best().objective
        floor.improve(Seconds(SECONDS))
        plan = floor.best()
        assert not list(broken_rules(book, plan.slots)), "the checker refuses the plan"
        yield Figure(
            name=f"first feasible plan, 10,000 operations {named}, model building included",
            value=first_seconds,
            unit="s",
            reach=1.0,
            peer="best of five dispatch rules",
            peer_value=peer,
        )
        yield Figure(
            name=f"weighted tardiness after {SECONDS:g} s, {named}",
            value=plan.objective,
            unit="min",
            reach=dispatched * (0.32 if setups else 0.22),
            peer="best of five dispatch rules",
            peer_value=dispatched,
        )
        yield Figure(
            name=f"the same against plain gap insertion, {named}",
            value=plan.objective,
            unit="min",
            reach=None,
            peer="gap insertion, best of five orders",
            peer_value=inserted,
        )


def _hundred_thousand() -> Iterator[Figure]:
    forget_peak()
    book = order_book(jobs=20_000, factories=2_000, setups=True)
    dispatched = best_dispatch(book)
    yield from _feasible("100,000 operations at 2,000 factories", book, within=10)
    floor = _first(book)
    floor.improve(Seconds(LONG))
    plan = floor.best()
    assert not list(broken_rules(book, plan.slots)), "the checker refuses the plan"
    yield Figure(
        name=f"weighted tardiness of 100,000 operations after {LONG:g} s, with set-ups",
        value=plan.objective,
        unit="min",
        reach=dispatched * 0.35,
        peer="best of five dispatch rules",
        peer_value=dispatched,
    )
    yield Figure(
        name="memory for that, the book included",
        value=peak_mb(),
        unit="MB",
        reach=2000,
        peer="a limit",
        peer_value=2000,
    )


def _million() -> Iterator[Figure]:
    book = order_book(jobs=200_000, factories=2_000, setups=True)
    yield from _feasible("a million operations at 2,000 factories", book, within=LONG)


def _feasible(named: str, book: Problem, *, within: float) -> Iterator[Figure]:
    peer, _ = _timed(lambda: best_dispatch(book))
    taken, floor = _timed(lambda: _first(book))
    assert not floor.best().unplanned, "there is always room without calendars"
    yield Figure(
        name=f"first feasible plan, {named}, model building included",
        value=taken,
        unit="s",
        reach=within,
        peer="best of five dispatch rules",
        peer_value=peer,
    )


def rows(
    instances: Path,
    seconds: float,
    *,
    peer: str | None = None,
    peer_seconds: float | None = None,
    sample: int | None = None,
) -> Iterator[dict[str, Any]]:
    """Plan every instance of a folder, or a sample, for so many seconds; one row each, checked."""
    known, bounds = read_bounds(instances)
    files = sorted(each for each in instances.rglob("*") if each.name.endswith(FORMS))
    if not files:
        raise NotFound("plan.no_instances", folder=str(instances))
    _compile_elsewhere()
    prepare()
    if sample is not None:
        files = sorted(Random(1).sample(files, min(sample, len(files))))
    for file in files:
        name = str(file.resolve().relative_to(known))
        best = bounds.get(name) or bounds.get(file.name, {})
        yield from rows_of(file, name, seconds, best, peer=peer, peer_seconds=peer_seconds)


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
            row |= _peer_row(peer, file, peer_seconds or seconds, setups)
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


def _compile_elsewhere() -> None:
    """Compile in another process: what the compiler takes is not the planner's memory."""
    call = "from dure.plan.engine.solve import prepare; prepare()"
    subprocess.run([sys.executable, "-c", call], check=True)


def order_book(*, jobs: int, factories: int, setups: bool, seed: int = 1) -> Problem:
    """Make an order book: factories with five machines, chains of steps, dates that are tight."""
    chance = Random(seed)
    places = [(chance.uniform(0, 80), chance.uniform(0, 80)) for _ in range(factories)]
    roads = tuple(
        tuple(round(15 + 1.5 * abs(ax - bx) + 1.5 * abs(ay - by)) if a != b else 0
              for b, (bx, by) in enumerate(places))
        for a, (ax, ay) in enumerate(places)
    )  # fmt: skip
    skills = [chance.randrange(10) for _ in range(5 * factories)]
    able = [[m for m, skill in enumerate(skills) if skill == each] for each in range(10)]
    matrices = tuple(
        tuple(tuple(0 if a == b else chance.randint(10, 60) for b in range(6)) for a in range(6))
        for _ in range(10)
    )
    return Problem(
        jobs=tuple(_job(chance, able) for _ in range(jobs)),
        machines=tuple(
            Machine(site=number // 5, setups=skill if setups else None)
            for number, skill in enumerate(skills)
        ),
        transport=roads,
        setups=matrices if setups else (),
        goal=Goal(),
    )


def _job(chance: Random, able: list[list[int]]) -> Job:
    steps, whole = [], 0
    for number in range(chance.randint(3, 7)):
        skill = chance.choice([each for each in range(10) if able[each]])
        minutes = chance.randint(20, 300)
        whole += minutes
        machines = chance.sample(able[skill], min(len(able[skill]), chance.randint(2, 10)))
        ways = tuple(
            Alternative(machine=machine, minutes=round(minutes * chance.uniform(0.8, 1.25)))
            for machine in sorted(machines)
        )
        after = (number - 1,) if number else ()
        steps.append(Operation(alternatives=ways, after=after, family=chance.randrange(6)))
    release = chance.randint(0, 1200)
    due = release + round(whole * chance.uniform(1.2, 2.2))
    return Job(operations=tuple(steps), release=release, due=due, weight=chance.randint(1, 8))


def best_dispatch(problem: Problem) -> int:
    """Dispatch by five rules, appending only; the least weighted tardiness."""
    return min(_dispatch(problem, factor) for factor in RULES)


def _dispatch(problem: Problem, factor: float) -> int:
    free = [0] * len(problem.machines)
    family: list[int | None] = [None] * len(problem.machines)
    heap = [
        (_rank(job, 0, job.release, factor), n, 0, job.release, -1)
        for n, job in enumerate(problem.jobs)
    ]
    heapq.heapify(heap)
    total = 0
    while heap:
        _, number, step, ready, site = heapq.heappop(heap)
        job = problem.jobs[number]
        end, machine = min(
            (_append(problem, way, job.operations[step], ready, site, free, family), way.machine)
            for way in job.operations[step].alternatives
        )
        free[machine], family[machine] = end, job.operations[step].family
        if step + 1 < len(job.operations):
            here = problem.machines[machine].site
            heapq.heappush(heap, (_rank(job, step + 1, end, factor), number, step + 1, end, here))
        else:
            total += job.weight * max(0, end - job.due)
    return total


def _rank(job: Job, step: int, ready: int, factor: float) -> float:
    left = sum(each.alternatives[0].minutes for each in job.operations[step:])
    return ready + factor * max(0, job.due - ready - left) / job.weight


def _append(problem, way, operation, ready, site, free, family) -> int:  # type: ignore[no-untyped-def]
    machine = problem.machines[way.machine]
    arrives = ready if site < 0 else ready + problem.transport[site][machine.site]
    setup = 0
    if machine.setups is not None and family[way.machine] is not None:
        setup = problem.setups[machine.setups][family[way.machine]][operation.family]
    return max(arrives, free[way.machine] + setup) + way.minutes


def _first(problem: Problem) -> Floor:
    floor = Floor(problem, seed=1)
    floor.first_plan()
    return floor


def _timed(work):  # type: ignore[no-untyped-def]
    start = perf_counter()
    done = work()
    return (perf_counter() - start, done)


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


def forget_peak() -> None:
    """Count the peak of memory from here on, where the system lets us."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_mb() -> int:
    """Give the most memory that was in use at a time, of this process."""
    with suppress(OSError):
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


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


def _peer_row(peer: str, file: Path, seconds: float, setups: bool) -> dict[str, Any]:
    problem = read_problem(file.name, file.read_bytes(), setups=setups)
    if peer == "dispatch":
        return {"peer": peer, "peer_objective": best_dispatch(problem)}
    if peer != "pyjobshop" or not problem.goal.makespan:
        return {"peer": peer, "peer_objective": None}
    found: int | None = None
    with suppress(ImportError, DureError), ProcessPoolExecutor(1, get_context("spawn")) as own:
        found = own.submit(_pyjobshop, problem, seconds).result()
    return {"peer": peer, "peer_seconds": seconds, "peer_objective": found}


def _pyjobshop(problem: Problem, seconds: float) -> int | None:
    """Let PyJobShop (CP-SAT) solve the same makespan problem on all cores for as long."""
    from pyjobshop import Model

    model = Model()
    machines = [model.add_machine() for _ in problem.machines]
    tasks: dict[int, list[Any]] = {}
    for number, job in enumerate(problem.jobs):
        owner = model.add_job()
        chain: list[Any] = []
        for operation in job.operations:
            task = model.add_task(job=owner)
            for way in operation.alternatives:
                model.add_mode(task, machines[way.machine], duration=way.minutes)
            for before in operation.after:
                model.add_end_before_start(chain[before], task)
            chain.append(task)
        tasks[number] = chain
    for index, machine in enumerate(problem.machines):
        _add_setups(model, machines[index], machine, problem, tasks)
    result = model.solve(time_limit=seconds, display=False)
    return int(result.objective) if isfinite(result.objective) else None


def _add_setups(model: Any, resource_: Any, machine: Machine, problem: Problem, tasks: Any) -> None:
    if machine.setups is None:
        return
    for a, first in tasks.items():
        for b, second in tasks.items():
            minutes = problem.setups[machine.setups][a][b]
            if minutes:
                for one in first:
                    for two in second:
                        model.add_setup_time(resource_, one, two, duration=minutes)

"""Peers on the same problem: a dispatch rule, PyJobShop on CP-SAT."""

from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from math import isfinite
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bench.plan.books import best_dispatch
from dure.kernel.errors import DureError
from dure.plan.engine.problem import Machine, Problem
from dure.plan.engine.read import read_problem


def peer_row(peer: str, file: Path, seconds: float, setups: bool) -> dict[str, Any]:
    """Give the columns of a peer for one instance."""
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

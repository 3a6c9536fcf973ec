"""
Matching: a cooperative of 19,000 firms with 20 capabilities each, chains of eight steps.

Speed stands beside the textbook's recurrence over all who can do each step. Cost stands
beside the two rules that people use: the cheapest maker of each step, and the maker
that adds least to the one before. Costs and places are by chance: the speed carries
over, the percentages do not.
"""

from collections.abc import Iterator, Sequence
from statistics import quantiles
from time import perf_counter

import numpy as np

from bench import Figure
from dure.match.engine.alternatives import alternatives
from dure.match.engine.coop import Coop
from dure.match.engine.need import Task
from dure.match.engine.problem import Problem, pose
from dure.match.engine.sieve import able
from dure.match.engine.weights import weights

FIRMS, SKILLS, CODES, STEPS, NEEDS = 19_000, 20, 180, 8, 40
FAIR_BP = 1_000


def figures() -> Iterator[Figure]:
    """Match the same needs by each rule, and compare."""
    chance = np.random.default_rng(20261121)
    began = perf_counter()
    coop = a_country(chance)
    built = perf_counter() - began
    needs = [a_chain(chance) for _ in range(NEEDS)]
    ours, whole, costs = [], [], {"ours": 0, "cheapest": 0, "greedy": 0}
    for tasks in needs:
        began = perf_counter()
        (found,) = alternatives(coop, tasks, fair_bp=FAIR_BP, labels=("cheap",)).alternatives
        ours.append(perf_counter() - began)
        began = perf_counter()
        problem = posed(coop, tasks)
        best = whole_chain(problem)
        whole.append(perf_counter() - began)
        assert found.cost == best, "the certified optimum is the textbook's"
        costs["ours"] += best
        costs["cheapest"] += problem.cost(cheapest(problem))
        costs["greedy"] += problem.cost(greedy(problem))
    yield Figure(
        name="an 8-step chain among 19,000 firms, p95",
        value=1000 * p95(ours),
        unit="ms",
        reach=50,
        peer="the recurrence over everybody who can, p95",
        peer_value=1000 * p95(whole),
    )
    for rule, words in (
        ("cheapest", "the cheapest maker of each step"),
        ("greedy", "step by step, what adds least"),
    ):
        yield Figure(
            name=f"cost of {NEEDS} needs beside {words}",
            value=costs["ours"] / NEEDS,
            unit="won",
            reach=None,
            peer=words,
            peer_value=costs[rule] / NEEDS,
        )
    yield Figure(
        name="laying 380,000 capabilities out in columns",
        value=built,
        unit="s",
        reach=5,
        peer="the limit",
        peer_value=5,
    )


def a_country(chance: np.random.Generator) -> Coop:
    """Make a cooperative of the size of a country's, by chance."""
    rows = FIRMS * SKILLS

    def each(low: int, high: int) -> np.ndarray:
        return chance.integers(low, high, rows).astype(np.int64)

    def of_firm(low: int, high: int) -> np.ndarray:
        return np.repeat(chance.integers(low, high, FIRMS), SKILLS).astype(np.int64)

    columns = {
        "member": np.repeat(np.arange(1, FIRMS + 1, dtype=np.int64), SKILLS),
        "lot_min": np.ones(rows, dtype=np.int64),
        "lot_max": each(200, 5_000),
        "setup_minutes": each(5, 60),
        "minutes_per_100": each(10, 300),
        "setup_won": each(1_000, 100_000),
        "unit_won": each(50, 2_000),
        "east_m": of_firm(0, 40_000),
        "north_m": of_firm(0, 40_000),
        "free_minutes": each(300, 10_000),
        "fails_bp": each(0, 500),
        "share_bp": of_firm(0, 20_000),
    }
    processes = [f"p{code}" for code in chance.integers(0, CODES, rows)]
    return Coop.laid_out(processes, columns, np.zeros(rows, dtype=np.int64), {})


def a_chain(chance: np.random.Generator) -> list[Task]:
    """Make a need of eight steps, one after the other."""
    return [
        Task(
            code=f"t{place}",
            process=f"p{chance.integers(CODES)}",
            quantity=int(chance.integers(50, 400)),
            after=(f"t{place - 1}",) if place else (),
        )
        for place in range(STEPS)
    ]


def posed(coop: Coop, tasks: Sequence[Task]) -> Problem:
    """Pose a need over everybody who can."""
    rows = [able(coop, task) for task in tasks]
    return pose(coop, tuple(tasks), rows, weights()["cheap"], fair_bp=FAIR_BP)


def whole_chain(problem: Problem) -> int:
    """Give the least cost of a chain by the textbook's recurrence."""
    value = problem.node[0]
    for place in range(1, len(problem.tasks)):
        ways = problem.coop.road_minutes(problem.rows[place - 1], problem.rows[place])
        value = (ways * problem.road_won + value[:, None]).min(axis=0) + problem.node[place]
    return int(value.min())


def cheapest(problem: Problem) -> list[int]:
    """Pick the cheapest maker of each step."""
    return [int(rows[node.argmin()]) for rows, node in zip(problem.rows, problem.node, strict=True)]


def greedy(problem: Problem) -> list[int]:
    """Pick step by step the maker that adds least to the one before."""
    picks: list[int] = []
    for rows, node in zip(problem.rows, problem.node, strict=True):
        added = node
        if picks:
            road = problem.coop.road_minutes(np.array([picks[-1]]), rows)[0]
            added = node + road * problem.road_won
        picks.append(int(rows[added.argmin()]))
    return picks


def p95(taken: Sequence[float]) -> float:
    """Give the time that one in twenty takes longer than."""
    return quantiles(taken, n=20)[-1]

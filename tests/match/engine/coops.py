"""Small cooperatives made by hand or by chance, for tests of the engine."""

from random import Random

from dure.match.engine.coop import Coop
from dure.match.engine.need import Need, Task
from dure.match.engine.shelf import FOREVER, Skill

USUAL = {
    "lot_min": 1,
    "lot_max": 10_000,
    "setup_minutes": 30,
    "minutes_per_100": 60,
    "setup_won": 10_000,
    "unit_won": 100,
    "east_m": 0,
    "north_m": 0,
}


def skill(member: int, process: str = "press", **more) -> Skill:
    return Skill(**{**USUAL, "member": member, "process": process, **more})


def held(*kinds: str) -> dict[str, int]:
    return dict.fromkeys(kinds, FOREVER)


def need(*tasks: Task, **more) -> Need:
    return Need(tasks=tasks, **more)


def by_chance(seed: int, members: int, processes: int, *, tight: bool = False) -> Coop:
    """Make a cooperative in which each member has each process with an even chance."""
    chance = Random(seed)
    skills = [
        skill(
            member,
            f"p{process}",
            setup_won=chance.randrange(0, 50_000),
            unit_won=chance.randrange(50, 500),
            minutes_per_100=chance.randrange(20, 200),
            east_m=chance.randrange(0, 4) * 700,
            north_m=chance.randrange(0, 4) * 700,
            region=chance.choice(["구로", "금천"]),
            free_minutes=chance.randrange(100, 400) if tight else 10**9,
            fails_bp=chance.randrange(0, 300),
            share_bp=member * 997 % 30_000,
        )
        for member in range(1, members + 1)
        for process in range(processes)
        if chance.random() < 0.6
    ]
    return Coop.of(skills)


def graph(seed: int, tasks: int, processes: int, **more) -> Need:
    """Make a connected graph of tasks with one end, in which outputs may go to several places."""
    chance = Random(seed)
    after: list[set[int]] = [set() for _ in range(tasks)]
    for place in range(tasks - 1):
        after[chance.randrange(place + 1, tasks)].add(place)
        if chance.random() < 0.4:
            after[chance.randrange(place + 1, tasks)].add(place)
    return Need(
        tasks=tuple(
            Task(
                code=f"t{place}",
                process=f"p{chance.randrange(processes)}",
                quantity=chance.randrange(50, 200),
                after=tuple(f"t{source}" for source in sorted(after[place])),
                rest_minutes=chance.choice([0, 0, 240]),
                firms_least=2 if more.get("split") and chance.random() < 0.3 else 1,
            )
            for place in range(tasks)
        ),
        fair_bp=1000,
        most_in_region=more.get("most_in_region"),
    )

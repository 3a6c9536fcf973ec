"""
Large seeded cooperatives and needs, as the files of `dure match solve` hold them.

    coop = a_park(seed=1)                    10,145 firms in 106 buildings of one industrial park
    coop = a_country(seed=1)                 19,000 firms around 60 towns
    need = a_need(seed=1, steps=8)           a chain of eight steps
    need = a_need(seed=1, steps=12, shape="graph")

What is dealt out, from random.Random seeded with text, one stream a firm:

- 180 processes in 12 trades of 15. A firm has 20: fourteen of its own trade, six of the next.
- A process has a usual price a piece (80 to 1,500 won) and usual minutes (8 to 200 for 100). A firm
  is dearer or cheaper by a factor of its own (0.7 to 1.5), and again in each process (0.85 to 1.2);
  who is dearer is as likely faster (minutes by 0.6 to 1.6).
- Half take lots from 1, half from 20 or 50; most lots end between 300 and 20,000.
- Two in five hold ISO 9001, one in ten ISO 13485, one in six a food licence; each to a day between
  2026-06-30 and 2028-12-28, so that some have run out.
- A skill works three of five materials, pieces up to 150 to 2,000 mm, tolerances from IT5 to IT11.
- Free: one to three windows between 2026-12-01 and 2026-12-28, of 300 to 4,800 minutes each.
- One piece in 200 fails, as expected of a firm at its middle; up to four.

A need asks for 40 to 400 pieces a step; every third step for a material, every fourth for a
tolerance. Processes follow each other within a trade, and go over to the next now and then.
"""

from collections.abc import Iterator
from random import Random
from typing import Any, Literal

TRADES, OF_TRADE, SKILLS = 12, 15, 20
MATERIALS = ("AL6061", "STS304", "S45C", "ABS", "PP")
PARK_FIRMS, BUILDINGS = 10_145, 106
COUNTRY_FIRMS, TOWNS = 19_000, 60


def a_park(seed: int, firms: int = PARK_FIRMS) -> dict[str, Any]:
    """Give a cooperative in the buildings of one park, in three complexes."""
    chance = Random(f"park {seed}")
    buildings = [
        (chance.randrange(3), chance.randrange(1_400), chance.randrange(900))
        for _ in range(BUILDINGS)
    ]
    spots = [(1_600 * part + east, north, f"park-{part + 1}") for part, east, north in buildings]
    return {"members": [_firm(seed, number, *chance.choice(spots)) for number in _numbers(firms)]}


def a_country(seed: int, firms: int = COUNTRY_FIRMS) -> dict[str, Any]:
    """Give a cooperative around the towns of a country of 300 by 400 kilometres."""
    chance = Random(f"country {seed}")
    towns = [(chance.randrange(300_000), chance.randrange(400_000)) for _ in range(TOWNS)]
    weights = [1 / (place + 1) for place in range(TOWNS)]
    members = []
    for number in _numbers(firms):
        (town,) = chance.choices(range(TOWNS), weights)
        east, north = (int(at + chance.gauss(0, 5_000)) for at in towns[town])
        members.append(_firm(seed, number, east, north, f"town-{town + 1}"))
    return {"members": members}


def a_need(
    seed: int, steps: int, shape: Literal["chain", "graph"] = "chain", fair_bp: int = 0
) -> dict[str, Any]:
    """Give a need: a chain, or a graph in which some outputs go to two places."""
    chance = Random(f"need {seed} {steps} {shape}")
    after = [{place - 1} if place else set[int]() for place in range(steps)]
    if shape == "graph":
        after = list(_graph(chance, steps))
    trade = chance.randrange(TRADES)
    tasks = []
    for place in range(steps):
        trade = (trade + (chance.random() < 0.3)) % TRADES
        task: dict[str, Any] = {
            "code": f"step-{place + 1}",
            "process": _process(trade, chance.randrange(OF_TRADE)),
            "quantity": chance.randrange(40, 401),
            "after": [f"step-{source + 1}" for source in sorted(after[place])],
        }
        if place % 3 == 0:
            task["material"] = chance.choice(MATERIALS)
        if place % 4 == 0:
            task["tolerance"] = chance.randrange(8, 12)
        tasks.append(task)
    window = {"from": "2026-12-01", "until": "2026-12-24"}
    return {"fair_bp": fair_bp, "window": window, "tasks": tasks}


def _graph(chance: Random, steps: int) -> Iterator[set[int]]:
    after: list[set[int]] = [set() for _ in range(steps)]
    for place in range(steps - 1):
        after[chance.randrange(place + 1, min(steps, place + 4))].add(place)
        if chance.random() < 0.4:
            after[chance.randrange(place + 1, steps)].add(place)
    return iter(after)


def _numbers(firms: int) -> range:
    return range(1, firms + 1)


def _process(trade: int, at: int) -> str:
    return f"trade-{trade + 1:02}-{at + 1:02}"


def _usual(trade: int, at: int) -> tuple[int, int]:
    chance = Random(f"process {trade} {at}")
    return chance.randrange(80, 1_500), chance.randrange(8, 200)


_USUAL = {(trade, at): _usual(trade, at) for trade in range(TRADES) for at in range(OF_TRADE)}


def _firm(seed: int, number: int, east: int, north: int, region: str) -> dict[str, Any]:
    chance = Random(f"firm {seed} {number}")
    trade, dear = chance.randrange(TRADES), chance.uniform(0.7, 1.5)
    own = [(trade, at) for at in chance.sample(range(OF_TRADE), 14)]
    near = [((trade + 1) % TRADES, at) for at in chance.sample(range(OF_TRADE), SKILLS - 14)]
    until = f"{chance.choice(('2026-06-30', '2027-03-31', '2027-11-30', '2028-12-28'))}"
    held = {
        kind: until
        for kind, share in (("ISO 9001", 0.4), ("ISO 13485", 0.1))
        if chance.random() < share
    }
    return {
        "member": number,
        "east_m": east,
        "north_m": north,
        "region": region,
        "licences": {"food": until} if chance.random() < 1 / 6 else {},
        "certificates": held,
        "skills": [_skill(chance, trade_of, at, dear) for trade_of, at in own + near],
    }


def _skill(chance: Random, trade: int, at: int, dear: float) -> dict[str, Any]:
    won, minutes = _USUAL[trade, at]
    size = chance.choice((150, 300, 600, 1_200, 2_000))
    return {
        "process": _process(trade, at),
        "lot_min": chance.choice((1, 1, 20, 50)),
        "lot_max": chance.choice((300, 1_000, 5_000, 20_000)),
        "setup_minutes": chance.randrange(5, 60),
        "minutes_per_100": max(1, int(minutes * chance.uniform(0.6, 1.6))),
        "setup_won": chance.randrange(5, 80) * 1_000,
        "unit_won": int(won * dear * chance.uniform(0.85, 1.2)),
        "materials": chance.sample(MATERIALS, 3),
        "envelope_mm": [size, size * 2 // 3, size // 2],
        "tolerance": chance.randrange(5, 12),
        "free": _windows(chance),
        "fails_bp": chance.choice((20, 50, 50, 100, 200)),
    }


def _windows(chance: Random) -> list[list[str | int]]:
    starts = sorted(chance.sample(range(1, 25), chance.randrange(1, 4)))
    return [
        [f"2026-12-{day:02}", f"2026-12-{day + 4:02}", chance.randrange(300, 4_800)]
        for day in starts
    ]

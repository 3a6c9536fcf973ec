"""
Needs: a price band over the rate cards of a whole country, and how often its bands hold.

The cooperative is the twin's, twenty of them merged: 480 members with rate cards. 800 orders come
one after the other, four times with other chances (600 alone are sure to 1.2% only): a chain of
three to ten processes, 50 to 2,000 pieces. Two members in five are busy at any time. The buyer
takes the cheap cluster three times in five, else the near or the fast one; members ask more than
their card says in one step of twelve, by up to 15%; rates grow by 3% over the orders. Each order's
band is made from the orders before it, as the house does; counted are the prices of the last 600
of each run.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from math import exp, log
from random import Random
from statistics import mean, median

from bench import Figure, seconds
from dure.kernel.money import Won, percent
from dure.sense.engine.price_band import (
    COVERAGE_PERCENT,
    PARTS,
    SIMULATED,
    Job,
    PriceBand,
    StepPrices,
    centre_of,
    price_band,
)
from dure.twin.cooperative import Capability, Firm, found

STEPS, FIRMS = 10, 19_000
COOPS, ORDERS, LEARNT, FEE = 20, 800, 200, 300
SEEDS = range(1, 5)
METRES_WON = {"cheap": 2, "near": 10, "fast": 2}


def figures() -> Iterator[Figure]:
    """Measure the band's speed over a country, and its coverage on later orders."""
    chance = Random(20261121)
    steps = [
        StepPrices(
            step=f"step {step}",
            prices={firm: Won(chance.randrange(10_000, 90_000)) for firm in range(FIRMS)},
        )
        for step in range(STEPS)
    ]
    yield Figure(
        name=f"price band of {STEPS} steps over {FIRMS:,} firms",
        value=seconds(lambda: price_band(steps, materials=Won(0), fee_basis_points=300)),
        unit="s",
        reach=None,
        peer="the same prices read once",
        peer_value=seconds(lambda: [sum(step.prices.values()) for step in steps]),
    )
    yield from _coverage(chance)


def _coverage(chance: Random) -> Iterator[Figure]:
    later = [order for seed in SEEDS for order in list(_orders(Random(seed)))[LEARNT:]]
    inside = mean(_is_inside(band, price) for band, price, _ in later)
    cold = mean(_is_at_first(job) for _, _, job in later)
    wide = median((band.high - band.low) / 2 / job.centre for band, _, job in later)
    for name, value, peer in (
        ("later orders whose price lay in their band", inside, "the stated coverage"),
        ("the same by the ends of a new cooperative", cold, "the stated coverage"),
    ):
        yield Figure(
            name=name,
            value=100 * value,
            unit="%",
            reach=COVERAGE_PERCENT,
            peer=peer,
            peer_value=COVERAGE_PERCENT,
        )
    yield Figure(
        name="half the band's width over its centre, in the median",
        value=100 * wide,
        unit="%",
        reach=None,
        peer="half the width between a step's least and greatest price, over their mean",
        peer_value=100 * median(spread for *_, spread in _spreads(chance)),
    )


def _orders(chance: Random) -> Iterator[tuple[PriceBand, Won, Job]]:
    """Give each order's band, its price, and what the next bands learn from it."""
    market, jobs = _market(), []
    for number in range(ORDERS):
        steps = _needed(market, chance)
        grown = 1 + 0.03 * number / ORDERS
        materials = Won(round(exp(chance.uniform(log(10_000), log(2_000_000)))))
        priced = [
            StepPrices(
                step=str(at),
                prices={place: _price(each, lot, grown) for place, (_, each) in enumerate(able)},
            )
            for at, (able, lot) in enumerate(steps)
        ]
        band = price_band(priced, materials=materials, fee_basis_points=FEE, jobs=jobs)
        centre = centre_of(priced, materials=materials, fee_basis_points=FEE)
        work = _taken(steps, grown, chance)
        price = Won(work + percent(work, FEE) + materials)
        assert centre, "somebody can do every step"
        jobs.append(Job(price=price, centre=centre))
        yield band, price, jobs[-1]


Able = list[tuple[Firm, Capability]]


@cache
def _market() -> dict[str, Able]:
    market: dict[str, Able] = defaultdict(list)
    for seed in range(1, COOPS + 1):
        for member in found(seed).members:
            for each in member.capabilities:
                market[each.process].append((member, each))
    return market


def _needed(market: dict[str, Able], chance: Random) -> list[tuple[Able, int]]:
    """Give a chain of processes: who can do each lot, and how large it is."""
    lot = round(exp(chance.uniform(log(50), log(2_000))))
    picked = chance.sample(sorted(market), chance.randint(3, 10))
    able = [
        [(firm, each) for firm, each in market[code] if each.lot_min <= lot <= each.lot_max]
        for code in picked
    ]
    found_some = [each for each in able if each]
    return [(each, lot) for each in found_some] or _needed(market, chance)


def _taken(steps: list[tuple[Able, int]], grown: float, chance: Random) -> Won:
    """Give what the members of the cluster that the buyer takes ask in all."""
    label = chance.choices(("cheap", "near", "fast"), (3, 1, 1))[0]
    before, work = None, 0
    for able, lot in steps:
        free = [each for each in able if chance.random() > 0.4] or able
        firm, each = min(free, key=lambda one: _weight(one, before, lot, label))
        dearer = 1 + chance.uniform(0.01, 0.15) if chance.random() < 1 / 12 else 1
        work += round(_price(each, lot, grown) * dearer)
        before = firm
    return Won(work)


def _weight(one: tuple[Firm, Capability], before: Firm | None, lot: int, label: str) -> float:
    firm, each = one
    here, there = firm.site, (before or firm).site
    metres = abs(here.east_m - there.east_m) + abs(here.north_m - there.north_m)
    minutes = each.setup_minutes + lot * each.minutes_per_100 / 100
    hurry = 200 * minutes if label == "fast" else 0
    return _price(each, lot, 1) + METRES_WON[label] * metres + hurry


def _price(each: Capability, lot: int, grown: float) -> Won:
    return Won(round((each.setup_won + each.unit_won * lot) * grown))


def _is_inside(band: PriceBand, price: Won) -> bool:
    return band.low is not None and band.high is not None and band.low <= price <= band.high


def _is_at_first(job: Job) -> bool:
    low, high = SIMULATED
    return low <= job.price * PARTS / job.centre <= high


def _spreads(chance: Random) -> Iterator[tuple[int, float]]:
    for able in _market().values():
        prices = [_price(each, 300, 1) for _, each in able]
        yield len(prices), (max(prices) - min(prices)) / 2 / mean(prices)

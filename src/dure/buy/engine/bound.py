"""
A bound on the cost of a round that anyone can check with integers alone.

Take any price, zero or more, for a thousandth of each item by each day (a Lagrange
multiplier of its cover). Paying suppliers for what they deliver at these prices, the
round's cost is at least

    Σ price · need  +  Σ over suppliers min(0, freight + Σ over offers min(0, cost - value))

because each term is the best that one supplier could do on its own; a delivery larger than a
need is worth no more than the need. With the prices of the
linear relaxation this reaches the relaxation's value; with any others it is still true, so
the solver that suggested them need not be trusted (Geoffrion 1974).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dure.buy.engine.problem import Cover, Problem, Tier, covers, tiers
from dure.kernel.errors import Unproven

MICRO = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowPrice:
    """A millionth of a won for a thousandth of an item that is there by a day."""

    item: int
    by_day: int
    micro: int


def bound(problem: Problem, prices: Sequence[ShadowPrice]) -> int:
    """
    Give a sum in won below which nobody can buy this round, for an arranged problem.

    Raises Unproven where a price is negative or stands for nothing needed.
    """
    rows = covers(problem)
    price = _price_of_cover(rows, prices)
    worth = sum(price[cover.item, cover.by_day] * cover.amount for cover in rows)
    served = _served(problem, rows, price)
    best: dict[tuple[int, int], int] = {}
    for tier in tiers(problem):
        key = tier.offer.key
        best[key] = min(best.get(key, 0), _least(tier, served[key]))
    gains: dict[int, int] = {}
    for (_, supplier), least in best.items():
        gains[supplier] = gains.get(supplier, 0) + least
    used = sorted(
        min(0, supplier.freight * MICRO + gains.get(supplier.number, 0))
        for supplier in problem.suppliers
    )
    return max(0, -(-(worth + sum(used[: problem.most_suppliers])) // MICRO))


def _price_of_cover(
    rows: Sequence[Cover], prices: Sequence[ShadowPrice]
) -> dict[tuple[int, int], int]:
    price = {(cover.item, cover.by_day): 0 for cover in rows}
    for shadow in prices:
        key = shadow.item, shadow.by_day
        if key not in price or shadow.micro < 0:
            raise Unproven("buy.shadow_price_wrong", item=shadow.item)
        price[key] = shadow.micro
    return price


def _served(
    problem: Problem, rows: Sequence[Cover], price: dict[tuple[int, int], int]
) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """List for each offer what it helps to cover, as amount and price."""
    lead = {supplier.number: supplier.lead_days for supplier in problem.suppliers}
    days: dict[int, list[Cover]] = {}
    for cover in rows:
        days.setdefault(cover.item, []).append(cover)
    return {
        offer.key: [
            (cover.amount, price[cover.item, cover.by_day])
            for cover in days.get(offer.item, [])
            if cover.by_day >= lead[offer.supplier] and price[cover.item, cover.by_day]
        ]
        for offer in problem.offers
    }


def _least(tier: Tier, served: Sequence[tuple[int, int]]) -> int:
    """
    Give the least cost less value of buying in a tier, in millionths of a won.

    Value grows until a cover is full and then stops: the least lies at an end of the
    tier or beside an amount at which a cover is full.
    """
    pack = tier.offer.pack
    turns = {amount // pack + step for amount, _ in served for step in (0, 1)}
    sizes = {tier.low, tier.high, *(size for size in turns if tier.low < size < tier.high)}
    return min(
        size * tier.price * MICRO - sum(worth * min(size * pack, most) for most, worth in served)
        for size in sizes
    )

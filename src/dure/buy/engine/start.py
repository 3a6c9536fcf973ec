"""
A first purchase, found fast: which suppliers to open, each item then at its cheapest among them.

Given the open suppliers the items are independent. An item is bought whole from one
supplier, or early needs from one and the rest from another. Suppliers are opened, closed
and exchanged while that makes the round cheaper. The solver starts from what is found
here and improves on it; nothing else depends on it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from dure.buy.engine.problem import Cover, Problem, Tier, covers, tiers

Packs = dict[tuple[int, int], int]
IMPOSSIBLE = 1 << 62


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to buy an item: its cost, from whom (a bit for each supplier), how many packs."""

    cost: int
    suppliers: int
    packs: tuple[tuple[tuple[int, int], int], ...]


def first_purchase(problem: Problem) -> Packs | None:
    """Give a purchase that keeps all rules of an arranged round, or None where none is found."""
    ways = _ways(problem)
    if not all(ways):
        return None
    freights = [supplier.freight for supplier in problem.suppliers]
    opened = _Search(ways, freights, problem.most_suppliers).opened()
    if opened is None:
        return None
    chosen = [_cheapest(of_item, opened) for of_item in ways]
    return {key: packs for way in chosen if way for key, packs in way.packs}


class _Search:
    """
    Local search over sets of open suppliers, held as bits of one integer.

    All ways of all items stand in one array, cheapest first within their item, so that
    a set of suppliers is priced in one pass.
    """

    def __init__(
        self, ways: Sequence[Sequence[_Way]], freights: Sequence[int], most: int | None
    ) -> None:
        self.freights = freights
        self.most = most if most is not None else len(freights)
        self.everyone = (1 << len(freights)) - 1
        flat = [way for of_item in ways for way in of_item]
        self.costs = [way.cost for way in flat]
        self.masks = _words([way.suppliers for way in flat], len(freights))
        self.places = np.arange(len(flat))
        self.firsts = np.cumsum([0, *(len(of_item) for of_item in ways)])[:-1]

    def opened(self) -> int | None:
        """Close suppliers one by one where that helps, then open, close and exchange."""
        opened, cost = self.everyone, self._cost(self.everyone)
        improved = True
        while improved:
            improved = False
            for moves in (self._closed, self._opened, self._exchanged):
                found = min(
                    ((self._cost(move), move) for move in moves(opened)), default=(IMPOSSIBLE, 0)
                )
                too_many = opened.bit_count() > self.most
                if found[0] < (IMPOSSIBLE if too_many else cost):
                    cost, opened = found
                    improved = True
                    break
        return opened if cost < IMPOSSIBLE and opened.bit_count() <= self.most else None

    def _cost(self, opened: int) -> int:
        """Give what each item's cheapest way among the open suppliers costs, with freight."""
        shut = _words([self.everyone & ~opened], len(self.freights))
        blocked = (self.masks & shut).any(axis=0)
        chosen = np.minimum.reduceat(np.where(blocked, len(self.places), self.places), self.firsts)
        if chosen.max() == len(self.places):
            return IMPOSSIBLE
        used = np.bitwise_or.reduce(self.masks[:, chosen], axis=1)
        suppliers = sum(int(word) << 63 * place for place, word in enumerate(used))
        freight = sum(self.freights[place] for place in _bits(suppliers))
        return freight + sum(self.costs[place] for place in chosen.tolist())

    def _closed(self, opened: int) -> Iterator[int]:
        return (opened & ~(1 << place) for place in _bits(opened))

    def _opened(self, opened: int) -> Iterator[int]:
        if opened.bit_count() >= self.most:
            return iter(())
        return (opened | 1 << place for place in _bits(self.everyone & ~opened))

    def _exchanged(self, opened: int) -> Iterator[int]:
        shut = _bits(self.everyone & ~opened)
        return (
            opened & ~(1 << out) | 1 << into for out, into in product(_bits(opened), list(shut))
        )


def _words(masks: Sequence[int], bits: int) -> NDArray[np.int64]:
    """Cut masks into words of 63 bits: one row a word, one column a mask."""
    full = (1 << 63) - 1
    rows = [[mask >> 63 * word & full for mask in masks] for word in range(-(-bits // 63))]
    return np.array(rows, dtype=np.int64)


def _cheapest(of_item: Sequence[_Way], opened: int) -> _Way | None:
    return next((way for way in of_item if not way.suppliers & ~opened), None)


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _ways(problem: Problem) -> list[list[_Way]]:
    """List for each item its ways to be bought, cheapest first."""
    place = {supplier.number: bit for bit, supplier in enumerate(problem.suppliers)}
    lead = {supplier.number: supplier.lead_days for supplier in problem.suppliers}
    rows: dict[int, list[Cover]] = {}
    for cover in covers(problem):
        rows.setdefault(cover.item, []).append(cover)
    offered: dict[int, dict[int, list[Tier]]] = {item: {} for item in rows}
    for tier in tiers(problem):
        offered[tier.offer.item].setdefault(tier.offer.supplier, []).append(tier)
    return [
        _undominated(_ways_of_item(rows[item], offered[item], place, lead)) for item in sorted(rows)
    ]


def _ways_of_item(
    rows: Sequence[Cover],
    offered: Mapping[int, Sequence[Tier]],
    place: Mapping[int, int],
    lead: Mapping[int, int],
) -> Iterator[_Way]:
    whole = rows[-1].amount

    def each(amount: int, by_day: int) -> dict[int, _Way]:
        """Give for each supplier that is in time its cheapest way to deliver an amount."""
        in_time = (supplier for supplier in offered if lead[supplier] <= by_day)
        found = {who: _one(offered[who], amount, 1 << place[who]) for who in in_time}
        return {who: way for who, way in found.items() if way}

    alone = each(whole, rows[0].by_day)
    yield from alone.values()
    for early, late in pairwise(rows):
        firsts = each(early.amount, rows[0].by_day)
        seconds = each(whole - early.amount, late.by_day)
        for (one, first), (other, second) in product(firsts.items(), seconds.items()):
            cost = first.cost + second.cost
            dearest = min((alone[who].cost for who in (one, other) if who in alone), default=cost)
            if one != other and cost <= dearest:
                yield _Way(cost, first.suppliers | second.suppliers, first.packs + second.packs)


def _one(own: Sequence[Tier], amount: int, supplier: int) -> _Way | None:
    """Give the cheapest way to get an amount from one supplier, if there is any."""
    packs = -(-amount // own[0].offer.pack)
    sizes = [(max(packs, tier.low), tier) for tier in own if tier.high >= packs]
    ways = [_Way(size * tier.price, supplier, ((tier.offer.key, size),)) for size, tier in sizes]
    return min(ways, key=lambda way: way.cost, default=None)


def _undominated(ways: Iterator[_Way]) -> list[_Way]:
    """Keep a way only where no cheaper one needs a part of its suppliers."""
    kept: list[_Way] = []
    for way in sorted(ways, key=lambda way: (way.cost, way.suppliers)):
        if not any(not better.suppliers & ~way.suppliers for better in kept):
            kept.append(way)
    return kept

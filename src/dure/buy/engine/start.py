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
    """Local search over sets of open suppliers, held as bits of one integer."""

    def __init__(
        self, ways: Sequence[Sequence[_Way]], freights: Sequence[int], most: int | None
    ) -> None:
        self.ways, self.freights = ways, freights
        self.most = most if most is not None else len(freights)

    def opened(self) -> int | None:
        """Close suppliers one by one where that helps, then open, close and exchange."""
        everyone = (1 << len(self.freights)) - 1
        opened, cost = everyone, self._cost(everyone)
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
        total, used = 0, 0
        for of_item in self.ways:
            way = _cheapest(of_item, opened)
            if way is None:
                return IMPOSSIBLE
            total += way.cost
            used |= way.suppliers
        return total + sum(self.freights[place] for place in _bits(used))

    def _closed(self, opened: int) -> Iterator[int]:
        return (opened & ~(1 << place) for place in _bits(opened))

    def _opened(self, opened: int) -> Iterator[int]:
        if opened.bit_count() >= self.most:
            return iter(())
        return (opened | 1 << place for place in _bits(~opened & (1 << len(self.freights)) - 1))

    def _exchanged(self, opened: int) -> Iterator[int]:
        shut = _bits(~opened & (1 << len(self.freights)) - 1)
        return (
            opened & ~(1 << out) | 1 << into for out, into in product(_bits(opened), list(shut))
        )


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
    for supplier, own in offered.items():
        if lead[supplier] <= rows[0].by_day:
            yield from _one(own, whole, 1 << place[supplier])
    for early, late in pairwise(rows):
        for first, second in product(offered, repeat=2):
            in_time = lead[first] <= rows[0].by_day and lead[second] <= late.by_day
            if first != second and in_time:
                yield from _two(
                    _one(offered[first], early.amount, 1 << place[first]),
                    _one(offered[second], whole - early.amount, 1 << place[second]),
                )


def _one(own: Sequence[Tier], amount: int, supplier: int) -> list[_Way]:
    """Give the cheapest way to get an amount from one supplier, if there is any."""
    packs = -(-amount // own[0].offer.pack)
    sizes = [(max(packs, tier.low), tier) for tier in own if tier.high >= packs]
    ways = [_Way(size * tier.price, supplier, ((tier.offer.key, size),)) for size, tier in sizes]
    return sorted(ways, key=lambda way: way.cost)[:1]


def _two(first: Sequence[_Way], second: Sequence[_Way]) -> Iterator[_Way]:
    for one, other in product(first, second):
        yield _Way(one.cost + other.cost, one.suppliers | other.suppliers, one.packs + other.packs)


def _undominated(ways: Iterator[_Way]) -> list[_Way]:
    """Keep a way only where no cheaper one needs a part of its suppliers."""
    kept: list[_Way] = []
    for way in sorted(ways, key=lambda way: (way.cost, way.suppliers)):
        if not any(not better.suppliers & ~way.suppliers for better in kept):
            kept.append(way)
    return kept

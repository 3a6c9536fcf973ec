"""Joint purchasing: 50 suppliers, 200 items, 60 members; price breaks, freight, deadlines."""

from collections.abc import Iterator
from random import Random
from time import perf_counter

from bench import Figure
from dure.buy.engine.award import Suggestion, award, spending
from dure.buy.engine.bound import bound
from dure.buy.engine.check import check
from dure.buy.engine.model import Model
from dure.buy.engine.problem import (
    Effort,
    Need,
    Offer,
    PriceBreak,
    Problem,
    Supplier,
    alone,
    arranged,
    members,
)
from dure.buy.engine.start import first_purchase
from dure.kernel.money import Won

SECONDS = 45


def figures() -> Iterator[Figure]:
    """Decide one large round, and compare."""
    problem = a_round(Random(20261121), suppliers=50, items=200, firms=60)
    began = perf_counter()
    start = first_purchase(problem)
    first_seconds = perf_counter() - began
    assert start is not None
    first = spending(problem, start).total
    began = perf_counter()
    suggestion = Model(problem).suggest(Effort(seconds=SECONDS))
    taken = perf_counter() - began
    decided = award(problem, suggestion, _alone(problem))
    check(problem, decided)
    apart = sum(share.alone.cost for share in decided.sheet.shares if share.alone)
    yield Figure(
        name="joint purchase of 50 suppliers and 200 items",
        value=decided.total,
        unit="won",
        reach=None,
        peer="each of 60 members alone, by fast search",
        peer_value=apart,
    )
    yield Figure(
        name=f"gap to the solver's bound after {SECONDS} s",
        value=decided.gap_ppm / 10_000,
        unit="%",
        reach=0.5,
        peer="the fast search alone",
        peer_value=100 * (first - suggestion.claimed_bound) / first,
    )
    yield Figure(
        name="gap proved with integers alone",
        value=decided.certified_gap_ppm / 10_000,
        unit="%",
        reach=None,
        peer="the gap that the solver claims",
        peer_value=max(decided.gap_ppm, 1) / 10_000,
    )
    yield Figure(
        name="first purchase that keeps all rules",
        value=first_seconds,
        unit="s",
        reach=None,
        peer="the whole decision",
        peer_value=taken,
    )
    dearer = sum(not share.is_no_worse for share in decided.sheet.shares)
    yield Figure(
        name="members who pay more than alone",
        value=dearer,
        unit="members",
        reach=0,
        peer="members in the round",
        peer_value=len(decided.sheet.shares),
    )
    yield _checking(problem, suggestion, taken)


def a_round(chance: Random, *, suppliers: int, items: int, firms: int) -> Problem:
    """Make a round: about half of the suppliers offer an item, each with five all-unit breaks."""
    offers = [
        _offer(chance, item, supplier, base)
        for item in range(1, items + 1)
        for base in [chance.randint(2_000, 80_000)]
        for supplier in range(1, suppliers + 1)
        if chance.random() < 0.5
    ]
    needs = [
        Need(
            member=member,
            item=item,
            amount=chance.randint(1, 60) * 1_000,
            by_day=chance.choice([7, 14, 30]),
        )
        for member in range(1, firms + 1)
        for item in chance.sample(range(1, items + 1), items // 10)
    ]
    terms = [
        Supplier(
            number=number,
            freight=Won(chance.randint(3, 30) * 10_000),
            lead_days=chance.choice([2, 3, 5, 7, 10]),
        )
        for number in range(1, suppliers + 1)
    ]
    return arranged(Problem(needs=tuple(needs), offers=tuple(offers), suppliers=tuple(terms)))


def _offer(chance: Random, item: int, supplier: int, base: int) -> Offer:
    price, packs = int(base * chance.uniform(0.9, 1.15)), chance.choice([1, 1, 5, 10])
    breaks = []
    for _ in range(5):
        breaks.append(PriceBreak(packs=packs, price=Won(price)))
        packs = int(packs * chance.uniform(2, 4)) + 5
        price = int(price * (1 - chance.uniform(0.01, 0.05))) - 1
    pack = chance.choice([1_000, 5_000, 10_000])
    return Offer(item=item, supplier=supplier, pack=pack, breaks=tuple(breaks))


def _alone(problem: Problem) -> dict[int, Suggestion]:
    found = {}
    for member in members(problem):
        packs = first_purchase(arranged(alone(problem, member)))
        assert packs is not None
        found[member] = Suggestion(packs=packs, prices=(), claimed_bound=0, solver="fast search")
    return found


def _checking(problem: Problem, suggestion: Suggestion, taken: float) -> Figure:
    began = perf_counter()
    decided = award(problem, suggestion, {})
    check(problem, decided)
    assert bound(problem, suggestion.prices) >= decided.certified_bound
    return Figure(
        name="recomputing and checking the award without a solver",
        value=perf_counter() - began,
        unit="s",
        reach=None,
        peer="deciding it",
        peer_value=taken,
    )

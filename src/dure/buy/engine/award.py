"""
The award of a round: what is bought where, what it costs, how good that is, and who pays what.

A solver suggests packs and shadow prices; that is stored as it came. `award` computes all
the rest from it with integers, so that whoever has the round and the suggestions gets the
same bytes, on any machine and without the solver.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from dure.buy.engine.bound import ShadowPrice, bound
from dure.buy.engine.problem import Offer, Problem, alone, members, price_at
from dure.buy.engine.sheet import AloneCost, Sheet, Spending, shared_out
from dure.kernel.money import Won


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What a solver found for a round: packs by (item, supplier), its bound and shadow prices."""

    packs: Mapping[tuple[int, int], int]
    prices: tuple[ShadowPrice, ...]
    claimed_bound: int
    solver: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """So many packs of an item from a supplier, all at one price."""

    item: int
    supplier: int
    packs: int
    price: Won
    cost: Won


@dataclass(frozen=True, slots=True, kw_only=True)
class Award:
    """A decided round. Beside the total stand what the solver claims and what is proved."""

    purchases: tuple[Purchase, ...]
    freights: Mapping[int, Won]
    total: Won
    claimed_bound: int
    certified_bound: int
    sheet: Sheet

    @property
    def gap_ppm(self) -> int:
        """Give how far the total may be above the best, in millionths, as the solver claims."""
        return gap_ppm(self.total, self.claimed_bound)

    @property
    def certified_gap_ppm(self) -> int:
        """Give how far the total may be above the best, in millionths, proved with integers."""
        return gap_ppm(self.total, self.certified_bound)


def award(
    problem: Problem, suggestion: Suggestion, members_alone: Mapping[int, Suggestion]
) -> Award:
    """
    Compute the award of an arranged round from what the solver suggested.

    Raises Malformed where a suggestion buys below a minimum or from nobody.
    """
    bought = spending(problem, suggestion.packs)
    costs = {
        member: _alone_cost(problem, member, members_alone[member])
        for member in members(problem)
        if member in members_alone
    }
    total = bought.total
    return Award(
        purchases=purchases(problem, suggestion.packs),
        freights=bought.freights,
        total=total,
        claimed_bound=min(total, suggestion.claimed_bound),
        certified_bound=min(total, bound(problem, suggestion.prices)),
        sheet=shared_out(problem.needs, bought, costs),
    )


def purchases(problem: Problem, packs: Mapping[tuple[int, int], int]) -> tuple[Purchase, ...]:
    """List what is bought, in the order of item and supplier."""
    offers = {offer.key: offer for offer in problem.offers}
    return tuple(_purchase(offers[key], packs[key]) for key in sorted(packs))


def spending(problem: Problem, packs: Mapping[tuple[int, int], int]) -> Spending:
    """Give what goods and freight cost for so many packs."""
    freight = {supplier.number: supplier.freight for supplier in problem.suppliers}
    bought = purchases(problem, packs)
    used = sorted({purchase.supplier for purchase in bought})
    return Spending(
        goods={(line.item, line.supplier): line.cost for line in bought},
        freights={supplier: freight[supplier] for supplier in used},
    )


def gap_ppm(total: int, bound: int) -> int:
    """Give the distance between total and bound in millionths of total, rounded up."""
    return -(-(total - bound) * 1_000_000 // total) if total else 0


def _purchase(offer: Offer, packs: int) -> Purchase:
    price = price_at(offer, packs)
    return Purchase(
        item=offer.item,
        supplier=offer.supplier,
        packs=packs,
        price=price,
        cost=Won(packs * price),
    )


def _alone_cost(problem: Problem, member: int, suggestion: Suggestion) -> AloneCost:
    own = alone(problem, member)
    cost = spending(own, suggestion.packs).total
    return AloneCost(cost=cost, bound=min(cost, bound(own, suggestion.prices)))

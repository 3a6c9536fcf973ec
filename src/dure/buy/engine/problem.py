"""
A purchase round as plain values: who needs what by when, and who offers it at which price.

Amounts are integers in thousandths of the item's unit (1.25 kg is 1250), offers count
whole packs, prices are won for one pack without VAT, days count from the day on which
the round is decided. A price break is an all-unit break: from so many packs on, every
pack of the order has the lower price. Freight is charged once for each supplier from
whom anything is bought.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from dure.kernel.errors import Malformed
from dure.kernel.money import Won
from dure.kernel.reason import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One member's need of one item, to be there by a day."""

    member: int
    item: int
    amount: int
    by_day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBreak:
    """From `packs` packs on, every pack costs `price`."""

    packs: int
    price: Won


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What one supplier asks for one item. Its minimum order is the first break's packs."""

    item: int
    supplier: int
    pack: int
    breaks: tuple[PriceBreak, ...]
    most_packs: int | None = None

    @property
    def key(self) -> tuple[int, int]:
        """Give item and supplier: an offer's place in every order of ours."""
        return self.item, self.supplier


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplier:
    """A supplier's terms for one delivery."""

    number: int
    freight: Won
    lead_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long the solver may try, and how near to the bound it may stop (millionths)."""

    seconds: int = 60
    gap_ppm: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A round to be decided: `arranged` puts it in order and checks it."""

    needs: tuple[Need, ...]
    offers: tuple[Offer, ...]
    suppliers: tuple[Supplier, ...]
    most_suppliers: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What has to be bought of an item so early that it is there by a day."""

    item: int
    by_day: int
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """A stretch of one price: between `low` and `high` packs, both included, and never useless."""

    offer: Offer
    low: int
    high: int
    price: Won


def arranged(problem: Problem) -> Problem:
    """
    Give the same problem in the order of its business numbers, so that equal rounds are equal.

    Raises Malformed for what no round can hold: amounts or packs that are not positive,
    prices that rise with volume, two offers of one supplier for one item, unknown suppliers.
    """
    for need in problem.needs:
        _must(need.amount > 0, "buy.amount_not_positive", item=need.item)
    for offer in problem.offers:
        _check_offer(offer)
    known = [supplier.number for supplier in problem.suppliers]
    _must(len(set(known)) == len(known), "buy.supplier_twice")
    _must({offer.supplier for offer in problem.offers} <= set(known), "buy.supplier_unknown")
    keys = [offer.key for offer in problem.offers]
    _must(len(set(keys)) == len(keys), "buy.offer_twice")
    _must(problem.most_suppliers is None or problem.most_suppliers > 0, "buy.no_supplier_allowed")
    for supplier in problem.suppliers:
        _must(supplier.freight >= 0 and supplier.lead_days >= 0, "buy.freight_negative")
    return replace(
        problem,
        needs=_merged(problem.needs),
        offers=tuple(sorted(problem.offers, key=lambda offer: offer.key)),
        suppliers=tuple(sorted(problem.suppliers, key=lambda supplier: supplier.number)),
    )


def covers(problem: Problem) -> list[Cover]:
    """
    List what must be bought in time: for each item and each day of need, all needs up to that day.

    Offers that arrive by a day serve all later days too, so these sums say exactly
    what a purchase must satisfy (Hall's condition for nested intervals).
    """
    found = []
    by_day = sorted(problem.needs, key=lambda need: (need.item, need.by_day))
    for item, needs in groupby(by_day, key=lambda need: need.item):
        total = 0
        for day, same_day in groupby(needs, key=lambda need: need.by_day):
            total += sum(need.amount for need in same_day)
            found.append(Cover(item=item, by_day=day, amount=total))
    return found


def tiers(problem: Problem) -> list[Tier]:
    """
    List the price tiers worth buying in, in the order of item, supplier and packs.

    More packs than the need that an offer can reach never help within a tier, except
    to reach the tier itself: the round-up to a break stays possible.
    """
    lead = {supplier.number: supplier.lead_days for supplier in problem.suppliers}
    needs: dict[int, list[Need]] = {}
    for need in problem.needs:
        needs.setdefault(need.item, []).append(need)
    found: list[Tier] = []
    for offer in problem.offers:
        in_time = (
            need for need in needs.get(offer.item, []) if need.by_day >= lead[offer.supplier]
        )
        useful = -(-sum(need.amount for need in in_time) // offer.pack)
        if useful:
            found += _tiers_of(offer, useful)
    return found


def blocked(problem: Problem) -> dict[int, Reason]:
    """Say which items cannot be bought, and why: nobody offers them, in time, or enough of them."""
    lead = {supplier.number: supplier.lead_days for supplier in problem.suppliers}
    offers: dict[int, list[Offer]] = {}
    for offer in problem.offers:
        offers.setdefault(offer.item, []).append(offer)
    reasons: dict[int, Reason] = {}
    for cover in covers(problem):
        mine = offers.get(cover.item, [])
        in_time = [offer for offer in mine if lead[offer.supplier] <= cover.by_day]
        if not mine:
            reasons.setdefault(cover.item, Reason("buy.nobody_offers", {"item": cover.item}))
        elif not in_time:
            where: dict[str, str | int] = {"item": cover.item, "days": cover.by_day}
            reasons.setdefault(cover.item, Reason("buy.nobody_in_time", where))
        elif _most(in_time) is not None and (_most(in_time) or 0) < cover.amount:
            short = cover.amount - (_most(in_time) or 0)
            reasons.setdefault(
                cover.item, Reason("buy.not_enough_offered", {"item": cover.item, "short": short})
            )
    return reasons


def alone(problem: Problem, member: int) -> Problem:
    """Give the round as it would be if the member bought alone, free to use any supplier."""
    own = tuple(need for need in problem.needs if need.member == member)
    items = {need.item for need in own}
    offers = tuple(offer for offer in problem.offers if offer.item in items)
    return Problem(needs=own, offers=offers, suppliers=problem.suppliers)


def members(problem: Problem) -> list[int]:
    """List the members of the round by number."""
    return sorted({need.member for need in problem.needs})


def price_at(offer: Offer, packs: int) -> Won:
    """Give the price of one pack when so many are bought; the minimum must be reached."""
    reached = [step for step in offer.breaks if step.packs <= packs]
    if not reached:
        raise Malformed("buy.below_minimum", item=offer.item, supplier=offer.supplier)
    return reached[-1].price


def _tiers_of(offer: Offer, useful: int) -> Iterable[Tier]:
    last = offer.most_packs or max(useful, offer.breaks[-1].packs)
    ends = [*(step.packs - 1 for step in offer.breaks[1:]), last]
    for step, end in zip(offer.breaks, ends, strict=True):
        high = min(end, max(useful, step.packs), offer.most_packs or end)
        if high >= step.packs:
            yield Tier(offer=offer, low=step.packs, high=high, price=step.price)


def _most(offers: Sequence[Offer]) -> int | None:
    if any(offer.most_packs is None for offer in offers):
        return None
    return sum((offer.most_packs or 0) * offer.pack for offer in offers)


def _merged(needs: Iterable[Need]) -> tuple[Need, ...]:
    sums: dict[tuple[int, int, int], int] = {}
    for need in needs:
        key = (need.item, need.member, need.by_day)
        sums[key] = sums.get(key, 0) + need.amount
    return tuple(
        Need(item=item, member=member, by_day=day, amount=amount)
        for (item, member, day), amount in sorted(sums.items())
    )


def _check_offer(offer: Offer) -> None:
    where = {"item": offer.item, "supplier": offer.supplier}
    _must(offer.pack > 0 and len(offer.breaks) > 0, "buy.offer_empty", **where)
    _must(offer.breaks[0].packs > 0, "buy.offer_empty", **where)
    _must(all(step.price >= 0 for step in offer.breaks), "buy.price_negative", **where)
    for step, following in pairwise(offer.breaks):
        falls = step.packs < following.packs and step.price > following.price
        _must(falls, "buy.breaks_do_not_fall", **where)
    enough = offer.most_packs is None or offer.most_packs >= offer.breaks[0].packs
    _must(enough, "buy.most_below_minimum", **where)


def _must(holds: bool, code: str, **parameters: int) -> None:
    if not holds:
        raise Malformed(code, **parameters)

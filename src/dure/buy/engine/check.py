"""
An independent check of an award: it knows the rules of a round, and nothing of how one is solved.

It raises Unproven with the first thing that is wrong, and returns nothing.
"""

from collections.abc import Iterable, Mapping

from dure.buy.engine.award import Award
from dure.buy.engine.problem import Problem
from dure.kernel.errors import Unproven


def check(problem: Problem, award: Award) -> None:
    """
    Raise Unproven unless the award buys what is needed at the offered prices, and shares it.

    Needs nobody's suggestion: purchases, freight, sums, bounds and shares are looked at as
    they stand. That the certified bound follows from the stored prices is checked by replay.
    """
    _every_purchase_keeps_its_offer(problem, award)
    _every_need_arrives_in_time(problem, award)
    _freight_is_paid_where_goods_are(problem, award)
    _suppliers_are_few_enough(problem, award)
    _the_sums_are_right(award)
    _the_shares_are_right(problem, award)


def _every_purchase_keeps_its_offer(problem: Problem, award: Award) -> None:
    """Ensures whole packs, the minimum, the most on offer, and the price of the tier reached."""
    offers = {offer.key: offer for offer in problem.offers}
    seen = set()
    for purchase in award.purchases:
        where = {"item": purchase.item, "supplier": purchase.supplier}
        key = purchase.item, purchase.supplier
        _must(key in offers and key not in seen, **where)
        seen.add(key)
        offer = offers[key]
        _must(purchase.packs >= offer.breaks[0].packs, **where)
        _must(offer.most_packs is None or purchase.packs <= offer.most_packs, **where)
        prices = [step.price for step in offer.breaks if step.packs <= purchase.packs]
        _must(purchase.price == min(prices), **where)
        _must(purchase.cost == purchase.packs * purchase.price, **where)


def _every_need_arrives_in_time(problem: Problem, award: Award) -> None:
    """Ensures that on each day at least as much has arrived as was needed until then."""
    lead = {supplier.number: supplier.lead_days for supplier in problem.suppliers}
    pack = {offer.key: offer.pack for offer in problem.offers}
    arrivals: dict[int, list[tuple[int, int]]] = {}
    for purchase in award.purchases:
        size = pack[purchase.item, purchase.supplier]
        arrival = lead[purchase.supplier], purchase.packs * size
        arrivals.setdefault(purchase.item, []).append(arrival)
    needs: dict[int, list[tuple[int, int]]] = {}
    for need in problem.needs:
        needs.setdefault(need.item, []).append((need.by_day, need.amount))
    for item, wanted in needs.items():
        for day, _ in wanted:
            needed = sum(amount for by_day, amount in wanted if by_day <= day)
            arrived = sum(amount for at, amount in arrivals.get(item, []) if at <= day)
            _must(arrived >= needed, item=item, day=day)


def _freight_is_paid_where_goods_are(problem: Problem, award: Award) -> None:
    terms = {supplier.number: supplier.freight for supplier in problem.suppliers}
    used = {purchase.supplier for purchase in award.purchases}
    _must(dict(award.freights) == {supplier: terms[supplier] for supplier in used})


def _suppliers_are_few_enough(problem: Problem, award: Award) -> None:
    used = {purchase.supplier for purchase in award.purchases}
    _must(problem.most_suppliers is None or len(used) <= problem.most_suppliers)


def _the_sums_are_right(award: Award) -> None:
    """Ensures that total, shares and lines say the same, and that no bound lies above the total."""
    paid = sum(purchase.cost for purchase in award.purchases) + sum(award.freights.values())
    _must(paid == award.total)
    _must(sum(share.pays for share in award.sheet.shares) == award.total)
    _must(sum(share.levelled for share in award.sheet.shares) == 0)
    _must(max(award.claimed_bound, award.certified_bound) <= award.total)


def _the_shares_are_right(problem: Problem, award: Award) -> None:
    """Ensures each member's amounts, one unit price for all to the won, and lines that add up."""
    needed: dict[tuple[int, int], int] = {}
    for need in problem.needs:
        key = need.member, need.item
        needed[key] = needed.get(key, 0) + need.amount
    lines = award.sheet.lines
    _must({(line.member, line.item): line.amount for line in lines} == needed)
    _must(len(lines) == len(needed))
    goods = _sums((line.member, line.goods) for line in lines)
    freight = _sums((line.member, line.freight) for line in lines)
    for share in award.sheet.shares:
        _must(share.goods == goods[share.member], member=share.member)
        _must(share.freight == freight[share.member], member=share.member)
    cost = _sums((purchase.item, purchase.cost) for purchase in award.purchases)
    amount = _sums((line.item, line.amount) for line in lines)
    for line in lines:
        exact = cost[line.item] * line.amount
        _must(abs(line.goods * amount[line.item] - exact) < amount[line.item], item=line.item)


def _sums(pairs: Iterable[tuple[int, int]]) -> Mapping[int, int]:
    sums: dict[int, int] = {}
    for key, number in pairs:
        sums[key] = sums.get(key, 0) + number
    return sums


def _must(holds: bool, **where: int) -> None:
    if not holds:
        shown = ", ".join(f"{name} {number}" for name, number in where.items())
        raise Unproven("buy.award_wrong", where=shown)

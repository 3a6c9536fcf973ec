"""
The allocation sheet: what each member pays of a round, and that it is no more than alone.

An item has one unit price for all: its cost is split by amount, and each supplier's freight
by the value of what the supplier brings and then by amount, all by largest remainder.
While a supplier's average price does not rise with volume, nobody can do better alone.
Fixed freight, minimum orders or an urgent neighbour can break that: then the members
above their own cost alone are brought down to it, and those who gain most carry it, in
proportion to their gain. Ties go to the lower member number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dure.buy.engine.problem import Need
from dure.kernel.money import Won, split_by_weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What is paid to suppliers: goods by (item, supplier), freight by supplier."""

    goods: Mapping[tuple[int, int], Won]
    freights: Mapping[int, Won]

    @property
    def total(self) -> Won:
        """Give goods and freight together."""
        return Won(sum(self.goods.values()) + sum(self.freights.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class AloneCost:
    """What a member would pay alone: the best purchase found, and what is proved to be less."""

    cost: Won
    bound: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A member's part of one item."""

    member: int
    item: int
    amount: int
    goods: Won
    freight: Won


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one member pays. `levelled` is carried for others or, negative, relieved by them."""

    member: int
    goods: Won
    freight: Won
    levelled: Won
    alone: AloneCost | None

    @property
    def pays(self) -> Won:
        """Give what the member pays without VAT."""
        return Won(self.goods + self.freight + self.levelled)

    @property
    def is_proved(self) -> bool:
        """Say whether integers alone prove that the member pays no more than alone."""
        return self.alone is not None and self.pays <= self.alone.bound

    @property
    def is_no_worse(self) -> bool:
        """Say whether the member pays no more than the best that the solver found for it alone."""
        return self.alone is None or self.pays <= self.alone.cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The whole round on one page: lines by member and item, shares by member."""

    lines: tuple[Line, ...]
    shares: tuple[Share, ...]


def shared_out(needs: Sequence[Need], bought: Spending, alone: Mapping[int, AloneCost]) -> Sheet:
    """Share out a round to the won: the members' payments add up to what suppliers get."""
    amounts = _amounts(needs)
    costs = _cost_of_items(bought)
    goods = {item: split_by_weight(costs[item], amounts[item]) for item in amounts}
    freight = _freight_by_member(bought, amounts)
    lines = tuple(
        Line(
            member=member,
            item=item,
            amount=amounts[item][member],
            goods=goods[item][member],
            freight=freight[item][member],
        )
        for member, item in sorted((who, item) for item in amounts for who in amounts[item])
    )
    return Sheet(lines=lines, shares=_shares(lines, alone))


def _amounts(needs: Sequence[Need]) -> dict[int, dict[int, int]]:
    amounts: dict[int, dict[int, int]] = {}
    for need in needs:
        of_item = amounts.setdefault(need.item, {})
        of_item[need.member] = of_item.get(need.member, 0) + need.amount
    return amounts


def _cost_of_items(bought: Spending) -> dict[int, Won]:
    costs: dict[int, Won] = {}
    for (item, _), cost in bought.goods.items():
        costs[item] = Won(costs.get(item, 0) + cost)
    return costs


def _freight_by_member(
    bought: Spending, amounts: Mapping[int, Mapping[int, int]]
) -> dict[int, dict[int, Won]]:
    parts = {item: dict.fromkeys(amounts[item], Won(0)) for item in amounts}
    for supplier, freight in sorted(bought.freights.items()):
        values = {item: cost for (item, other), cost in bought.goods.items() if other == supplier}
        weights = values if any(values.values()) else dict.fromkeys(values, 1)
        for item, part in split_by_weight(freight, weights).items():
            for member, won in split_by_weight(part, amounts[item]).items():
                parts[item][member] = Won(parts[item][member] + won)
    return parts


def _shares(lines: Sequence[Line], alone: Mapping[int, AloneCost]) -> tuple[Share, ...]:
    goods: dict[int, int] = {}
    freight: dict[int, int] = {}
    for line in lines:
        goods[line.member] = goods.get(line.member, 0) + line.goods
        freight[line.member] = freight.get(line.member, 0) + line.freight
    levelled = _levelled({who: goods[who] + freight[who] for who in goods}, alone)
    return tuple(
        Share(
            member=member,
            goods=Won(goods[member]),
            freight=Won(freight[member]),
            levelled=levelled[member],
            alone=alone.get(member),
        )
        for member in sorted(goods)
    )


def _levelled(pays: Mapping[int, int], alone: Mapping[int, AloneCost]) -> dict[int, Won]:
    """Bring nobody above its cost alone, as far as the others' gains reach."""
    change = dict.fromkeys(pays, Won(0))
    over = {who: pays[who] - alone[who].cost for who in alone if pays[who] > alone[who].cost}
    gain = {who: alone[who].cost - pays[who] for who in alone if pays[who] < alone[who].cost}
    moved = Won(min(sum(over.values()), sum(gain.values())))
    if moved:
        for who, won in split_by_weight(moved, over).items():
            change[who] = Won(-won)
        for who, won in split_by_weight(moved, gain).items():
            change[who] = won
    return change

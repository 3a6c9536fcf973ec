"""
Clusters that keep coming back, and what two of them could make that nobody offers yet.

    made      cups, four times    A forms, B glazes, C packs
              bags, three times   D prints, C packs
    standing  A, B, C (four orders) and C, D (three): who goes well with whom, and how well it went
    idea      cups and bags, joined where C packs: no product of the catalogue has all of forming,
              glazing, printing and packing

A group stands where the same members made LEAST_ORDERS or more orders together. Of groups inside
one another the larger is told, unless it made less than two thirds of the smaller one's orders, or
the smaller one makes a product of its own.
An idea joins two products, each made by the whole of a group that stands, at a process that one
member does in both: that member knows both sides, and neither side needs a stranger's skill.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from itertools import combinations

from dure.match.engine.quality import Inspected, expected_failures_bp, faded

LEAST_ORDERS = 3
MOST_FIRMS = 8
MOST_GROUPS, MOST_SETS = 200, 20_000
BP = 10_000
# Before anything is known of it, a group is on time as if it had been four times in five.
PRIOR_ORDERS, PRIOR_ON_TIME = 5, 4

Links = frozenset[tuple[str, str]]


class StandingState(StrEnum):
    """What became of a suggestion."""

    OPEN = "open"  # not all have answered
    TAKEN_UP = "taken_up"  # all whom it concerns want it
    LEFT = "left"  # somebody does not; nobody is told who


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A step of an order, or a lot of it: its process, who did it, the processes before it."""

    process: str
    firm: int
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An order that was made, by number. on_time: None until it is delivered."""

    order: int
    product: str
    parts: tuple[Part, ...]
    on: date
    on_time: bool | None
    pieces: int = 0
    failed: int = 0

    @property
    def firms(self) -> frozenset[int]:
        """Give who made it."""
        return frozenset(part.firm for part in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """
    Members who keep making orders together, by number, with what shows it.

    roles: the processes that each did in these orders. products: those of which the group is all
    the makers. on_time of timed orders; failed of pieces inspected. strength only ranks.
    """

    firms: tuple[int, ...]
    roles: Mapping[int, tuple[str, ...]]
    products: tuple[str, ...]
    orders: tuple[int, ...]
    latest: date
    on_time: int
    timed: int
    pieces: int
    failed: int
    strength: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Idea:
    """
    A product that two groups could offer together: theirs, joined at a process that `hinge` does.

    processes: all of it, in an order in which it can be made. firms: who would make it.
    """

    sides: tuple[Standing, Standing]
    products: tuple[str, str]
    at: str
    hinge: int
    processes: tuple[str, ...]
    links: Links
    firms: tuple[int, ...]


def standing_groups(history: Sequence[Made], *, today: date) -> tuple[Standing, ...]:
    """Give the groups that keep coming back, the strongest first."""
    teams = [made.firms for made in history]
    found = [
        _standing(firms, [made for at, made in enumerate(history) if orders >> at & 1], today)
        for orders, firms in _recurring(teams).items()
        if 2 <= len(firms) <= MOST_FIRMS
    ]
    found.sort(key=lambda group: (-len(group.firms), group.firms))
    kept: list[Standing] = []
    for group in found:
        if group.products or not any(_says_it_already(other, group) for other in kept):
            kept.append(group)
    kept.sort(key=lambda group: (-group.strength, group.firms))
    return tuple(kept[:MOST_GROUPS])


def ideas(
    groups: Sequence[Standing], history: Sequence[Made], offered: Iterable[frozenset[str]]
) -> tuple[Idea, ...]:
    """
    Give products that groups could offer and nobody does, those of the strongest groups first.

    offered: the processes of each product of the catalogue, all variants together.
    """
    whole = [(group, product) for group in groups for product in group.products]
    latest = {(made.product, made.firms): made for made in sorted(history, key=lambda m: m.order)}
    shown = list(offered)
    found = []
    for (one, first), (other, second) in combinations(whole, 2):
        if first == second:
            continue
        made = latest[first, frozenset(one.firms)], latest[second, frozenset(other.firms)]
        idea = _joined((one, other), made)
        if idea and not any(set(idea.processes) <= each for each in shown):
            found.append(idea)
    found.sort(key=lambda idea: (-min(side.strength for side in idea.sides), idea.products))
    return tuple(found)


def _recurring(teams: Sequence[frozenset[int]]) -> dict[int, frozenset[int]]:
    """Give each set of LEAST_ORDERS or more orders (as bits) with all firms that are in each."""
    occurs: dict[int, int] = defaultdict(int)
    for at, team in enumerate(teams):
        for firm in team:
            occurs[firm] |= 1 << at
    ahead = [orders for _, orders in sorted(occurs.items())]
    found: dict[int, frozenset[int]] = {}
    while ahead and len(found) < MOST_SETS:
        orders = ahead.pop()
        if orders in found or orders.bit_count() < LEAST_ORDERS:
            continue
        among = teams[(orders & -orders).bit_length() - 1]
        found[orders] = frozenset(firm for firm in among if orders & ~occurs[firm] == 0)
        near = {firm for at, team in enumerate(teams) if orders >> at & 1 for firm in team}
        ahead += [orders & occurs[firm] for firm in sorted(near - found[orders])]
    return found


def _standing(firms: frozenset[int], made: Sequence[Made], today: date) -> Standing:
    roles: dict[int, dict[str, None]] = {firm: {} for firm in sorted(firms)}
    for order in made:
        for part in order.parts:
            if part.firm in firms:
                roles[part.firm][part.process] = None
    whole = [order.product for order in made if order.firms == firms]
    timed = [order.on_time for order in made if order.on_time is not None]
    seen = [Inspected(on=order.on, pieces=order.pieces, failed=order.failed) for order in made]
    good = BP - expected_failures_bp(seen, today=today)
    prompt = BP * (PRIOR_ON_TIME + sum(timed)) // (PRIOR_ORDERS + len(timed))
    return Standing(
        firms=tuple(sorted(firms)),
        roles={firm: tuple(processes) for firm, processes in roles.items()},
        products=tuple(p for p in sorted(set(whole)) if whole.count(p) >= LEAST_ORDERS),
        orders=tuple(sorted(order.order for order in made)),
        latest=max(order.on for order in made),
        on_time=sum(timed),
        timed=len(timed),
        pieces=sum(order.pieces for order in made),
        failed=sum(order.failed for order in made),
        strength=sum(faded(order.on, today) for order in made) * prompt * good // BP**2,
    )


def _says_it_already(larger: Standing, group: Standing) -> bool:
    return set(group.firms) < set(larger.firms) and 3 * len(larger.orders) >= 2 * len(group.orders)


def _joined(sides: tuple[Standing, Standing], made: tuple[Made, Made]) -> Idea | None:
    """Join what two groups make at the last process that one member does in both."""
    if any(_comes_twice(each) for each in made):
        return None  # there is no one place to join at
    first, second = (_makers(each) for each in made)
    shared = [name for name in first if len(first[name]) == 1 and first[name] == second.get(name)]
    if not shared or first.keys() <= second.keys() or second.keys() <= first.keys():
        return None
    links: Links = frozenset(
        (before, part.process) for each in made for part in each.parts for before in part.after
    )
    every = {name: {b for b, a in links if a == name} for name in sorted({*first, *second})}
    try:
        processes = tuple(TopologicalSorter(every).static_order())
    except CycleError:
        return None
    at = max(shared, key=processes.index)
    return Idea(
        sides=sides,
        products=(made[0].product, made[1].product),
        at=at,
        hinge=min(first[at]),
        processes=processes,
        links=links,
        firms=tuple(sorted({*sides[0].firms, *sides[1].firms})),
    )


def _makers(made: Made) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for part in made.parts:
        found.setdefault(part.process, set()).add(part.firm)
    return found


def _comes_twice(made: Made) -> bool:
    """Say whether two steps of an order have one process; lots of one step do not count."""
    ways = {(part.process, part.after) for part in made.parts}
    return len(ways) > len(_makers(made))

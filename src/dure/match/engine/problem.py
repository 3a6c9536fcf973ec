"""
The optimum that is sought: a member for each lot of each task, least won in all.

    node  price + expected remaking + fair share
    edge  minutes on the road from one task's member to the next · won a road minute
    way   minutes on the ways through the order · won a minute · their part of the flow

Expected remaking is the price times the expected failures. Fair share makes a member
dearer by fair_bp of its price for each full share of the members' work it has had.

A way goes from a first lot to a last; it counts each lot's machine minutes, the rest after it
and the road to the next. The flow says how much each way weighs, in 64 parts: on a chain there
is one way, with all of them; elsewhere it lies on those that would be the longest. Costs are
sought in 64ths of a won.

Two tasks do not get one row's minutes twice; lots of one task go to different members; a
region gets no more lots than its cap.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from dure.kernel import coarse
from dure.match.engine.coop import Coop
from dure.match.engine.need import Need
from dure.match.engine.places import Places
from dure.match.engine.shelf import Column, Mask, Shelf
from dure.match.engine.sieve import Sieve
from dure.match.engine.weights import Weights

BP = 10_000
WAY = 64  # parts of the flow over the ways through an order, and of a won
NEVER = 2**60  # more than any cluster costs, in parts of a won


@dataclass(frozen=True, slots=True)
class Flow:
    """
    How much each way through the order weighs: the slots that it goes through, and its parts.

    at: the parts through each slot. along: over each edge.
    """

    ways: tuple[tuple[tuple[int, ...], int], ...]
    at: tuple[int, ...]
    along: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """
    One lot of a task, and all who could do it, by member number.

    label: their places among all who could. rows: where they stand on the
    shelf. won: price and what is added to it; spent: the price
    alone. free: minutes that the row has. spots: metres east and
    north, and number of the spot, a row each.
    """

    task: int
    quantity: int
    label: Column
    rows: Column
    member: Column
    place: Column
    region: Column
    won: Column
    spent: Column
    minutes: Column
    free: Column
    spots: Column

    def __len__(self) -> int:
        return len(self.rows)

    def kept(self, mask: Mask | Column) -> "Slot":
        """Give the slot with only some of its rows."""
        return Slot(
            self.task,
            self.quantity,
            self.label[mask],
            self.rows[mask],
            self.member[mask],
            self.place[mask],
            self.region[mask],
            self.won[mask],
            self.spent[mask],
            self.minutes[mask],
            self.free[mask],
            self.spots[:, mask],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """
    Slots in order, the edges between them, and what weighs.

    before: for each slot the slots that it builds on. rest: minutes after each. same: pairs
    of slots on one shelf, that could want one row's minutes. lots: pairs of one task's lots.
    flow: where minutes weigh, on which ways. differs: earlier choices, each a
    member a slot; at most `agrees` slots repeat one of them.
    """

    places: Places
    slots: tuple[Slot, ...]
    before: tuple[tuple[int, ...], ...]
    rest: tuple[int, ...]
    same: tuple[tuple[int, int], ...]
    lots: tuple[tuple[int, int], ...]
    caps: dict[int, int]
    road_won: int
    minute_won: int
    flow: Flow
    differs: tuple[tuple[int, ...], ...] = ()
    agrees: int = 0

    @property
    def edges(self) -> tuple[tuple[int, int], ...]:
        """Give each pair of slots between which goods are carried."""
        return tuple((u, v) for v, sources in enumerate(self.before) for u in sources)

    def kept(self, masks: Sequence[Mask | Column]) -> "Problem":
        """Give the same problem with only some of the rows of each slot."""
        slots = tuple(slot.kept(mask) for slot, mask in zip(self.slots, masks, strict=True))
        return replace(self, slots=slots)

    def weighed(self, weights: Weights) -> "Problem":
        """Give the same problem with other weights."""
        return replace(self, road_won=weights.road, minute_won=weights.minute)

    def flowing(self, ways: Mapping[tuple[int, ...], int]) -> "Problem":
        """Give the same problem with the flow along some ways, each with its parts."""
        at, along = [0] * len(self.slots), dict.fromkeys(self.edges, 0)
        for way, parts in ways.items():
            for slot in way:
                at[slot] += parts
            for step in pairwise(way):
                along[step] += parts
        return replace(self, flow=Flow(tuple(ways.items()), tuple(at), tuple(along.values())))

    def differing(self, earlier: Sequence[Sequence[int]]) -> "Problem":
        """Give the same problem, to be answered otherwise: a third of the slots at least differ."""
        agrees = len(self.slots) - -(-len(self.slots) // 3)
        return replace(self, differs=tuple(map(tuple, earlier)), agrees=agrees)

    def roads(self, picks: Sequence[int]) -> list[dict[int, int]]:
        """Give for each slot the minutes on the road from each slot before it."""
        place = [int(slot.place[pick]) for slot, pick in zip(self.slots, picks, strict=True)]
        here = np.array(place, dtype=np.int64)
        minutes = self.places.minutes(here, here)
        return [
            {source: int(minutes[source, at]) for source in sources}
            for at, sources in enumerate(self.before)
        ]

    def longest(self, picks: Sequence[int]) -> tuple[int, tuple[int, ...]]:
        """Give the minutes of the longest way through the order, and the slots on it."""
        ends: list[int] = []
        came: list[int | None] = []
        for at, roads in enumerate(self.roads(picks)):
            arrivals = {
                source: ends[source] + self.rest[source] + road for source, road in roads.items()
            }
            last = max(arrivals, key=lambda source: (arrivals[source], -source), default=None)
            came.append(last)
            minutes = int(self.slots[at].minutes[picks[at]])
            ends.append(minutes + (arrivals[last] if last is not None else 0))
        step: int | None = max(range(len(ends)), key=lambda at: (ends[at], -at))
        whole, way = ends[step or 0], []
        while step is not None:
            way.append(step)
            step = came[step]
        return whole, tuple(reversed(way))

    def cost(self, picks: Sequence[int]) -> int:
        """Give the cost of a choice in parts of a won, counted anew from nothing but it."""
        won = sum(int(slot.won[pick]) for slot, pick in zip(self.slots, picks, strict=True))
        roads = self.roads(picks)
        road = sum(sum(each.values()) for each in roads)
        minutes = sum(
            parts * int(slot.minutes[pick])
            for slot, pick, parts in zip(self.slots, picks, self.flow.at, strict=True)
        )
        for parts, (u, v) in zip(self.flow.along, self.edges, strict=True):
            minutes += parts * (self.rest[u] + roads[v][u])
        return WAY * (won + road * self.road_won) + minutes * self.minute_won

    def allows(self, picks: Sequence[int]) -> bool:
        """Say whether a choice keeps to the rules between slots."""
        who = self.members(picks)
        row = [int(slot.rows[pick]) for slot, pick in zip(self.slots, picks, strict=True)]
        if any(who[u] == who[v] for u, v in self.lots):
            return False
        wanted: dict[int, set[int]] = {}
        for u, v in self.same:
            if row[u] == row[v]:
                wanted.setdefault(u, {u}).add(v)
        for first, crowd in wanted.items():
            minutes = sum(int(self.slots[at].minutes[picks[at]]) for at in crowd)
            if minutes > int(self.slots[first].free[picks[first]]):
                return False
        regions = [int(slot.region[pick]) for slot, pick in zip(self.slots, picks, strict=True)]
        if any(regions.count(region) > most for region, most in self.caps.items()):
            return False
        return all(
            sum(ours == theirs for ours, theirs in zip(who, other, strict=True)) <= self.agrees
            for other in self.differs
        )

    def members(self, picks: Sequence[int]) -> tuple[int, ...]:
        """Give the member of each slot."""
        return tuple(int(slot.member[pick]) for slot, pick in zip(self.slots, picks, strict=True))


def pose(
    coop: Coop,
    need: Need,
    weights: Weights,
    lots: Sequence[int] | None = None,
    sieve: Sieve | None = None,
) -> Problem:
    """Pose the problem of a need, each task in so many lots; a slot may have nobody."""
    sieve = sieve or Sieve(coop, need)
    counts = list(lots) if lots is not None else [task.firms_least for task in need.tasks]
    slots: list[Slot] = []
    of_task: list[list[int]] = []
    for place, (task, count) in enumerate(zip(need.tasks, counts, strict=True)):
        of_task.append(list(range(len(slots), len(slots) + count)))
        slots += [_slot(sieve, place, quantity) for quantity in split(task.quantity, count)]
    place_of = {task.code: number for number, task in enumerate(need.tasks)}
    sources = [
        tuple(at for code in need.tasks[slot.task].after for at in of_task[place_of[code]])
        for slot in slots
    ]
    order = _narrow_order(sources)
    moved = {slot: at for at, slot in enumerate(order)}
    process = [need.tasks[slots[at].task].process for at in order]
    placed = tuple(slots[at] for at in order)
    return Problem(
        places=coop.places,
        slots=placed,
        before=tuple(tuple(sorted(moved[source] for source in sources[at])) for at in order),
        rest=tuple(need.tasks[slot.task].rest_minutes for slot in placed),
        same=tuple(_pairs(process)),
        lots=tuple(_pairs([slot.task for slot in placed])),
        caps=_caps(need, coop.places),
        road_won=weights.road,
        minute_won=weights.minute,
        flow=Flow((), (0,) * len(placed), (0,) * sum(len(each) for each in sources)),
    )


def split(quantity: int, lots: int) -> list[int]:
    """Split a quantity into lots as equal as can be, the larger first."""
    return [quantity // lots + (number < quantity % lots) for number in range(lots)]


def _slot(sieve: Sieve, place: int, quantity: int) -> Slot:
    coop, need = sieve.coop, sieve.need
    asked, rows = sieve.ask(need.tasks[place], quantity)
    shelf = asked.shelf
    spent = weighed(need, shelf, rows, quantity)
    share = coop.members.share_bp[shelf.at("who", rows)]
    here = shelf.at("place", rows)
    return Slot(
        place,
        quantity,
        np.arange(len(rows)),
        rows,
        shelf.at("member", rows),
        here,
        coop.places.region[here],
        spent + spent * shelf.at("fails_bp", rows) // BP + spent * need.fair_bp // BP * share // BP,
        spent,
        asked.minutes[rows],
        asked.free[rows],
        _spots(coop.places, here),
    )


def _spots(places: Places, here: Column) -> Column:
    east, north = places.east[here], places.north[here]
    return np.stack([east, north, places.spot[here]])


def weighed(need: Need, shelf: Shelf, rows: Column, quantity: int) -> Column:
    """Give the price with which each row weighs: by its rate card, in steps where they count."""
    if not need.is_coarse:
        return shelf.price(rows, quantity)
    return in_steps(shelf.at("setup_won", rows)) + in_steps(shelf.at("unit_won", rows)) * quantity


def in_steps(won: Column) -> Column:
    """Give each rate as the step that lies nearest, as `kernel.coarse` does."""
    return STEPS[np.searchsorted(FROM, won, side="right")]


STEPS = np.array(coarse.STEPS, dtype=np.int64)
FROM = np.array(coarse.FROM, dtype=np.int64)


def _caps(need: Need, places: Places) -> dict[int, int]:
    caps = {}
    for number, name in enumerate(places.regions):
        most = need.caps.get(name, need.most_in_region if name else None)
        if most is not None:
            caps[number] = most
    return caps


def _pairs(names: Sequence[object]) -> list[tuple[int, int]]:
    return [(u, v) for v, name in enumerate(names) for u in range(v) if names[u] == name]


def _narrow_order(before: Sequence[tuple[int, ...]]) -> list[int]:
    """Order slots so that few stay open at a time: those whose output is still to be carried."""
    after = [
        {later for later, sources in enumerate(before) if at in sources}
        for at in range(len(before))
    ]
    done: list[int] = []
    while len(done) < len(before):
        ready = [at for at in range(len(before)) if at not in done and set(before[at]) <= set(done)]
        done.append(min(ready, key=lambda at: (_still_open([*done, at], after), at)))
    return done


def _still_open(done: Sequence[int], after: Sequence[set[int]]) -> int:
    """Count those whose output is still to be carried to one that is not done."""
    return sum(bool(after[at] - set(done)) for at in done)

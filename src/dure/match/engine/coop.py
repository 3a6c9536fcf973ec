"""
The cooperative as the match sees it: one row a capability, in columns, by process.

    coop = Coop.of(skills)
    coop.rows("ceramic-firing")              the rows 120 .. 130
    coop.at("member", those)                 their member numbers, ascending

19,000 firms with 20 capabilities are 380,000 rows of 14 columns, about 45 MB. A
process's rows are one slice, so that a filter is a handful of vector operations.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

MAP_SIDE = 12  # cells along each side of the coarse map

Column = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

COLUMNS = (
    "member",
    "lot_min",
    "lot_max",
    "setup_minutes",
    "minutes_per_100",
    "setup_won",
    "unit_won",
    "east_m",
    "north_m",
    "free_minutes",
    "fails_bp",
    "share_bp",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """
    One member's capability for one process, with all that the match weighs.

    free_minutes: machine minutes left until the need is due. fails_bp: pieces in 10,000 that
    its history lets expect to fail. share_bp: its share of the members' work so far, 10,000
    being exactly its fair one.
    """

    member: int
    process: str
    lot_min: int
    lot_max: int
    setup_minutes: int
    minutes_per_100: int
    setup_won: int
    unit_won: int
    east_m: int
    north_m: int
    licences: frozenset[str] = field(default_factory=frozenset)
    free_minutes: int = 10**9
    fails_bp: int = 0
    share_bp: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Roads:
    """Minutes on the road: handling at both ends, then so many metres a minute."""

    handling_minutes: int = 15
    metres_a_minute: int = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Coop:
    """
    The rows, sorted by process, then member number, then as given.

    origin: the place of each row among the skills it was made of. permits: a bit for
    each kind of licence, as `bits` names them. cell: where each row stands on a coarse map;
    cell_road: minutes that the road between two cells takes at least.
    """

    slices: dict[str, slice]
    columns: dict[str, Column]
    permits: Column
    bits: dict[str, int]
    origin: Column
    roads: Roads
    cell: Column
    cell_road: Column

    @classmethod
    def of(cls, skills: Sequence[Skill], roads: Roads | None = None) -> "Coop":
        """Lay skills out in columns."""
        kinds = sorted({kind for skill in skills for kind in skill.licences})
        bits = {kind: 1 << place for place, kind in enumerate(kinds)}
        columns = {
            name: np.array([getattr(skill, name) for skill in skills], dtype=np.int64)
            for name in COLUMNS
        }
        permits = np.array(
            [sum(bits[kind] for kind in skill.licences) for skill in skills], dtype=np.int64
        )
        return cls.laid_out([skill.process for skill in skills], columns, permits, bits, roads)

    @classmethod
    def laid_out(
        cls,
        processes: Sequence[str],
        columns: dict[str, Column],
        permits: Column,
        bits: dict[str, int],
        roads: Roads | None = None,
    ) -> "Coop":
        """Sort columns that stand already: how a large cooperative is loaded."""
        names, which = np.unique(np.array(processes, dtype=np.str_), return_inverse=True)
        order = np.lexsort((np.arange(len(which)), columns["member"], which))
        ends = np.searchsorted(which[order], np.arange(len(names) + 1))
        slices = {
            str(name): slice(int(ends[place]), int(ends[place + 1]))
            for place, name in enumerate(names)
        }
        ordered = {name: column[order] for name, column in columns.items()}
        cell, boxes = on_a_map(ordered["east_m"], ordered["north_m"])
        return cls(
            slices=slices,
            columns=ordered,
            permits=permits[order],
            bits=bits,
            origin=order.astype(np.int64),
            roads=roads or Roads(),
            cell=cell,
            cell_road=least_minutes(boxes, roads or Roads()),
        )

    def rows(self, process: str) -> Column:
        """Give the rows that have a process."""
        found = self.slices.get(process, slice(0, 0))
        return np.arange(found.start, found.stop, dtype=np.int64)

    def at(self, name: str, rows: Column) -> Column:
        """Give a column at some rows."""
        return self.columns[name][rows]

    def minutes(self, rows: Column, quantity: int) -> Column:
        """Give the machine minutes of a lot at each row, set-up included, rounded up."""
        running = -(-quantity * self.at("minutes_per_100", rows) // 100)
        return self.at("setup_minutes", rows) + running

    def price(self, rows: Column, quantity: int) -> Column:
        """Give the price of a lot at each row, by the members' own rate cards."""
        return self.at("setup_won", rows) + self.at("unit_won", rows) * quantity

    def road_minutes(self, here: Column, there: Column) -> Column:
        """Give the minutes from each row of here (down) to each row of there (across)."""
        metres = self._apart("east_m", here, there) + self._apart("north_m", here, there)
        minutes = self.roads.handling_minutes - (-metres // self.roads.metres_a_minute)
        return np.where(metres == 0, 0, minutes)

    def _apart(self, name: str, here: Column, there: Column) -> Column:
        return np.abs(self.at(name, here)[:, None] - self.at(name, there)[None, :])


def on_a_map(east: Column, north: Column) -> tuple[Column, Column]:
    """
    Put rows into cells: each building is one while they are few, else squares of a map.

    Gives the cell of each row, and each cell's west, east, south and north ends in metres.
    """
    found, cell = np.unique((east << 32) + north, return_inverse=True)
    if len(found) > MAP_SIDE * MAP_SIDE:
        squares = _square(east) * MAP_SIDE + _square(north)
        found, cell = np.unique(squares, return_inverse=True)
    cell = cell.astype(np.int64)
    boxes = np.empty((len(found), 4), dtype=np.int64)
    for column, ends in ((east, (0, 1)), (north, (2, 3))):
        low, high = np.full(len(found), np.iinfo(np.int64).max), np.full(len(found), -(2**62))
        np.minimum.at(low, cell, column)
        np.maximum.at(high, cell, column)
        boxes[:, ends[0]], boxes[:, ends[1]] = low, high
    return cell, boxes


def least_minutes(boxes: Column, roads: Roads) -> Column:
    """Give the minutes that the road from one cell to another takes at least."""
    metres = _gap(boxes[:, 0], boxes[:, 1]) + _gap(boxes[:, 2], boxes[:, 3])
    minutes = roads.handling_minutes - (-metres // roads.metres_a_minute)
    return np.where(metres == 0, 0, minutes)


def _square(metres: Column) -> Column:
    wide = (int(metres.max()) - int(metres.min())) // MAP_SIDE + 1
    return (metres - metres.min()) // wide


def _gap(low: Column, high: Column) -> Column:
    apart = np.maximum(low[None, :] - high[:, None], low[:, None] - high[None, :])
    return np.maximum(apart, 0)

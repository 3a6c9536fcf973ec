"""
Where members work: places in metres, and a coarse map of at most 128 cells over them.

Members stand in buildings: a cooperative of 10,000 has a hundred places. Where there are
more, the places are halved again and again, along the longer side, into cells of as
many places each. The road between two cells takes at least what their nearest corners ask for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Column = npt.NDArray[np.int64]

CELLS = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Roads:
    """Minutes on the road: handling at both ends, then so many metres a minute."""

    handling_minutes: int = 15
    metres_a_minute: int = 250

    def minutes(self, metres: Column) -> Column:
        """Give the minutes for so many metres, rounded up; none where there is no way to go."""
        taken = self.handling_minutes - (-metres // self.metres_a_minute)
        return np.where(metres == 0, 0, taken)


@dataclass(frozen=True, slots=True)
class Places:
    """
    The places, each once. cell: of each place; boxes: west, east, south, north of each cell.

    number: the place by its metres and region. cell_minutes: what a road between cells takes
    at least.
    """

    east: Column
    north: Column
    region: Column
    regions: tuple[str, ...]
    cell: Column
    boxes: Column
    cell_minutes: Column
    roads: Roads
    number: Mapping[tuple[int, int, int], int]

    @property
    def nbytes(self) -> int:
        """Count the bytes of all columns."""
        held = self.east.nbytes + self.north.nbytes + self.region.nbytes + self.cell.nbytes
        return held + self.boxes.nbytes + self.cell_minutes.nbytes

    def minutes(self, here: Column, there: Column) -> Column:
        """Give the minutes from each place of here (down) to each of there (across)."""
        east = np.abs(self.east[here][:, None] - self.east[there][None, :])
        north = np.abs(self.north[here][:, None] - self.north[there][None, :])
        return self.roads.minutes(east + north)

    def placed(self, east: int, north: int, region: str) -> tuple["Places", int]:
        """Give the places with one more, and its number; the same places where it is known."""
        regions = self.regions if region in self.regions else (*self.regions, region)
        key = (east, north, regions.index(region))
        if key in self.number:
            return self, self.number[key]
        far = _gap_to(self.boxes, east, north)
        cell = int(far.argmin()) if len(far) else 0
        boxes = self.boxes if len(far) else np.array([[east, east, north, north]], dtype=np.int64)
        boxes = boxes.copy()
        boxes[cell] = _stretched(boxes[cell], east, north)
        added = replace(
            self,
            east=np.append(self.east, east),
            north=np.append(self.north, north),
            region=np.append(self.region, key[2]),
            regions=regions,
            cell=np.append(self.cell, cell),
            boxes=boxes,
            cell_minutes=_between(boxes, self.roads),
            number={**self.number, key: len(self.east)},
        )
        return added, len(self.east)


def of_rows(
    east: Column, north: Column, regions: Sequence[str] | None, roads: Roads
) -> tuple[Column, Places]:
    """Give the place of each row, and the places."""
    rows = len(east)
    if regions is None:
        names, region = np.array([""]), np.zeros(rows, dtype=np.int64)
    else:
        names, region = np.unique(np.asarray(regions, dtype=np.str_), return_inverse=True)
    spots = np.column_stack([east, north, region]).astype(np.int64)
    found, which = _unique_rows(spots)
    cell = _cells(found[:, 0], found[:, 1])
    boxes = _boxes(cell, found[:, 0], found[:, 1])
    places = Places(
        east=found[:, 0].copy(),
        north=found[:, 1].copy(),
        region=found[:, 2].copy(),
        regions=tuple(str(name) for name in names),
        cell=cell,
        boxes=boxes,
        cell_minutes=_between(boxes, roads),
        roads=roads,
        number={(e, n, r): at for at, (e, n, r) in enumerate(found.tolist())},
    )
    return which, places


def _unique_rows(spots: Column) -> tuple[Column, Column]:
    if not len(spots):
        return spots.reshape(0, 3), np.zeros(0, dtype=np.int64)
    order = np.lexsort((spots[:, 2], spots[:, 1], spots[:, 0]))
    ordered = spots[order]
    starts = np.r_[True, (ordered[1:] != ordered[:-1]).any(axis=1)]
    which = np.empty(len(spots), dtype=np.int64)
    which[order] = np.cumsum(starts) - 1
    return ordered[starts], which


def _cells(east: Column, north: Column) -> Column:
    """Give a cell to each place: each its own while they are few."""
    if len(east) <= CELLS:
        return np.arange(len(east), dtype=np.int64)
    parts = [np.arange(len(east))]
    while len(parts) < CELLS:
        parts = [half for part in parts for half in _halved(part, east, north)]
    cell = np.empty(len(east), dtype=np.int64)
    for number, part in enumerate(parts):
        cell[part] = number
    return cell


def _halved(part: Column, east: Column, north: Column) -> tuple[Column, Column]:
    wide, high = np.ptp(east[part]), np.ptp(north[part])
    along, across = (east, north) if wide >= high else (north, east)
    order = part[np.lexsort((across[part], along[part]))]
    return order[: len(order) // 2], order[len(order) // 2 :]


def _boxes(cell: Column, east: Column, north: Column) -> Column:
    count = int(cell.max()) + 1 if len(cell) else 0
    boxes = np.empty((count, 4), dtype=np.int64)
    for column, ends in ((east, (0, 1)), (north, (2, 3))):
        low, high = np.full(count, 2**62), np.full(count, -(2**62))
        np.minimum.at(low, cell, column)
        np.maximum.at(high, cell, column)
        boxes[:, ends[0]], boxes[:, ends[1]] = low, high
    return boxes


def _between(boxes: Column, roads: Roads) -> Column:
    metres = _gap(boxes[:, 0], boxes[:, 1]) + _gap(boxes[:, 2], boxes[:, 3])
    return roads.minutes(metres)


def _gap(low: Column, high: Column) -> Column:
    apart = np.maximum(low[None, :] - high[:, None], low[:, None] - high[None, :])
    return np.maximum(apart, 0)


def _gap_to(boxes: Column, east: int, north: int) -> Column:
    out = [
        np.maximum(np.maximum(boxes[:, low] - at, at - boxes[:, low + 1]), 0)
        for low, at in ((0, east), (2, north))
    ]
    return out[0] + out[1]


def _stretched(box: Column, east: int, north: int) -> Column:
    west, far_east, south, far_north = (int(end) for end in box)
    return np.array(
        [min(west, east), max(far_east, east), min(south, north), max(far_north, north)]
    )

"""Where members work: each place once, in metres, and the roads between them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from dure.match.engine.shelf import Column, Named


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
    The places, each once, with the number of its region. number: by metres and region.

    spot: the same number for places at the same metres, in whatever region.
    """

    east: Column
    north: Column
    region: Column
    spot: Column
    regions: tuple[str, ...]
    roads: Roads
    number: Mapping[tuple[int, int, int], int]

    @property
    def nbytes(self) -> int:
        """Count the bytes of all columns."""
        return self.east.nbytes + self.north.nbytes + self.region.nbytes + self.spot.nbytes

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
        same = np.flatnonzero((self.east == east) & (self.north == north))
        spot = self.spot[same[0]] if len(same) else len(self.spot)
        added = replace(
            self,
            east=np.append(self.east, east),
            north=np.append(self.north, north),
            region=np.append(self.region, key[2]),
            spot=np.append(self.spot, spot),
            regions=regions,
            number={**self.number, key: len(self.east)},
        )
        return added, len(self.east)


def of_rows(east: Column, north: Column, regions: Named, roads: Roads) -> tuple[Column, Places]:
    """Give the place of each row, and the places."""
    found, which = _distinct(east, north, regions.which)
    _, spot = _distinct(found[:, 0], found[:, 1])
    places = Places(
        east=found[:, 0].copy(),
        north=found[:, 1].copy(),
        region=found[:, 2].copy(),
        spot=spot,
        regions=regions.names,
        roads=roads,
        number={(e, n, r): at for at, (e, n, r) in enumerate(found.tolist())},
    )
    return which, places


def _distinct(*columns: Column) -> tuple[Column, Column]:
    """Give the distinct rows of some columns in order, and for each row which is its own."""
    key = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        low, high = (int(column.min()), int(column.max())) if len(column) else (0, 0)
        if len(key) and int(key.max()) >= 2**62 // (high - low + 1):
            key = np.unique(key, return_inverse=True)[1]
        key = key * (high - low + 1) + (column - low)
    _, first, which = np.unique(key, return_index=True, return_inverse=True)
    return np.column_stack([column[first] for column in columns]).astype(np.int64), which

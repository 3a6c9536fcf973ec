"""
A shelf: all who have one process, a row a capability, in columns.

19,000 firms with 20 capabilities are 380,000 rows of 18 columns, about 40 MB. A process's
rows stand together, so that a filter is a handful of vector operations.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Column = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

FOREVER = 2**31 - 1
UNLIMITED = 10**9
NUMBERS = (
    "lot_min",
    "lot_max",
    "setup_minutes",
    "minutes_per_100",
    "setup_won",
    "unit_won",
    "free_minutes",
    "fails_bp",
    "tolerance",
)
WON = frozenset({"setup_won", "unit_won"})
SIDES = ("longest_mm", "middle_mm", "shortest_mm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """
    One member's capability for one process, with all that the match weighs.

    free_minutes: machine minutes left for the need; windows: the same by days, each (first
    day, last day, minutes), which bound them where they are given. fails_bp: pieces in 10,000
    that its history lets expect to fail. share_bp: the member's share of the members' work so
    far, 10,000 being exactly its fair one. tolerance: the finest IT grade it holds (ISO 286).
    envelope_mm: the largest piece, its sides in any order. No materials: any. licences and
    certificates: each with its last day. refuses: buyers for whom it does not work. Days count
    as date.toordinal does.
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
    region: str = ""
    licences: Mapping[str, int] = field(default_factory=dict)
    certificates: Mapping[str, int] = field(default_factory=dict)
    materials: frozenset[str] = frozenset()
    envelope_mm: tuple[int, int, int] = (UNLIMITED, UNLIMITED, UNLIMITED)
    tolerance: int = 0
    free_minutes: int = UNLIMITED
    windows: tuple[tuple[int, int, int], ...] = ()
    fails_bp: int = 0
    share_bp: int = 0
    is_new: bool = False
    consents: bool = True
    refuses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Named:
    """A column of names: those that there are, in order, and for each row the place of its own."""

    names: tuple[str, ...]
    which: Column

    @classmethod
    def of(cls, values: Sequence[str]) -> "Named":
        """Lay names out: each is compared once, however many rows have it."""
        names = tuple(sorted(dict.fromkeys(values)))
        place = {name: at for at, name in enumerate(names)}
        which = np.fromiter(map(place.__getitem__, values), dtype=np.int64, count=len(values))
        return cls(names, which)

    def kept(self, rows: Column) -> "Named":
        """Give the same for some rows; a name that no row has stays known."""
        return Named(self.names, self.which[rows])


@dataclass(frozen=True, slots=True)
class Windows:
    """The free windows of a shelf: of each, its row, first and last day, and minutes."""

    row: Column
    first: Column
    last: Column
    minutes: Column

    def between(self, first_day: int, last_day: int) -> tuple[Column, Column]:
        """
        Give the rows that have windows, and the minutes that each has free between two days.

        Of a window that reaches past them, the part by days counts, rounded down. Windows of a
        row stand together.
        """
        days = np.minimum(self.last, last_day) - np.maximum(self.first, first_day) + 1
        whole = self.last - self.first + 1
        part = np.where(days >= whole, self.minutes, 0)
        cut = np.flatnonzero((days > 0) & (days < whole))
        part[cut] = self.minutes[cut] * days[cut] // whole[cut]
        starts = np.flatnonzero(np.diff(self.row, prepend=-1))
        return self.row[starts], np.add.reduceat(part, starts)


@dataclass(frozen=True, slots=True)
class Shelf:
    """
    All who have one process, by member number, then as given.

    origin: where each row stood among what the cooperative was made of. who: its member's
    place in the table of members. sets: the place of its materials among `Coop.materials`.
    """

    columns: Mapping[str, Column]
    windows: Windows | None = None

    def __len__(self) -> int:
        return len(self.columns["member"])

    def at(self, name: str, rows: Column) -> Column:
        """Give a column at some rows."""
        return self.columns[name][rows].astype(np.int64)

    def minutes(self, quantity: int) -> Column:
        """Give the machine minutes of a lot at each row, set-up included, rounded up."""
        running = -(-quantity * self.columns["minutes_per_100"].astype(np.int64) // 100)
        return self.columns["setup_minutes"] + running

    def price(self, rows: Column, quantity: int) -> Column:
        """Give the price of a lot at each row, by the members' own rate cards."""
        return self.at("setup_won", rows) + self.at("unit_won", rows) * quantity

    def free(self, first_day: int, last_day: int) -> Column:
        """Give the machine minutes that each row has free between two days."""
        from dure.match.engine.kernel import freed  # numba takes a second to load

        free = self.columns["free_minutes"].astype(np.int64)
        if (own := self.windows) is not None:
            freed(own.row, own.first, own.last, own.minutes, first_day, last_day, free)
        return free

    def kept(self, mask: Mask) -> "Shelf":
        """Give the shelf with only some of its rows."""
        columns = {name: column[mask] for name, column in self.columns.items()}
        if self.windows is None:
            return Shelf(columns)
        moved = np.cumsum(mask) - 1
        stays = mask[self.windows.row]
        windows = Windows(
            moved[self.windows.row[stays]],
            self.windows.first[stays],
            self.windows.last[stays],
            self.windows.minutes[stays],
        )
        return Shelf(columns, windows if len(windows.row) else None)


def windows_in(windows: Column, start: int, end: int) -> Windows | None:
    """Give the windows of the rows from start to end; None where there are none."""
    low, high = np.searchsorted(windows[:, 0], (start, end))
    if low == high:
        return None
    mine = windows[low:high]
    return Windows(mine[:, 0] - start, mine[:, 1], mine[:, 2], mine[:, 3])


def replaced(
    shelf: Shelf,
    member: int,
    rows: Sequence[Mapping[str, int]],
    windows: Iterable[tuple[int, int, int, int]],
) -> Shelf:
    """Give a shelf in which a member has these rows."""
    others = shelf.kept(shelf.columns["member"] != member)
    if not rows:
        return others
    at = int(np.searchsorted(others.columns["member"], member))
    columns = {
        name: np.insert(column, at, np.array([row[name] for row in rows], dtype=column.dtype))
        for name, column in others.columns.items()
    }
    moved = np.array([(row + at, *rest) for row, *rest in windows], dtype=np.int64).reshape(-1, 4)
    if others.windows is not None:
        old = others.windows
        later = old.row + np.where(old.row >= at, len(rows), 0)
        kept = np.column_stack([later, old.first, old.last, old.minutes])
        moved = np.concatenate([moved, kept])
        moved = moved[np.argsort(moved[:, 0], kind="stable")]
    return Shelf(columns, Windows(*moved.T) if len(moved) else None)


def row_of(skill: Skill, who: int, place: int, materials: int) -> dict[str, int]:
    """Give a skill as a row, with the places of its member, site and materials."""
    longest, middle, shortest = sorted(skill.envelope_mm, reverse=True)
    return {
        **{name: getattr(skill, name) for name in NUMBERS},
        "member": skill.member,
        "who": who,
        "place": place,
        "materials": materials,
        "longest_mm": longest,
        "middle_mm": middle,
        "shortest_mm": shortest,
    }


def packed(name: str, column: Column) -> Column:
    """Give a column as it is kept: all but won in 32 bits."""
    return column if name in WON else column.astype(np.int32)


def _empty() -> Shelf:
    names = ("member", "who", "place", "materials", "origin", *NUMBERS, *SIDES)
    return Shelf({name: packed(name, np.zeros(0, dtype=np.int64)) for name in names})


EMPTY = _empty()

"""
The cooperative as the match sees it: one row a capability, in columns, a shelf a process.

    coop = Coop.of(skills)
    shelf = coop.shelf("ceramic-firing")
    shelf.columns["member"]                  their member numbers, ascending

19,000 firms with 20 capabilities are 380,000 rows of 18 columns, about 40 MB. A process's
rows stand together, so that a filter is a handful of vector operations.

A cooperative is never changed but replaced: `changed` gives one in which a member's
capabilities are others. It shares all shelves that the member has nothing on, so that this
takes a millisecond, and a search that is under way goes on with what it began with.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from dure.match.engine.places import Places, Roads, of_rows

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
class Windows:
    """The free windows of a shelf: of each, its row, first and last day, and minutes."""

    row: Column
    first: Column
    last: Column
    minutes: Column

    def between(self, rows: int, first_day: int, last_day: int) -> tuple[Column, Mask]:
        """
        Give the minutes that each row has free between two days, and which rows have windows.

        Of a window that reaches past them, the part by days counts, rounded down.
        """
        days = np.minimum(self.last, last_day) - np.maximum(self.first, first_day) + 1
        whole = self.last - self.first + 1
        part = np.where(days > 0, self.minutes * np.clip(days, 0, whole) // whole, 0)
        free = np.zeros(rows, dtype=np.int64)
        np.add.at(free, self.row, part)
        has = np.zeros(rows, dtype=np.bool_)
        has[self.row] = True
        return free, has


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

    def minutes(self, rows: Column, quantity: int) -> Column:
        """Give the machine minutes of a lot at each row, set-up included, rounded up."""
        running = -(-quantity * self.at("minutes_per_100", rows) // 100)
        return self.at("setup_minutes", rows) + running

    def price(self, rows: Column, quantity: int) -> Column:
        """Give the price of a lot at each row, by the members' own rate cards."""
        return self.at("setup_won", rows) + self.at("unit_won", rows) * quantity

    def free(self, rows: Column, first_day: int, last_day: int) -> Column:
        """Give the machine minutes that each row has free between two days."""
        free = self.at("free_minutes", rows)
        if self.windows is None:
            return free
        inside, has = self.windows.between(len(self), first_day, last_day)
        return np.where(has[rows], np.minimum(free, inside[rows]), free)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """
    What counts for all of a member's capabilities, by its place in the table.

    permits: for each kind of licence and certificate, the last day on which each member
    holds it, 0 where it does not. refused: who does not work for a buyer.
    """

    place: Mapping[int, int]
    number: Column
    share_bp: Column
    is_new: Mask
    consents: Mask
    permits: Mapping[tuple[str, str], Column]
    refused: Mapping[str, frozenset[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coop:
    """The shelves by process, the members, and the places where they work."""

    shelves: Mapping[str, Shelf]
    members: Members
    places: Places
    materials: tuple[frozenset[str], ...]

    @classmethod
    def of(cls, skills: Sequence[Skill], roads: Roads | None = None) -> "Coop":
        """Lay skills out in columns."""
        columns = {
            name: np.array([getattr(skill, name) for skill in skills], dtype=np.int64)
            for name in ("member", *NUMBERS, "east_m", "north_m")
        }
        sides = np.array([sorted(skill.envelope_mm) for skill in skills], dtype=np.int64)
        for place, name in enumerate(reversed(SIDES)):
            columns[name] = sides.reshape(-1, 3)[:, place]
        known: dict[frozenset[str], int] = {}
        columns["materials"] = np.array(
            [known.setdefault(skill.materials, len(known)) for skill in skills], dtype=np.int64
        )
        return cls.laid_out(
            [skill.process for skill in skills],
            columns,
            members=members_of(skills),
            regions=[skill.region for skill in skills],
            materials=tuple(known),
            windows=[(row, *each) for row, skill in enumerate(skills) for each in skill.windows],
            roads=roads,
        )

    @classmethod
    def laid_out(
        cls,
        processes: Sequence[str] | npt.NDArray[np.str_],
        columns: Mapping[str, Column],
        *,
        members: Members,
        regions: Sequence[str] | None = None,
        materials: tuple[frozenset[str], ...] = (frozenset(),),
        windows: Sequence[tuple[int, int, int, int]] = (),
        roads: Roads | None = None,
    ) -> "Coop":
        """Sort columns that stand already: how a large cooperative is loaded."""
        whole = _filled(columns, members)
        whole["place"], places = of_rows(
            whole.pop("east_m"), whole.pop("north_m"), regions, roads or Roads()
        )
        names, which = np.unique(np.asarray(processes, dtype=np.str_), return_inverse=True)
        order = np.lexsort((np.arange(len(which)), whole["member"], which))
        ends = np.searchsorted(which[order], np.arange(len(names) + 1)).tolist()
        packed = {name: _packed(name, column[order]) for name, column in whole.items()}
        sorted_windows = _sorted_windows(windows, order)
        return cls(
            shelves={
                str(name): Shelf(
                    {key: column[ends[at] : ends[at + 1]] for key, column in packed.items()},
                    _windows_in(sorted_windows, ends[at], ends[at + 1]),
                )
                for at, name in enumerate(names)
            },
            members=members,
            places=places,
            materials=materials,
        )

    def shelf(self, process: str) -> Shelf:
        """Give all who have a process; an empty shelf where nobody has it."""
        found = self.shelves.get(process)
        return found if found is not None else EMPTY

    @property
    def nbytes(self) -> int:
        """Count the bytes of all columns."""
        held = sum(
            column.nbytes for shelf in self.shelves.values() for column in shelf.columns.values()
        )
        held += sum(
            part.nbytes
            for shelf in self.shelves.values()
            if (one := shelf.windows)
            for part in (one.row, one.first, one.last, one.minutes)
        )
        held += sum(column.nbytes for column in self.members.permits.values())
        people = self.members
        held += people.number.nbytes + people.share_bp.nbytes + people.is_new.nbytes
        return held + people.consents.nbytes + self.places.nbytes

    def changed(self, member: int, skills: Sequence[Skill], origin: int = 0) -> "Coop":
        """
        Give the cooperative in which a member has these skills, and no others.

        origin: the first of the numbers that stand for them from now on.
        """
        assert all(skill.member == member for skill in skills), "one member changes"
        table = with_member(self.members, member, skills)
        places, known = self.places, dict.fromkeys(self.materials)
        rows: dict[str, list[dict[str, int]]] = {}
        windows: dict[str, list[tuple[int, int, int, int]]] = {}
        for number, skill in enumerate(skills, start=origin):
            places, place = places.placed(skill.east_m, skill.north_m, skill.region)
            known.setdefault(skill.materials)
            row = _row_of(skill, table.place[member], place, list(known).index(skill.materials))
            mine = rows.setdefault(skill.process, [])
            windows.setdefault(skill.process, []).extend(
                (len(mine), *each) for each in skill.windows
            )
            mine.append(row | {"origin": number})
        shelves = dict(self.shelves)
        who = table.place[member]
        for process in rows.keys() | self._processes_of(who):
            shelves[process] = _replaced(
                self.shelf(process), member, rows.get(process, []), windows.get(process, [])
            )
        return replace(self, shelves=shelves, members=table, places=places, materials=tuple(known))

    def _processes_of(self, who: int) -> set[str]:
        """Find the shelves that a member stands on."""
        if who >= len(self.members.number):
            return set()
        number = int(self.members.number[who])
        found = set()
        for process, shelf in self.shelves.items():
            at = np.searchsorted(shelf.columns["member"], number)
            if at < len(shelf) and shelf.columns["member"][at] == number:
                found.add(process)
        return found


def members_of(skills: Sequence[Skill]) -> Members:
    """Gather what counts for a member as a whole out of all of its skills."""
    by_number: dict[int, list[Skill]] = {}
    for skill in skills:
        by_number.setdefault(skill.member, []).append(skill)
    table = no_members()
    for number in sorted(by_number):
        table.add(number, by_number[number])
    return table.members()


def with_member(members: Members, number: int, skills: Sequence[Skill]) -> Members:
    """Give the table of members with one of them as its skills say."""
    table = no_members(members)
    table.add(number, skills)
    return table.members()


class _Table:
    """The table of members while it is written."""

    def __init__(self, members: Members | None) -> None:
        self.before = members
        self.rows: dict[int, Sequence[Skill]] = {}

    def add(self, number: int, skills: Sequence[Skill]) -> None:
        self.rows[number] = skills

    def members(self) -> Members:
        place = dict(self.before.place) if self.before else {}
        for number in self.rows:
            place.setdefault(number, len(place))
        numbers = np.fromiter(place, dtype=np.int64, count=len(place))
        share, is_new, consents = (
            np.zeros(len(place), dtype=np.int64),
            np.zeros(len(place), dtype=np.bool_),
            np.ones(len(place), dtype=np.bool_),
        )
        permits: dict[tuple[str, str], Column] = {}
        refused: dict[str, set[int]] = {}
        if old := self.before:
            count = len(old.number)
            share[:count], is_new[:count], consents[:count] = (
                old.share_bp,
                old.is_new,
                old.consents,
            )
            for key, days in old.permits.items():
                permits[key] = np.append(days, np.zeros(len(place) - count, dtype=np.int32))
            refused = {buyer: set(who) for buyer, who in old.refused.items()}
        for number, skills in self.rows.items():
            at = place[number]
            share[at] = max((skill.share_bp for skill in skills), default=0)
            is_new[at] = any(skill.is_new for skill in skills)
            consents[at] = all(skill.consents for skill in skills)
            for held_until in permits.values():
                held_until[at] = 0
            for who in refused.values():
                who.discard(at)
            for skill in skills:
                for buyer in skill.refuses:
                    refused.setdefault(buyer, set()).add(at)
                for sort, held in (
                    ("licence", skill.licences),
                    ("certificate", skill.certificates),
                ):
                    for kind, until in held.items():
                        column = permits.setdefault(
                            (sort, kind), np.zeros(len(place), dtype=np.int32)
                        )
                        column[at] = max(int(column[at]), until)
        return Members(
            place=place,
            number=numbers,
            share_bp=share,
            is_new=is_new,
            consents=consents,
            permits=permits,
            refused={buyer: frozenset(who) for buyer, who in refused.items()},
        )


def no_members(members: Members | None = None) -> _Table:
    """Give a table to write members into, on top of those that stand already."""
    return _Table(members)


def _filled(columns: Mapping[str, Column], members: Members) -> dict[str, Column]:
    """Give all columns, those that were left out as they are meant then."""
    rows = len(columns["member"])
    usual = {"free_minutes": UNLIMITED, "materials": 0, "fails_bp": 0, "tolerance": 0}
    usual |= dict.fromkeys(SIDES, UNLIMITED)
    whole = {name: np.full(rows, value, dtype=np.int64) for name, value in usual.items()}
    whole |= columns
    whole["origin"] = np.arange(rows, dtype=np.int64)
    order = np.argsort(members.number, kind="stable")
    if rows:
        whole["who"] = order[np.searchsorted(members.number[order], whole["member"])]
    else:
        whole["who"] = np.zeros(0, dtype=np.int64)
    return whole


def _packed(name: str, column: Column) -> Column:
    return column if name in WON else column.astype(np.int32)


def _sorted_windows(windows: Sequence[tuple[int, int, int, int]], order: Column) -> Column:
    found = np.array(windows, dtype=np.int64).reshape(-1, 4)
    if len(found):
        at = np.empty(len(order), dtype=np.int64)
        at[order] = np.arange(len(order))
        found[:, 0] = at[found[:, 0]]
        found = found[np.argsort(found[:, 0], kind="stable")]
    return found


def _windows_in(windows: Column, start: int, end: int) -> Windows | None:
    low, high = np.searchsorted(windows[:, 0], (start, end))
    if low == high:
        return None
    mine = windows[low:high]
    return Windows(mine[:, 0] - start, mine[:, 1], mine[:, 2], mine[:, 3])


def _row_of(skill: Skill, who: int, place: int, materials: int) -> dict[str, int]:
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


def _replaced(
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


def _empty() -> Shelf:
    names = ("member", "who", "place", "materials", "origin", *NUMBERS, *SIDES)
    return Shelf({name: _packed(name, np.zeros(0, dtype=np.int64)) for name in names})


EMPTY = _empty()

"""
The cooperative as the match sees it: a shelf a process, the members, and where they work.

    coop = Coop.of(skills)
    shelf = coop.shelf("ceramic-firing")
    shelf.columns["member"]                  their member numbers, ascending

A cooperative is never changed but replaced: `changed` gives one in which a member's
capabilities are others. It shares all shelves that the member has nothing on, so that this
takes a millisecond, and a search that is under way goes on with what it began with.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from dure.match.engine.places import Places, Roads, of_rows
from dure.match.engine.roster import Members, members_of, with_member
from dure.match.engine.shelf import (
    EMPTY,
    NUMBERS,
    SIDES,
    UNLIMITED,
    Column,
    Named,
    Shelf,
    Skill,
    packed,
    replaced,
    row_of,
    windows_in,
)


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
        windows = [(row, *each) for row, skill in enumerate(skills) for each in skill.windows]
        return cls.laid_out(
            Named.of([skill.process for skill in skills]),
            columns,
            members=members_of(skills),
            regions=Named.of([skill.region for skill in skills]),
            materials=tuple(known),
            windows=np.array(windows, dtype=np.int64).reshape(-1, 4),
            roads=roads,
        )

    @classmethod
    def laid_out(
        cls,
        processes: Named,
        columns: Mapping[str, Column],
        *,
        members: Members,
        regions: Named | None = None,
        materials: tuple[frozenset[str], ...] = (frozenset(),),
        windows: Column | None = None,
        roads: Roads | None = None,
    ) -> "Coop":
        """
        Sort columns that stand already: how a large cooperative is loaded.

        windows: a row each: the row of its capability, first day, last day, minutes.
        """
        whole = _filled(columns, members)
        whole["place"], places = of_rows(
            whole.pop("east_m"),
            whole.pop("north_m"),
            regions or Named(("",), np.zeros(len(processes.which), dtype=np.int64)),
            roads or Roads(),
        )
        order = np.lexsort((whole["member"], processes.which))  # stable: then as given
        ends = np.searchsorted(processes.which[order], np.arange(len(processes.names) + 1))
        laid = {name: packed(name, column[order]) for name, column in whole.items()}
        spans = pairwise(ends.tolist())
        free = _sorted_windows(windows, order)
        return cls(
            shelves={
                name: Shelf(
                    {key: column[start:end] for key, column in laid.items()},
                    windows_in(free, start, end),
                )
                for name, (start, end) in zip(processes.names, spans, strict=True)
                if start < end
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
            row = row_of(skill, table.place[member], place, list(known).index(skill.materials))
            mine = rows.setdefault(skill.process, [])
            windows.setdefault(skill.process, []).extend(
                (len(mine), *each) for each in skill.windows
            )
            mine.append(row | {"origin": number})
        shelves = dict(self.shelves)
        who = table.place[member]
        for process in rows.keys() | self._processes_of(who):
            shelves[process] = replaced(
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


def _sorted_windows(windows: Column | None, order: Column) -> Column:
    if windows is None or not len(windows):
        return np.zeros((0, 4), dtype=np.int64)
    at = np.empty(len(order), dtype=np.int64)
    at[order] = np.arange(len(order))
    row = at[windows[:, 0]]
    sorted_ = np.argsort(row, kind="stable")
    found = windows[sorted_]
    found[:, 0] = row[sorted_]
    return found

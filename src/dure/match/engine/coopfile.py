"""
A cooperative read from its file, column by column: 380,000 capabilities in some seconds.

docs/match-files.md says what stands in it. Capabilities stand in their member's `skills`, or
all in one list, each with its member's fields. What cannot be is set aside, with its place in
the file and what is wrong there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dure.match.engine.coop import Coop
from dure.match.engine.fields import table, triples, whole_column, windows_at_once
from dure.match.engine.form import day_of, grade_of
from dure.match.engine.holders import malformed, members_of_file
from dure.match.engine.places import Roads
from dure.match.engine.shelf import SIDES, UNLIMITED, Column, Named

MOST = 2**31 - 1
FAR = 20_037_508  # metres: half way round the earth
NUMBERS: dict[str, tuple[int | None, int, int]] = {  # usual (None: has to be there), least, most
    "lot_min": (None, 1, MOST),
    "lot_max": (None, 1, MOST),
    "setup_minutes": (None, 0, MOST),
    "minutes_per_100": (None, 1, 10**7),
    "setup_won": (None, 0, 10**12),
    "unit_won": (None, 0, 10**9),
    "east_m": (0, -FAR, FAR),
    "north_m": (0, -FAR, FAR),
    "free_minutes": (UNLIMITED, 0, UNLIMITED),
    "fails_bp": (0, 0, 10_000),
}
OF_MEMBER = ("licences", "certificates", "consents", "refuses", "share_bp", "is_new", "region")
OF_SKILL = ("process", "materials", "envelope_mm", "tolerance", "free", *NUMBERS)
UNSEEN = ("name", "name_en", "note", "member", "skills", "building", "ksic")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A capability that is not matched: its place in the file, and what is wrong with it."""

    where: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoopFile:
    """A cooperative, the file's names for its members, and what of the file is left out."""

    coop: Coop
    names: Mapping[int, object]
    set_aside: tuple[SetAside, ...]
    ignored: tuple[str, ...]

    @property
    def numbers(self) -> dict[str, int]:
        """Give members' numbers by their names in the file."""
        return {str(name): number for number, name in self.names.items()}


def coop_from_json(body: Any) -> CoopFile:
    """Read a cooperative; raises Malformed for a file that is none, naming what does not fit."""
    return _CoopReader(body).read()


class _CoopReader:
    def __init__(self, body: Any) -> None:
        if not isinstance(body, dict):
            raise malformed("the file has to be an object in braces")
        self.body = body
        self.roads = _roads(body.get("roads") or {})
        self.problems: dict[int, str] = {}
        self.columns: dict[str, Sequence[Any]] = {}
        self.owners: list[dict[str, Any]] = []
        self.rows: list[dict[str, Any]] = []
        self.owner: list[int] = []
        self.wheres: Callable[[int], str] = str
        if "members" in body:
            self._nested(_listed(body, "members"))
        elif "skills" in body:
            self._flat(_listed(body, "skills"))
        else:
            raise malformed("neither members nor skills stand in it")

    def read(self) -> CoopFile:
        number, names = self._numbers()
        columns = {name: self._column(name, *limits) for name, limits in NUMBERS.items()}
        columns["member"] = number[self._owners_of_rows()]
        processes = self._processes()
        columns["tolerance"] = self._tolerances()
        sides = self._sides()
        columns |= {name: sides[:, place] for place, name in enumerate(SIDES)}
        self._possible(columns)
        materials, columns["materials"] = self._materials()
        windows = self._windows()
        good = np.ones(len(self.rows), dtype=np.bool_)
        good[list(self.problems)] = False
        kept = np.flatnonzero(good)
        moved = np.cumsum(good) - 1
        free = windows[good[windows[:, 0]]]
        free[:, 0] = moved[free[:, 0]]
        coop = Coop.laid_out(
            processes.kept(kept),
            {name: column[kept] for name, column in columns.items()},
            members=members_of_file(self._all_owners(), self._all_numbers(number)),
            regions=self._regions().kept(kept),
            materials=materials,
            windows=free,
            roads=self.roads,
        )
        aside = tuple(
            SetAside(where=self.wheres(row), problem=self.problems[row])
            for row in sorted(self.problems)
        )
        return CoopFile(coop=coop, names=names, set_aside=aside, ignored=self._ignored())

    def _nested(self, members: list[Any]) -> None:
        starts = []
        for place, member in enumerate(members):
            if not isinstance(member, dict):
                raise malformed(f"members[{place}] has to be an object in braces")
            skills = member.get("skills")
            if not isinstance(skills, list):
                raise malformed(f"members[{place}].skills has to be a list")
            starts.append(len(self.rows))
            self.owners.append(member)
            self.rows += skills
            self.owner += [place] * len(skills)
        self.wheres = lambda row: (
            f"members[{self.owner[row]}].skills[{row - starts[self.owner[row]]}]"
        )
        self._all_objects()
        self.columns = table(self.rows)

    def _flat(self, skills: list[Any]) -> None:
        self.rows = skills
        self.wheres = lambda row: f"skills[{row}]"
        self._all_objects()
        self.columns = table(self.rows)
        place: dict[object, int] = {}
        for row in skills:
            key = _hashed(row.get("member"))
            if key not in place:
                place[key] = len(self.owners)
                self.owners.append(row)
            self.owner.append(place[key])

    def _all_objects(self) -> None:
        if set(map(type, self.rows)) <= {dict}:
            return
        for place, row in enumerate(self.rows):
            if type(row) is not dict:
                raise malformed(f"{self.wheres(place)} has to be an object in braces")

    def _field(self, name: str) -> Sequence[Any]:
        """Give a field of all capabilities; None where one has none."""
        return self.columns.get(name) or [None] * len(self.rows)

    def _owners_of_rows(self) -> Column:
        return np.array(self.owner, dtype=np.int64)

    def _numbers(self) -> tuple[Column, dict[int, object]]:
        """Number the members: as the file does, or in its order where it names them in words."""
        named = [owner.get("member") for owner in self.owners]
        for place, name in enumerate(named):
            if not isinstance(name, str | int) or isinstance(name, bool) or name == "":
                raise malformed(f"members[{place}].member is missing or neither number nor text")
        if all(isinstance(name, int) and 0 <= name <= MOST for name in named):
            return np.array(named, dtype=np.int64), {int(str(name)): name for name in named}
        first: dict[object, int] = {}
        for name in named:
            first.setdefault(name, len(first) + 1)
        number = np.array([first[name] for name in named], dtype=np.int64)
        return number, {at: name for name, at in first.items()}

    def _regions(self) -> Named:
        """Give each capability's region, else its member's."""
        of_owner = [str(owner.get("region") or "") for owner in self.owners]
        own = self._field("region")
        return Named.of(
            [
                of_owner[owner] if region is None else str(region)
                for region, owner in zip(own, self.owner, strict=True)
            ]
        )

    def _column(self, name: str, usual: int | None, least: int, most: int) -> Column:
        if name in ("east_m", "north_m") and name not in self.columns:
            places = whole_column([owner.get(name) for owner in self.owners])
            if places is not None and ((places >= least) & (places <= most)).all():
                return places[self._owners_of_rows()]
        values = self._field(name)
        if name in ("east_m", "north_m") and None in values:
            values = [
                self.owners[owner].get(name) if value is None else value
                for value, owner in zip(values, self.owner, strict=True)
            ]
        if usual is not None and None in values:
            values = [usual if value is None else value for value in values]
        column = whole_column(values)
        if column is None:
            column = self._slow(name, values)
        bad = np.flatnonzero((column < least) | (column > most))
        for row in bad.tolist():
            self.problems.setdefault(
                row, f"{name} is {values[row]!r}; a whole number from {least} to {most} fits"
            )
        column[bad] = max(least, 1)
        return column

    def _slow(self, name: str, values: Sequence[Any]) -> Column:
        column = np.ones(len(values), dtype=np.int64)
        for row, value in enumerate(values):
            whole = isinstance(value, float) and value.is_integer()
            if (type(value) is int or whole) and abs(value) < 2**62:
                column[row] = int(value)
            elif value is None:
                self.problems.setdefault(row, f"{name} is missing")
            else:
                self.problems.setdefault(row, f"{name} is {value!r}, which is no whole number")
        return column

    def _processes(self) -> Named:
        found = self._field("process")
        if set(map(type, found)) <= {str} and "" not in found:
            return Named.of(found)
        for row, process in enumerate(found):
            if not process or not isinstance(process, str | int):
                self.problems.setdefault(row, "process is missing")
        return Named.of([str(process) for process in found])

    def _tolerances(self) -> Column:
        found = self._field("tolerance")
        grade = dict[object, int]()
        column = np.zeros(len(found), dtype=np.int64)
        if set(map(type, found)) <= {int} and found:
            whole = whole_column(found)
            if whole is not None and ((whole >= 0) & (whole <= 18)).all():
                return whole
        for row, value in enumerate(found):
            if value is None:
                continue
            key = _hashed(value)
            if key not in grade:
                try:
                    grade[key] = grade_of(value)
                except ValueError as bad:
                    self.problems.setdefault(row, f"tolerance: {bad}")
                    continue
            column[row] = grade[key]
        return column

    def _sides(self) -> Column:
        found = self._field("envelope_mm")
        sides = np.full((len(found), 3), UNLIMITED, dtype=np.int64)
        given = [row for row, value in enumerate(found) if value is not None]
        column = triples([found[row] for row in given])
        if column is not None and ((column > 0) & (column <= MOST)).all():
            sides[given] = np.sort(column, axis=1)[:, ::-1]
            return sides
        for row in given:  # somewhere is one that cannot be
            value = found[row]
            whole = isinstance(value, list) and len(value) == 3
            if whole and all(type(side) is int and 0 < side <= MOST for side in value):
                sides[row] = sorted(value, reverse=True)
            else:
                self.problems.setdefault(row, "envelope_mm has to be three whole millimetres")
        return sides

    def _possible(self, columns: Mapping[str, Column]) -> None:
        free = columns["setup_won"] + columns["unit_won"] == 0
        for row in np.flatnonzero(columns["lot_min"] > columns["lot_max"]).tolist():
            self.problems.setdefault(row, "lot_min is more than lot_max")
        for row in np.flatnonzero(free).tolist():
            self.problems.setdefault(row, "setup_won and unit_won are both nothing")

    def _materials(self) -> tuple[tuple[frozenset[str], ...], Column]:
        lists = []
        for row, given in enumerate(self._field("materials")):
            if given is not None and type(given) not in (list, str):
                self.problems.setdefault(row, "materials has to be a list of texts")
            lists.append(tuple(given) if type(given) is list else (given,) if given else ())
        try:
            distinct = dict.fromkeys(lists)
        except TypeError:  # lists in lists
            lists = [tuple(map(str, each)) for each in lists]
            distinct = dict.fromkeys(lists)
        known: dict[frozenset[str], int] = {frozenset(): 0}
        place = {each: known.setdefault(frozenset(map(str, each)), len(known)) for each in distinct}
        column = np.fromiter(map(place.__getitem__, lists), dtype=np.int64, count=len(lists))
        return tuple(known), column

    def _windows(self) -> Column:
        """Give the free windows, a row each: its capability, first and last day, minutes."""
        found = self._field("free")
        given = [row for row, value in enumerate(found) if value is not None]
        windows = windows_at_once(given, [found[row] for row in given])
        return self._windows_one_by_one(given, found) if windows is None else windows

    def _windows_one_by_one(self, given: Sequence[int], found: Sequence[Any]) -> Column:
        windows = []
        for row in given:
            try:
                for first, last, minutes in found[row]:
                    window = (row, day_of(first), day_of(last), int(minutes))
                    if window[1] > window[2] or not 0 <= window[3] <= UNLIMITED:
                        raise ValueError("it ends before it begins, or its minutes cannot be")
                    windows.append(window)
                if not found[row]:
                    windows.append((row, 1, 1, 0))
            except (TypeError, ValueError) as bad:
                self.problems.setdefault(
                    row, f"free has to be a list of [first day, last day, minutes]: {bad}"
                )
        return np.array(windows, dtype=np.int64).reshape(-1, 4)

    def _all_owners(self) -> list[dict[str, Any]]:
        return self.owners if "members" in self.body else self.rows

    def _all_numbers(self, number: Column) -> list[int]:
        if "members" in self.body:
            return [int(each) for each in number]
        return [int(number[owner]) for owner in self.owner]

    def _ignored(self) -> tuple[str, ...]:
        known = {*OF_MEMBER, *OF_SKILL, *UNSEEN}
        seen = {name for owner in self.owners for name in owner} | self.columns.keys()
        return tuple(sorted(seen - known))


def _roads(body: Any) -> Roads:
    usual = Roads()
    if not isinstance(body, dict):
        raise malformed("roads has to be an object in braces")
    handling = body.get("handling_minutes", usual.handling_minutes)
    speed = body.get("metres_a_minute", usual.metres_a_minute)
    for name, value, least in (("handling_minutes", handling, 0), ("metres_a_minute", speed, 1)):
        if type(value) is not int or not least <= value <= 10**6:
            raise malformed(f"roads.{name} is {value!r}; a whole number from {least} on fits")
    return Roads(handling_minutes=handling, metres_a_minute=speed)


def _listed(body: Mapping[str, Any], name: str) -> list[Any]:
    if not isinstance(body[name], list):
        raise malformed(f"{name} has to be a list")
    return list(body[name])


def _hashed(value: object) -> object:
    return value if isinstance(value, str | int) else repr(value)

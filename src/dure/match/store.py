"""
The resident index: the members' capabilities in columns, kept between one match and the next.

It is read from PostgreSQL once in a process (`read`); before each match it takes in what
members changed since, firm by firm (`refreshed`). What changes by itself with each request (free
minutes, work so far, expected failures) is laid over it for the processes of one need.

A member that keeps to itself publishes free time and a price for some of its capabilities: these
are taken instead of its calendar and its rate card, and the rest of its capabilities have no time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

import numpy as np
import numpy.typing as npt

from dure.kernel.time import Instant, seoul_date
from dure.match import models
from dure.match.engine.coop import Coop
from dure.match.engine.places import Roads
from dure.match.engine.roster import Members
from dure.match.engine.shelf import FOREVER, SIDES, UNLIMITED, Column, Named, Shelf, Skill
from dure.members import public as members


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """
    The cooperative, and for each origin of a row its capability, calendar and machines.

    number, firm: members by id and back. mark: up to where changes are taken in.
    """

    coop: Coop
    capabilities: npt.NDArray[np.void]
    calendar: Column
    machines: Column
    calendars: tuple[members.WorkCalendar | None, ...]
    firms: Mapping[int, UUID]
    mark: int

    def capability(self, origin: int) -> UUID:
        """Give the capability that a row stands for."""
        return UUID(bytes=self.capabilities[origin].tobytes())

    def stands(self, processes: set[str]) -> bool:
        """Say whether its capabilities for some processes are those of the database."""
        rows = [self.coop.shelf(process).columns["origin"] for process in processes]
        whole = self.capabilities[np.concatenate(rows)].tobytes()
        ours = {whole[at : at + 16] for at in range(0, len(whole), 16)}
        return ours == members.capability_ids(processes)

    def within(self, processes: set[str], at: Instant, due: Instant, held: "Held") -> Coop:
        """Give the cooperative for one need: its shelves, with what is free, held and expected."""
        minutes = np.array(
            [0 if each is None else each.working_minutes(at, due) for each in self.calendars]
        )
        days = seoul_date(at).toordinal(), seoul_date(due - timedelta(minutes=1)).toordinal()
        shelves = {
            process: self._laid_over(process, self.coop.shelf(process), minutes, held, days)
            for process in processes
            if process in self.coop.shelves
        }
        share = np.zeros(len(self.coop.members.number), dtype=np.int64)
        for number, basis_points in held.share_bp.items():
            if (place := self.coop.members.place.get(number)) is not None:
                share[place] = basis_points
        table = replace(self.coop.members, share_bp=share)
        return replace(self.coop, shelves=shelves, members=table)

    def _laid_over(
        self, process: str, shelf: Shelf, minutes: Column, held: "Held", days: tuple[int, int]
    ) -> Shelf:
        origin, member = shelf.columns["origin"], shelf.columns["member"]
        free = minutes[self.calendar[origin]] * self.machines[origin]
        if shelf.windows is not None:
            rows, inside = shelf.windows.between(*days)
            free[rows] = inside
        fails = np.full(len(shelf), held.usual_fails_bp, dtype=np.int32)
        for (number, of), taken in held.minutes.items():
            if of == process:
                free[member == number] -= taken
        for (number, of), basis_points in held.fails_bp.items():
            if of == process:
                fails[member == number] = basis_points
        columns = {"free_minutes": np.clip(free, 0, FOREVER).astype(np.int32), "fails_bp": fails}
        return Shelf({**shelf.columns, **columns})


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """By member number, and process: minutes accepted, failures expected; shares of the work."""

    minutes: Mapping[tuple[int, str], int]
    fails_bp: Mapping[tuple[int, str], int]
    usual_fails_bp: int
    share_bp: Mapping[int, int]


_kept: list[Index] = []


def index(processes: set[str]) -> Index:
    """
    Give the resident index, true for some processes: read once, then kept fresh.

    Where the capabilities that stand in the database are not those of the index (one was deleted,
    or the database is another), it is read anew.
    """
    found = refreshed(_kept[0]) if _kept else read()
    if not found.stands(processes):
        found = read()
    _kept[:] = [found]
    return found


def read() -> Index:
    """Read all of it from PostgreSQL."""
    mark, _ = members.changed_firms(0)
    found, firms = members.skill_columns(), members.member_numbers()
    columns = {name: found.columns[name].astype(np.int64) for name in READ}
    columns["member"] = columns.pop("firm")
    calendars = [None, *(members.calendar(firm) for firm in found.calendars)]
    numbers = np.array(sorted(firms), dtype=np.int64)
    windows = _published(columns, found.columns["capability"], firms)
    coop = Coop.laid_out(
        Named(found.processes, columns.pop("process")),
        {name: column for name, column in columns.items() if name != "region"},
        members=_members(numbers, firms),
        regions=Named(found.regions, columns["region"]),
        materials=found.materials,
        windows=windows,
        roads=roads(),
    )
    return Index(
        coop=coop,
        capabilities=found.columns["capability"],
        calendar=found.columns["calendar"].astype(np.int64),
        machines=found.columns["machines"].astype(np.int64),
        calendars=tuple(calendars),
        firms=firms,
        mark=mark,
    )


NUMBERS = (
    "lot_min",
    "lot_max",
    "setup_minutes",
    "minutes_per_100",
    "setup_won",
    "unit_won",
    "east_m",
    "north_m",
    "tolerance",
    "materials",
    *SIDES,
)
READ = (*NUMBERS, "firm", "process", "region")
PUBLISHED = ("setup_minutes", "minutes_per_100", "setup_won", "unit_won")
NEVER = ((1, 1, 0),)  # a day that is long past: no time at all


def roads() -> Roads:
    """Give what the road between two sites takes."""
    return Roads(handling_minutes=members.HANDLING_MINUTES, metres_a_minute=members.METRES_A_MINUTE)


def _members(numbers: Column, firms: Mapping[int, UUID]) -> Members:
    place = {int(number): at for at, number in enumerate(numbers)}
    of_firm = {firm: place[number] for number, firm in firms.items()}
    permits: dict[tuple[str, str], Column] = {}
    for licence in members.licences():
        if (at := of_firm.get(licence.firm)) is not None:
            for key in _permits(licence):
                column = permits.setdefault(key, np.zeros(len(place), dtype=np.int32))
                column[at] = max(int(column[at]), _until(licence))
    consents = np.ones(len(place), dtype=np.bool_)
    refused: dict[str, frozenset[int]] = {}
    for offering in members.offerings():
        if (at := of_firm.get(offering.firm)) is not None:
            consents[at] = offering.is_open
            for buyer in offering.refuses:
                refused[str(buyer)] = refused.get(str(buyer), frozenset()) | {at}
    return Members(
        place=place,
        number=numbers,
        share_bp=np.zeros(len(place), dtype=np.int64),
        is_new=np.zeros(len(place), dtype=np.bool_),
        consents=consents,
        permits=permits,
        refused=refused,
    )


def refreshed(before: Index) -> Index:
    """Take in what members changed since, firm by firm."""
    mark, changed = members.changed_firms(before.mark, [models.FreeTimeSeen._meta.db_table])
    found = replace(before, mark=mark)
    for firm in sorted(changed):
        found = _with_firm(found, firm)
    return found


def _with_firm(found: Index, firm_id: UUID) -> Index:
    firm = members.firm(firm_id)
    if firm.kind is not members.Kind.MEMBER:
        return found
    capabilities = members.capabilities(firm_id=firm_id)
    skills = _skills(firm, capabilities)
    start, calendars = len(found.capabilities), found.calendars
    calendar = members.calendar(firm_id)
    if calendar not in calendars:
        calendars = (*calendars, calendar)
    return replace(
        found,
        coop=found.coop.changed(firm.number, skills, origin=start),
        capabilities=np.append(
            found.capabilities, np.array([each.id.bytes for each in capabilities], dtype="V16")
        ),
        calendar=_appended(found.calendar, [calendars.index(calendar)] * len(capabilities)),
        machines=_appended(found.machines, [len(each.equipment) for each in capabilities]),
        calendars=calendars,
        firms={**found.firms, firm.number: firm.id},
    )


def _skills(firm: members.Firm, capabilities: Iterable[members.Capability]) -> list[Skill]:
    """Give a member's capabilities as the engine takes them."""
    rates = {rate.process: rate for rate in members.rates(firm_id=firm.id)}
    sites = {site.id: site.place for site in members.sites(firm.id)}
    held: dict[str, dict[str, int]] = {"licence": {}, "certificate": {}}
    for licence in members.licences(firm.id):
        for sort, kind in _permits(licence):
            held[sort][kind] = max(held[sort].get(kind, 0), _until(licence))
    offering, published = members.offering(firm.id), open_free_time(firm.id)
    skills = []
    for each in capabilities:
        place, mine = sites[each.site], published.get(each.id)
        skill = Skill(
            member=firm.number,
            process=each.process,
            lot_min=each.lot_min,
            lot_max=each.lot_max,
            setup_minutes=each.setup_minutes,
            minutes_per_100=each.minutes_per_100,
            setup_won=rates[each.process].setup_won,
            unit_won=rates[each.process].unit_won,
            east_m=place.east_m,
            north_m=place.north_m,
            region=place.region,
            licences=held["licence"],
            certificates=held["certificate"],
            materials=frozenset(each.materials),
            envelope_mm=_sides(each.envelope_mm),
            tolerance=each.tolerance,
            windows=(windows_of(mine) if mine else NEVER) if published else (),
            consents=offering.is_open,
            refuses=frozenset(str(buyer) for buyer in offering.refuses),
        )
        skills.append(_by_own_terms(skill, mine) if mine else skill)
    return skills


def _published(
    columns: dict[str, Column], capabilities: npt.NDArray[np.void], firms: Mapping[int, UUID]
) -> Column:
    """Put what members that keep to themselves published into columns; gives its windows."""
    rows = models.FreeTimeSeen.objects.filter(is_open=True)
    published = {row.capability_id.bytes: row for row in rows}
    keeping = {row.firm_id for row in published.values()}
    numbers = [number for number, firm in firms.items() if firm in keeping]
    windows: list[tuple[int, int, int, int]] = []
    for at in np.flatnonzero(np.isin(columns["member"], numbers)).tolist():
        row = published.get(capabilities[at].tobytes())
        windows += [(at, *each) for each in (windows_of(row) if row else NEVER)]
        for name, value in _own_terms(row).items() if row else ():
            columns[name][at] = value
    return np.array(windows, dtype=np.int64).reshape(-1, 4)


def open_free_time(firm_id: UUID) -> Mapping[UUID, models.FreeTimeSeen]:
    """Give what a member that keeps to itself published, by capability; nothing of the others."""
    rows = models.FreeTimeSeen.objects.filter(firm_id=firm_id, is_open=True)
    return {row.capability_id: row for row in rows}


def windows_of(row: models.FreeTimeSeen) -> tuple[tuple[int, int, int], ...]:
    """Give the days on which a member would work as windows of a day each."""
    days = ((date.fromisoformat(day).toordinal(), minutes) for day, minutes in row.days)
    return tuple((day, day, minutes) for day, minutes in days) or NEVER


def minutes_between(row: models.FreeTimeSeen, first: date, last: date) -> int:
    """Give the minutes for which a member would work between two days."""
    days = (first.toordinal(), last.toordinal())
    return sum(minutes for day, _, minutes in windows_of(row) if days[0] <= day <= days[1])


def _by_own_terms(skill: Skill, row: models.FreeTimeSeen) -> Skill:
    return replace(
        skill,
        setup_minutes=row.setup_minutes,
        minutes_per_100=row.minutes_per_100,
        setup_won=row.setup_won,
        unit_won=row.unit_won,
    )


def _own_terms(row: models.FreeTimeSeen) -> dict[str, int]:
    return {name: getattr(row, name) for name in PUBLISHED}


def _sides(envelope_mm: Sequence[int]) -> tuple[int, int, int]:
    longest, middle, shortest = envelope_mm or (UNLIMITED, UNLIMITED, UNLIMITED)
    return longest, middle, shortest


def _permits(licence: members.Licence) -> tuple[tuple[str, str], tuple[str, str]]:
    """Give what a licence stands for: its kind, and the certificate that it may be."""
    return ("licence", licence.kind), ("certificate", members.certificate_code(licence.kind))


def _until(licence: members.Licence) -> int:
    return licence.valid_until.toordinal() if licence.valid_until else FOREVER


def _appended(column: Column, values: Sequence[int]) -> Column:
    return np.append(column, np.array(values, dtype=np.int64))

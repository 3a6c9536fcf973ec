"""
The members' capabilities in columns, straight out of PostgreSQL, and who changed since.

Each column comes as one array, in binary: numbers of one length that numpy reads at once,
380,000 in some hundredths of a second. Which transaction wrote a row last is said by PostgreSQL
itself (xmin): what changed since a mark is found whoever changed it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.db import connection
from psycopg import Cursor
from psycopg.adapt import Buffer, Loader
from psycopg.pq import Format

from dure.members.engine.process_codes import process_codes

Columns = Mapping[str, npt.NDArray[Any]]

ELEMENTS = {"int2": ">i2", "int4": ">i4", "int8": ">i8", "uuid": "V16"}
NO_BOUND = 10**9  # millimetres: a piece of any size
HEADER = 20  # bytes before the first element: dimensions, nulls, type, length, lower bound
CAPABILITIES = {
    "capability": "c.id",
    "firm": "f.number",
    "process": "p.place::int4",
    "lot_min": "c.lot_min",
    "lot_max": "c.lot_max",
    "setup_minutes": "c.setup_minutes",
    "minutes_per_100": "c.minutes_per_100",
    "machines": "cardinality(c.equipment)",
    "east_m": "s.east_m",
    "north_m": "s.north_m",
    "region": "s.region",
    "tolerance": "c.tolerance",
    **{
        name: f"coalesce(c.envelope_mm[{place}], {NO_BOUND})"
        for place, name in enumerate(("longest_mm", "middle_mm", "shortest_mm"), start=1)
    },
    "materials": "case when c.materials = '{}' then 0 else hash_array_extended(c.materials, 0) end",
}
OF_CAPABILITIES = """
    from members_capability c
    join members_firm f on f.id = c.firm_id
    join (
        select id, east_m, north_m, (dense_rank() over (order by region) - 1)::int4 as region
        from members_site
    ) s on s.id = c.site_id
    join unnest(%(codes)s::text[]) with ordinality p(process, place) on p.process = c.process
"""
RATES = {
    "firm": "f.number",
    "process": "p.place::int4",
    "setup_won": "r.setup_won",
    "unit_won": "r.unit_won",
}
OF_RATES = """
    from members_rate r
    join members_firm f on f.id = r.firm_id
    join unnest(%(codes)s::text[]) with ordinality p(process, place) on p.process = r.process
"""
MATERIALS = """
    select distinct hash_array_extended(materials, 0), materials from members_capability
    where materials <> '{}'
"""
CALENDARS = """
    select array_agg(firm_id order by number), array_agg(number order by number)
    from members_calendar join members_firm on id = firm_id
    group by shifts, holidays order by min(number)
"""
# Row by row the low half of who wrote it, counted from the mark round the circle of 2^32.
SINCE = "((xmin::text::bigint - %(mark)s) & 4294967295) < 2147483648"
CHANGED = f"select firm_id from {{table}} where {SINCE}"  # noqa: S608 - tables of our own
TABLES = (
    "members_capability",
    "members_rate",
    "members_site",
    "members_licence",
    "members_calendar",
    "members_offering",
)
MARK = "select pg_snapshot_xmin(pg_current_snapshot())::text::bigint"


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillColumns:
    """
    Capabilities in columns, and what their numbers stand for.

    processes, regions, materials: by number; the materials numbered 0 are any. calendars: for
    each number from 1 on a firm that works by it; 0 is none.
    """

    columns: Columns
    processes: tuple[str, ...]
    regions: tuple[str, ...]
    materials: tuple[frozenset[str], ...]
    calendars: tuple[UUID, ...]


def skill_columns() -> SkillColumns:
    """
    Give all capabilities that the actor may see, with price and place, in columns.

    A capability without a rate is left out: nobody is asked for its work.
    """
    processes = sorted(process_codes())
    with _whole_tables():
        found = _arrays(CAPABILITIES, OF_CAPABILITIES, processes)
        rates = _arrays(RATES, OF_RATES, processes)
    for columns in (found, rates):
        columns["process"] -= 1
    key, priced = (each["firm"].astype(np.int64) << 20 | each["process"] for each in (found, rates))
    order = np.argsort(priced)
    at = np.searchsorted(priced[order], key)
    has = at < len(priced)
    has[has] = priced[order][at[has]] == key[has]
    line = order[at[has]]
    kept = {name: column[has] for name, column in found.items()}
    kept |= {name: rates[name][line] for name in ("setup_won", "unit_won")}
    sample, calendar_of = _calendars()
    kept["calendar"] = calendar_of[np.minimum(kept["firm"], len(calendar_of) - 1)]
    materials, kept["materials"] = _materials(kept["materials"])
    return SkillColumns(
        columns=kept,
        processes=tuple(processes),
        regions=_regions(),
        materials=materials,
        calendars=tuple(sample),
    )


def _materials(
    hashed: npt.NDArray[np.int64],
) -> tuple[tuple[frozenset[str], ...], npt.NDArray[np.int64]]:
    """Give the sets of materials, and for each capability the place of its own."""
    found, which = np.unique(hashed, return_inverse=True)
    if found.tolist() in ([], [0]):
        return (frozenset(),), np.zeros(len(hashed), dtype=np.int64)
    with connection.cursor() as cursor:
        cursor.execute(MATERIALS)
        sets = {key: frozenset(names) for key, names in cursor.fetchall()}
    place = {0: 0} | {key: at for at, key in enumerate(sets, start=1)}
    at = np.array([place[key] for key in found.tolist()], dtype=np.int64)
    return (frozenset(), *sets.values()), at[which]


def _regions() -> tuple[str, ...]:
    with connection.cursor() as cursor:
        cursor.execute("select distinct region from members_site order by region")
        return tuple(region for (region,) in cursor.fetchall())


def _calendars() -> tuple[list[UUID], npt.NDArray[Any]]:
    """Give for each distinct calendar a firm that works by it, and by firm number which it is."""
    with connection.cursor() as cursor:
        cursor.execute(CALENDARS)
        groups = cursor.fetchall()
    most = max((max(numbers) for _, numbers in groups), default=0)
    calendar_of = np.zeros(most + 2, dtype=np.int32)  # the last is of whoever comes after
    for place, (_, numbers) in enumerate(groups, start=1):
        calendar_of[numbers] = place
    return [firms[0] for firms, _ in groups], calendar_of


@contextmanager
def _whole_tables() -> Iterator[None]:
    """Let PostgreSQL join whole tables: row policies make it expect a hundredth of the rows."""
    with connection.cursor() as cursor:
        cursor.execute("set local enable_nestloop = off; set local work_mem = '64MB'")
        yield
        cursor.execute("reset enable_nestloop; reset work_mem")


def _arrays(
    columns: Mapping[str, str], source: str, codes: list[str]
) -> dict[str, npt.NDArray[Any]]:
    """Give each column as one array, rows in the same order in all."""
    wanted = ", ".join(f"array_agg({each})" for each in columns.values())
    with Cursor(connection.connection) as cursor:  # the server binds: only so it answers in binary
        kinds = {cursor.adapters.types[name].array_oid: kind for name, kind in ELEMENTS.items()}
        for oid in kinds:
            cursor.adapters.register_loader(oid, _RawArray)
        # S608 - columns and source are named right here
        asked = f"select {wanted} {source}"
        row = cursor.execute(asked, {"codes": codes}, binary=True).fetchone()
        types = [each.type_code for each in cursor.description or ()]
    assert row, "an aggregate gives a row"
    read = [_read(data, kinds[oid]) for data, oid in zip(row, types, strict=True)]
    return dict(zip(columns, read, strict=True))


class _RawArray(Loader):
    """Leave an array as its bytes."""

    format = Format.BINARY

    def load(self, data: Buffer) -> bytes:
        return bytes(data)


def _read(data: bytes | None, kind: str) -> npt.NDArray[Any]:
    """Read a one-dimensional array without nulls: before each element stands its length."""
    native = kind.replace(">", "=")
    if data is None:
        return np.zeros(0, dtype=native)
    record = np.dtype([("length", ">i4"), ("value", kind)])
    return np.frombuffer(data, record, offset=HEADER)["value"].astype(native)


def capability_ids(processes: Iterable[str]) -> frozenset[bytes]:
    """Give the ids of all capabilities for some processes, as bytes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select uuid_send(id) from members_capability where process = any(%s)",
            [list(processes)],
        )
        return frozenset(bytes(found) for (found,) in cursor.fetchall())


def changed_firms(mark: int, tables: Sequence[str] = ()) -> tuple[int, frozenset[UUID]]:
    """
    Give who changed what the match weighs since a mark, and the next mark; 0 is the first.

    tables: others by name, in which a firm_id says whose a row is: the asker's own projections.

    Transactions that were under way at the mark are looked at again. What is deleted leaves no
    trace; nothing of a member's is.
    """
    with connection.cursor() as cursor:
        cursor.execute(MARK)
        (least,) = cursor.fetchone()
        if mark == 0:
            return least, frozenset()
        asked = " union ".join(CHANGED.format(table=table) for table in (*TABLES, *tables))
        cursor.execute(asked, {"mark": mark})
        return least, frozenset(firm for (firm,) in cursor.fetchall())

"""
The members' capabilities in columns, straight out of PostgreSQL, and who changed since.

PostgreSQL's binary COPY writes records of one length where no column varies in it, so that numpy
reads 380,000 of them at once. Which transaction wrote a row last is said by PostgreSQL itself
(xmin): what changed since a mark is found whoever changed it.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection

# Each field: its name, and its type as PostgreSQL sends it, after four bytes that say its length.
FIELDS = (
    ("capability", "V16"),
    ("firm", ">i4"),
    ("process", ">i4"),
    ("calendar", ">i4"),
    ("lot_min", ">i4"),
    ("lot_max", ">i4"),
    ("setup_minutes", ">i4"),
    ("minutes_per_100", ">i4"),
    ("machines", ">i4"),
    ("setup_won", ">i8"),
    ("unit_won", ">i8"),
    ("east_m", ">i4"),
    ("north_m", ">i4"),
)
HEADER, TRAILER = 19, 2
RECORD = np.dtype(
    [("fields", ">i2")]
    + [part for name, kind in FIELDS for part in ((f"{name}_size", ">i4"), (name, kind))]
)
COLUMNS = """
    copy (
        select c.id, f.number, p.place::int4, coalesce(k.place, 0)::int4, c.lot_min, c.lot_max,
            c.setup_minutes, c.minutes_per_100, cardinality(c.equipment)::int4,
            r.setup_won, r.unit_won, s.east_m, s.north_m
        from members_capability c
        join members_firm f on f.id = c.firm_id
        join members_rate r on r.firm_id = c.firm_id and r.process = c.process
        join members_site s on s.id = c.site_id
        join (
            select process, row_number() over (order by process) as place
            from (select distinct process from members_capability) each
        ) p on p.process = c.process
        left join (
            select firm_id, dense_rank() over (order by shifts::text, holidays) as place
            from members_calendar
        ) k on k.firm_id = c.firm_id
    ) to stdout (format binary)
"""
CALENDARS = """
    select distinct on (shifts::text, holidays) firm_id
    from members_calendar order by shifts::text, holidays
"""
CHANGED = " union ".join(
    f"select firm_id from {table} where age(xmin) <= %(span)s"  # noqa: S608 - named right here
    for table in (
        "members_capability",
        "members_rate",
        "members_site",
        "members_licence",
        "members_calendar",
        "members_offering",
    )
)
MARK = """
    select pg_snapshot_xmin(now)::text::bigint, pg_snapshot_xmax(now)::text::bigint
    from (select pg_current_snapshot() as now) as snapshot
"""


def skill_columns() -> tuple[list[str], list[UUID], Mapping[str, Any]]:
    """
    Give all capabilities that the actor may see, with price and place, in columns.

    With them the processes by number, and for each number of a calendar a firm that works by it;
    calendar 0 is none.
    """
    with connection.cursor() as cursor:
        cursor.execute("select distinct process from members_capability order by process")
        processes = [process for (process,) in cursor.fetchall()]
        cursor.execute(CALENDARS)
        calendars = [firm for (firm,) in cursor.fetchall()]
        with cursor.copy(COLUMNS) as copy:
            whole = b"".join(copy)
    found = np.frombuffer(whole[HEADER:-TRAILER], RECORD)
    columns: dict[str, Any] = {
        name: found[name].astype(kind.replace(">", "=")) if kind != "V16" else found[name].copy()
        for name, kind in FIELDS
    }
    columns["process"] -= 1
    return processes, calendars, columns


def capability_ids(processes: Iterable[str]) -> frozenset[bytes]:
    """Give the ids of all capabilities for some processes, as bytes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select uuid_send(id) from members_capability where process = any(%s)",
            [list(processes)],
        )
        return frozenset(bytes(found) for (found,) in cursor.fetchall())


def changed_firms(mark: int) -> tuple[int, frozenset[UUID]]:
    """
    Give who changed what the match weighs since a mark, and the next mark; 0 is the first.

    Transactions that were under way at the mark are looked at again. What is deleted leaves no
    trace; nothing of a member's is.
    """
    with connection.cursor() as cursor:
        cursor.execute(MARK)
        least, most = cursor.fetchone()
        if mark == 0:
            return least, frozenset()
        cursor.execute(CHANGED, {"span": most - mark + 1})
        return least, frozenset(firm for (firm,) in cursor.fetchall())

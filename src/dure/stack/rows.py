"""Rows of several tables written in one go: one trip to PostgreSQL, statements prepared once."""

from collections.abc import Sequence
from functools import cache
from typing import Any, LiteralString

import psycopg
from django.db import connection, models
from psycopg.sql import SQL, Identifier, Placeholder

Statement = tuple[LiteralString | bytes, Sequence[object]]


def insertion(row: models.Model) -> Statement:
    """Give the statement that stores a new row, and its parameters."""
    meta = row._meta
    fields = meta.concrete_fields
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
    return _insert_into(meta.db_table, tuple(field.column for field in fields)), values


def send(statements: Sequence[Statement]) -> None:
    """
    Execute statements together, inside the transaction that is open; none gives rows.

    Raises what Django raises for the first that fails; those behind it were not executed.
    """
    assert connection.in_atomic_block, "what belongs together lands together"
    raw = connection.connection
    with (
        connection.wrap_database_errors,
        raw.pipeline() as line,
        psycopg.Cursor[Any](raw) as cursor,
    ):
        for text, parameters in statements:
            cursor.execute(text, parameters, prepare=True)
        line.sync()


@cache
def _insert_into(table: str, columns: tuple[str, ...]) -> bytes:
    comma = SQL(", ")
    statement = SQL("insert into {} ({}) values ({})").format(
        Identifier(table),
        comma.join(map(Identifier, columns)),
        comma.join([Placeholder()] * len(columns)),
    )
    return statement.as_bytes(None)

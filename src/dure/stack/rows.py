"""Rows written and found by statements that PostgreSQL prepares once; several in one trip."""

from collections.abc import Sequence
from functools import cache
from typing import Any, LiteralString, TypeVar

import psycopg
from django.db import connection, models
from psycopg.sql import SQL, Identifier, Placeholder

Row = TypeVar("Row", bound=models.Model)
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


def first(model: type[Row], condition: LiteralString, parameters: Sequence[object]) -> Row | None:
    """Give a table's first row under a condition, which may go on to `order by`, `for update`."""
    fields = model._meta.concrete_fields
    text = _select_from(model._meta.db_table, tuple(field.column for field in fields), condition)
    with connection.wrap_database_errors, psycopg.Cursor[Any](connection.connection) as cursor:
        values = cursor.execute(text, parameters, prepare=True).fetchone()
    return values and model.from_db(connection.alias, [field.attname for field in fields], values)


@cache
def _select_from(table: str, columns: tuple[str, ...], condition: LiteralString) -> bytes:
    statement = SQL("select {} from {} where {}").format(
        SQL(", ").join(map(Identifier, columns)), Identifier(table), SQL(condition)
    )
    return statement.as_bytes(None)


@cache
def _insert_into(table: str, columns: tuple[str, ...]) -> bytes:
    comma = SQL(", ")
    statement = SQL("insert into {} ({}) values ({})").format(
        Identifier(table),
        comma.join(map(Identifier, columns)),
        comma.join([Placeholder()] * len(columns)),
    )
    return statement.as_bytes(None)

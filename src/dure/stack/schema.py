"""Whether program and database are of one version: an older program refuses a newer schema."""

from collections.abc import Iterable

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.migrations.executor import MigrationExecutor

from dure.kernel.errors import Refused


def check_not_newer() -> None:
    """Raise Refused when the database has seen migrations that this program does not know."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    known = set(executor.loader.disk_migrations)
    rooms = {app for app, _ in known}
    newer = sorted(
        f"{app}.{name}"
        for app, name in executor.loader.applied_migrations
        if (app, name) not in known and app in rooms
    )
    if newer:
        raise Refused("stack.newer_schema", migration=newer[-1])


def check_up_to_date() -> None:
    """Raise Refused unless the database is exactly at this program's version."""
    check_not_newer()
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if behind:
        raise Refused("stack.older_schema", count=len(behind))


def check_matches(tables: Iterable[type[models.Model]]) -> None:
    """
    Raise Refused when a table lacks a column that this program wants, or has one too many.

    So it is in a home made by a version between two releases, whose migrations bore the same
    names.
    """
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            "select table_name::text, array_agg(column_name::text) from information_schema.columns"
            " where table_schema = 'public' group by 1"
        )
        found = dict(cursor.fetchall())
    for table in tables:
        wanted = {field.column for field in table._meta.concrete_fields}
        if wanted != set(found.get(table._meta.db_table, ())):
            raise Refused("stack.other_schema", table=table._meta.db_table)

"""Bring the database to this program's version."""

import os

from dure.cli.django import set_up_django
from dure.stack.home import dure_home


def migrate() -> None:
    """
    Bring the database to this version of Dure. `dure up` does it by itself for its own database.

    For a database of your own, set DURE_DATABASE_URL to its owner's address first.
    """
    from dure.stack.outside import check_database, make_outside_roles
    from dure.stack.postgres import running_postgres

    home = dure_home().prepare()
    if url := os.environ.get("DURE_DATABASE_URL"):
        check_database(url)
        make_outside_roles(url, home)
        bring_up_to_date()
    else:
        with home.held(), running_postgres(home.path) as server:
            os.environ["DURE_DATABASE_URL"] = server.url("dure_owner")
            bring_up_to_date()
    print("The database is up to date.")


def bring_up_to_date() -> None:
    """Migrate forward and lay the row policies; refuse a database that is ahead of us."""
    set_up_django()
    from dure.stack.rowsecurity import apply_migrations
    from dure.stack.schema import check_not_newer

    check_not_newer()
    apply_migrations()

"""
A real PostgreSQL for all tests, migrated once by its owner, used by the bound role.

Tests connect as dure_worker: the row policies hold for it as they do for the web role,
but it may also act as the cooperative. So one test can act as everybody in turn.
"""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def postgres() -> Iterator["object"]:
    """Run the embedded PostgreSQL for the length of the session."""
    from dure.stack.home import dure_home
    from dure.stack.postgres import running_postgres

    with running_postgres(dure_home().path, durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def django_db_setup(postgres, django_db_blocker) -> Iterator[None]:
    """Migrate as the owner, then let Django's connection be the bound role."""
    from django.db import connection

    from dure.project.settings import database
    from dure.stack.rowsecurity import apply_migrations

    def connect_as(role: str) -> None:
        connection.close()
        connection.settings_dict.update(database(postgres.url(role)))

    with django_db_blocker.unblock():
        connect_as("dure_owner")
        apply_migrations()
        connect_as("dure_worker")
    yield
    connection.close()


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Keep pytest-django from renaming the database: it is ours and new."""


@pytest.fixture
def at():
    """Give the instant at which tests act, and set the stored clock to it."""
    from tests.cast import AT

    return AT

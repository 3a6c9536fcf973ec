"""A database of another version is refused before anything of it is touched."""

from contextlib import contextmanager
from types import SimpleNamespace

import psycopg
import pytest

from dure.kernel.errors import Refused
from dure.members.models import Firm
from dure.stack.rowsecurity import tenant_models
from dure.stack.schema import check_matches, check_not_newer, check_up_to_date

pytestmark = pytest.mark.django_db


@contextmanager
def applied(postgres, change, undo):
    """Change the list of applied migrations, as the database's owner, for a while."""
    with psycopg.connect(postgres.url("dure_owner"), autocommit=True) as owner:
        owner.execute(change)
        try:
            yield
        finally:
            owner.execute(undo)


def test_the_schema_of_this_version_is_taken():
    check_up_to_date()
    check_matches(tenant_models())


def test_a_database_ahead_of_the_program_is_refused_and_the_migration_named(postgres):
    name = "app = 'members' and name = '0999_later'"
    later = (
        "insert into django_migrations (app, name, applied) values ('members', '0999_later', now())"
    )

    with (
        applied(postgres, later, f"delete from django_migrations where {name}"),
        pytest.raises(Refused, match=r"newer_schema.*members\.0999_later"),
    ):
        check_not_newer()


def test_a_database_behind_the_program_is_refused_and_the_steps_counted(postgres):
    back = "update django_migrations set app = '{}' where app = '{}'"

    with (
        applied(postgres, back.format("gone", "settle"), back.format("settle", "gone")),
        pytest.raises(Refused, match=r"older_schema.*count=1"),
    ):
        check_up_to_date()


@pytest.mark.parametrize("change", ["lacking", "one too many", "no such table"])
def test_a_table_of_a_version_between_two_releases_is_refused_and_named(change):
    fields, table = list(Firm._meta.concrete_fields), Firm._meta.db_table
    match change:
        case "lacking":
            fields.append(SimpleNamespace(column="mood"))
        case "one too many":
            fields.pop()
        case _:
            table = "members_mood"
    other = SimpleNamespace(_meta=SimpleNamespace(db_table=table, concrete_fields=fields))

    with pytest.raises(Refused, match=f"other_schema.*{table}"):
        check_matches([Firm, other])

"""Check everything that Dure has kept, and name the first thing that was changed."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from dure.cli.django import set_up_django
from dure.kernel.reason import Reason
from dure.stack.home import Home, dure_home


def audit(
    home: Annotated[Path | None, typer.Option(help="The folder where everything lives.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Name all findings, not the first.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """
    Check everything: facts, rows, readings, the log and its witnesses.

    Names the first thing that was changed. Exit status 1 where something was; it changes
    nothing itself.
    """
    if home is not None:
        os.environ["DURE_HOME"] = str(home.expanduser().absolute())
    with _database(dure_home()):
        found = findings(every=every)
    if as_json:
        told = {"clean": not found, "findings": [one.as_json() for one in found]}
        print(json.dumps(told, ensure_ascii=False))
    else:
        _say(found)
    if found:
        raise typer.Exit(1)


def findings(*, every: bool) -> list[Reason]:
    """Audit this home in one snapshot of its database; gives the first finding, or all."""
    set_up_django()
    from django.db import connection

    from dure.kernel.actor import THE_COOPERATIVE
    from dure.prove.services.audit import audit as audited
    from dure.prove.services.audit import published_files
    from dure.prove.store.folder import shards
    from dure.stack.tenancy import acting

    published = published_files(shards())
    with connection.cursor() as cursor:
        cursor.execute("set default_transaction_isolation = 'repeatable read'")
    with acting(THE_COOPERATIVE):
        found = audited(shards(), published, dure_home().history)
        return list(islice(found, None if every else 1))


@contextmanager
def _database(home: Home) -> Iterator[None]:
    """Use the database that runs, or run the home's own for as long as the audit takes."""
    from dure.stack.outside import role_url
    from dure.stack.postgres import running_postgres

    if "DURE_DATABASE_URL" in os.environ or home.is_held():
        os.environ["DURE_DATABASE_URL"] = role_url(home, "dure_worker")
        yield
        return
    with home.prepare().held(), running_postgres(home.path) as server:
        os.environ["DURE_DATABASE_URL"] = server.url("dure_worker")
        yield
        _close_connections()


def _close_connections() -> None:
    from django.db import connections

    connections.close_all()


def _say(found: list[Reason]) -> None:
    from dure.portal.words import say

    if not found:
        print("이상이 없습니다 · Nothing was changed.")
    for reason in found:
        print(f"✗ {say(reason, 'ko')}\n  {say(reason, 'en')}")

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dure.stack.postgres import SUPERUSER, Postgres, running_postgres
from tests.stack.programs import ENVIRONMENT, python


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with running_postgres(tmp_path_factory.mktemp("pg"), durable=False) as running:
        yield running


def one(url: str, question: str) -> tuple[object, ...]:
    with psycopg.connect(url) as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return row


def test_it_works(server: Postgres) -> None:
    version = one(server.url(), "SHOW server_version_num")

    assert ("180004",) <= version


@pytest.mark.parametrize("role", ["dure_owner", "dure_web", "dure_worker"])
def test_each_role_enters_with_its_own_password_and_is_no_superuser(
    server: Postgres, role: str
) -> None:
    who = one(server.url(role), "SELECT current_user, usesuper FROM pg_user WHERE usename = user")

    assert (role, False) == who


def test_nobody_enters_with_a_wrong_password(server: Postgres) -> None:
    address = server.url("dure_web").replace("dure_web:", "dure_web:x")

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(address)


def test_it_listens_on_no_network_port(server: Postgres) -> None:
    listens = one(server.url(SUPERUSER, database="postgres"), "SHOW listen_addresses")

    assert ("",) == listens


def test_a_database_is_made_once_and_the_web_role_may_not_create_tables(server: Postgres) -> None:
    server.create_database("trial")
    server.create_database("trial")

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        one(server.url("dure_web", database="trial"), "CREATE TABLE t (n int)")
    server.drop_database("trial")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(server.url(database="trial"))


def test_it_sorts_hangul(server: Postgres) -> None:
    words = one(
        server.url(), "SELECT string_agg(w, '' ORDER BY w) FROM unnest('{다,가,나}'::text[]) w"
    )

    assert ("가나다",) == words


def test_what_was_committed_is_there_after_the_server_was_killed(tmp_path: Path) -> None:
    with running_postgres(tmp_path) as server:
        with psycopg.connect(server.url()) as connection:
            connection.execute("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
        assert server.child is not None
        server.child.kill()
        server.child.wait()
        server.start()

        kept = one(server.url(), "SELECT n FROM kept")

    assert (7,) == kept


KEEPER = """
import sys, time
from pathlib import Path
from dure.stack.postgres import running_postgres
with running_postgres(Path(sys.argv[1]), durable=False) as server:
    print(server.child.pid, flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of a parent's death")
def test_it_ends_cleanly_when_its_parent_is_killed(tmp_path: Path) -> None:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(python(KEEPER, tmp_path), env=ENVIRONMENT, **pipes) as keeper:
        assert keeper.stdout is not None
        server = os.pidfd_open(int(keeper.stdout.readline()))

        keeper.send_signal(signal.SIGKILL)

        wait_for_end(server)
    assert not (tmp_path / "pg" / "postmaster.pid").exists()


def wait_for_end(process: int) -> None:
    ended, _, _ = select.select([process], [], [], 10)
    assert ended, "the server outlived its parent"


def test_no_password_is_in_what_the_server_wrote(tmp_path: Path) -> None:
    with (tmp_path / "lines").open("wb") as log, running_postgres(tmp_path, log=log) as server:
        secrets = [file.read_text() for file in server.home.secrets.iterdir()]

    assert 4 == len(secrets)
    assert not any(secret in (tmp_path / "lines").read_text() for secret in secrets)

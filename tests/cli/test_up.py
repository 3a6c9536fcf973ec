"""Good days and bad days of `dure up`, with everything real."""

import os
import signal
import socket
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from dure.stack.postgres import running_postgres
from tests.cli.house import FREE_PORTS, Up, dure, is_gone, up, wait_until


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with up(tmp_path_factory.mktemp("house"), "--witnesses", "1") as started:
        yield started


def answer(address: str, context: ssl.SSLContext | None = None) -> str:
    with urllib.request.urlopen(address, timeout=30, context=context) as page:
        return page.read().decode()


def comes_back(running: Up, name: str, before: int | None) -> None:
    wait_until(lambda: running.pid(name) not in (None, before))
    wait_until(lambda: is_ready(running.house.address))


def is_ready(address: str) -> bool:
    try:
        return answer(f"{address}/readyz") == "ready\n"
    except OSError:
        return False


def test_it_works(running: Up) -> None:
    names = [each.name for each in running.house.processes]

    assert "ok\n" == answer(f"{running.house.address}/healthz")
    assert "ready\n" == answer(f"{running.house.address}/readyz")
    assert ["postgres", "nats", "web", "worker", "ingest", "sequencer", "witness-1"] == names
    assert f"Open {running.house.address} in a browser" in running.said


def test_status_says_what_runs(running: Up) -> None:
    said = dure("status", "--home", running.home.path)

    assert 0 == said.returncode
    assert f"Dure is running. Portal: {running.house.address}" in said.stdout
    assert "postgres" in said.stdout


def test_a_second_up_on_the_same_home_is_refused_in_one_line(running: Up) -> None:
    before = running.all_pids()

    second = dure("up", "--home", running.home.path, *FREE_PORTS)

    assert 1 == second.returncode
    assert f"dure: Dure is already running in {running.home.path}." in second.stderr
    assert 1 == second.stderr.count("\n")
    assert before == running.all_pids()


@pytest.mark.parametrize(
    "name", ["worker", "ingest", "sequencer", "witness-1", "web", "nats", "postgres"]
)
def test_what_is_killed_comes_back(running: Up, name: str) -> None:
    before = running.pid(name)
    assert before is not None

    os.kill(before, signal.SIGKILL)

    comes_back(running, name, before)


def test_each_process_knows_its_own_database_password_only(running: Up) -> None:
    secrets = {role: running.home.secret(f"database_dure_{role}") for role in ("owner", "web")}
    worker = Path(f"/proc/{running.pid('worker')}/environ").read_text()
    web = Path(f"/proc/{running.pid('web')}/environ").read_text()

    assert not any(secret in worker for secret in secrets.values())
    assert secrets["web"] in web
    assert secrets["owner"] not in web


def test_a_backup_is_taken_while_it_runs(running: Up, tmp_path: Path) -> None:
    serving = running.pid("web")

    taken = dure("backup", tmp_path / "elsewhere", "--home", running.home.path)
    came_back = dure(
        "restore", next((tmp_path / "elsewhere").iterdir()), "--home", tmp_path / "new"
    )

    assert 0 == taken.returncode, taken.stderr
    assert 0 == came_back.returncode, came_back.stderr
    assert "Start it: dure up" in came_back.stdout
    assert serving == running.pid("web")
    wait_until(lambda: not running.house.still)


PUBLIC = "log_origin"  # how the log is called, which every checkpoint says


def test_no_password_is_in_the_log(running: Up) -> None:
    log = (running.home.run / "log.jsonl").read_text()
    files = [file for file in running.home.secrets.iterdir() if file.name != PUBLIC]
    secrets = [file.read_text() for file in files]

    assert secrets
    assert [] == [secret for secret in secrets if secret in log]


def test_a_killed_supervisor_takes_all_with_it_and_up_starts_again_until_asked_to_stop(
    tmp_path: Path,
) -> None:
    with up(tmp_path) as first:
        of_first = first.all_pids()
        first.process.kill()
        with up(tmp_path) as second:
            of_second = second.all_pids()
            ready = is_ready(second.house.address)
            status = second.stop(signal.SIGINT)

    assert ready
    assert [] == [pid for pid in of_first if not is_gone(pid)]
    assert 0 == status
    assert "Dure is stopping" in second.said
    assert [] == [pid for pid in of_second if not is_gone(pid)]


@pytest.mark.parametrize("option", ["--port", "--mqtt-port", "--nats-port"])
def test_a_port_in_use_is_told_in_one_line_and_nothing_starts(tmp_path: Path, option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = dure("up", "--home", tmp_path, *FREE_PORTS, option, port)

    assert 1 == refused.returncode
    assert refused.stderr.startswith(f"dure: Port {port} is in use by another program.")
    assert 1 == refused.stderr.count("\n")
    assert not (tmp_path / "pg" / "PG_VERSION").exists()


def test_a_missing_permission_is_told_in_one_line() -> None:
    refused = dure("up", "--home", "/sys/dure", *FREE_PORTS)

    assert (1, 1) == (refused.returncode, refused.stderr.count("\n"))
    assert refused.stderr.startswith("dure: No permission to write to /sys/dure.")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", tmp_path], check=False
    )
    if mount.returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield tmp_path
    subprocess.run(["umount", tmp_path], check=True)


def test_a_full_disk_is_told_in_one_line_and_nothing_starts(small_disk: Path) -> None:
    refused = dure("up", "--home", small_disk, *FREE_PORTS)

    assert (1, 1) == (refused.returncode, refused.stderr.count("\n"))
    assert refused.stderr.startswith(f"dure: The disk is full: {small_disk}/run")
    assert [] == list((small_disk / "pg").iterdir())


def test_an_unreachable_database_is_told_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://dure_owner:very-secret@127.0.0.1:1/dure"

    refused = dure("up", "--home", tmp_path, *FREE_PORTS, DURE_DATABASE_URL=url)

    assert (1, 1) == (refused.returncode, refused.stderr.count("\n"))
    assert "names (127.0.0.1:1/dure) does not let us in" in refused.stderr
    assert "very-secret" not in refused.stderr


def test_an_unreachable_broker_is_told_and_the_database_is_not_left_running(tmp_path: Path) -> None:
    refused = dure("up", "--home", tmp_path, *FREE_PORTS, DURE_NATS_URL="nats://u:p@127.0.0.1:1")

    assert (1, 1) == (refused.returncode, refused.stderr.count("\n"))
    assert "names (127.0.0.1:1) does not answer" in refused.stderr
    assert not (tmp_path / "pg" / "postmaster.pid").exists()


@pytest.fixture(scope="module")
def own_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with running_postgres(tmp_path_factory.mktemp("own"), durable=False) as own:
        yield {"DURE_DATABASE_URL": own.url("postgres", database="dure")}


@pytest.fixture(scope="module")
def outside(own_database: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A house over a database of its owner's, open to the shop's network."""
    home = tmp_path_factory.mktemp("outside")
    migrated = dure("migrate", DURE_HOME=str(home), **own_database)
    assert "The database is up to date.\n" == migrated.stdout, migrated.stderr
    with up(home, "--lan", **own_database) as started:
        yield started


def trusting(running: Up) -> ssl.SSLContext:
    authority = running.home.files / "dure-local-authority.crt"
    return ssl.create_default_context(cafile=authority)


def test_a_database_of_ones_own_is_used_instead_of_ours(outside: Up) -> None:
    ready = answer(f"{outside.house.address}/readyz", trusting(outside))

    assert "ready\n" == ready
    assert "postgres" not in [each.name for each in outside.house.processes]
    assert [] == list(outside.home.pg.iterdir())


def test_phones_on_the_network_reach_it_over_https_and_learn_how_to_trust_it(outside: Up) -> None:
    page = answer(f"{outside.house.address}/healthz", trusting(outside))
    outside.hear("Compare the fingerprint")

    assert "ok\n" == page
    assert outside.house.address.startswith("https://")
    assert str(outside.home.files / "dure-local-authority.crt") in outside.said


def test_a_database_that_was_not_migrated_is_not_touched(tmp_path: Path) -> None:
    with running_postgres(tmp_path / "own", durable=False) as own:
        url = own.url("postgres", database="dure")
        refused = dure("up", "--home", tmp_path / "home", *FREE_PORTS, DURE_DATABASE_URL=url)

    assert 1 == refused.returncode
    assert 1 == refused.stderr.count("\n")
    assert "does not let us in" in refused.stderr

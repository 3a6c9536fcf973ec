"""
Backups: the database, the log, the readings and the files, as of one moment, in one folder.

    FOLDER/dure-20261121T204500Z/
      database.dump     pg_dump's custom format, without the rows of the tables kept apart
      log/ history/ files/ members.json
      contents.json     SHA-256 of every file: a restore checks it first

    KEYS/dure-20261121T204500Z/
      record-keys.dump  the rows kept apart: without them single facts cannot be proven
      made              when, so that a new name makes no backup younger
      secrets/
    KEYS/erased.json    what was erased up to the last backup: no restore brings it back

What was erased must not come back with a backup, so the record keys are kept apart, and not for
longer than 30 days: the next backup removes older ones, and a restore refuses them. The house may
run on: only the log and the readings hold still meanwhile. Either folder is whole or not there: it
is written under another name and renamed at the end.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import file_digest
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from dure.kernel.errors import Malformed, Refused, Unavailable
from dure.stack.home import Home, replace_file, told_plainly
from dure.stack.house import holding_still
from dure.stack.postgres import SUPERUSER, database_url, installed_programs, running_postgres

DATABASE, RECORD_KEYS, CONTENTS = "database.dump", "record-keys.dump", "contents.json"
FOLDERS = ("log", "history", "files")
LAID_OUT_AGAIN = ("static",)  # under files/: made at every start
MEMBERS = "members.json"
MADE, ERASED, PLACES = "made", "erased.json", "key-backups"
KEYS_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """
    The tables whose rows are kept apart, so that what is erased from them is gone in 30 days.

    erased is a query that gives the ids of what was erased, forget a statement that erases a list
    of such ids once more.
    """

    tables: Sequence[str]
    erased: str
    forget: str


def back_up(
    home: Home,
    folder: Path,
    *,
    apart: Apart,
    keys: Path | None = None,
    now: datetime | None = None,
) -> Path:
    """
    Write a backup into a new folder under folder, and give that folder.

    The rows that are kept apart go, with the secrets, under keys where that is given; older ones
    there are removed when their time is over. Raises Unavailable where the database cannot be
    dumped or the disk is full.
    """
    now = now or datetime.now(UTC)
    name = now.strftime("dure-%Y%m%dT%H%M%SZ")
    with ExitStack() as stack:
        url = stack.enter_context(_database(home))
        stack.enter_context(holding_still(home))
        whole = stack.enter_context(_whole_or_nothing(folder / name))
        _dump(url, whole / DATABASE, *(f"--exclude-table-data={t}" for t in apart.tables))
        _copy_home(home, whole)
        if keys is not None:
            private = stack.enter_context(_whole_or_nothing(keys / name))
            private.chmod(0o700)
            _dump(
                url, private / RECORD_KEYS, "--data-only", *(f"--table={t}" for t in apart.tables)
            )
            (private / MADE).write_text(now.isoformat())
            shutil.copytree(home.secrets, private / "secrets")
            _write_contents(private)
            _remember_erased(url, apart, keys)
        _write_contents(whole)
    if keys is not None:
        _remember_place(home, keys)
        for old in _too_old(keys, now):
            shutil.rmtree(old)
    return folder / name


def old_keys(home: Home, now: datetime | None = None) -> list[Path]:
    """Give the backups of record keys that are kept for longer than they may be, where known."""
    places = home.path / PLACES
    listed = places.read_text().splitlines() if places.exists() else []
    return [old for place in listed for old in _too_old(Path(place), now or datetime.now(UTC))]


def restore(
    home: Home,
    backup: Path,
    *,
    apart: Apart,
    keys: Path | None = None,
    now: datetime | None = None,
) -> None:
    """
    Bring a backup back into a home in which nothing lives yet.

    What was erased since, as far as the place of the keys knows, is erased again. Raises Malformed
    when a file of the backup is missing or differs, Refused when the home is lived in or the keys
    are older than they may be, Unavailable when the database does not take it. In the last case the
    home is empty again.
    """
    check_contents(backup)
    if keys is not None:
        check_contents(keys)
        if _age(keys, now or datetime.now(UTC)) > KEYS_KEPT:
            raise Refused("stack.keys_too_old", folder=str(keys), days=KEYS_KEPT.days)
    if any((home.pg).glob("*")):
        raise Refused("stack.home_not_empty", home=str(home.path))
    home.prepare()
    with home.held(), _emptied_on_failure(home):
        if keys is not None:
            shutil.copytree(keys / "secrets", home.secrets, dirs_exist_ok=True)
        for name in FOLDERS:
            shutil.copytree(backup / name, home.path / name, dirs_exist_ok=True)
        if (backup / MEMBERS).exists():
            shutil.copy2(backup / MEMBERS, home.nats / MEMBERS)
        with running_postgres(home.path) as server:
            url = server.url(SUPERUSER)
            _run("pg_restore", url, "--exit-on-error", "--dbname=dure", str(backup / DATABASE))
            if keys is not None:
                _run("pg_restore", url, "--dbname=dure", str(keys / RECORD_KEYS))
                _erase_again(server.url(SUPERUSER, database="dure"), apart, keys.parent)


def check_contents(folder: Path) -> None:
    """Raise Malformed unless every file of a backup is there and as it was written."""
    listing = folder / CONTENTS
    if not listing.exists():
        raise Malformed("stack.no_backup", folder=str(folder))
    for name, digest in json.loads(listing.read_text()).items():
        file = folder / name
        if not file.exists() or _digest(file) != digest:
            raise Malformed("stack.backup_damaged", file=str(file))


@contextmanager
def _database(home: Home) -> Iterator[str]:
    """Give an address that sees all rows; start our own database for it if nothing runs."""
    if outside := os.environ.get("DURE_DATABASE_URL"):
        yield outside
    elif home.is_held():
        yield database_url(home, SUPERUSER, database="dure")
    else:
        with home.held(), running_postgres(home.path) as server:
            yield server.url(SUPERUSER)


@contextmanager
def _whole_or_nothing(goal: Path) -> Iterator[Path]:
    draft = goal.with_name(goal.name + ".part")
    with told_plainly(goal.parent):
        draft.mkdir(parents=True)
        try:
            yield draft
            draft.rename(goal)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def _emptied_on_failure(home: Home) -> Iterator[None]:
    try:
        with told_plainly(home.path):
            yield
    except BaseException:
        for folder in (home.pg, home.log, home.history, home.files, home.nats):
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _remember_erased(url: str, apart: Apart, place: Path) -> None:
    """Add what was erased to what the place of the keys knows of it: for older backups there."""
    with psycopg.connect(url) as connection:
        erased = {str(row[0]) for row in connection.execute(apart.erased.encode())}
    listed = sorted(erased | set(_erased(place)))
    replace_file(place / ERASED, json.dumps(listed, indent=1))


def _erased(place: Path) -> list[str]:
    file = place / ERASED
    listed: list[str] = json.loads(file.read_text()) if file.exists() else []
    return listed


def _erase_again(url: str, apart: Apart, place: Path) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(apart.forget.encode(), [_erased(place)])


def _remember_place(home: Home, keys: Path) -> None:
    places = home.path / PLACES
    known = places.read_text().splitlines() if places.exists() else []
    listed = sorted({*known, str(keys.absolute())})
    replace_file(places, "".join(f"{place}\n" for place in listed))


def _too_old(place: Path, now: datetime) -> list[Path]:
    found = [made.parent for made in sorted(place.glob(f"dure-*/{MADE}"))]
    return [folder for folder in found if _age(folder, now) > KEYS_KEPT]


def _age(folder: Path, now: datetime) -> timedelta:
    try:
        return now - datetime.fromisoformat((folder / MADE).read_text())
    except (FileNotFoundError, ValueError) as odd:
        raise Malformed("stack.no_backup", folder=str(folder)) from odd


def _copy_home(home: Home, goal: Path) -> None:
    passed_over = shutil.ignore_patterns(*LAID_OUT_AGAIN)
    for name in FOLDERS:
        shutil.copytree(home.path / name, goal / name, ignore=passed_over)
    if (home.nats / MEMBERS).exists():
        shutil.copy2(home.nats / MEMBERS, goal / MEMBERS)


def _write_contents(folder: Path) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    digests = {str(path.relative_to(folder)): _digest(path) for path in files}
    (folder / CONTENTS).write_text(json.dumps(digests, ensure_ascii=False, indent=1))


def _dump(url: str, file: Path, *options: str) -> None:
    _run("pg_dump", url, "--format=custom", f"--file={file}", *options)


def _run(program: str, url: str, *options: str) -> None:
    """Run a program of PostgreSQL; the password goes by the environment, where `ps` is blind."""
    parts = conninfo_to_dict(url)
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
    names["dbname"] = "PGDATABASE"
    given = {names[key]: str(value) for key, value in parts.items() if key in names}
    command = [str(installed_programs() / program), *options]
    done = subprocess.run(
        command, env={**os.environ, **given}, check=False, capture_output=True, text=True
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if "error" in line] or ["?"]
        raise Unavailable("stack.dump_failed", program=program, problem=said[0])


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return file_digest(opened, "sha256").hexdigest()

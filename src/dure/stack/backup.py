"""
Backups: the database, the log, the readings and the files, as of one moment, in one folder.

    FOLDER/dure-20261121T204500Z/
      database.dump     pg_dump's custom format, without the rows of the tables kept apart
      log/ history/ files/ members.json
      contents.json     SHA-256 of every file: a restore checks it first

    KEYS/dure-20261121T204500Z/
      record-keys.dump  the rows kept apart: without them single facts cannot be proven
      secrets/

What was erased must not come back with a backup, so the record keys are kept apart, and not for
longer than 30 days. The house may run on: only the log and the readings hold still meanwhile.
Either folder is whole or not there: it is written under another name and renamed at the end.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from dure.kernel.errors import Malformed, Refused, Unavailable
from dure.stack.home import Home, told_plainly
from dure.stack.house import holding_still
from dure.stack.postgres import SUPERUSER, database_url, installed_programs, running_postgres

DATABASE, RECORD_KEYS, CONTENTS = "database.dump", "record-keys.dump", "contents.json"
FOLDERS = ("log", "history", "files")
LAID_OUT_AGAIN = ("static",)  # under files/: made at every start
MEMBERS = "members.json"


def back_up(home: Home, folder: Path, *, apart: Sequence[str], keys: Path | None = None) -> Path:
    """
    Write a backup into a new folder under folder, and give that folder.

    apart names the tables whose rows are left out; they go, with the secrets, under keys where
    that is given. Raises Unavailable where the database cannot be dumped or the disk is full.
    """
    name = datetime.now(UTC).strftime("dure-%Y%m%dT%H%M%SZ")
    with ExitStack() as stack:
        url = stack.enter_context(_database(home))
        stack.enter_context(holding_still(home))
        whole = stack.enter_context(_whole_or_nothing(folder / name))
        _dump(url, whole / DATABASE, *(f"--exclude-table-data={table}" for table in apart))
        _copy_home(home, whole)
        if keys is not None:
            private = stack.enter_context(_whole_or_nothing(keys / name))
            private.chmod(0o700)
            _dump(url, private / RECORD_KEYS, "--data-only", *(f"--table={t}" for t in apart))
            shutil.copytree(home.secrets, private / "secrets")
            _write_contents(private)
        _write_contents(whole)
    return folder / name


def restore(home: Home, backup: Path, *, keys: Path | None = None) -> None:
    """
    Bring a backup back into a home in which nothing lives yet.

    Raises Malformed when a file of the backup is missing or differs, Refused when the home is
    lived in, Unavailable when the database does not take it. In the last case the home is empty
    again.
    """
    check_contents(backup)
    if keys is not None:
        check_contents(keys)
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

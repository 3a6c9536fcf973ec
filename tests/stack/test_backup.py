"""Backups of a real database and real files, taken and brought back."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from dure.kernel.errors import Malformed, Refused, Unavailable
from dure.stack.backup import KEYS_KEPT, Apart, back_up, old_keys, restore
from dure.stack.home import Home
from dure.stack.nats import admit
from dure.stack.postgres import database_url, running_postgres

TABLES = """
CREATE TABLE fact (n int PRIMARY KEY, body text);
CREATE TABLE fact_key (n int PRIMARY KEY REFERENCES fact, key text);
ALTER TABLE fact ENABLE ROW LEVEL SECURITY;
ALTER TABLE fact FORCE ROW LEVEL SECURITY;
CREATE POLICY nobody ON fact USING (false) WITH CHECK (true);
INSERT INTO fact VALUES (1, '두레');
INSERT INTO fact_key VALUES (1, 'salt');
CREATE TABLE erased (n int);
"""
APART = Apart(
    tables=("public.fact_key",),
    erased="SELECT n FROM erased",
    forget="DELETE FROM fact_key WHERE n = ANY(%s::int[])",
)
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = Home(tmp_path_factory.mktemp("lived")).prepare()
    with running_postgres(home.path, durable=False) as server:
        with psycopg.connect(server.url()) as connection:
            connection.execute(TABLES)
        (home.log / "tile").mkdir()
        (home.log / "tile" / "000").write_bytes(b"leaf")
        (home.files / "drawing.pdf").write_bytes(b"%PDF")
        (home.files / "static").mkdir()
        (home.files / "static" / "style.css").write_bytes(b"")
        admit(home, "F001")
        with home.held():
            yield home


@pytest.fixture(scope="module")
def backup(lived_in: Home, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    place = tmp_path_factory.mktemp("elsewhere")
    lived_in.secret("custody_key")
    (lived_in.run / "house.json").unlink(missing_ok=True)
    made = back_up(lived_in, place / "all", apart=APART, keys=place / "keys")
    return made, place / "keys" / made.name


def rows(home: Home, table: str) -> list[tuple[object, ...]]:
    with (
        running_postgres(home.path, durable=False) as server,
        psycopg.connect(server.url("postgres", database="dure")) as connection,
    ):
        return connection.execute(f"SELECT * FROM {table}").fetchall()


def test_what_was_backed_up_comes_back(
    backup: tuple[Path, Path], lived_in: Home, tmp_path: Path
) -> None:
    whole, keys = backup
    home = Home(tmp_path / "new")

    restore(home, whole, apart=APART, keys=keys)

    assert [(1, "두레")] == rows(home, "fact")
    assert [(1, "salt")] == rows(home, "fact_key")
    assert b"leaf" == (home.log / "tile" / "000").read_bytes()
    assert b"%PDF" == (home.files / "drawing.pdf").read_bytes()
    assert lived_in.secret("custody_key") == home.secret("custody_key")
    assert admit(lived_in, "F001") == admit(home, "F001")


def test_what_opens_single_records_is_kept_apart(backup: tuple[Path, Path], tmp_path: Path) -> None:
    whole, keys = backup
    home = Home(tmp_path / "new")

    restore(home, whole, apart=APART)

    assert [] == rows(home, "fact_key")
    assert not list(whole.rglob("*key*"))
    assert 0o700 == keys.stat().st_mode & 0o777


def test_what_is_laid_out_again_at_each_start_is_left_out(backup: tuple[Path, Path]) -> None:
    assert not (backup[0] / "files" / "static").exists()


def test_a_changed_backup_is_refused_before_anything_is_written(
    backup: tuple[Path, Path], tmp_path: Path
) -> None:
    changed = shutil.copytree(backup[0], tmp_path / "changed")
    (changed / "log" / "tile" / "000").write_bytes(b"leaF")

    with pytest.raises(Malformed, match=r"backup_damaged.*tile/000"):
        restore(Home(tmp_path / "new"), changed, apart=APART)
    assert not (tmp_path / "new").exists()


def test_a_folder_that_is_no_backup_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match=r"stack\.no_backup"):
        restore(Home(tmp_path / "new"), tmp_path, apart=APART)


def test_nothing_that_lives_is_written_over(backup: tuple[Path, Path], lived_in: Home) -> None:
    with pytest.raises(Refused, match=r"stack\.home_not_empty"):
        restore(lived_in, backup[0], apart=APART)


def test_a_restore_that_fails_leaves_nothing_half_done(
    backup: tuple[Path, Path], tmp_path: Path
) -> None:
    broken = shutil.copytree(backup[0], tmp_path / "broken")
    (broken / "database.dump").write_bytes(b"PGDMP nonsense")
    (broken / "contents.json").write_text("{}")
    home = Home(tmp_path / "new")

    with pytest.raises(Unavailable, match=r"stack\.dump_failed"):
        restore(home, broken, apart=APART)
    assert not home.pg.exists()
    restore(home, backup[0], apart=APART)
    assert [(1, "두레")] == rows(home, "fact")


def test_keys_that_are_older_than_they_may_be_are_refused_whatever_they_are_called(
    lived_in: Home, tmp_path: Path
) -> None:
    made = back_up(lived_in, tmp_path / "all", apart=APART, keys=tmp_path / "keys", now=NOW)
    renamed = (tmp_path / "keys" / made.name).rename(tmp_path / "keys/dure-29991231T000000Z")
    home, last = Home(tmp_path / "new"), NOW + KEYS_KEPT

    with pytest.raises(Refused, match=r"stack\.keys_too_old"):
        restore(home, made, apart=APART, keys=renamed, now=last + timedelta(seconds=1))
    assert not home.path.exists()
    restore(home, made, apart=APART, keys=renamed, now=last)
    assert [(1, "salt")] == rows(home, "fact_key")


def test_the_next_backup_removes_keys_whose_time_is_over(lived_in: Home, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    for days in (0, 29, 31):
        back_up(lived_in, tmp_path / "all", apart=APART, keys=keys, now=NOW + timedelta(days=days))

    left = sorted(folder.name for folder in keys.glob("dure-*"))
    assert ["dure-20261222T010000Z", "dure-20261224T010000Z"] == left
    assert 3 == len(list((tmp_path / "all").iterdir()))


def test_keys_that_nobody_removed_are_known(lived_in: Home, tmp_path: Path) -> None:
    made = back_up(lived_in, tmp_path / "all", apart=APART, keys=tmp_path / "keys", now=NOW)

    assert tmp_path / "keys" / made.name not in old_keys(lived_in, NOW + KEYS_KEPT)
    assert tmp_path / "keys" / made.name in old_keys(lived_in, NOW + timedelta(days=31))


def test_an_older_backup_does_not_undo_an_erasure(lived_in: Home, tmp_path: Path) -> None:
    """Erased after the backup that is restored, and before the last one."""
    older = back_up(lived_in, tmp_path / "all", apart=APART, keys=tmp_path / "keys", now=NOW)
    url = database_url(lived_in, "dure_owner")
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO erased VALUES (1)")
    back_up(
        lived_in, tmp_path / "all", apart=APART, keys=tmp_path / "keys", now=NOW + timedelta(days=1)
    )
    home = Home(tmp_path / "new")

    restore(home, older, apart=APART, keys=tmp_path / "keys" / older.name, now=NOW)

    assert [(1, "두레")] == rows(home, "fact")
    assert [] == rows(home, "fact_key")
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM erased")

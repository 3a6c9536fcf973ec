"""Backups of a real database and real files, taken and brought back."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dure.kernel.errors import Malformed, Refused, Unavailable
from dure.stack.backup import back_up, restore
from dure.stack.home import Home
from dure.stack.nats import admit
from dure.stack.postgres import running_postgres

TABLES = """
CREATE TABLE fact (n int PRIMARY KEY, body text);
CREATE TABLE fact_key (n int PRIMARY KEY REFERENCES fact, key text);
ALTER TABLE fact ENABLE ROW LEVEL SECURITY;
ALTER TABLE fact FORCE ROW LEVEL SECURITY;
CREATE POLICY nobody ON fact USING (false) WITH CHECK (true);
INSERT INTO fact VALUES (1, '두레');
INSERT INTO fact_key VALUES (1, 'salt');
"""


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
    made = back_up(lived_in, place / "all", apart=["public.fact_key"], keys=place / "keys")
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

    restore(home, whole, keys=keys)

    assert [(1, "두레")] == rows(home, "fact")
    assert [(1, "salt")] == rows(home, "fact_key")
    assert b"leaf" == (home.log / "tile" / "000").read_bytes()
    assert b"%PDF" == (home.files / "drawing.pdf").read_bytes()
    assert lived_in.secret("custody_key") == home.secret("custody_key")
    assert admit(lived_in, "F001") == admit(home, "F001")


def test_what_opens_single_records_is_kept_apart(backup: tuple[Path, Path], tmp_path: Path) -> None:
    whole, keys = backup
    home = Home(tmp_path / "new")

    restore(home, whole)

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
        restore(Home(tmp_path / "new"), changed)
    assert not (tmp_path / "new").exists()


def test_a_folder_that_is_no_backup_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match=r"stack\.no_backup"):
        restore(Home(tmp_path / "new"), tmp_path)


def test_nothing_that_lives_is_written_over(backup: tuple[Path, Path], lived_in: Home) -> None:
    with pytest.raises(Refused, match=r"stack\.home_not_empty"):
        restore(lived_in, backup[0])


def test_a_restore_that_fails_leaves_nothing_half_done(
    backup: tuple[Path, Path], tmp_path: Path
) -> None:
    broken = shutil.copytree(backup[0], tmp_path / "broken")
    (broken / "database.dump").write_bytes(b"PGDMP nonsense")
    (broken / "contents.json").write_text("{}")
    home = Home(tmp_path / "new")

    with pytest.raises(Unavailable, match=r"stack\.dump_failed"):
        restore(home, broken)
    assert not home.pg.exists()
    restore(home, backup[0])
    assert [(1, "두레")] == rows(home, "fact")

"""A member's whole history leaves by the command line, and by nobody's grace."""

import pyarrow.parquet as pq
import pytest

from dure.cli.entry import run
from dure.make.history import inbox
from tests.make.history.test_inbox import capture, rows, taken_in

__all__ = ["capture"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home whose history is the folder that the capture writes."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home/history").symlink_to(tmp_path)
    return tmp_path / "home"


@pytest.fixture
def filled(tmp_path, capture):
    inbox.put(tmp_path, "F001", "a", rows(1, 2))
    taken_in(capture)
    inbox.put(tmp_path, "F002", "b", rows(3))
    taken_in(capture)


def test_all_readings_of_one_member_leave_in_one_file(filled, home, tmp_path, capsys):
    target = tmp_path / "out.parquet"

    status = run(["export", "F001", str(target), "--home", str(home)])

    assert 0 == status
    assert "2 readings of F001" in capsys.readouterr().out
    assert [1.0, 2.0] == pq.read_table(target).column("value").to_pylist()


def test_a_file_that_is_there_is_never_written_over(filled, home, tmp_path, capsys):
    target = tmp_path / "out.parquet"
    target.write_text("mine")

    assert 1 == run(["export", "F001", str(target), "--home", str(home)])

    assert "mine" == target.read_text()
    assert "Give another name" in capsys.readouterr().err


def test_a_member_without_history_is_told_so(filled, home, tmp_path, capsys):
    assert 1 == run(["export", "F009", str(tmp_path / "x.parquet"), "--home", str(home)])

    assert "no history of F009" in capsys.readouterr().err
    assert not (tmp_path / "x.parquet").exists()

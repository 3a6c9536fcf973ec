"""What `dure demo` writes for others: no password that nobody asked for, addresses whole."""

import json
from io import StringIO

import pytest
from rich.console import Console

from dure.cli.demo import LOG_WIDTH, Terminal, _console, _show, _write

LINK = "http://127.0.0.1:8000/proof/lots/01a2009d-96a7-79a6-bee9-ddd80c09af4d/?t=" + "A" * 43
TOLD = {
    "seed": 1,
    "stages": [{"stage": "prove", "seconds": 1.5, "passport": LINK}],
    "sign_ins": [
        {
            "who": "buyer, 한빛 카페",
            "email": "buyer@hanbit.guro-dure.example",
            "password": "iF1nTsgDwdfxD-OJ",
        }
    ],
}


@pytest.fixture
def paper():
    """A narrow place to print to that is no terminal."""
    return Console(file=StringIO(), width=40)


def test_the_summary_holds_ids_and_amounts_and_no_password(tmp_path):
    _write(tmp_path / "summary.json", TOLD, passwords=False)

    written = (tmp_path / "summary.json").read_text(encoding="utf-8")
    assert LINK == json.loads(written)["stages"][0]["passport"]
    assert "iF1nTsgDwdfxD-OJ" not in written


def test_whoever_asks_for_passwords_gets_them_in_a_file_of_ones_own(tmp_path):
    file = tmp_path / "summary.json"

    _write(file, TOLD, passwords=True)

    assert TOLD == json.loads(file.read_text(encoding="utf-8"))
    assert 0o600 == file.stat().st_mode & 0o777


def test_an_address_stays_on_one_line_however_narrow_the_paper(paper):
    Terminal(paper, "http://127.0.0.1:8000", play=False).line(f"Passport: {LINK}")

    assert f"  Passport: {LINK}\n" == paper.file.getvalue()


def test_what_is_typed_to_sign_in_stays_whole_in_the_table(paper):
    paper.width = 80

    _show(paper, TOLD)

    assert "buyer@hanbit.guro-dure.example" in paper.file.getvalue()
    assert "iF1nTsgDwdfxD-OJ" in paper.file.getvalue()


def test_a_pipe_is_as_wide_as_the_tables_need(monkeypatch):
    monkeypatch.setattr("sys.stdout", StringIO())

    assert LOG_WIDTH == _console().width

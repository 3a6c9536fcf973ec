import json

from dure.buy.engine.form import problem_as_json
from dure.cli.entry import run
from tests.buy.engine.rounds import need, offer, round_of, supplier

ROUND = round_of(need(1, 9), need(2, 4), offer(1, (1, 100), (10, 90)), supplier(1, 500))


def write(folder, value):
    file = folder / "round.json"
    file.write_text(json.dumps(value))
    return str(file)


def test_it_works(tmp_path, capsys):
    out = tmp_path / "award.json"

    assert 0 == run(["buy", "solve", write(tmp_path, problem_as_json(ROUND)), "--out", str(out)])
    assert 0 == run(["buy", "replay", str(out)])

    said = capsys.readouterr().out
    assert "1,670 won from 1 suppliers" in said
    assert "the same, byte by byte: 1,670 won" in said


def test_a_changed_decision_is_found(tmp_path, capsys):
    out = tmp_path / "award.json"
    run(["buy", "solve", write(tmp_path, problem_as_json(ROUND)), "--out", str(out)])
    out.write_bytes(out.read_bytes().replace(b'"total":1670', b'"total":1671'))

    assert 1 == run(["buy", "replay", str(out)])
    assert "recomputed" in capsys.readouterr().err


def test_a_round_that_cannot_be_bought_says_why(tmp_path, capsys):
    lonely = write(tmp_path, problem_as_json(round_of(need(1, 9))))

    assert 1 == run(["buy", "solve", lonely, "--out", str(tmp_path / "x")])
    assert "Nobody offers item 1." in capsys.readouterr().out


def test_a_file_that_is_not_there_is_said_in_one_line(tmp_path, capsys):
    assert 1 == run(["buy", "replay", str(tmp_path / "nothing")])
    assert 1 == len(capsys.readouterr().err.splitlines())

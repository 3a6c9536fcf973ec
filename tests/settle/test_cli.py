from dure.cli.entry import run
from dure.settle.engine.form import settlement_bytes
from dure.settle.engine.rulebook import rules
from tests.settle.engine.orders import delivered, step


def test_it_works(tmp_path, capsys):
    file = tmp_path / "settlement.json"
    file.write_bytes(settlement_bytes(delivered(step(1, 7, 100)), rules("framework"), ()))

    assert 0 == run(["settle", "replay", str(file)])
    assert "the same, byte by byte" in capsys.readouterr().out


def test_a_changed_settlement_is_found(tmp_path, capsys):
    file = tmp_path / "settlement.json"
    stored = settlement_bytes(delivered(step(1, 7, 100)), rules("framework"), ())
    file.write_bytes(stored.replace(b'"fee":3', b'"fee":4'))

    assert 1 == run(["settle", "replay", str(file)])
    assert "not what is stored" in capsys.readouterr().err

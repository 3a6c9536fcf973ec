import json
from pathlib import Path

import pytest

import bench as benches
from bench import Figure, seconds
from dure.cli import bench, entry

FIGURE = Figure(name="loops", value=200.04, unit="1/s", reach=100, peer="a limit", peer_value=400)

TRIAL = """
from bench import Figure
def figures():
    yield Figure(name="loops", value=2, unit="1/s", reach=1, peer="a limit", peer_value=4)
"""


@pytest.fixture
def own_bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bench called trial_of_the_harness, found beside the real ones."""
    folder = tmp_path / "bench"
    folder.mkdir()
    (folder / "trial_of_the_harness.py").write_text(TRIAL)
    monkeypatch.setattr(benches, "__path__", [*benches.__path__, str(folder)])
    monkeypatch.setattr(bench, "ROOT", tmp_path)
    return "trial_of_the_harness"


def test_it_prints_and_writes_each_figure_with_its_peer_and_ratio(
    own_bench: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = entry.run(["bench", own_bench, "--json", str(tmp_path / "figures.json")])

    written = json.loads((tmp_path / "figures.json").read_text())
    assert 0 == status
    assert {"bench", "commit", "cores", "figures"} == set(written)
    assert [
        {
            "name": "loops",
            "value": 2,
            "unit": "1/s",
            "reach": 1,
            "peer": "a limit",
            "peer_value": 4,
            "ratio": 0.5,
        }
    ] == written["figures"]
    assert "0.5 times a limit" in capsys.readouterr().out


def test_an_unknown_bench_is_refused_with_those_that_there_are(
    own_bench: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = entry.run(["bench", "nothing"])

    assert 1 == status
    assert f"There are: {own_bench}." in capsys.readouterr().err


def test_figures_are_told_to_four_digits() -> None:
    assert (200.0, 0.5001) == (FIGURE.as_json()["value"], FIGURE.as_json()["ratio"])


def test_every_room_with_a_bench_is_found() -> None:
    assert "stack" in bench.benches()


def test_the_least_of_several_runs_counts() -> None:
    runs: list[int] = []

    taken = seconds(lambda: runs.append(1), times=4)

    assert 4 == len(runs)
    assert 0 <= taken

import json

import pytest
from typer.testing import CliRunner

from dure.cli.match import app
from dure.kernel.errors import Malformed
from tests.match.engine.coops import USUAL

COOP = {
    "skills": [
        {**USUAL, "member": 1, "process": "press"},
        {**USUAL, "member": 2, "process": "press", "unit_won": 90, "licences": ["food"]},
        {**USUAL, "member": 3, "process": "paint"},
    ]
}
NEED = {
    "tasks": [
        {"code": "press", "process": "press", "quantity": 100},
        {"code": "paint", "process": "paint", "quantity": 100, "after": ["press"]},
    ]
}


def solve(folder, coop, need):
    (folder / "coop.json").write_text(json.dumps(coop))
    (folder / "need.json").write_text(json.dumps(need))
    named = [str(folder / name) for name in ("coop.json", "need.json", "cluster.json")]
    said = CliRunner().invoke(app, ["solve", *named[:2], "--out", named[2]])
    return said, folder / "cluster.json"


def test_it_works(tmp_path):
    said, out = solve(tmp_path, COOP, NEED)

    assert 0 == said.exit_code
    assert "cheap: 39,000 won, at most 0.00 % above the best" in said.output
    cheap = json.loads(out.read_text())["alternatives"][0]
    assert [2, 3] == [choice["member"] for choice in cheap["choices"]]
    assert cheap["cost"] == cheap["bound"]


def test_a_need_that_nobody_can_meet_is_an_answer_with_its_reason(tmp_path):
    weld = {"tasks": [{"code": "weld", "process": "weld", "quantity": 1}]}

    said, out = solve(tmp_path, COOP, weld)

    assert 1 == said.exit_code
    assert ["match.nobody_has"] == [
        reason["code"] for reason in json.loads(out.read_text())["blocking"]
    ]


@pytest.mark.parametrize(
    "skill",
    [{}, {**COOP["skills"][0], "lot_min": -1}, {**COOP["skills"][0], "unit_won": 0.5}, 7],
)
def test_a_capability_with_impossible_numbers_is_refused(tmp_path, skill):
    said, _ = solve(tmp_path, {"skills": [skill]}, NEED)

    assert isinstance(said.exception, Malformed)
    assert "match.file_shape" == said.exception.reason.code

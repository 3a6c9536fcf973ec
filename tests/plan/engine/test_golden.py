"""One folder for each behaviour: a problem, what is expected of it, and why."""

import json
from pathlib import Path

import pytest

from dure.plan.engine.budget import Steps
from dure.plan.engine.check import check
from dure.plan.engine.read import read_problem
from dure.plan.engine.solve import solve

FOLDERS = sorted((Path(__file__).parents[2] / "golden/plan").iterdir())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_it_plans_as_expected(folder):
    file = folder / "problem.plan.json"
    problem = read_problem(file.name, file.read_bytes())
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))

    plan = solve(problem, seed=1, budget=Steps(640))

    slots = [[slot.job, slot.operation, slot.machine, slot.start, slot.end] for slot in plan.slots]
    unplanned = {str(job): why.code for job, why in plan.unplanned.items()}
    assert (expected["objective"], expected["unplanned"]) == (plan.objective, unplanned)
    assert expected["slots"] == slots
    check(problem, plan.slots, unplanned=tuple(plan.unplanned))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_it_says_why(folder):
    assert 80 < len((folder / "why.md").read_text(encoding="utf-8"))

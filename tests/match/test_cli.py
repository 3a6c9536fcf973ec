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
PRESS = {"code": "press", "process": "press", "quantity": 100}
PAINT = {"code": "paint", "process": "paint", "quantity": 100, "after": ["press"]}
NEED = {"tasks": [PRESS, PAINT]}


def solve(folder, coop, need):
    (folder / "coop.json").write_text(json.dumps(coop))
    (folder / "need.json").write_text(json.dumps(need))
    named = [str(folder / name) for name in ("coop.json", "need.json", "cluster.json")]
    said = CliRunner().invoke(app, ["solve", *named[:2], "--out", named[2]])
    out = folder / "cluster.json"
    return said, json.loads(out.read_text()) if out.exists() else None


def member(number, *skills, **more):
    return {"member": number, "east_m": 0, "north_m": 0, "skills": list(skills), **more}


def can(process, **more):
    return {**USUAL, "process": process, **more}


def test_it_works(tmp_path):
    said, found = solve(tmp_path, COOP, NEED)

    assert 0 == said.exit_code
    assert "cheap: 39,000 won, at most 0.00 % above the best" in said.output
    cheap = found["alternatives"][0]
    assert [2, 3] == [choice["member"] for choice in cheap["choices"]]
    assert cheap["cost"] == cheap["bound"]


def test_members_may_hold_their_skills_and_go_by_names(tmp_path):
    coop = {"members": [member("가람", can("press")), member("한들", can("paint"), region="구로")]}

    _, found = solve(tmp_path, coop, NEED)

    assert ["가람", "한들"] == [one["member"] for one in found["alternatives"][0]["choices"]]


@pytest.mark.parametrize(
    ("of_skill", "of_member", "of_task", "of_need", "code"),
    [
        ({}, {"consents": False}, {}, {}, "match.no_consent_blocks"),
        ({}, {"refuses": ["Hanbit"]}, {}, {"buyer": "Hanbit"}, "match.no_consent_blocks"),
        ({}, {}, {"licences": ["food"]}, {}, "match.no_licence_blocks"),
        (
            {},
            {"licences": {"food": "2026-12-09"}},
            {"licences": ["food"]},
            {"window": {"until": "2026-12-10"}},
            "match.no_licence_blocks",
        ),
        (
            {},
            {"certificates": [{"kind": "ISO 13485", "until": "2026-12-09"}]},
            {"certificates": ["ISO 13485"]},
            {"window": {"until": "2026-12-10"}},
            "match.no_certificate_blocks",
        ),
        ({"materials": ["AL6061"]}, {}, {"material": "STS304"}, {}, "match.other_material_blocks"),
        (
            {"envelope_mm": [300, 200, 100]},
            {},
            {"envelope_mm": [50, 210, 210]},
            {},
            "match.too_large_blocks",
        ),
        ({"tolerance": "IT8"}, {}, {"tolerance": 7}, {}, "match.too_coarse_blocks"),
        ({"lot_max": 99}, {}, {}, {}, "match.lot_range_blocks"),
        ({"free_minutes": 80}, {}, {}, {}, "match.no_free_time_blocks"),
        (
            {"free": [["2026-12-01", "2026-12-10", 170]]},
            {},
            {},
            {"window": {"from": "2026-12-01", "until": "2026-12-05"}},
            "match.no_free_time_blocks",
        ),
        ({}, {}, {"excluded": [1]}, {}, "match.excluded_blocks"),
        ({}, {}, {"critical": True}, {}, "match.too_few_firms_blocks"),
        ({}, {}, {"process": "weld"}, {}, "match.nobody_has"),
    ],
)
def test_what_would_have_to_give_is_said_and_without_it_there_is_a_way(
    tmp_path, of_skill, of_member, of_task, of_need, code
):
    coop = {"members": [member(1, can("press", **of_skill), **of_member)]}

    said, blocked = solve(tmp_path, coop, {"tasks": [PRESS | of_task], **of_need})
    _, free = solve(tmp_path, {"members": [member(1, can("press"))]}, {"tasks": [PRESS]})

    assert (1, [code]) == (said.exit_code, [reason["code"] for reason in blocked["blocking"]])
    assert blocked["blocking"][0]["ko"] != blocked["blocking"][0]["en"] in said.output
    assert 1 == len(free["alternatives"])


def test_licence_and_window_that_last_are_enough(tmp_path):
    free = [["2026-11-30", "2026-12-01", 10], ["2026-12-02", "2026-12-03", 80]]
    coop = {
        "members": [
            member(1, can("press", free=free), licences=[{"kind": "food", "until": "2026-12-10"}])
        ]
    }
    window = {"from": "2026-12-01", "until": "2026-12-10"}

    _, short = solve(tmp_path, coop, {"tasks": [PRESS], "window": window})
    free[0][2] = 20
    _, found = solve(tmp_path, coop, {"tasks": [PRESS | {"licences": ["food"]}], "window": window})

    assert "match.no_free_time_blocks" == short["blocking"][0]["code"]
    assert 1 == len(found["alternatives"])


def test_a_lot_that_nobody_takes_whole_is_split_and_a_critical_step_gets_two_makers(tmp_path):
    coop = {"members": [member(number, can("press", lot_max=60)) for number in (1, 2, 3)]}

    _, split = solve(tmp_path, coop, {"tasks": [PRESS | {"lots_most": 3}]})
    _, critical = solve(tmp_path, coop, {"tasks": [PRESS | {"critical": True, "quantity": 51}]})

    assert [(1, 50), (2, 50)] == [
        (one["member"], one["quantity"]) for one in split["alternatives"][0]["choices"]
    ]
    assert [26, 25] == [one["quantity"] for one in critical["alternatives"][0]["choices"]]


def test_a_circle_is_named_and_nothing_else_is_disturbed(tmp_path):
    tasks = [PRESS | {"after": ["paint"]}, PAINT, PAINT | {"code": "pack", "after": ["paint"]}]

    said, found = solve(tmp_path, COOP, {"tasks": tasks})

    assert 1 == said.exit_code
    assert "match.steps_in_a_circle" == found["blocking"][0]["code"]
    assert "press → paint → press" in said.output or "paint → press → paint" in said.output


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"lot_min": -1}, "lot_min is -1; a whole number from 1 to 2147483647 fits"),
        ({"lot_min": 500, "lot_max": 400}, "lot_min is more than lot_max"),
        ({"unit_won": 0.5}, "unit_won is 0.5, which is no whole number"),
        ({"unit_won": None}, "unit_won is missing"),
        ({"minutes_per_100": 0}, "minutes_per_100 is 0; a whole number from 1 to 10000000 fits"),
        ({"setup_won": 0, "unit_won": 0}, "setup_won and unit_won are both nothing"),
        ({"tolerance": "fine"}, "tolerance: 'fine' is no IT grade from 0 to 18"),
        ({"envelope_mm": [1, 2]}, "envelope_mm has to be three whole millimetres"),
        ({"free": [["2026-12-09", "2026-12-01", 5]]}, "free has to be"),
        ({"process": ""}, "process is missing"),
    ],
)
def test_a_capability_with_impossible_numbers_is_set_aside_and_the_others_are_matched(
    tmp_path, change, problem
):
    broken = {"skills": [*COOP["skills"], {**COOP["skills"][0], "member": 9} | change]}

    said, found = solve(tmp_path, broken, NEED)

    assert 0 == said.exit_code
    assert "skills[3]" == found["set_aside"][0]["where"]
    assert problem in found["set_aside"][0]["problem"]
    assert [2, 3] == [one["member"] for one in found["alternatives"][0]["choices"]]


@pytest.mark.parametrize(
    ("coop", "need", "problem"),
    [
        ([], NEED, "the file has to be an object"),
        ({"firms": []}, NEED, "neither members nor skills"),
        ({"skills": [7]}, NEED, "skills[0] has to be an object"),
        ({"members": [{"member": 1}]}, NEED, "members[0].skills has to be a list"),
        ({**COOP, "roads": {"metres_a_minute": 0}}, NEED, "roads.metres_a_minute is 0"),
        (COOP, {"tasks": []}, "tasks has to be a list of at least one task"),
        (COOP, {"tasks": [{"code": "press"}]}, "tasks[0].process is missing"),
        (COOP, {"tasks": [PRESS | {"quantity": 0}]}, "tasks[0].quantity is 0"),
        (COOP, {"tasks": [PRESS | {"licenses": []}]}, "did you mean licences?"),
        (COOP, {"tasks": [PRESS], "window": {"until": "soon"}}, "window.until is 'soon', no day"),
    ],
)
def test_a_file_that_is_none_is_refused_with_the_place_and_the_fault(tmp_path, coop, need, problem):
    said, found = solve(tmp_path, coop, need)

    assert isinstance(said.exception, Malformed)
    assert problem in said.exception.reason.parameters["problem"]
    assert found is None


def test_fields_that_nobody_asks_for_are_named(tmp_path):
    coloured = {"skills": [{**each, "colour": "red"} for each in COOP["skills"]]}

    said, found = solve(tmp_path, coloured, NEED)

    assert ["colour"] == found["ignored"]
    assert "not known, and not used: colour" in said.output


@pytest.mark.parametrize(
    ("tasks", "code"),
    [
        ([PRESS, PRESS], "match.steps_named_twice"),
        ([PAINT], "match.unknown_step"),
        ([PRESS | {"critical": True, "quantity": 1}], "match.too_few_pieces"),
    ],
)
def test_a_graph_that_cannot_be_says_why(tmp_path, tasks, code):
    said, found = solve(tmp_path, COOP, {"tasks": tasks})

    assert (1, code) == (said.exit_code, found["blocking"][0]["code"])

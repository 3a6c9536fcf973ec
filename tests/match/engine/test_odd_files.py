"""
Files as other generators write them, and files that are broken somewhere.

Whatever stands in them, there is an answer with a certified gap that keeps to the file's own rules,
or a reason that names the file, the place in it, or the step and the constraint.
"""

from copy import deepcopy
from itertools import chain
from re import search
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as some

from dure.kernel.errors import Malformed, Refused
from dure.kernel.reason import Reason
from dure.match.engine.alternatives import Answer, alternatives
from dure.match.engine.coopfile import coop_from_json
from dure.match.engine.form import answer_as_json, need_from_json
from dure.portal.words import say

PROCESSES = ("press", "도장", "weld")
NAMES = some.one_of(
    some.integers(0, 2**31 - 1), some.text("가나다라 ABC-1", min_size=1, max_size=12)
)
DAYS = some.sampled_from(("2026-12-01", "2026-12-05", "2026-12-18", "2027-03-31"))
ODD = some.one_of(
    some.none(),
    some.booleans(),
    some.integers(-(2**70), 2**70),
    some.floats(),
    some.text(max_size=4),
    some.lists(some.none(), max_size=3),
    some.sampled_from(
        ({}, [[]], [{}], {"food": "2026-13-01"}, [["2026-12-01", "soon", 5]], "IT99")
    ),
)


def maybe(**fields: Any) -> Any:
    return some.fixed_dictionaries({}, optional=fields)


SKILL = some.builds(
    dict.__or__,
    some.fixed_dictionaries(
        {
            "process": some.sampled_from(PROCESSES),
            "lot_min": some.integers(1, 60),
            "lot_max": some.integers(40, 500),
            "setup_minutes": some.integers(0, 60),
            "minutes_per_100": some.integers(1, 90),
            "setup_won": some.integers(0, 20_000),
            "unit_won": some.integers(0, 500),
        }
    ),
    maybe(
        materials=some.lists(some.sampled_from(("AL6061", "STS304")), max_size=2),
        tolerance=some.sampled_from((7, "IT8", 11)),
        envelope_mm=some.just([300, 200, 100]),
        free_minutes=some.integers(0, 400),
        free=some.lists(some.tuples(DAYS, DAYS, some.integers(0, 400)).map(list), max_size=3),
        fails_bp=some.integers(0, 900),
    ),
)
MEMBER = some.builds(
    dict.__or__,
    some.fixed_dictionaries({"member": NAMES, "skills": some.lists(SKILL, max_size=3)}),
    maybe(
        east_m=some.integers(-(10**5), 10**5),
        north_m=some.integers(-(10**5), 10**5),
        region=some.sampled_from(("구로", "부천", "")),
        licences=some.one_of(some.just(["food"]), some.dictionaries(some.just("food"), DAYS)),
        certificates=some.just([{"kind": "ISO 9001", "until": "2026-12-18"}]),
        consents=some.booleans(),
        refuses=some.just(["Hanbit"]),
        share_bp=some.integers(0, 30_000),
    ),
)
COOP = some.lists(MEMBER, min_size=1, max_size=5).map(lambda members: {"members": members})
TASK = some.builds(
    dict.__or__,
    some.fixed_dictionaries(
        {"process": some.sampled_from(PROCESSES), "quantity": some.integers(1, 150)}
    ),
    maybe(
        critical=some.booleans(),
        licences=some.just(["food"]),
        certificates=some.just(["ISO 9001"]),
        material=some.just("AL6061"),
        tolerance=some.integers(0, 18),
        rest_minutes=some.integers(0, 600),
    ),
)


@some.composite
def needs(draw: Any) -> dict[str, Any]:
    """Make a graph of tasks; now and then with a circle in it."""
    tasks = draw(some.lists(TASK, min_size=1, max_size=4))
    codes = [f"공정 {place}" for place in range(len(tasks))]
    for place, task in enumerate(tasks):
        task["code"] = codes[place]
        task["after"] = draw(some.lists(some.sampled_from(codes[:place] or codes), max_size=2))
        if not place and draw(some.integers(0, 5)):
            task["after"] = []
    more = maybe(
        window=some.just({"from": "2026-12-01", "until": "2026-12-18"}),
        fair_bp=some.integers(0, 5_000),
        buyer=some.just("Hanbit"),
        most_in_region=some.integers(1, 3),
        regions=some.just({"구로": 1}),
    )
    return {"tasks": tasks, **draw(more)}


def answer_of(coop: Any, need: Any) -> dict[str, Any] | None:
    """Answer as `dure match solve` does; None where the files are refused, with a reason."""
    try:
        read = coop_from_json(coop)
        found = alternatives(read.coop, need_from_json(need, read.numbers))
    except (Malformed, Refused) as refused:
        check_told(refused.reason)
        return None
    check_certified(found)
    return answer_as_json(found, read.names)


def check_told(reason: Reason) -> None:
    assert not search(r"\{[a-z_]+\}", say(reason, "ko") + say(reason, "en"))
    if reason.code == "match.file_shape":
        assert reason.parameters["file"] in ("COOP", "NEED")
        assert reason.parameters["problem"]


def check_certified(found: Answer) -> None:
    assert bool(found.alternatives) != bool(found.blocking)
    for reason in found.blocking:
        check_told(reason)
    for each in found.alternatives:
        assert each.bound <= each.cost
        assert each.gap_bp <= 50


@settings(max_examples=30, deadline=None)
@given(COOP, needs())
def test_what_is_found_keeps_to_what_the_files_say(coop, need):
    answer = answer_of(deepcopy(coop), deepcopy(need))

    for alternative in answer["alternatives"] if answer else ():
        for task in need["tasks"]:
            lots = [one for one in alternative["choices"] if one["task"] == task["code"]]
            makers = [one["member"] for one in lots]
            assert task["quantity"] == sum(one["quantity"] for one in lots)
            assert len(makers) == len(set(map(str, makers))) >= 1 + task.get("critical", False)
            for one in lots:
                mine = [
                    each for each in coop["members"] if str(each["member"]) == str(one["member"])
                ]
                skills = chain.from_iterable(each["skills"] for each in mine)
                assert any(
                    each["process"] == task["process"]
                    and each["lot_min"] <= one["quantity"] <= each["lot_max"]
                    and one["price"] == each["setup_won"] + each["unit_won"] * one["quantity"]
                    for each in skills
                )


def places(body: Any) -> list[tuple[Any, Any]]:
    """Give each place of a file at which something stands: what holds it, and its key there."""
    keys = list(body) if isinstance(body, dict) else range(len(body))
    found = [(body, key) for key in keys]
    inner = (body[key] for key in keys if isinstance(body[key], dict | list))
    return found + [place for each in inner for place in places(each)]


@settings(max_examples=60, deadline=None)
@given(COOP, needs(), ODD, some.integers(0, 10**6), some.booleans())
def test_whatever_stands_anywhere_in_them_is_answered(coop, need, odd, where, in_coop):
    spoilt = places(coop if in_coop else need)
    holder, key = spoilt[where % len(spoilt)]
    holder[key] = odd

    answer_of(coop, need)


def test_one_firm_alone_is_answered():
    skill = {"process": "press", "lot_min": 1, "lot_max": 9, "setup_minutes": 0}
    skill |= {"minutes_per_100": 1, "setup_won": 0, "unit_won": 1}
    coop = {"members": [{"member": "혼자", "skills": [skill]}]}
    task = {"code": "a", "process": "press", "quantity": 9}

    answer = answer_of(coop, {"tasks": [task, task | {"code": "b", "after": ["a"]}]})

    (cheap,) = answer["alternatives"]
    assert ["혼자", "혼자"] == [one["member"] for one in cheap["choices"]]
    assert (18, 0) == (cheap["price"], cheap["gap_bp"])


def test_windows_that_never_meet_name_the_step():
    skill = {"process": "press", "lot_min": 1, "lot_max": 9, "setup_minutes": 0}
    skill |= {"minutes_per_100": 1, "setup_won": 0, "unit_won": 1}
    skill["free"] = [["2026-01-01", "2026-01-31", 999]]
    need = {"tasks": [{"code": "a", "process": "press", "quantity": 9}]}

    answer = answer_of(
        {"members": [{"member": 1, "skills": [skill]}]},
        need | {"window": {"from": "2026-12-01", "until": "2026-12-18"}},
    )

    (reason,) = answer["blocking"]
    assert ("match.no_free_time_blocks", "a") == (reason["code"], reason["parameters"]["step"])


def test_what_all_lots_want_together_is_named():
    skill = {"process": "press", "lot_min": 1, "lot_max": 9, "setup_minutes": 0}
    skill |= {"minutes_per_100": 100, "setup_won": 0, "unit_won": 1, "free_minutes": 10}
    task = {"code": "a", "process": "press", "quantity": 9}
    members = [{"member": 1, "region": "구로", "skills": [skill]}]
    twice = [task, task | {"code": "b", "after": ["a"]}]

    crowded = answer_of({"members": members}, {"tasks": twice})
    capped = answer_of(
        {"members": [{**members[0], "skills": [skill | {"free_minutes": 99}]}]},
        {"tasks": twice, "most_in_region": 1},
    )

    assert "a, b" == crowded["blocking"][0]["parameters"]["steps"]
    assert {"most": 1, "region": "구로"} == capped["blocking"][0]["parameters"]

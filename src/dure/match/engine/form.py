"""
The files of `dure match solve`: a cooperative and a need in, a cluster out. All JSON.

    COOP     {"skills": [{"member": 7, "process": "painting", "lot_min": 1, "lot_max": 5000,
               "setup_minutes": 30, "minutes_per_100": 60, "setup_won": 10000, "unit_won": 200,
               "east_m": 0, "north_m": 0, "licences": ["food"], "free_minutes": 2400,
               "fails_bp": 120, "share_bp": 9000}, ...],
              "roads": {"handling_minutes": 15, "metres_a_minute": 250}}
    NEED     {"fair_bp": 1000, "tasks": [{"code": "paint", "process": "painting", "quantity": 520,
               "after": ["press"], "licences": [], "rest_minutes": 0, "excluded": []}, ...]}
    CLUSTER  {"alternatives": [{"label", "price", "longest_minutes", "road_minutes", "cost",
               "bound", "gap_bp", "choices": [{"task", "member", "price", "minutes",
               "road_minutes", "able", "reason"}]}], "blocking": [reason]}

licences, free_minutes, fails_bp, share_bp, roads, after, rest_minutes, excluded and
fair_bp may be left out. Skill and Task say what the fields mean, problem.py what is sought.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from dure.kernel.canonical import Json
from dure.kernel.errors import Malformed
from dure.match.engine.alternatives import Alternative, Answer
from dure.match.engine.coop import Coop, Roads, Skill
from dure.match.engine.need import Task


def coop_from_json(body: Any) -> Coop:
    """Read a cooperative; raises Malformed naming what does not fit."""
    try:
        skills = [_skill(each) for each in body["skills"]]
        return Coop.of(skills, Roads(**body.get("roads", {})))
    except (KeyError, TypeError, AttributeError) as bad:
        raise Malformed("match.file_shape", file="COOP", problem=str(bad)) from bad


def need_from_json(body: Any) -> tuple[list[Task], int]:
    """Read a need: its tasks and the weight of fair share; raises Malformed."""
    try:
        return [_task(each) for each in body["tasks"]], int(body.get("fair_bp", 0))
    except (KeyError, TypeError, AttributeError, ValueError) as bad:
        raise Malformed("match.file_shape", file="NEED", problem=str(bad)) from bad


def answer_as_json(answer: Answer) -> dict[str, Any]:
    """Give an answer as the file holds it."""
    return {
        "alternatives": [_alternative(each) for each in answer.alternatives],
        "blocking": [reason.as_json() for reason in answer.blocking],
    }


def _skill(body: Mapping[str, Any]) -> Skill:
    numbers = {name: value for name, value in body.items() if name not in ("process", "licences")}
    for name, value in numbers.items():
        if not isinstance(value, int) or value < (-(10**9) if name.endswith("_m") else 0):
            raise Malformed("match.file_shape", file="COOP", problem=f"{name}: {value}")
    if numbers["lot_min"] > numbers["lot_max"]:
        raise Malformed("match.file_shape", file="COOP", problem="lot_min > lot_max")
    licences = frozenset(body.get("licences", ()))
    return Skill(process=str(body["process"]), licences=licences, **numbers)


def _task(body: Mapping[str, Any]) -> Task:
    sets = {name: frozenset(body.get(name, ())) for name in ("licences", "excluded")}
    if not isinstance(body["quantity"], int) or body["quantity"] <= 0:
        raise Malformed("match.file_shape", file="NEED", problem=f"quantity: {body['quantity']}")
    return Task(
        code=str(body["code"]),
        process=str(body["process"]),
        quantity=body["quantity"],
        after=tuple(_texts(body.get("after", ()))),
        rest_minutes=int(body.get("rest_minutes", 0)),
        **sets,
    )


def _texts(values: Sequence[Json]) -> list[str]:
    return [str(value) for value in values]


def _alternative(each: Alternative) -> dict[str, Any]:
    names = ("label", "price", "longest_minutes", "road_minutes", "cost", "bound", "gap_bp")
    choice = ("task", "member", "price", "minutes", "road_minutes", "able")
    return {
        **{name: getattr(each, name) for name in names},
        "choices": [
            {**{name: getattr(one, name) for name in choice}, "reason": one.reason.as_json()}
            for one in each.choices
        ],
    }

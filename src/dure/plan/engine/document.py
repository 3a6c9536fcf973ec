"""
A problem as a document: canonical JSON in, the same problem out.

What a published plan stores of its inputs, so that everyone can solve it again, and
what `dure plan solve` reads from a file whose name ends in `.plan.json`. Fields are those of
problem.py, by name; those that have their default may be left out.

    {"jobs": [{"operations": [{"alternatives": [{"machine": 0, "minutes": 30}]}], "due": 20}],
     "machines": [{"site": 0}]}
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, TypeVar, cast

from dure.kernel.canonical import Json
from dure.kernel.errors import Malformed
from dure.plan.engine.problem import (
    Alternative,
    Calendar,
    Crew,
    Goal,
    Job,
    Machine,
    Operation,
    Problem,
    Slot,
)

Value = TypeVar("Value")

# Which fields hold further values, and of what kind.
INSIDE: dict[type[Any], dict[str, type[Any]]] = {
    Problem: {
        "jobs": Job,
        "machines": Machine,
        "calendars": Calendar,
        "crews": Crew,
        "pinned": Slot,
        "published": Slot,
    },
    Job: {"operations": Operation},
    Operation: {"alternatives": Alternative},
}


def problem_document(problem: Problem) -> dict[str, Json]:
    """Give a problem as canonical JSON values; what is as by default is left out."""
    document = _document(problem)
    if problem.trucks:
        document["trucks"] = [
            {"origin": origin, "target": target, "departures": list(departures)}
            for (origin, target), departures in sorted(problem.trucks.items())
        ]
    if problem.goal != Goal():
        document["goal"] = _document(problem.goal)
    return document


def read_document(document: Mapping[str, Any]) -> Problem:
    """Read a problem back; raises Malformed for what is none."""
    if not isinstance(document, Mapping):
        raise Malformed("plan.bad_document", problem="not an object")
    whole = dict(document)
    try:
        trucks = {
            (line["origin"], line["target"]): tuple(line["departures"])
            for line in whole.pop("trucks", ())
        }
        goal = Goal(**whole.pop("goal", {}))
        problem = _read(Problem, whole | {"trucks": trucks, "goal": goal})
    except (TypeError, KeyError, AttributeError, ValueError) as bad:
        raise Malformed("plan.bad_document", problem=f"{type(bad).__name__}: {bad}") from bad
    _only_whole_numbers(problem)
    return problem


def _document(value: Any) -> dict[str, Json]:
    inside = INSIDE.get(type(value), {})
    return {
        each.name: [_document(item) for item in getattr(value, each.name)]
        if each.name in inside
        else _plain(getattr(value, each.name))
        for each in fields(value)
        if each.name not in ("trucks", "goal") and getattr(value, each.name) != _default(each)
    }


def _default(field: "Field[Any]") -> object:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _plain(value: Any) -> Json:
    return [_plain(item) for item in value] if isinstance(value, tuple) else cast(Json, value)


def _read(kind: type[Value], document: Mapping[str, Any]) -> Value:
    inside = INSIDE.get(kind, {})
    return kind(
        **{
            name: tuple(_read(inside[name], item) for item in value)
            if name in inside
            else _tuples(value)
            for name, value in document.items()
        }
    )


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def _only_whole_numbers(value: object) -> None:
    """Raise Malformed for a text or a fraction where a number belongs; nobody else looks."""
    if is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            _only_whole_numbers(getattr(value, each.name))
    elif isinstance(value, tuple):
        for item in value:
            _only_whole_numbers(item)
    elif isinstance(value, dict):
        _only_whole_numbers((tuple(value), tuple(value.values())))
    elif not (value is None or isinstance(value, int)):
        raise Malformed("plan.bad_document", problem=f"{value!r} is no whole number")

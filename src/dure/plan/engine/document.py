"""
A problem as a document: canonical JSON in, the same problem out.

What a published plan stores of its inputs, so that everyone can solve it again, and
what `dure plan solve` reads from a file whose name ends in `.plan.json`. Fields are those of
problem.py, by name; those that have their default may be left out.

    {"jobs": [{"operations": [{"alternatives": [{"machine": 0, "minutes": 30}]}], "due": 20}],
     "machines": [{"site": 0}]}
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from functools import cache
from types import UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

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

KINDS = (Problem, Job, Operation, Alternative, Machine, Calendar, Crew, Slot, Goal)
FIELDS: dict[object, dict[str, Any]] = {kind: get_type_hints(kind) for kind in KINDS}


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
    _must_fit(problem, Problem, "")
    return problem


def read_slots(document: object) -> tuple[tuple[Slot, ...], tuple[int, ...]]:
    """
    Read a plan as `dure plan solve` writes it: what stands where, and the jobs that have no place.

    Raises Malformed, naming the place, for what is none.
    """
    try:
        whole = cast(Mapping[str, Any], document)
        slots = tuple(Slot(**each) for each in whole["operations"])
        unplanned = tuple(each["job"] for each in whole.get("unplanned", ()))
    except (TypeError, KeyError, AttributeError, ValueError) as bad:
        raise Malformed("plan.bad_document", problem=f"{type(bad).__name__}: {bad}") from bad
    _must_fit(slots, tuple[Slot, ...], "operations")
    _must_fit(unplanned, tuple[int, ...], "unplanned")
    return slots, unplanned


def _document(value: Any) -> dict[str, Json]:
    document: dict[str, Json] = {}
    for name, default, is_inside in STORED[type(value)]:
        held = getattr(value, name)
        if held != default:
            if is_inside:
                document[name] = [_document(item) for item in held]
            else:
                document[name] = _plain(held) if type(held) is tuple else held
    return document


def _stored(kind: type[Any]) -> tuple[tuple[str, object, bool], ...]:
    inside = INSIDE.get(kind, {})
    return tuple(
        (each.name, _default(each), each.name in inside)
        for each in fields(kind)
        if each.name not in ("trucks", "goal")
    )


def _default(field: "Field[Any]") -> object:
    return field.default if field.default_factory is MISSING else field.default_factory()


STORED = {kind: _stored(kind) for kind in KINDS}
"""The fields of each kind that are stored: name, default, whether further values are in it."""


def _plain(value: Any) -> Json:
    return [_plain(item) for item in value] if type(value) is tuple else cast(Json, value)


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


def _must_fit(value: object, kind: Any, where: str) -> None:
    """Raise Malformed, naming the place, for what is not of the kind that its field says."""
    inside = get_args(kind)
    if kind in FIELDS:
        for name, of in FIELDS[kind].items():
            _must_fit(getattr(value, name), of, f"{where}.{name}" if where else name)
    elif not isinstance(value, _outer(kind)):
        raise Malformed("plan.bad_document", problem=f"{where} cannot be {value!r:.80}")
    elif isinstance(value, tuple):
        each = inside[:1] * len(value) if inside[-1] is Ellipsis else inside
        if len(each) != len(value):
            raise Malformed("plan.bad_document", problem=f"{where} holds {len(each)} numbers")
        for number, (item, of) in enumerate(zip(value, each, strict=True)):
            _must_fit(item, of, f"{where}[{number}]")
    elif isinstance(value, dict):
        for item in value.items():
            for part, of in zip(item, inside, strict=True):
                _must_fit(part, of, f"{where}{list(item[0])}")


@cache
def _outer(kind: Any) -> tuple[type[Any], ...]:
    """Give the classes of which a value of a kind is one: int, None, tuple, a mapping."""
    if isinstance(kind, UnionType):
        return get_args(kind)
    return (get_origin(kind) or kind,)

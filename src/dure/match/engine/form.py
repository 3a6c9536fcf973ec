"""
The files of `dure match solve`: a cooperative and a need in, a cluster out. All JSON.

docs/match-files.md says what stands in them. A capability whose numbers cannot be is set aside
and named, and the others are matched without it; fields that nobody asks for are named too. A
need is small and taken at its word: what is wrong in it is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from dure.kernel.errors import Malformed
from dure.match.engine.alternatives import Alternative, Answer, Choice
from dure.match.engine.need import ALWAYS, Need, Task

NEED_FIELDS = frozenset(
    {
        "tasks",
        "fair_bp",
        "window",
        "buyer",
        "excluded",
        "most_in_region",
        "regions",
        "name",
        "note",
    }
)
TASK_FIELDS = frozenset(
    {
        "code",
        "process",
        "quantity",
        "after",
        "licences",
        "certificates",
        "material",
        "envelope_mm",
        "tolerance",
        "rest_minutes",
        "excluded",
        "critical",
        "firms_least",
        "lots_most",
        "name",
        "note",
    }
)


def need_from_json(body: Any, numbers: Mapping[str, int] | None = None) -> Need:
    """
    Read a need; numbers: members by the names that the cooperative's file has for them.

    Raises Malformed naming the field that does not fit, Refused for a graph that is none.
    """
    need = _Reader("NEED", "", body)
    need.no_others(NEED_FIELDS)
    excluded = need.members("excluded", numbers or {})
    tasks = body.get("tasks")
    if not isinstance(tasks, list) or not tasks:
        raise need.wrong("tasks", "has to be a list of at least one task")
    window = need.window()
    return Need(
        tasks=tuple(
            _task(_Reader("NEED", f"tasks[{place}].", each), excluded, numbers or {})
            for place, each in enumerate(tasks)
        ),
        fair_bp=need.whole("fair_bp", 0, 0, 10**6),
        first_day=window[0],
        last_day=window[1],
        buyer=str(body.get("buyer", "")),
        most_in_region=(
            need.whole("most_in_region", 0, 1, 10**6) if "most_in_region" in body else None
        ),
        caps=need.counts("regions"),
    )


def answer_as_json(answer: Answer, names: Mapping[int, object] | None = None) -> dict[str, Any]:
    """Give an answer as the file holds it, members by the names that their file has for them."""
    return {
        "alternatives": [_alternative(each, names or {}) for each in answer.alternatives],
        "blocking": [reason.as_json() for reason in answer.blocking],
    }


def day_of(value: object) -> int:
    """Read a day (2026-12-01) as its number; raises ValueError."""
    return _day(str(value))


@lru_cache(maxsize=4096)
def _day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def grade_of(value: object) -> int:
    """Read a tolerance class, 7 or "IT7", as its number; raises ValueError."""
    text = str(value).strip().upper().removeprefix("IT")
    if not text.isascii() or not text.isdigit() or int(text) > 18:
        raise ValueError(f"{value!r} is no IT grade from 0 to 18")
    return int(text)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Fields of one object of a file, and what is said where one does not fit."""

    file: str
    where: str
    body: Any

    def __post_init__(self) -> None:
        if not isinstance(self.body, dict):
            raise Malformed(
                "match.file_shape",
                file=self.file,
                problem=f"{self.where.rstrip('.') or 'the file'} has to be an object in braces",
            )

    def wrong(self, name: str, problem: str) -> Malformed:
        return Malformed(
            "match.file_shape", file=self.file, problem=f"{self.where}{name} {problem}"
        )

    def no_others(self, known: frozenset[str]) -> None:
        for name in sorted(set(self.body) - known):
            near = get_close_matches(name, sorted(known), n=1)
            meant = f"; did you mean {near[0]}?" if near else ""
            raise self.wrong(name, f"is not known{meant}")

    def whole(self, name: str, usual: int | None, least: int, most: int) -> int:
        value = self.body.get(name, usual)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if value is None:
            raise self.wrong(name, "is missing")
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.wrong(name, f"is {value!r}; a whole number from {least} to {most} fits")
        return value

    def text(self, name: str) -> str:
        value = self.body.get(name)
        if not isinstance(value, str | int) or isinstance(value, bool) or value == "":
            raise self.wrong(name, "is missing" if value is None else f"is {value!r}, no text")
        return str(value)

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.body.get(name) or ()
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list | tuple) or not all(
            isinstance(each, str | int) for each in value
        ):
            raise self.wrong(name, "has to be a list of texts")
        return tuple(str(each) for each in value)

    def members(self, name: str, numbers: Mapping[str, int]) -> frozenset[int]:
        named = self.texts(name)
        return frozenset(numbers.get(each, int(each) if each.isdecimal() else -1) for each in named)

    def counts(self, name: str) -> dict[str, int]:
        inner = _Reader(self.file, f"{self.where}{name}.", self.body.get(name, {}))
        return {str(key): inner.whole(key, None, 0, 10**6) for key in inner.body}

    def window(self) -> tuple[int, int]:
        if not self.body.get("window"):
            return 0, ALWAYS
        inner = _Reader(self.file, f"{self.where}window.", self.body["window"])
        inner.no_others(frozenset({"from", "until"}))
        days = []
        for name, usual in (("from", 0), ("until", ALWAYS)):
            try:
                days.append(day_of(inner.body[name]) if name in inner.body else usual)
            except ValueError as bad:
                raise inner.wrong(name, f"is {inner.body[name]!r}, no day") from bad
        if days[0] > days[1]:
            raise inner.wrong("until", "lies before its beginning")
        return days[0], days[1]

    def sides(self, name: str) -> tuple[int, int, int] | None:
        value = self.body.get(name)
        if value is None:
            return None
        whole = isinstance(value, list) and len(value) == 3
        if not whole or not all(type(side) is int and 0 <= side < 2**31 for side in value):
            raise self.wrong(name, "has to be three whole numbers of millimetres")
        return value[0], value[1], value[2]

    def grade(self, name: str) -> int:
        try:
            return grade_of(self.body.get(name) or 0)
        except ValueError as bad:
            raise self.wrong(name, str(bad)) from bad


def _task(task: _Reader, excluded: frozenset[int], numbers: Mapping[str, int]) -> Task:
    task.no_others(TASK_FIELDS)
    critical = task.body.get("critical", False)
    if not isinstance(critical, bool):
        raise task.wrong("critical", "has to be true or false")
    least = task.whole("firms_least", 2 if critical else 1, 1, 8)
    return Task(
        code=task.text("code"),
        process=task.text("process"),
        quantity=task.whole("quantity", None, 1, 10**9),
        after=tuple(dict.fromkeys(task.texts("after"))),
        licences=frozenset(task.texts("licences")),
        certificates=frozenset(task.texts("certificates")),
        material=str(task.body.get("material") or ""),
        envelope_mm=task.sides("envelope_mm"),
        tolerance=task.grade("tolerance"),
        rest_minutes=task.whole("rest_minutes", 0, 0, 10**7),
        excluded=excluded | task.members("excluded", numbers),
        firms_least=least,
        lots_most=task.whole("lots_most", least, 1, 8),
    )


def _alternative(each: Alternative, names: Mapping[int, object]) -> dict[str, Any]:
    fields = ("label", "price", "longest_minutes", "road_minutes", "cost", "bound", "gap_bp")
    return {
        **{name: getattr(each, name) for name in fields},
        "ways": [{"tasks": list(tasks), "parts": parts} for tasks, parts in each.ways],
        "choices": [_choice(one, names) for one in each.choices],
    }


def _choice(one: Choice, names: Mapping[int, object]) -> dict[str, Any]:
    fields = ("task", "lot", "quantity", "price", "minutes", "road_minutes", "able")
    return {
        **{name: getattr(one, name) for name in fields},
        "member": names.get(one.member, one.member),
        "reason": one.reason.as_json(),
    }

"""
Reasons in words: one TOML catalogue a room, read without Django (the CLI uses it too).

    ["match.no_licence"]
    ko = "{licence} 허가가 없는 업체는 이 공정을 맡을 수 없습니다."
    en = "A firm without the {licence} licence cannot take this step."
    next_ko = "업체 정보에서 허가증을 등록하세요."
    next_en = "Register the licence on the firm's page."

`next_ko` and `next_en` stand where the reader can do something. How `{name}` is
shown is told in engine/korean.py.
"""

import json
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from dure.kernel.reason import Reason
from dure.portal.engine.korean import fill

Entry = Mapping[str, str]


@cache
def catalogue() -> Mapping[str, Entry]:
    """Read every room's words, by code."""
    entries: dict[str, Entry] = {}
    for page in sorted(files(__package__).iterdir(), key=lambda page: page.name):
        if page.name.endswith(".toml"):
            entries |= tomllib.loads(page.read_text(encoding="utf-8"))
    return entries


def say(reason: object, language: str) -> str:
    """Say a reason (a Reason, its JSON value or its JSON text) in one sentence."""
    code, parameters = _read(reason)
    return fill(_entry(code)[language], {"code": code, **parameters}, language)


def what_next(reason: object, language: str) -> str:
    """Say what the reader can do about a reason; empty where there is nothing to do."""
    code, parameters = _read(reason)
    return fill(_entry(code).get(f"next_{language}", ""), {"code": code, **parameters}, language)


def _entry(code: str) -> Entry:
    words = catalogue()
    return words.get(code) or words["portal.no_words"]


def _read(reason: object) -> tuple[str, Mapping[str, Any]]:
    if isinstance(reason, Reason):
        return reason.code, reason.parameters
    if isinstance(reason, str):
        if not reason.lstrip().startswith("{"):
            return reason, {}
        reason = json.loads(reason)
    assert isinstance(reason, Mapping), "a reason is a Reason or its JSON"
    return str(reason["code"]), reason.get("parameters") or {}

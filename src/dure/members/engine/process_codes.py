"""Process codes (공정코드): one list of what members can do, under the groups of DIN 8580."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from dure.kernel.errors import Malformed


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessCode:
    """One process: its DIN 8580 group, the unit in which it is counted, its names."""

    code: str
    group: str
    unit: str
    ko: str
    en: str
    root: str = ""

    @property
    def parent(self) -> Mapping[str, str]:
        """Give the names of its DIN 8580 group: `{"ko": ..., "en": ...}`."""
        return process_groups()[self.group]

    @property
    def root_en(self) -> str:
        """Give the English name of its base technique, or nothing."""
        return str(root_techniques()[self.root]["en"]) if self.root else ""


@cache
def process_codes() -> Mapping[str, ProcessCode]:
    """Give all process codes in the order of the data file, which says its source."""
    return {
        code: ProcessCode(code=code, **fields) for code, fields in _process_data()["codes"].items()
    }


@cache
def process_groups() -> Mapping[str, Mapping[str, str]]:
    """
    Give the main groups and groups of DIN 8580 in use: `{"3.2": {"ko": ..., "en": ..., ...}}`.

    din is the standard that divides it further, where there is one; source says, in the words of
    group_sources(), where its number was read. The parent of "3.2" is "3"; a code's parent is
    always a group, never a main group.
    """
    groups: Mapping[str, Mapping[str, str]] = _process_data()["groups"]
    return groups


@cache
def group_sources() -> Mapping[str, str]:
    """Give the works in which the groups' numbers were read, by their short names."""
    sources: Mapping[str, str] = _process_data()["sources"]
    return sources


@cache
def root_techniques() -> Mapping[str, Mapping[str, str | int]]:
    """Give the fourteen base techniques (뿌리기술): English name, year they were named in law."""
    roots: Mapping[str, Mapping[str, str | int]] = _process_data()["roots"]
    return roots


def process_code(code: str) -> ProcessCode:
    """Give one process code; raises Malformed where there is none of that name."""
    try:
        return process_codes()[code]
    except KeyError:
        raise Malformed("members.unknown_process", process=code) from None


@cache
def _process_data() -> dict[str, Any]:
    text = files(__package__).joinpath("process_codes.toml").read_text("utf-8")
    return tomllib.loads(text)

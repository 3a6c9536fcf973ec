"""Process codes (공정코드): one list of what members can do, under the groups of DIN 8580."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

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


@cache
def process_codes() -> Mapping[str, ProcessCode]:
    """Give all process codes in the order of the data file, which says its source."""
    return {
        code: ProcessCode(code=code, **fields) for code, fields in _process_data()["codes"].items()
    }


@cache
def process_groups() -> Mapping[str, Mapping[str, str]]:
    """Give the DIN 8580 groups in use with their names: `{"3.2": {"ko": ..., "en": ...}}`."""
    groups: Mapping[str, Mapping[str, str]] = _process_data()["groups"]
    return groups


def process_code(code: str) -> ProcessCode:
    """Give one process code; raises Malformed where there is none of that name."""
    try:
        return process_codes()[code]
    except KeyError:
        raise Malformed("members.unknown_process", process=code) from None


@cache
def _process_data() -> dict[str, dict[str, dict[str, str]]]:
    text = files(__package__).joinpath("process_codes.toml").read_text("utf-8")
    return tomllib.loads(text)

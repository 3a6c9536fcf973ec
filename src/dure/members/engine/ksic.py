"""KSIC (한국표준산업분류, 11th revision): what kind of business a firm is, as data."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from dure.kernel.errors import Malformed


@dataclass(frozen=True, slots=True, kw_only=True)
class Industry:
    """A section, division or group with its parent ("" for a section) and its names."""

    code: str
    parent: str
    ko: str
    en: str


@cache
def industries() -> Mapping[str, Industry]:
    """Give sections (A), divisions (25) and manufacturing's groups (259), parents first."""
    told = tomllib.loads(files(__package__).joinpath("ksic.toml").read_text("utf-8"))
    parents = {
        **dict.fromkeys(told["sections"], ""),
        **{code: names["section"] for code, names in told["divisions"].items()},
        **{code: code[:2] for code in told["groups"]},
    }
    named = {**told["sections"], **told["divisions"], **told["groups"]}
    return {
        code: Industry(code=code, parent=parent, ko=named[code]["ko"], en=named[code]["en"])
        for code, parent in parents.items()
    }


def industry_of(ksic: str) -> Industry:
    """
    Give the finest group or division that a five-digit class belongs to.

    Raises Malformed for what is no five digits of a known division.
    """
    known = industries()
    if not re.fullmatch(r"[0-9]{5}", ksic) or ksic[:2] not in known:
        raise Malformed("members.unknown_ksic", ksic=ksic)
    return known.get(ksic[:3]) or known[ksic[:2]]

"""What counts for a member as a whole, read from a cooperative's file."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from dure.kernel.errors import Malformed
from dure.match.engine.form import day_of
from dure.match.engine.roster import Members
from dure.match.engine.shelf import FOREVER, Column

MOST_SHARE = 10**9
SORTS = (("licence", "licences"), ("certificate", "certificates"))


def members_of_file(owners: Sequence[Mapping[str, Any]], numbers: Sequence[int]) -> Members:
    """
    Gather what counts for each member out of all objects that say something of it.

    Permits last as long as the longest says, shares are the largest; who does not consent once
    does not. Raises Malformed naming the member and the field that does not fit.
    """
    place: dict[int, int] = {}
    for each in numbers:
        place.setdefault(each, len(place))
    count = len(place)
    share = np.zeros(count, dtype=np.int64)
    is_new, consents = np.zeros(count, dtype=np.bool_), np.ones(count, dtype=np.bool_)
    permits: dict[tuple[str, str], Column] = {}
    refused: dict[str, set[int]] = {}
    for owner, each in zip(owners, numbers, strict=True):
        at = place[each]
        share[at] = max(share[at], _share(owner))
        is_new[at] |= _claim(owner, "is_new", usual=False)
        consents[at] &= _claim(owner, "consents", usual=True)
        for buyer in _several(owner, "refuses"):
            refused.setdefault(str(buyer), set()).add(at)
        for sort, name in SORTS:
            for kind, until in _held(owner, name):
                column = permits.setdefault((sort, kind), np.zeros(count, dtype=np.int32))
                column[at] = max(int(column[at]), until)
    return Members(
        place=place,
        number=np.fromiter(place, dtype=np.int64, count=count),
        share_bp=share,
        is_new=is_new,
        consents=consents,
        permits=permits,
        refused={buyer: frozenset(who) for buyer, who in refused.items()},
    )


def malformed(problem: str) -> Malformed:
    """Give the error that names the cooperative's file and what is wrong in it."""
    return Malformed("match.file_shape", file="COOP", problem=problem)


def _held(owner: Mapping[str, Any], name: str) -> Iterator[tuple[str, int]]:
    """Give what a member holds, each with its last day: texts, objects, or one object of days."""
    value = owner.get(name)
    if not value:
        return
    for each in value.items() if isinstance(value, dict) else _several(owner, name):
        kind, until = each, None
        if isinstance(each, dict):
            kind, until = each.get("kind"), each.get("until") or each.get("valid_until")
        elif isinstance(each, list | tuple):
            kind, until = each if len(each) == 2 else (None, None)
        if not isinstance(kind, str | int) or kind == "":
            raise _wrong(owner, name, f"{each!r} names no kind")
        try:
            yield str(kind), FOREVER if until is None else day_of(until)
        except ValueError as bad:
            raise _wrong(owner, name, f"{until!r} is no day") from bad


def _several(owner: Mapping[str, Any], name: str) -> Sequence[Any]:
    value = owner.get(name) or ()
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list | tuple):
        raise _wrong(owner, name, f"{value!r} is no list")
    return value


def _claim(owner: Mapping[str, Any], name: str, *, usual: bool) -> bool:
    value = owner.get(name)
    if value is None:
        return usual
    if not isinstance(value, bool):
        raise _wrong(owner, name, f"{value!r} is neither true nor false")
    return value


def _share(owner: Mapping[str, Any]) -> int:
    value = owner.get("share_bp")
    value = 0 if value is None else value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_SHARE:
        raise _wrong(owner, "share_bp", f"{value!r}; a whole number from 0 to {MOST_SHARE} fits")
    return value


def _wrong(owner: Mapping[str, Any], name: str, problem: str) -> Malformed:
    return malformed(f"{name} of member {owner.get('member')}: {problem}")

"""Fields of many objects of a file at once: as long as all are as they should be."""

from collections.abc import Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

import numpy as np

from dure.match.engine.form import day_of
from dure.match.engine.shelf import UNLIMITED, Column


def table(rows: Sequence[dict[str, Any]]) -> dict[str, Sequence[Any]]:
    """
    Give each field that any object has, for all of them; None where one has not.

    Each object is looked at once: hundreds of thousands lie scattered in memory.
    """
    shapes = set(map(tuple, rows))
    names = sorted({name for shape in shapes for name in shape})
    if len(shapes) == 1 and len(names) > 1:
        columns = zip(*map(itemgetter(*names), rows), strict=True)
        return dict(zip(names, columns, strict=True))
    return {name: [row.get(name) for row in rows] for name in names}


def whole_column(values: Sequence[Any]) -> Column | None:
    """Give a column of whole numbers; None where one is none, which is looked for one by one."""
    if None in values:
        return None
    try:
        column = np.array(values)
    except (ValueError, OverflowError):
        return None
    return column.astype(np.int64) if column.dtype.kind == "i" and column.ndim == 1 else None


def triples(values: Sequence[Any]) -> Column | None:
    """Give lists of three whole numbers as rows; None where one is none."""
    if not set(map(type, values)) <= {list} or not set(map(len, values)) <= {3}:
        return None
    flat = list(chain.from_iterable(values))
    column = whole_column(flat) if set(map(type, flat)) <= {int} else None
    return None if column is None else column.reshape(-1, 3)


def windows_at_once(given: Sequence[int], lists: Sequence[Any]) -> Column | None:
    """Give the windows of capabilities as rows; None where a window is none."""
    if not set(map(type, lists)) <= {list} or [] in lists:
        return None
    flat = list(chain.from_iterable(lists))
    if not flat or not set(map(type, flat)) <= {list} or not set(map(len, flat)) <= {3}:
        return None
    firsts, lasts, minutes = zip(*flat, strict=True)
    if not {*map(type, firsts), *map(type, lasts)} <= {str} or not set(map(type, minutes)) <= {int}:
        return None
    try:
        days = {text: day_of(text) for text in {*firsts, *lasts}}
    except ValueError:
        return None
    rows = np.repeat(np.array(given, dtype=np.int64), list(map(len, lists)))
    columns = [rows, *(_looked_up(days, each) for each in (firsts, lasts)), whole_column(minutes)]
    if columns[3] is None:
        return None
    found = np.column_stack([each for each in columns if each is not None])
    possible = (found[:, 1] <= found[:, 2]) & (found[:, 3] >= 0) & (found[:, 3] <= UNLIMITED)
    return found if possible.all() else None


def _looked_up(table: Mapping[str, int], keys: Sequence[str]) -> Column:
    return np.fromiter(map(table.__getitem__, keys), dtype=np.int64, count=len(keys))

"""Series and their numbers: which one a metric belongs to, by its birth's alias or by its name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from dure.make.engine.host import Names
from dure.make.engine.topic import EdgeKey
from dure.make.wire.alike import Shape
from dure.make.wire.sparkplug import Array, Rows

UNREAD, UNKNOWN = -2, -1
SMALL = 2**15
REMEMBERED = 1 << 16  # shapes

Series = tuple[str, str, str, str]  # group, edge, device, metric


@dataclass(frozen=True, slots=True)
class _Aliases:
    """One birth's aliases, sorted, with the series and the datatype that each stands for."""

    names: Names
    aliases: Array
    series: Array
    datatypes: Array


@dataclass(frozen=True, slots=True)
class Told:
    """
    What the metrics of a shape are, in the order of their series' names.

    order are their places in the payload; series and datatypes stand in that order.
    """

    names: Names
    order: list[int]
    series: list[int]
    datatypes: list[int]


@dataclass(slots=True)
class Register:
    """Numbers every series that was ever told of, from 0."""

    known: list[Series] = field(default_factory=list)
    _numbers: dict[Series, int] = field(default_factory=dict)
    _aliases: dict[tuple[EdgeKey, str], _Aliases] = field(default_factory=dict)
    _told: dict[Shape, Told | None] = field(default_factory=dict)

    def resolve(self, rows: Rows, names: Sequence[Names | None]) -> tuple[Array, Array]:
        """Give each row's series and datatype: UNREAD where its message is not, UNKNOWN aliases."""
        series = np.full(len(rows.message), UNREAD, np.int32)
        datatypes = rows.datatype.astype(np.uint8)
        for mine, index in _by_names(rows, names):
            series[index] = self._series_of(mine, rows, index, datatypes)
        return series, datatypes

    def told(self, names: Names, shape: Shape) -> Told | None:
        """Give what the metrics of a shape are; None where one is unknown or stands twice."""
        known = self._told.get(shape)
        if known is None or known.names is not names:
            if len(self._told) >= REMEMBERED:
                self._told.clear()
            known = self._told[shape] = self._tell(names, shape)
        return known

    def _tell(self, names: Names, shape: Shape) -> Told | None:
        declared = {each.alias: each for each in names.metrics if each.alias is not None}
        series, datatypes = [], []
        for metric in shape.metrics:
            birth = declared.get(metric.alias) if metric.alias is not None else None
            by_alias = birth.name if birth else None
            name = metric.name if metric.alias is None else by_alias
            series.append(self._number(names, name))
            datatypes.append(metric.datatype or (birth.datatype & 255 if birth else 0))
        if UNKNOWN in series or len(set(series)) < len(series):
            return None
        order = sorted(range(len(series)), key=lambda place: self.known[series[place]])
        return Told(names, order, [series[at] for at in order], [datatypes[at] for at in order])

    def _series_of(self, names: Names, rows: Rows, index: Array, datatypes: Array) -> Array:
        table = self._table(names)
        found = np.full(len(index), UNKNOWN, np.int32)
        has_alias = rows.has_alias[index]
        if len(table.aliases):
            given = rows.alias[index]
            place = np.searchsorted(table.aliases, given).clip(max=len(table.aliases) - 1)
            known = has_alias & (table.aliases[place] == given)
            found[known] = table.series[place[known]]
            untold = known & (datatypes[index] == 0)
            datatypes[index[untold]] = table.datatypes[place[untold]]
        by_name = np.flatnonzero(~has_alias)
        if len(by_name):
            said = rows.name.take(pa.array(index[by_name])).to_pylist()
            found[by_name] = [self._number(names, name) for name in said]
        return found

    def _table(self, names: Names) -> _Aliases:
        table = self._aliases.get((names.node, names.device))
        if table is None or table.names is not names:
            metrics = [metric for metric in names.metrics if metric.alias is not None]
            metrics.sort(key=lambda metric: metric.alias or 0)
            table = _Aliases(
                names,
                np.array([metric.alias for metric in metrics], np.uint64),
                np.array([self._number(names, metric.name) for metric in metrics], np.int32),
                np.array([metric.datatype for metric in metrics], np.uint8),
            )
            self._aliases[names.node, names.device] = table
        return table

    def _number(self, names: Names, metric: str | None) -> int:
        if not metric:
            return UNKNOWN
        key = (names.node.group, names.node.edge, names.device, metric)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.known)
            self.known.append(key)
        return number


def _by_names(rows: Rows, names: Sequence[Names | None]) -> Iterator[tuple[Names, Array]]:
    """Give for each birth's names the rows that are to be read by them."""
    numbers: dict[Names, int] = {}
    which = [-1 if mine is None else numbers.setdefault(mine, len(numbers)) for mine in names]
    kind = np.int16 if len(numbers) < SMALL else np.int32
    of_row = np.array(which, kind)[rows.message]
    order = np.argsort(of_row, kind="stable")
    bounds = np.searchsorted(of_row[order], np.arange(len(numbers) + 1))
    for mine, number in numbers.items():
        yield mine, order[bounds[number] : bounds[number + 1]]

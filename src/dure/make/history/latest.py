"""
The latest value of every series: in ingest's memory, and for others one small file a member.

    DURE_HOME/history/latest/F001.json
      {"line":7,"devices":{"line-1/kiln":{"is_online":true,"stale":null,"metrics":{"temperature":
       {"value":1240.5,"text":null,"at":…,"received":…,"quality":null,"grade":"machine"}}}}}

It is derived: lost, it fills again from the next messages. Historical values never stand
here; a value that is no number is null.
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json  # a fifth of the time that json takes; written twice a second

from dure.make.engine.host import Host
from dure.make.engine.topic import EdgeKey
from dure.make.history.listed import listed
from dure.stack.home import told_plainly

if TYPE_CHECKING:
    import pyarrow as pa

FOLDER = "latest"
SHOWN = ("edge", "device", "metric", "value", "text", "at", "received", "quality", "grade")


@dataclass(slots=True)
class Latest:
    """The latest values of all members, by group and device."""

    folder: Path
    groups: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)

    def take(
        self, tables: "Mapping[str, pa.Table]", host: Host, line: int, groups: Iterable[str]
    ) -> None:
        """Take in what was committed, and show it for the members that were heard."""
        for group, table in tables.items():
            _put(self._devices(group), _last_rows(table))
        for group in groups:
            self._show(group, host, line)

    def _devices(self, group: str) -> dict[str, dict[str, Any]]:
        if group not in self.groups:
            self.groups[group] = read_latest(self.folder, group).get("devices", {})
        return self.groups[group]

    def cut_off(self, host: Host, line: int, now_ms: int) -> None:
        """Show everything as stale: we hear nobody."""
        for group in {node.group for node in host.edges}:
            self._show(group, host, line, now_ms)

    def _show(self, group: str, host: Host, line: int, now_ms: int = 0) -> None:
        devices = self._devices(group)
        for place, device in devices.items():
            edge, _, name = place.partition("/")
            stale = now_ms or host.stale_since(EdgeKey(group, edge), name)
            device["is_online"], device["stale"] = stale is None, stale
        path = latest_path(self.folder, group)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".tmp")
        with told_plainly(path):
            draft.write_bytes(to_json({"line": line, "devices": devices}))
            os.replace(draft, path)


def latest_path(folder: Path, group: str) -> Path:
    """Give where a member's latest values stand; the file is replaced whenever something came."""
    return folder / FOLDER / f"{group}.json"


def read_latest(folder: Path, group: str) -> dict[str, Any]:
    """Give a member's latest values; nothing where there are none yet."""
    try:
        read: dict[str, Any] = json.loads(latest_path(folder, group).read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return read


def _last_rows(table: "pa.Table") -> Iterable[tuple[Any, ...]]:
    """
    Give the last row of each series, as SHOWN; a value that is no number is None.

    Rows are sorted by series, then by arrival.
    """
    import numpy as np  # ingest alone comes here; others read the file and need none of these
    import pyarrow as pa
    import pyarrow.compute as pc

    historical = table.column("is_historical")
    fresh = table.filter(pc.invert(historical)) if pc.any(historical).as_py() else table
    if not len(fresh):
        return ()
    keys = [fresh.column(name).combine_chunks().indices for name in ("edge", "device", "metric")]
    changes = np.zeros(len(fresh) - 1, bool)
    for key in map(np.asarray, keys):
        changes |= key[1:] != key[:-1]
    last = pa.array(np.append(np.flatnonzero(changes), len(fresh) - 1))
    columns = {name: fresh.column(name).take(last) for name in SHOWN}
    numbers = columns["value"]
    columns["value"] = pc.if_else(pc.is_finite(numbers), numbers, None)
    return zip(*map(listed, columns.values()), strict=True)


def _put(devices: dict[str, dict[str, Any]], rows: Iterable[tuple[Any, ...]]) -> None:
    """Take in the last rows of series, which stand by device."""
    known: tuple[str, str] | None = None
    metrics: dict[str, Any] = {}
    for edge, device, metric, value, text, at, received, quality, grade in rows:
        if known != (edge, device):
            known = edge, device
            place = devices.setdefault(f"{edge}/{device}", {"is_online": True, "metrics": {}})
            metrics = place["metrics"]
        metrics[metric] = {
            "value": value, "text": text, "at": at, "received": received,
            "quality": quality, "grade": grade,
        }  # fmt: skip

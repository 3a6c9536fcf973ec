"""
How the sources are: in ingest's memory, and for others one small file a member.

    DURE_HOME/history/health/F001.json
      {"line":7,"nodes":{"line-1":{"is_online":true,"heard":…,"devices":{"kiln":true}}},
       "troubles":[{"group":"F001","edge":"line-1","code":"make.before_birth",…}]}

It is derived: lost, it is folded again from the manifest. `house.json` is the house's own.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dure.make.engine.health import Tally, folded
from dure.make.engine.host import Host
from dure.make.engine.manifest import Line
from dure.stack.home import told_plainly

FOLDER = "health"


@dataclass(slots=True)
class Health:
    """The health of all sources, by group."""

    folder: Path
    totals: Tally

    def take(self, line: Line, host: Host, groups: Iterable[str]) -> None:
        """Take in what a commit noticed, and show it for the members that it concerns."""
        for trouble in folded([line.troubles]).take():
            self.totals.add(trouble)
        shown: dict[str, dict[str, Any]] = {group: {} for group in groups}
        for node, edge in host.edges.items():
            if node.group in shown:
                shown[node.group][node.edge] = {
                    "is_online": edge.online,
                    "heard": edge.heard_ms,
                    "devices": {name: name not in edge.gone for name in edge.devices},
                }
        for group, nodes in shown.items():
            self._show(group, line, nodes)

    def _show(self, group: str, line: Line, nodes: dict[str, dict[str, Any]]) -> None:
        path = health_path(self.folder, group)
        draft = path.with_suffix(".tmp")
        shown = {
            "line": line.number,
            "nodes": nodes,
            "troubles": [trouble.as_json() for trouble in self.totals.of(group)],
        }
        with told_plainly(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text(json.dumps(shown, ensure_ascii=False))
            os.replace(draft, path)


def health_path(folder: Path, group: str) -> Path:
    """Give where a member's health stands; the file is replaced with each commit."""
    return folder / FOLDER / f"{group or 'house'}.json"


def read_health(folder: Path, group: str) -> dict[str, Any]:
    """Give a member's health; nothing where there is none yet."""
    try:
        read: dict[str, Any] = json.loads(health_path(folder, group).read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return read

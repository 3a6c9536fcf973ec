"""What machines declared in their births, as the last commit knew it."""

import json
from pathlib import Path

from dure.make.engine.chapter import standing_after
from dure.make.engine.host import Declared, Host, recall_births
from dure.make.engine.topic import EdgeKey
from dure.make.history.index import index_of
from dure.make.history.manifest import read_committed


def read_births(history: Path) -> Host:
    """Give a host that remembers all births; raises Unproven where their file was changed."""
    host = Host()
    births = standing_after(index_of(history).lines).births
    if births:
        recall_births(host, json.loads(read_committed(history, births["file"], births["sha256"])))
    return host


def declared(host: Host, group: str, device: str) -> tuple[EdgeKey, dict[str, Declared]] | None:
    """Give the edge node that a device is online at, and what it declared, by name."""
    for node, edge in host.edges.items():
        here = node.group == group and device in edge.devices and edge.online
        if here and device not in edge.gone:
            return node, {metric.name: metric for metric in edge.devices[device].metrics}
    return None

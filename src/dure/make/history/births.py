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
    standing = standing_after(index_of(history).lines)
    if births := standing.births:
        recall_births(host, json.loads(read_committed(history, births["file"], births["sha256"])))
    for node, edge in host.edges.items():
        _, edge.heard_ms = standing.heard.get(f"{node.group}/{node.edge}", (0, 0))
    return host


def declared(host: Host, group: str, device: str) -> tuple[EdgeKey, dict[str, Declared]] | None:
    """
    Give the edge node that a device is online at, and what it declared, by name.

    Of several the one that was heard last: a gateway that left without a word is not there.
    """
    there = [
        (edge.heard_ms, node, edge.devices[device])
        for node, edge in host.edges.items()
        if node.group == group
        and edge.online
        and device in edge.devices
        and device not in edge.gone
    ]
    if not there:
        return None
    _, node, names = max(there, key=lambda one: one[0])
    return node, {metric.name: metric for metric in names.metrics}

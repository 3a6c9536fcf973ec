"""
What a gateway reads from: one module a way in, all behind one small protocol.

A new way in (MTConnect, Modbus) is a module with a class that has these five names, and one
line in config.py.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from dure.make.wire.gateway.queue import Queue

_SLASH = re.compile(r"/(?![^(]*\))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Something that a source could give: where it stands there, and a value to know it by."""

    place: str
    name: str
    sample: str


class Stop(Protocol):
    """Says when to stop; `threading.Event` is one."""

    def is_set(self) -> bool:
        """Say whether to stop."""
        ...

    def wait(self, timeout: float) -> bool:
        """Wait so many seconds, or until it is time to stop."""
        ...


class Source(Protocol):
    """One way in. `run` works until told to stop; it raises Unavailable when cut off."""

    @property
    def name(self) -> str:
        """Say what it is, for the log."""
        ...

    @property
    def places(self) -> Sequence[str]:
        """Say what it reads, as its offers name the places."""
        ...

    def run(self, queue: Queue, stop: Stop) -> None:
        """Put what comes into the queue until told to stop."""
        ...

    def offers(self) -> list[Offer]:
        """List what could be read."""
        ...

    def settings(self, offers: list[Offer], machine: str) -> list[str]:
        """Write the lines of the YAML file that read these offers as one machine."""
        ...


def metric_names(offers: Sequence[Offer]) -> list[str]:
    """Name each offer's metric: its last header, or all of them where two end alike."""
    parts = [_SLASH.split(each.name) for each in offers]
    last = [each[-1] for each in parts]
    return [each[-1] if last.count(each[-1]) == 1 else " ".join(each) for each in parts]


def machine_and_metric(text: str) -> tuple[str, str]:
    """Read machine/metric, or a metric alone; a slash in brackets is of a unit: 하중(kN/m2)."""
    *machine, metric = _SLASH.split(text)
    return "/".join(machine), metric


def quoted(text: str) -> str:
    """Write a text as YAML in double quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

"""
What a gateway reads from: one module a way in, all behind one small protocol.

A new way in (MTConnect, Modbus) is a module with a class that has these four names, and one
line in config.py.
"""

from dataclasses import dataclass
from typing import Protocol

from dure.make.wire.gateway.queue import Queue


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

    def run(self, queue: Queue, stop: Stop) -> None:
        """Put what comes into the queue until told to stop."""
        ...

    def offers(self) -> list[Offer]:
        """List what could be read."""
        ...

    def settings(self, offers: list[Offer], machine: str) -> list[str]:
        """Write the lines of the YAML file that read these offers as one machine."""
        ...

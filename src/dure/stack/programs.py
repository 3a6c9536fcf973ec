"""Our own processes, as the supervisor runs them: `python -m dure.cli VERB`, or the web server."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from dure.stack.child import death_signal
from dure.stack.nats import answers

UVICORN = "uvicorn dure.project.asgi:application --lifespan off --no-access-log --log-level warning"
GRACE_SECONDS = 3  # an open event stream would hold the web server back for ever


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """
    One process of Dure's own. It gets an environment that names only its own database role.

    door: where it listens; it is ready when somebody answers there; without one, at once.
    """

    layer: ClassVar = 2
    stop_signal: ClassVar = signal.SIGTERM

    name: str
    words: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    can_pause: bool = False
    door: tuple[str, int] | None = None

    def launch(self, log: int) -> subprocess.Popen[bytes]:
        """Start it and return at once. It dies with us, at once and wherever it stands."""
        return subprocess.Popen(
            [sys.executable, "-m", *self.words],
            env={**_inherited(), **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=death_signal(signal.SIGKILL),  # noqa: PLW1509 - one prctl, from the main thread
            process_group=0,
        )

    def is_ready(self) -> bool:
        """Say whether it answers at its door."""
        return self.door is None or answers(*self.door)

    def hear(self, said: bytes) -> None:
        """It says nothing that asks for more than to be logged."""

    def tend(self) -> None:
        """Nothing is to be done while it runs."""


def verb(name: str, *arguments: str, **more: object) -> Ours:
    """Give the process that runs a verb of the command line."""
    number = more.pop("number", None)
    called = name if number is None else f"{name}-{number}"
    return Ours(name=called, words=("dure.cli", name, *arguments), **more)  # type: ignore[arg-type]


def web(
    *, host: str, port: int, environment: Mapping[str, str], tls: tuple[str, str] | None
) -> Ours:
    """Give the web server; tls names the files of a certificate and its key."""
    words = [*UVICORN.split(), f"--timeout-graceful-shutdown={GRACE_SECONDS}"]
    words += [f"--host={host}", f"--port={port}"]
    if tls:
        words += [f"--ssl-certfile={tls[0]}", f"--ssl-keyfile={tls[1]}"]
    door = ("127.0.0.1" if host == "0.0.0.0" else host, port)  # noqa: S104 - asked for by --lan
    return Ours(name="web", words=tuple(words), environment=environment, door=door)


def _inherited() -> dict[str, str]:
    """Give our own environment without the database passwords that may stand in it."""
    private = ("DURE_DATABASE_URL", "DURE_SECRET_DATABASE_")
    ours = {name: value for name, value in os.environ.items() if not name.startswith(private)}
    return {**ours, "PYTHONUNBUFFERED": "1"}

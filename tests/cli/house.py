"""A whole house, as a person starts it: `dure up` in a process of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from select import select
from time import monotonic

from dure.stack.home import Home
from dure.stack.house import House, house
from tests.stack.programs import ENVIRONMENT

PATIENCE = 120.0
FREE_PORTS = ("--port", "0", "--mqtt-port", "0", "--nats-port", "0")
OURS = ("DURE_", "DJANGO_SETTINGS_MODULE")  # a house knows nothing of the tests' own settings
CLEAN = {name: value for name, value in ENVIRONMENT.items() if not name.startswith(OURS)}


def dure(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `dure` with words to its end."""
    return subprocess.run(
        [sys.executable, "-m", "dure.cli", *map(str, words)],
        env={**CLEAN, **environment},
        check=False,
        capture_output=True,
        text=True,
    )


class Up:
    """A `dure up` that runs: its process, its home, its first words."""

    def __init__(self, home: Path, *words: str, **environment: str) -> None:
        self.home = Home(home)
        command = [sys.executable, "-m", "dure.cli", "up", "--home", str(home), *FREE_PORTS, *words]
        self.process = subprocess.Popen(
            command,
            env={**CLEAN, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.said = ""

    def hear(self, words: str) -> None:
        """Wait until it has said words."""
        assert self.process.stdout is not None
        while words not in self.said:
            ready, _, _ = select([self.process.stdout], [], [], PATIENCE)
            more = os.read(self.process.stdout.fileno(), 4096) if ready else b""
            assert more, f"never said {words!r}, but: {self.said}"
            self.said += more.decode()

    @property
    def house(self) -> House:
        """What runs."""
        found = house(self.home)
        assert found is not None, "nothing runs"
        return found

    def pid(self, name: str) -> int | None:
        """The process that goes by a name now."""
        return next(each.pid for each in self.house.processes if each.name == name)

    def all_pids(self) -> list[int]:
        """Every process, the supervisor included."""
        return [self.house.pid, *(each.pid for each in self.house.processes if each.pid)]

    def log(self) -> list[dict[str, str]]:
        """What was written into the log so far."""
        return [json.loads(line) for line in (self.home.run / "log.jsonl").read_text().splitlines()]

    def stop(self, wish: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; gives its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(wish)
        status = self.process.wait(PATIENCE)
        if self.process.stdout is not None and not self.process.stdout.closed:
            self.said += self.process.stdout.read().decode()
            self.process.stdout.close()
        return status


@contextmanager
def up(home: Path, *words: str, **environment: str) -> Iterator[Up]:
    """Have a house for the length of a block."""
    started = Up(home, *words, **environment)
    try:
        started.hear("Dure is running.")
        yield started
    finally:
        started.stop()


def wait_until(claim: Callable[[], bool]) -> None:
    """Look until a claim holds; fails after two minutes."""
    deadline = monotonic() + PATIENCE
    while not claim():
        assert monotonic() < deadline, "it never came true"
        select([], [], [], 0.05)


def is_gone(pid: int) -> bool:
    """Say whether a process is no more (a zombie is no more)."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (ProcessLookupError, FileNotFoundError):
        return True

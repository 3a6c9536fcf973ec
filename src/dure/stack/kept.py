"""What the supervisor knows of a program that it keeps running."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

FIRST_PAUSE, LONGEST_PAUSE, FORGIVEN_SECONDS = 0.1, 5.0, 10.0


class Program(Protocol):
    """What the supervisor needs of a program."""

    @property
    def name(self) -> str:
        """Its name in the log and in `dure status`."""
        ...

    @property
    def layer(self) -> int:
        """What it stands on: 0 the database, 1 the broker, 2 our own. Stopped from the top."""
        ...

    @property
    def can_pause(self) -> bool:
        """Say whether it holds still while a backup is taken."""
        ...

    @property
    def stop_signal(self) -> signal.Signals:
        """The signal that asks it to end cleanly."""
        ...

    def launch(self, log: int) -> subprocess.Popen[bytes]:
        """Start it, writing to the descriptor log, and return at once."""
        ...

    def is_ready(self) -> bool:
        """Say whether it does its work."""
        ...

    def hear(self, said: bytes) -> None:
        """Notice a line that it said."""
        ...

    def tend(self) -> None:
        """Do what is to be done now and then while it runs."""
        ...


@dataclass(slots=True)
class Kept:
    """A program with its process, what the process said last, and when it may start again."""

    program: Program
    child: subprocess.Popen[bytes] | None = None
    pipe: int = -1
    rest: bytes = b""
    last: bytes = b""
    is_up: bool = False
    is_buried: bool = False
    started: float = 0.0
    pause: float = FIRST_PAUSE
    next_start: float = 0.0
    restarts: int = 0

    @property
    def runs(self) -> bool:
        """Say whether its process lives."""
        return self.child is not None and self.child.poll() is None

    def launch(self, now: float) -> int:
        """Start a process; gives its id. Its words come through a pipe that we read."""
        ours, theirs = os.pipe()
        os.set_blocking(ours, False)
        try:
            self.child = self.program.launch(theirs)
        except BaseException:
            os.close(ours)
            raise
        finally:
            os.close(theirs)
        self.let_go()
        self.pipe, self.rest, self.last = ours, b"", b""
        self.started, self.is_buried = now, False
        return self.child.pid

    def lines(self) -> Iterator[bytes]:
        """Give the whole lines that the process said since we last listened."""
        with suppress(BlockingIOError):
            while self.pipe >= 0:
                said = os.read(self.pipe, 1 << 16)
                if not said:
                    self.let_go()
                    return
                *whole, self.rest = (self.rest + said).split(b"\n")
                self.last = whole[-1] if whole else self.last
                yield from whole

    def bury(self, now: float) -> int:
        """Clear away what is left of a dead process; gives its exit status."""
        assert self.child is not None, "it was launched"
        self.sweep()
        self.is_buried = True
        if now - self.started > FORGIVEN_SECONDS:
            self.pause = FIRST_PAUSE
        self.next_start = now + self.pause
        self.pause = min(self.pause * 2, LONGEST_PAUSE)
        return self.child.wait()

    def signal(self, wish: signal.Signals) -> None:
        """Send a signal if the process lives."""
        if self.runs and self.child is not None:
            self.child.send_signal(wish)

    def sweep(self) -> None:
        """Kill what the process left behind in its group: helpers of a solver, say."""
        if self.child is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.child.pid, signal.SIGKILL)

    def let_go(self) -> None:
        """Stop listening."""
        if self.pipe >= 0:
            os.close(self.pipe)
            self.pipe = -1

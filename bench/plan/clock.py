"""What is measured: seconds, and the most memory at a time."""

import resource
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from time import perf_counter

from dure.plan.engine.budget import WHOLE


class Seconds:
    """A budget of seconds that also remembers when the first look at it was."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.start = seconds, perf_counter()

    def used(self, steps: int) -> int:
        return int((perf_counter() - self.start) * WHOLE / max(self.seconds, 0.001))

    def left(self) -> float:
        return self.seconds - (perf_counter() - self.start)


def timed(work):  # type: ignore[no-untyped-def]
    """Give how many seconds a piece of work took, and what came of it."""
    start = perf_counter()
    done = work()
    return (perf_counter() - start, done)


def compile_elsewhere() -> None:
    """Compile in another process: what the compiler takes is not the planner's memory."""
    call = "from dure.plan.engine.solve import prepare; prepare()"
    subprocess.run([sys.executable, "-c", call], check=True)


def forget_peak() -> None:
    """Count the peak of memory from here on, where the system lets us."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_mb() -> int:
    """Give the most memory that was in use at a time, of this process."""
    with suppress(OSError):
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

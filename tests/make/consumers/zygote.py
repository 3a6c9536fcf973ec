"""
Ingests to kill: a process that has everything loaded and forks one whenever it is told.

    python -m tests.make.consumers.zygote HOME        start | kill, a line each, answered by a line
"""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import time_ns

from dure.make.consumers.ingest import Ingest
from dure.stack.home import Home


class Zygote:
    """Starts and kills an ingest of a home."""

    def __init__(self, process):
        self.process = process

    def start(self):
        self._tell("start")

    def kill(self):
        self._tell("kill")

    def _tell(self, word):
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline().strip() == "done"


@contextmanager
def zygote(home):
    environment = {**os.environ, "PYTHONPATH": "src:."}
    program = [sys.executable, "-m", "tests.make.consumers.zygote", str(home.path)]
    process = subprocess.Popen(
        program,
        env=environment,
        cwd=Path(__file__).parents[3],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Zygote(process)
    finally:
        process.communicate(timeout=20)  # its input ends: it kills what runs, and ends


def _serve(home):
    child = 0
    for line in sys.stdin:
        if line.strip() == "start":
            child = os.fork()
            if not child:
                _ingest(home)
        else:
            child = _kill(child)
        sys.stdout.write("done\n")
        sys.stdout.flush()
    _kill(child)


def _kill(child):
    if child:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return 0


def _ingest(home):
    os.close(0)
    Ingest(
        home=home,
        stop=Event(),
        now_ms=lambda: time_ns() // 1_000_000,
        tell=lambda lines: None,
        seal_seconds=0.02,
    ).run()
    os._exit(0)


if __name__ == "__main__":
    _serve(Home(Path(sys.argv[1])))

"""`dure demo` as a person starts it, and what of its summary must never differ."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from dure.stack.home import Home
from dure.stack.house import House, house
from tests.cli.house import CLEAN, FREE_PORTS, wait_until

SEED = 1
SAME = {
    "sense": ("quantity", "spare", "due", "completeness", "steps", "band"),
    "match": ("label", "price", "makers", "declined"),
    "plan": ("price", "promised_on", "job_orders"),
    "buy": ("total", "awards"),
    "make": ("made", "alarm_rule", "agreed"),
    "move": ("shipments", "sent", "counted", "delivered", "accepted", "rejected", "balance"),
    "settle": ("costs", "shares", "confirmed", "year"),
}


class Demo:
    """A demo that runs: what it says, line by line, and its house."""

    def __init__(self, home: Path, *words: str, name: str = "summary") -> None:
        self.home, self.json = Home(home), home.with_name(f"{name}.json")
        command = [sys.executable, "-m", "dure.cli", "demo", "--once", "--home", str(home)]
        command += ["--seed", str(SEED), "--json", str(self.json), *FREE_PORTS, *words]
        self.process = subprocess.Popen(
            command,
            env={**CLEAN, "COLUMNS": "200", "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said: list[str] = []
        self.status: int | None = None
        self.house: House | None = None

    def hear(self, react: Callable[[str], None] = lambda line: None) -> int:
        """Listen to the end, and let react hear each line; gives the exit status."""
        assert self.process.stdout is not None
        with self.process.stdout:
            for line in self.process.stdout:
                self.said.append(line)
                react(line)
        status = self.process.wait()
        self.house = house(self.home)  # what it left running: nothing
        return status

    def break_off(self, words: str) -> None:
        """Listen until words are said, and end it there as if by a fault; its house ends, too."""
        self.hear(lambda line: self.process.kill() if words in line else None)
        wait_until(lambda: not self.home.is_held())

    def summary(self) -> dict:
        """What it wrote for a checker, by stage."""
        told = json.loads(self.json.read_text(encoding="utf-8"))
        return {stage["stage"]: stage for stage in told["stages"]}

    def kill(self, name: str) -> None:
        """End one process of its house as if by a fault; `supervisor` is the one above all."""
        running = house(self.home)
        assert running is not None, "nothing runs"
        found = {each.name: each.pid for each in running.processes}
        pid = running.pid if name == "supervisor" else found[name]
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def essence(summary: dict) -> dict:
    """What two runs of one seed must have in common, to the won."""
    return {
        stage: {name: summary[stage].get(name) for name in names} for stage, names in SAME.items()
    }

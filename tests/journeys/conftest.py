"""One order told once, for all journeys that begin where it ended."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.house import FREE_PORTS, Up, dure


@dataclass(frozen=True)
class Told:
    """A home in which the order was told, and what its telling said."""

    home: Path
    said: dict[str, Any]

    def stage(self, name: str) -> dict[str, Any]:
        return next(stage for stage in self.said["stages"] if stage["stage"] == name)

    def people(self) -> dict[str, dict[str, Any]]:
        """Give, by business number, each firm's id, token and passwords."""
        return json.loads((self.home / "secrets" / "twin.json").read_text())


def tell(home: Path, *words: str) -> Told:
    """Tell the order in home, as `make demo ONCE=1` does."""
    summary = home.with_suffix(".json")
    ended = dure("demo", "--once", "--home", home, "--json", summary, *FREE_PORTS, *words)
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
    return Told(home, json.loads(summary.read_text()))


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Tell the order once."""
    return tell(tmp_path_factory.mktemp("told") / "home")


@pytest.fixture(scope="session")
def house(told: Told) -> Iterator[Up]:
    """Run the house in which the order was told."""
    running = Up(told.home, "--witnesses", "4", DURE_CLOCK="stored")
    try:
        running.hear("Dure is running")
        yield running
    finally:
        running.stop()

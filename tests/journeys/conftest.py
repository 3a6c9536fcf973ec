"""One order told once, for all journeys that begin where it ended."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.house import Up, up
from tests.journeys.demo import Demo
from tests.journeys.people import everybody
from tests.journeys.player import Player
from tests.journeys.visitors import Visitor


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Tell the order in a new home, as `make demo ONCE=1` does."""
    demo = Demo(tmp_path_factory.mktemp("demo") / "home")
    demo.status = demo.hear()
    return demo


@pytest.fixture(scope="session")
def copied(first: Demo) -> Path:
    """Copy that home, for those who go on in it in another way."""
    place, left_over = first.home.path.with_name("copy"), shutil.ignore_patterns(".s.*")
    return Path(shutil.copytree(first.home.path, place, symlinks=True, ignore=left_over))


@pytest.fixture(scope="session")
def played(copied: Path) -> tuple[Demo, Player]:
    """
    Break an order off in the copy, in the middle of its making, and play another one there.

    The broken-off order leaves an alarm open, a lot held and machines taken.
    """
    Demo(copied, name="broken-off").break_off("Alarm:")
    demo = Demo(copied, "--play", name="played")
    player = Player(demo.home)
    demo.status = demo.hear(player.hear)
    return demo, player


@pytest.fixture(scope="session")
def reopened(first: Demo, copied: Path) -> Iterator[Up]:
    """Run the house in which the order was told once more (copied before: now it changes)."""
    with up(first.home.path, "--witnesses", "4", DURE_CLOCK="stored") as running:
        yield running


@pytest.fixture(scope="session")
def visitors(first: Demo, reopened: Up) -> Iterator[dict[str, Visitor]]:
    """Let everybody come into that house, by name."""
    found = everybody(first, reopened)
    yield found
    for visitor in found.values():
        visitor.leave()

"""One order told once, for all journeys that begin where it ended."""

from collections.abc import Iterator

import pytest

from tests.cli.house import Up, up
from tests.journeys.demo import Demo


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Tell the order in a new home, as `make demo ONCE=1` does."""
    demo = Demo(tmp_path_factory.mktemp("demo") / "home")
    demo.status = demo.hear()
    return demo


@pytest.fixture(scope="module")
def reopened(first: Demo) -> Iterator[Up]:
    """Run the house in which the order was told once more."""
    with up(first.home.path, "--witnesses", "4", DURE_CLOCK="stored") as running:
        yield running

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

SHARED = Path(__file__).parents[3] / "shared/data/ledger"


class Vectors:
    """The published vectors, as JSON, lines or bytes."""

    def json(self, name):
        return json.loads((SHARED / name).read_text())

    def lines(self, name):
        return [json.loads(line) for line in (SHARED / name).read_text().splitlines()]

    def bytes(self, name):
        return (SHARED / name).read_bytes()

    def files(self, pattern):
        return sorted(SHARED.glob(pattern))


@pytest.fixture(scope="session")
def vectors():
    if not SHARED.exists():
        pytest.skip("the published vectors are not on this machine")
    return Vectors()


@pytest.fixture
def ram(tmp_path):
    """Give a folder in memory where there is one: what fails on cue need not wait for a disk."""
    if not Path("/dev/shm").is_dir():
        yield tmp_path
        return
    with TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)

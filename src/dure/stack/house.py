"""
What runs in a home, as other processes may read it; and the wish that the house hold still.

The supervisor writes run/house.json whenever something starts or ends:

    {"pid": 7, "address": "http://127.0.0.1:8000", "still": false,
     "processes": [{"name": "web", "pid": 9, "restarts": 0}]}
"""

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from time import monotonic, sleep

from dure.kernel.errors import Unavailable
from dure.stack.child import is_alive
from dure.stack.home import Home, replace_file, told_plainly
from dure.stack.kept import Kept

HOUSE = "house.json"
STILL = "still"
STILL_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Process:
    """A supervised process: its id (None while it is down) and how often it came back."""

    name: str
    pid: int | None
    restarts: int


@dataclass(frozen=True, slots=True)
class House:
    """What runs in a home now."""

    pid: int
    address: str
    still: bool
    processes: tuple[Process, ...]


def house(home: Home) -> House | None:
    """Give what runs in a home; None where nothing does."""
    if not home.is_held():
        return None
    try:
        told = json.loads((home.run / HOUSE).read_text())
    except FileNotFoundError:
        return None
    processes = tuple(_living(Process(**process)) for process in told["processes"])
    return House(told["pid"], told["address"], told["still"], processes)


def _living(process: Process) -> Process:
    """A full disk may have kept the supervisor from telling that a process ended."""
    return process if is_alive(process.pid) else replace(process, pid=None)


def write_house(home: Home, *, address: str, still: bool, kept: Sequence[Kept]) -> None:
    """Tell others what runs. A full disk is no reason to stop what runs."""
    told = {
        "pid": os.getpid(),
        "address": address,
        "still": still,
        "processes": [
            {
                "name": each.program.name,
                "pid": each.child.pid if each.child is not None and each.runs else None,
                "restarts": each.restarts,
            }
            for each in kept
        ],
    }
    with suppress(OSError):
        replace_file(home.run / HOUSE, json.dumps(told, indent=1))


def forget_house(home: Home) -> None:
    """Tell others that nothing runs any more."""
    with suppress(FileNotFoundError):
        (home.run / HOUSE).unlink()


@contextmanager
def holding_still(home: Home) -> Iterator[None]:
    """
    Have the log and the readings stand still for as long as the block, or as we live.

    The rest goes on: people work, facts are recorded, gateways keep their readings. Raises
    Unavailable when the house does not hold still within 20 seconds.
    """
    with told_plainly(home.run), (home.run / STILL).open("a") as wish:
        fcntl.flock(wish, fcntl.LOCK_EX)
        deadline = monotonic() + STILL_SECONDS
        while (running := house(home)) is not None and not running.still:
            if monotonic() > deadline:
                raise Unavailable("stack.not_still", home=str(home.path))
            sleep(0.05)
        yield


def wants_stillness(home: Home) -> bool:
    """Say whether somebody wants the house to hold still."""
    try:
        with (home.run / STILL).open() as wish:
            fcntl.flock(wish, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False

"""`dure status`: what runs, and where."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from dure.kernel.reason import Reason
from dure.portal.words import say, what_next
from dure.stack.backup import KEYS_KEPT, old_keys
from dure.stack.home import Home, dure_home
from dure.stack.house import House, house


def status(
    home: Annotated[Path | None, typer.Option(help="The folder where everything lives.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Say it as JSON.")] = False,
) -> None:
    """
    Say what is running, and where to find it.

    The exit status is 0 when everything runs, 1 when something is down, the disk is full or record
    keys are kept for too long, 3 when nothing runs.
    """
    if home is not None:
        os.environ["DURE_HOME"] = str(home.expanduser().absolute())
    where = dure_home()
    found = house(where)
    is_full = where.path.exists() and not where.has_room()
    old = [str(folder) for folder in old_keys(where)]
    if as_json:
        more = {"disk_full": is_full, "old_keys": old}
        print(json.dumps({**asdict(found), **more} if found else None))
    else:
        print(_words(found) if found else f"Dure is not running in {where.path}. Start it: dure up")
        for reason in _troubles(where, old, is_full=is_full):
            print(say(reason, "en"), what_next(reason, "en"))
    if found is None:
        raise typer.Exit(3)
    if is_full or old or any(process.pid is None for process in found.processes):
        raise typer.Exit(1)


def _troubles(where: Home, old: list[str], *, is_full: bool) -> Iterator[Reason]:
    if is_full:
        yield Reason("stack.disk_low", {"path": str(where.path)})
    for folder in old:
        yield Reason("stack.keys_too_old", {"folder": folder, "days": KEYS_KEPT.days})


def _words(found: House) -> str:
    rows = [
        f"  {each.name:<12} {'running' if each.pid else 'down, starting again':<22}"
        + (f"process {each.pid}" if each.pid else "")
        + (f", came back {each.restarts} times" if each.restarts else "")
        for each in found.processes
    ]
    doing = "Dure holds still for a backup." if found.still else "Dure is running."
    return "\n".join([f"{doing} Portal: {found.address}", *rows])

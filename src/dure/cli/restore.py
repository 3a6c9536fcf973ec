"""`dure restore`: bring a backup back to life."""

import os
from pathlib import Path
from typing import Annotated

import typer

from dure.cli.backup import RECORD_KEYS
from dure.stack.backup import restore as bring_back
from dure.stack.home import dure_home


def restore(
    folder: Annotated[Path, typer.Argument(help="One backup: a folder named dure-...")],
    keys: Annotated[
        Path | None, typer.Option(help="The folder of the same name under --keys of the backup.")
    ] = None,
    home: Annotated[Path | None, typer.Option(help="An empty folder to restore into.")] = None,
) -> None:
    """
    Bring a backup back into an empty home. Nothing that lives somewhere is written over.

    Keys that are older than 30 days are refused, and what was erased since is erased again. Then
    start it: dure up. If the log had gone on after the backup, the witnesses notice, and
    Dure says so instead of telling another story.
    """
    if home is not None:
        os.environ["DURE_HOME"] = str(home.expanduser().absolute())
    where = dure_home()
    bring_back(where, folder, apart=RECORD_KEYS, keys=keys)
    print(f"Restored into {where.path}. Start it: dure up")
    if keys is None:
        print("Without --keys, single records cannot be proven, and gateways get new passwords.")

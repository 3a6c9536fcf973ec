"""`dure backup`: put everything that matters into a folder elsewhere."""

import os
from pathlib import Path
from typing import Annotated

import typer

from dure.stack.backup import Apart, back_up
from dure.stack.home import dure_home

RECORD_KEYS = Apart(
    tables=("public.journal_factkey",),
    erased="select aggregate_id from journal_fact where kind = 'FactErased'",
    forget="delete from journal_factkey where fact_id = any(%s::uuid[])",
)


def backup(
    folder: Annotated[Path, typer.Argument(help="Where backups are collected: another disk.")],
    keys: Annotated[
        Path | None, typer.Option(help="A second place, for secrets and record keys.")
    ] = None,
    home: Annotated[Path | None, typer.Option(help="The folder where everything lives.")] = None,
) -> None:
    """
    Copy everything that matters into a new folder under FOLDER. Dure may run on meanwhile.

    Passwords and the keys that open single records go only where --keys says, apart from the
    backups. What lies there for more than 30 days is removed: what people had erased stays erased.
    """
    if home is not None:
        os.environ["DURE_HOME"] = str(home.expanduser().absolute())
    made = back_up(dure_home(), folder, apart=RECORD_KEYS, keys=keys)
    print(f"Backed up into {made}.")
    if keys is None:
        print("Secrets and record keys are not in it: back them up with --keys ANOTHER_PLACE.")

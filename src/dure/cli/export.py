"""Write a member's whole history into one plain Parquet file, while everything runs or nothing."""

from pathlib import Path
from typing import Annotated

import typer

from dure.kernel.errors import NotFound, Refused
from dure.stack.home import Home, dure_home, told_plainly


def export(
    group: Annotated[str, typer.Argument(help="The member: F and its number, as F002.")],
    target: Annotated[Path, typer.Argument(help="The file to write; it must not be there yet.")],
    home: Annotated[Path | None, typer.Option(help="The folder where everything lives.")] = None,
) -> None:
    """Write all readings of a member, as they were sealed, into one Parquet file."""
    from dure.make.history import queries

    history = (Home(home.expanduser().absolute()) if home else dure_home()).history
    if target.exists():
        raise Refused("make.export_there", file=str(target))
    if not queries.segments_of(history, group, queries.READINGS):
        raise NotFound("make.no_history", group=group)
    draft = target.with_name(f"{target.name}.part")
    with told_plainly(target):
        try:
            rows = queries.export(history, group, draft)
            draft.rename(target)
        finally:
            draft.unlink(missing_ok=True)
    print(f"{rows:,} readings of {group} are in {target}.")

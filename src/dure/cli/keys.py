"""Keys of the log: witnesses come, go and approve; a key that was stolen is ended."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dure.cli.django import set_up_django
from dure.stack.home import dure_home

if TYPE_CHECKING:
    from dure.prove.engine.keys import SigningKey

app = typer.Typer(help=__doc__, no_args_is_help=True)


@app.command()
def propose() -> None:
    """
    Write the statement by which the policy on disk would come into force.

    Pass it to the witnesses, who add their lines with dure witness --approve.
    """
    _serve()
    from dure.prove.services.approval import propose_policy
    from dure.prove.store.folder import shards

    statement = propose_policy(shards().policy(), _log_key())
    if statement is None:
        print("The policy on disk is in force already.", file=sys.stderr)
    else:
        print(statement, end="")


@app.command()
def revoke(
    issuer: Annotated[str, typer.Argument(help="The key, as log entries name their issuer.")],
) -> None:
    """Write the statement that ends an issuer's key, for the witnesses to cosign."""
    _serve()
    from dure.kernel.entry import from_text
    from dure.prove.services.approval import propose_revocation

    print(propose_revocation(from_text(issuer, 32), _log_key()), end="")


@app.command()
def approve(
    statement: Annotated[Path, typer.Argument(help="The statement, with the witnesses' lines.")],
) -> None:
    """Take a statement that a quorum of witnesses cosigned into the log."""
    _serve()
    from dure.prove.engine.note import read_note
    from dure.prove.services.approval import approve as take

    take(read_note(statement.read_bytes()))
    print("Approved. The log takes it in.")


def _serve() -> None:
    """Reach the running house's database as the worker."""
    from dure.stack.outside import role_url

    os.environ["DURE_DATABASE_URL"] = role_url(dure_home(), "dure_worker")
    set_up_django()


def _log_key() -> "SigningKey":
    from dure.journal.public import now
    from dure.prove.engine.shard import year_of
    from dure.prove.store.keys import log_key

    return log_key(dure_home(), year_of(now()))

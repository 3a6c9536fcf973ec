"""Keys of the log: witnesses come, go and approve; keys are changed, or ended when stolen."""

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dure.cli.django import set_up_django
from dure.stack.home import dure_home

if TYPE_CHECKING:
    from dure.prove.engine.keys import SigningKey

app = typer.Typer(help=__doc__, no_args_is_help=True)


@app.command()
def propose(
    policy: Annotated[
        Path | None, typer.Argument(help="The policy to be; else the one on disk.")
    ] = None,
) -> None:
    """
    Write the statement by which a policy would come into force.

    Pass it to the witnesses, who add their lines with dure witness --approve. The log goes on under
    the old policy until dure keys approve has the quorum's consent.
    """
    _serve()
    from dure.prove.engine.policy import read_policy
    from dure.prove.services.approval import propose_policy
    from dure.prove.store.folder import shards

    wanted = read_policy(policy.read_bytes()) if policy else shards().policy()
    statement = propose_policy(wanted, _log_key())
    if statement is None:
        print("This policy is in force already.", file=sys.stderr)
    else:
        print(statement, end="")


@app.command()
def rotate() -> None:
    """
    Make a new key for this year's log, and write the statement by which it takes over.

    The old key signs until a quorum has approved, and checkpoints for as long as the policy names
    it: drop its line once everybody has the new policy, or at once where it was stolen.
    """
    _serve()
    from dure.journal.public import now
    from dure.prove.engine.shard import year_of
    from dure.prove.services.approval import propose_policy
    from dure.prove.store.folder import shards
    from dure.prove.store.keys import next_log_key

    policy = shards().policy()
    new = next_log_key(dure_home(), year_of(now()), policy)
    print(propose_policy(replace(policy, logs=(*policy.logs, new.verifier)), _log_key()), end="")


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
    from dure.prove.store.folder import shards

    take(read_note(statement.read_bytes()), shards())
    print("Approved. The log takes it in.")


def _serve() -> None:
    """Reach the running house's database as the worker."""
    from dure.stack.outside import role_url

    os.environ["DURE_DATABASE_URL"] = role_url(dure_home(), "dure_worker")
    set_up_django()


def _log_key() -> "SigningKey":
    from dure.journal.public import now
    from dure.prove.engine.shard import year_of
    from dure.prove.store.folder import shards
    from dure.prove.store.keys import log_keys

    return log_keys(dure_home(), year_of(now()), shards().policy())[-1]

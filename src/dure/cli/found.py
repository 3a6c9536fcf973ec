"""Found the cooperative of a new home: its own firm and its office, from a JSON file."""

import os
from datetime import datetime
from typing import Annotated

import typer

from dure.cli.django import set_up_django
from dure.stack.home import dure_home

HIDDEN = True


def found(
    legal_form: Annotated[str, typer.Option(help="The rulebook's name.")] = "framework",
    at: Annotated[str, typer.Option(help="Set a demo's stored clock first (RFC 3339).")] = "",
) -> None:
    """
    Found the cooperative from the body of a POST /firms on standard input, while Dure runs.

    Prints the office's firm, token and passwords as JSON: they are shown this once.
    """
    from dure.stack.outside import role_url

    home = dure_home()
    os.environ["DURE_DATABASE_URL"] = role_url(home, "dure_worker")
    set_up_django()
    from django.core.management import call_command

    from dure.journal.services import set_clock
    from dure.kernel.actor import THE_COOPERATIVE
    from dure.stack.tenancy import acting

    if at:
        with acting(THE_COOPERATIVE):
            set_clock(datetime.fromisoformat(at))
    call_command("found", legal_form=legal_form)

"""Money: recompute a stored settlement or year close."""

from pathlib import Path
from typing import Annotated

import typer

from dure.kernel.errors import Malformed

app = typer.Typer(no_args_is_help=True)
app.callback()(lambda: None)


@app.command(epilog="The files' form stands in dure/settle/engine/form.py.")
def replay(
    file: Annotated[Path, typer.Argument(help="A settlement or a year close, as it was stored.")],
) -> None:
    """Recompute from the stored inputs; the exit status is 0 where every byte is the same."""
    from dure.settle.engine.form import replay as recompute

    try:
        stored = file.read_bytes()
    except OSError as bad:
        raise Malformed("settle.file_shape", problem=str(bad)) from bad
    value = recompute(stored)
    rulebook = value["rulebook"]
    print(f"the same, byte by byte, by the rulebook {rulebook['legal_form']} {rulebook['version']}")

"""Matching: seek clusters for a need from files, for somebody else's checker."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from dure.kernel.errors import Malformed

app = typer.Typer(no_args_is_help=True)


@app.callback()
def match() -> None:
    """Seek clusters of members that could make a need."""


@app.command(epilog="The files' form stands in dure/match/engine/form.py.")
def solve(
    coop: Annotated[Path, typer.Argument(help="A cooperative: what each member can do.")],
    need: Annotated[Path, typer.Argument(help="A need: its steps as a graph.")],
    out: Annotated[Path, typer.Option(help="Write the alternatives here.")],
) -> None:
    """Find up to three clusters that differ; say what they cost and how sure that is."""
    from dure.match.engine.alternatives import alternatives
    from dure.match.engine.form import answer_as_json, coop_from_json, need_from_json
    from dure.portal.words import say

    tasks, fair_bp = need_from_json(_json(need))
    answer = alternatives(coop_from_json(_json(coop)), tasks, fair_bp=fair_bp)
    out.write_text(json.dumps(answer_as_json(answer), ensure_ascii=False, indent=1) + "\n")
    for each in answer.alternatives:
        print(f"{each.label}: {each.price:,} won, at most {each.gap_bp / 100:.2f} % above the best")
    for reason in answer.blocking:
        print(say(reason, "en"))
    if answer.blocking:
        raise typer.Exit(1)


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_bytes())
    except (OSError, ValueError) as bad:
        raise Malformed("match.file_shape", file=file.name, problem=str(bad)) from bad

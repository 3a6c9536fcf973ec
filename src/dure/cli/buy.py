"""Joint purchasing: decide a round from a file, or recompute a decision."""

import json
from pathlib import Path
from typing import Annotated

import typer

from dure.kernel.errors import Malformed

app = typer.Typer(no_args_is_help=True)
MORE = "The files' form stands in dure/buy/engine/form.py."


@app.command(epilog=MORE)
def solve(
    file: Annotated[Path, typer.Argument(help="A round: needs, offers, suppliers.")],
    out: Annotated[Path, typer.Option(help="Write the decision here.")],
    seconds: Annotated[int, typer.Option(help="Stop looking after so many.", min=1)] = 60,
) -> None:
    """Find the cheapest joint purchase and share it out; say what it costs and how sure that is."""
    from dure.buy.engine.form import decision_bytes, problem_from_json
    from dure.buy.engine.problem import Effort, blocked
    from dure.buy.engine.solve import solve as decide
    from dure.portal.words import say

    problem = problem_from_json(_json(file))
    reasons = blocked(problem)
    for reason in reasons.values():
        print(say(reason, "en"))
    if reasons:
        raise typer.Exit(1)
    decision = decide(problem, Effort(seconds=seconds), effort_alone=Effort(seconds=5))
    out.write_bytes(decision_bytes(decision))
    award = decision.award
    print(f"{award.total:,} won from {len(award.freights)} suppliers")
    print(f"at most {award.gap_ppm / 10_000:.4f} % above the best, says the solver")
    print(f"at most {award.certified_gap_ppm / 10_000:.4f} % above the best, proved with integers")
    better = sum(share.is_no_worse for share in award.sheet.shares)
    print(f"{better} of {len(award.sheet.shares)} members pay no more than alone")


@app.command(epilog=MORE)
def replay(
    file: Annotated[Path, typer.Argument(help="A decision, as solve wrote it.")],
) -> None:
    """Recompute a decision without a solver; the exit status is 0 where every byte is the same."""
    from dure.buy.engine.form import replay as recompute

    award = recompute(_bytes(file))
    print(f"the same, byte by byte: {award.total:,} won")


def _json(file: Path) -> object:
    try:
        return json.loads(_bytes(file))
    except ValueError as bad:
        raise Malformed("buy.file_shape", problem=str(bad)) from bad


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as bad:
        raise Malformed("buy.file_shape", problem=str(bad)) from bad

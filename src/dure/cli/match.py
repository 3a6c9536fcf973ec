"""Matching: seek clusters for a need from files, for somebody else's checker."""

import gc
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dure.kernel.errors import Malformed, Refused

if TYPE_CHECKING:
    from dure.match.engine.alternatives import Answer
    from dure.match.engine.coopfile import CoopFile

SHOWN = 5  # capabilities set aside that are told of on the screen; the file has all
app = typer.Typer(no_args_is_help=True)


@app.callback()
def match() -> None:
    """Seek clusters of members that could make a need."""


@app.command(epilog="The files' form stands in docs/match-files.md.")
def solve(
    coop: Annotated[Path, typer.Argument(help="A cooperative: what each member can do.")],
    need: Annotated[Path, typer.Argument(help="A need: its steps as a graph.")],
    out: Annotated[Path, typer.Option(help="Write the alternatives here.")],
) -> None:
    """
    Find up to three clusters that differ; say what they cost and how sure that is.

    Ends with 1 where there is none: the file then says what would have to give.
    """
    from dure.match.engine.alternatives import Answer, alternatives
    from dure.match.engine.form import answer_as_json, need_from_json
    from dure.portal.words import say

    read = _read(coop)
    try:
        asked = need_from_json(_json(need), read.numbers)
        answer = alternatives(read.coop, asked)
    except Refused as refused:
        answer = Answer(alternatives=(), blocking=(refused.reason,))
    written = answer_as_json(answer, read.names)
    for each, reason in zip(written["blocking"], answer.blocking, strict=True):
        each.update(ko=say(reason, "ko"), en=say(reason, "en"))
    written["set_aside"] = [
        {"where": each.where, "problem": each.problem} for each in read.set_aside
    ]
    written["ignored"] = list(read.ignored)
    text = json.dumps(written, ensure_ascii=False, indent=1) + "\n"
    out.write_text(text, "utf-8", "backslashreplace")  # a half of a pair stays as the file had it
    for line in _lines(answer, read, out.name):
        print(line.encode("utf-8", "backslashreplace").decode())
    if answer.blocking:
        raise typer.Exit(1)


def _lines(answer: "Answer", read: "CoopFile", out: str) -> Iterator[str]:
    """Say on the screen what was found, what was left out, and what would have to give."""
    from dure.portal.words import say

    for each in answer.alternatives:
        yield f"{each.label}: {each.price:,} won, at most {each.gap_bp / 100:.2f} % above the best"
    for one in read.set_aside[:SHOWN]:
        yield f"set aside: {one.where}: {one.problem}"
    if len(read.set_aside) > SHOWN:
        yield f"set aside: {len(read.set_aside)} capabilities in all; {out} names them"
    if read.ignored:
        yield f"not known, and not used: {', '.join(read.ignored)}"
    for reason in answer.blocking:
        yield say(reason, "en")


def _read(coop: Path) -> "CoopFile":
    from dure.match.engine.coopfile import coop_from_json

    gc.disable()  # millions of values are read, and none is let go meanwhile
    try:
        return coop_from_json(_json(coop))
    finally:
        gc.enable()


def _json(file: Path) -> Any:
    try:
        whole = file.read_bytes()
        return json.loads(gzip.decompress(whole) if file.suffix == ".gz" else whole)
    except (OSError, ValueError, EOFError) as bad:
        raise Malformed("match.file_shape", file=file.name, problem=str(bad)) from bad

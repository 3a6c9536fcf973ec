"""`dure bench`: measure this machine, each figure beside a peer or a limit."""

import json
import os
import pkgutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from dure.kernel.errors import NotFound

ROOT = Path(__file__).parents[3]  # bench/ stands beside src/, in a clone only


def bench(
    name: Annotated[str, typer.Argument(help="One of the benches, or: all")] = "all",
    *,
    as_json: Annotated[
        Path | None, typer.Option("--json", help="Write the figures here, too.")
    ] = None,
    instances: Annotated[
        Path | None, typer.Option(help="plan: measure every instance of this folder instead.")
    ] = None,
    seconds: Annotated[float, typer.Option(help="plan: so many for each instance.")] = 10,
    needs: Annotated[
        int | None, typer.Option(min=20, help="match: so many needs of each shape.")
    ] = None,
    peer: Annotated[
        str | None, typer.Option(help="plan: a peer beside it: pyjobshop or dispatch.")
    ] = None,
    peer_seconds: Annotated[
        float | None, typer.Option(help="plan: so many for the peer; else as many as for ours.")
    ] = None,
    sample: Annotated[
        int | None, typer.Option(min=1, help="plan: so many of the folder's files, by chance.")
    ] = None,
) -> None:
    """
    Measure, and print each figure with a peer or a limit measured in the same run.

    What counts is the ratio: it carries over to another machine, the figure does not. With
    `all` the file of --json holds a list, one entry a bench.
    """
    known = benches()
    if name != "all" and name not in known:
        raise NotFound("stack.no_bench", name=name, known=", ".join(known))
    if instances is not None:
        more = {"peer": peer, "peer_seconds": peer_seconds, "sample": sample}
        _measure_folder(name, instances, seconds, as_json, more)
        return
    results = []
    for each in known if name == "all" else [name]:
        results.append(measured(each, {} if needs is None else {"needs": needs}))
    if as_json is not None:
        whole = results if name == "all" else results[0]
        as_json.write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n")


def _measure_folder(
    name: str, instances: Path, seconds: float, as_json: Path | None, more: Mapping[str, Any]
) -> None:
    """Print and write a row for each instance as it comes: a run that is cut off keeps them."""
    sys.path.insert(0, str(ROOT))
    module = import_module(f"bench.{name}")
    whole: dict[str, Any] = {"bench": name, "commit": _commit(), "seconds": seconds, "rows": []}
    for row in module.rows(instances, seconds, **more):
        whole["rows"].append(row)
        whole["summary"] = module.summary(whole["rows"])
        print("  ".join(f"{key}={value}" for key, value in row.items()), flush=True)
        print("    so far: " + "  ".join(f"{k}={v}" for k, v in whole["summary"].items()))
        if as_json is not None:
            as_json.write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n")


def benches() -> list[str]:
    """Give the names of all benches; none where Dure was installed without its source."""
    return sorted(page.name for page in pkgutil.iter_modules([str(ROOT / "bench")]))


def measured(name: str, asked: Mapping[str, int]) -> dict[str, Any]:
    """Run one bench, print each figure as it comes, and give all in the form that is kept."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    commit, cores = _commit(), _cores()
    print(f"{name} ({commit}, {cores} cores)", flush=True)
    figures = []
    for figure in import_module(f"bench.{name}").figures(**asked):
        figures.append(figure.as_json())
        print("\n".join(_rows(figures[-1])), flush=True)
    return {"bench": name, "commit": commit, "cores": cores, "figures": figures}


def _cores() -> int | None:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count()


def _commit() -> str:
    """Give the commit that was measured; + marks changes that are not committed."""
    done = subprocess.run(
        ["git", "-C", str(ROOT), "describe", "--always", "--abbrev=12", "--dirty=+"],
        check=False,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip() or "unknown"


def _rows(each: Mapping[str, Any]) -> Iterator[str]:
    reach = "" if each["reach"] is None else f"  (to reach: {each['reach']:g})"
    yield f"  {each['name']}: {each['value']:g} {each['unit']}{reach}"
    yield f"      {each['ratio']:g} times {each['peer']}: {each['peer_value']:g} {each['unit']}"
